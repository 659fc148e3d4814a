use axum::extract::State;
use base::{ExperimentId, Limit, Page, Result, UserId, text};
use db::Tx;
use people::{
    Actor, Right,
    door::{
        Answer, App, Body, Caller, Door, IdempotencyKey, Path, Policy, Query, Version, created, get, ok, patch, post,
        present,
    },
    once, project, user,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Change, Listing, New, Shown, Status, show};
use crate::{limit, rule, verdict};

pub fn routes(door: Door) -> Door {
    door.route(
        post("/api/v1/projects/{key}/experiments", Policy::Project(Right::Plan))
            .summary("Propose an experiment")
            .takes::<Proposal>()
            .gives::<Shown>()
            .to(propose),
    )
    .route(
        get("/api/v1/projects/{key}/experiments", Policy::Project(Right::Read))
            .summary("The experiments of a project, the latest first")
            .query::<Asked>()
            .gives::<Page<Shown>>()
            .to(index),
    )
    .route(
        get("/api/v1/experiments", Policy::SignedIn)
            .summary("The experiments of all my projects, the latest first")
            .query::<Asked>()
            .gives::<Page<Shown>>()
            .to(everywhere),
    )
    .route(
        get("/api/v1/experiments/{id}", Policy::Project(Right::Read))
            .summary("An experiment")
            .gives::<Shown>()
            .to(show_one),
    )
    .route(
        post("/api/v1/experiments/{id}/restoration", Policy::Project(Right::Track))
            .summary("Restore a deleted experiment with its runs")
            .gives::<Shown>()
            .to(restore),
    )
}

/// What somebody above asks before an experiment changes so; also whether the actor may.
pub type Guard = fn(&mut Tx, &Actor, ExperimentId, &Change) -> Result<()>;

/// Where an experiment is changed, for whoever knows what it may be part of.
pub fn change_routes(door: Door, guard: Guard) -> Door {
    door.route(
        patch("/api/v1/experiments/{id}", Policy::Project(Right::Plan))
            .summary("Change an experiment's name, hypothesis, owner or rule")
            .takes::<Wanted>()
            .gives::<Shown>()
            .to(move |app, caller, path, version, body| update(guard, app, caller, path, version, body)),
    )
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewExperiment")]
struct Proposal {
    /// One line; absent, the hypothesis' first words.
    name: Option<String>,
    hypothesis: String,
    /// A member's e-mail address or id, or `me`; absent, the caller.
    owner: Option<String>,
    rule: Option<rule::New>,
}

async fn propose(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    again: IdempotencyKey,
    Body(proposal): Body<Proposal>,
) -> Answer<serde_json::Value> {
    let name = proposal.name.map(|name| text::line("name", &name, limit::EXPERIMENT_NAME)).transpose()?;
    let new = New {
        name,
        hypothesis: Some(proposal.hypothesis),
        owner: proposal.owner,
        rule: proposal.rule,
        ..New::default()
    };
    let write = move |tx: &mut Tx| {
        let may = |tx: &mut Tx| project::by_key(tx, &caller, &key).map(drop);
        once(tx, &caller, &again, may, |tx| {
            let project = project::by_key(tx, &caller, &key)?;
            let experiment = super::propose(tx, &caller, &project.id, &new)?;
            show(tx, &caller, &experiment)
        })
    };
    Ok(created(app.db.write(write).await?))
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ExperimentQuery")]
struct Asked {
    /// Part of the name or hypothesis, in any case.
    q: Option<String>,
    /// `me`, or a member's e-mail address or id.
    owner: Option<String>,
    status: Option<Status>,
    verdict: Option<verdict::State>,
    deleted: Option<bool>,
    cursor: Option<String>,
    /// 1 to 100; 50 when absent.
    limit: Option<i64>,
}

fn listing(tx: &mut Tx, actor: &Actor, asked: &Asked) -> Result<Listing> {
    let owner = match asked.owner.as_deref() {
        None => None,
        Some("me") => Some(actor.user.clone()),
        Some(owner) => Some(user::by_email(tx, owner)?.map_or_else(|| UserId::from(owner), |user| user.id)),
    };
    Ok(Listing {
        q: asked.q.clone(),
        owner,
        status: asked.status,
        verdict: asked.verdict,
        deleted: asked.deleted == Some(true),
        cursor: asked.cursor.clone(),
        limit: Limit::new(asked.limit, 50, 100)?,
    })
}

async fn index(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Page<Shown>> {
    let read = move |tx: &mut Tx| {
        let project = project::by_key(tx, &caller, &key)?;
        let listing = listing(tx, &caller, &asked)?;
        super::list(tx, &caller, &[project.id], &listing)
    };
    Ok(ok(app.db.read(read).await?))
}

async fn everywhere(State(app): State<App>, caller: Caller, Query(asked): Query<Asked>) -> Answer<Page<Shown>> {
    let read = move |tx: &mut Tx| {
        let projects: Vec<_> = project::visible(tx, &caller)?.into_iter().map(|project| project.id).collect();
        let listing = listing(tx, &caller, &asked)?;
        super::list(tx, &caller, &projects, &listing)
    };
    Ok(ok(app.db.read(read).await?))
}

async fn show_one(State(app): State<App>, caller: Caller, Path(id): Path<ExperimentId>) -> Answer<Shown> {
    let shown = app.db.read(move |tx| shown(tx, &caller, id)).await?;
    let version = shown.version;
    Ok(ok(shown).version(version))
}

fn shown(tx: &mut Tx, caller: &Caller, id: ExperimentId) -> Result<Shown> {
    let experiment = super::get(tx, caller, id)?;
    show(tx, caller, &experiment)
}

/// What is absent stays. A `hypothesis` of null is taken away; a rule can only be replaced.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ExperimentChange")]
struct Wanted {
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    hypothesis: Option<Option<String>>,
    owner: Option<String>,
    #[serde(default, deserialize_with = "present")]
    rule: Option<Option<rule::New>>,
}

async fn update(
    guard: Guard,
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ExperimentId>,
    Version(version): Version,
    Body(wanted): Body<Wanted>,
) -> Answer<Shown> {
    let name = wanted.name.map(|name| text::line("name", &name, limit::EXPERIMENT_NAME)).transpose()?;
    let change = Change { name, hypothesis: wanted.hypothesis, owner: wanted.owner, rule: wanted.rule };
    let write = move |tx: &mut Tx| {
        guard(tx, &caller, id, &change)?;
        let experiment = super::change(tx, &caller, id, version, &change)?;
        show(tx, &caller, &experiment)
    };
    let shown = app.db.write(write).await?;
    let version = shown.version;
    Ok(ok(shown).version(version))
}

async fn restore(State(app): State<App>, caller: Caller, Path(id): Path<ExperimentId>) -> Answer<Shown> {
    let write = move |tx: &mut Tx| {
        super::restore(tx, &caller, id)?;
        shown(tx, &caller, id)
    };
    Ok(ok(app.db.write(write).await?))
}
