//! What is done with an experiment: propose, change, tag, delete, restore.

use base::{
    Error, ExperimentId, ProjectId, Result, UserId,
    refuse::{conflict, internal, invalid, not_found, stale},
    text,
};
use db::Tx;
use people::{Actor, Right, member, project, user};
use serde_json::json;

use super::{Experiment, check_alive, find, must_write, show, store};
use crate::{allow, limit, rule, verdict};

/// An experiment as someone wants it.
#[derive(Clone, Debug, Default)]
pub struct New {
    /// Any text up to 500 characters; none: taken from the hypothesis.
    pub name: Option<String>,
    pub hypothesis: Option<String>,
    /// An e-mail address or an id of a user; none: the actor.
    pub owner: Option<String>,
    pub rule: Option<rule::New>,
    pub location: Option<String>,
    pub tags: Vec<(String, String)>,
}

/// Clients that log may open an experiment; a hypothesis, a rule or an owner takes the right to plan.
pub fn propose(tx: &mut Tx, actor: &Actor, project: &ProjectId, new: &New) -> Result<Experiment> {
    let plans = new.hypothesis.is_some() || new.rule.is_some() || new.owner.is_some();
    allow(tx, actor, if plans { Right::Plan } else { Right::Track }, project, "project")?;
    let hypothesis = new.hypothesis.as_deref().map(checked_hypothesis).transpose()?;
    let owner = match &new.owner {
        Some(owner) => checked_owner(tx, actor, project, owner)?,
        None => actor.user.clone(),
    };
    let tags = checked_tags(&new.tags)?;
    if let Some(location) = &new.location {
        check_location(location)?;
    }
    let name = match &new.name {
        Some(name) => checked_name(name)?.to_owned(),
        None => free_name(tx, project, hypothesis.as_deref())?,
    };
    let id = store::add(tx, project, &name, hypothesis.as_deref(), &owner, new.location.as_deref(), false)
        .map_err(|e| taken(e, &name))?;
    store::set_tags(tx, id, &tags)?;
    let body = json!({ "owner": owner });
    tx.emit(actor.event("experiment.proposed", format!("experiment:{id}")).project(project).body(body))?;
    touch_project(tx, project)?;
    let experiment = store::get(tx, id)?.ok_or_else(|| internal("the new experiment is gone"))?;
    if let Some(rule) = &new.rule {
        set_rule(tx, actor, &experiment, rule)?;
    }
    Ok(experiment)
}

/// The project's `Default` experiment; the first who needs it makes it.
pub fn default_of(tx: &mut Tx, actor: &Actor, project: &ProjectId) -> Result<Experiment> {
    allow(tx, actor, Right::Track, project, "project")?;
    if let Some(experiment) = store::first_of(tx, project)? {
        return Ok(experiment);
    }
    let name = if store::by_name(tx, project, "Default")?.is_some() { "Default (first)" } else { "Default" };
    let id = store::add(tx, project, name, None, &actor.user, None, true).map_err(|e| taken(e, name))?;
    let body = json!({ "owner": actor.user });
    tx.emit(actor.event("experiment.proposed", format!("experiment:{id}")).project(project).body(body))?;
    touch_project(tx, project)?;
    store::get(tx, id)?.ok_or_else(|| internal("the new experiment is gone"))
}

/// What changes; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub name: Option<String>,
    /// `Some(None)` takes the hypothesis away.
    pub hypothesis: Option<Option<String>>,
    /// An e-mail address or an id of a user.
    pub owner: Option<String>,
    /// `Some(None)` would take the rule away, which nobody may.
    pub rule: Option<Option<rule::New>>,
}

/// `version` is what the actor read; when it is another by now, the answer shows the current values.
pub fn change(tx: &mut Tx, actor: &Actor, id: ExperimentId, version: i64, change: &Change) -> Result<Experiment> {
    let experiment = find(tx, actor, Right::Plan, id)?;
    if experiment.version != version {
        let current = show(tx, actor, &experiment)?;
        return Err(stale(serde_json::to_value(current).map_err(internal)?));
    }
    check_alive(&experiment)?;
    if change.rule == Some(None) {
        return Err(invalid("rule", "cannot be taken away; set another one"));
    }
    let mut wanted = experiment.clone();
    let mut fields = Vec::new();
    if let Some(name) = &change.name {
        wanted.name = checked_name(name)?.to_owned();
        fields.push("name");
    }
    if let Some(hypothesis) = &change.hypothesis {
        wanted.hypothesis = hypothesis.as_deref().map(checked_hypothesis).transpose()?;
        fields.push("hypothesis");
    }
    if let Some(owner) = &change.owner {
        wanted.owner = checked_owner(tx, actor, &experiment.project, owner)?;
        fields.push("owner");
    }
    store::update(tx, &wanted).map_err(|e| taken(e, &wanted.name))?;
    if !fields.is_empty() {
        let mut body = json!({ "fields": fields, "owner": wanted.owner });
        if wanted.hypothesis != experiment.hypothesis {
            body["hypothesis"] = json!({ "before": experiment.hypothesis, "after": wanted.hypothesis });
        }
        emit(tx, actor, &experiment, "experiment.changed", body)?;
    }
    if let Some(Some(rule)) = &change.rule {
        set_rule(tx, actor, &experiment, rule)?;
    }
    store::get(tx, id)?.ok_or_else(|| not_found("experiment"))
}

fn set_rule(tx: &mut Tx, actor: &Actor, experiment: &Experiment, asks: &rule::New) -> Result<()> {
    if !rule::set(tx, experiment.id, &actor.user, asks)? {
        return Ok(());
    }
    emit(tx, actor, experiment, "rule.set", serde_json::to_value(asks).map_err(internal)?)?;
    verdict::announce(tx, Some(actor), experiment.id)
}

/// What clients that log may change of an experiment: its name.
pub fn rename(tx: &mut Tx, actor: &Actor, id: ExperimentId, name: &str) -> Result<()> {
    let mut experiment = must_write(tx, actor, id)?;
    experiment.name = checked_name(name)?.to_owned();
    store::update(tx, &experiment).map_err(|e| taken(e, name))?;
    emit(tx, actor, &experiment, "experiment.changed", json!({ "fields": ["name"] }))
}

/// Hides the experiment and all its runs.
pub fn delete(tx: &mut Tx, actor: &Actor, id: ExperimentId) -> Result<()> {
    let experiment = find(tx, actor, Right::Track, id)?;
    if experiment.deleted_at.is_some() {
        return Err(conflict(format!("The experiment {id} is deleted already.")));
    }
    let now = tx.now();
    store::set_deleted(tx, id, Some(now))?;
    emit(tx, actor, &experiment, "experiment.deleted", json!({}))
}

/// Shows the experiment and all its runs again, also those that were deleted one by one before.
pub fn restore(tx: &mut Tx, actor: &Actor, id: ExperimentId) -> Result<()> {
    let experiment = find(tx, actor, Right::Track, id)?;
    if experiment.deleted_at.is_none() {
        return Err(conflict(format!("The experiment {id} is not deleted.")));
    }
    store::set_deleted(tx, id, None)?;
    emit(tx, actor, &experiment, "experiment.restored", json!({}))?;
    verdict::announce(tx, Some(actor), id)
}

pub fn set_tag(tx: &mut Tx, actor: &Actor, id: ExperimentId, key: &str, value: &str) -> Result<()> {
    check_tag("", key, value)?;
    let experiment = must_write(tx, actor, id)?;
    store::set_tags(tx, id, &[(key, value)])?;
    tx.touch(Some(&experiment.project), experiment.subject());
    Ok(())
}

pub fn delete_tag(tx: &mut Tx, actor: &Actor, id: ExperimentId, key: &str) -> Result<()> {
    let experiment = must_write(tx, actor, id)?;
    if !store::delete_tag(tx, id, key)? {
        return Err(not_found("tag"));
    }
    tx.touch(Some(&experiment.project), experiment.subject());
    Ok(())
}

/// What reviews and promotions made of it: `in_review`, `approved`, `in_production`, or nothing.
/// The caller has checked the right and says in an event why.
pub fn set_stage(tx: &mut Tx, id: ExperimentId, stage: Option<&str>) -> Result<()> {
    if !matches!(stage, None | Some("in_review" | "approved" | "in_production")) {
        return Err(internal(format!("{stage:?} is no stage of an experiment")));
    }
    let experiment = store::get(tx, id)?.ok_or_else(|| not_found("experiment"))?;
    store::set_stage(tx, id, stage)?;
    tx.touch(Some(&experiment.project), experiment.subject());
    Ok(())
}

/// For the job that was wanted when the time box ends: tells the log what became of the experiment.
/// One that was deleted meanwhile is passed over.
pub fn settle(tx: &mut Tx, id: ExperimentId) -> Result<()> {
    match store::get(tx, id)? {
        Some(experiment) if experiment.deleted_at.is_none() => verdict::announce(tx, None, id),
        _ => Ok(()),
    }
}

fn emit(
    tx: &mut Tx,
    actor: &Actor,
    experiment: &Experiment,
    kind: &'static str,
    body: serde_json::Value,
) -> Result<()> {
    touch_project(tx, &experiment.project)?;
    tx.emit(actor.event(kind, experiment.subject()).project(&experiment.project).body(body)).map(drop)
}

/// Lists of the project's experiments read again.
pub(super) fn touch_project(tx: &mut Tx, id: &ProjectId) -> Result<()> {
    let key = project::get(tx, id)?.key;
    tx.touch(Some(id), format!("project:{key}"));
    Ok(())
}

pub(super) fn checked_name(name: &str) -> Result<&str> {
    limit::check_name("name", name, limit::EXPERIMENT_NAME)?;
    if name.trim().is_empty() {
        return Err(invalid("name", "must not be empty"));
    }
    Ok(name)
}

fn checked_hypothesis(hypothesis: &str) -> Result<String> {
    text::required("hypothesis", hypothesis, limit::HYPOTHESIS)
}

/// The owner must be someone who may change the experiment.
fn checked_owner(tx: &mut Tx, actor: &Actor, project: &ProjectId, owner: &str) -> Result<UserId> {
    if owner == "me" {
        return Ok(actor.user.clone());
    }
    let user = match user::by_email(tx, owner)? {
        Some(found) => found.id,
        None => UserId::from(owner),
    };
    match member::role(tx, project, &user)? {
        Some(people::Role::Member | people::Role::Admin) => Ok(user),
        Some(people::Role::Viewer) => Err(invalid("owner", "is a viewer of this project; an owner must be a member")),
        None => Err(invalid("owner", "must be the e-mail address of a member of this project")),
    }
}

pub(super) fn checked_tags(tags: &[(String, String)]) -> Result<Vec<(&str, &str)>> {
    let mut checked: Vec<(&str, &str)> = Vec::with_capacity(tags.len());
    for (place, (key, value)) in tags.iter().enumerate() {
        let field = format!("tags[{place}].");
        check_tag(&field, key, value)?;
        if checked.iter().any(|(other, _)| other == key) {
            return Err(invalid(&format!("{field}key"), format!("repeats the key {key:?}")));
        }
        checked.push((key, value));
    }
    Ok(checked)
}

fn check_tag(field: &str, key: &str, value: &str) -> Result<()> {
    limit::check_key(&format!("{field}key"), key)?;
    limit::check_length(&format!("{field}value"), value, limit::EXPERIMENT_TAG_VALUE)
}

/// An object store or the like, which clients reach by themselves and the server never opens. Folders
/// of some machine, other servers and anything that could be read in two ways are refused.
fn check_location(location: &str) -> Result<()> {
    const NAME: &str = "artifact_location";
    limit::check_length(NAME, location, limit::LOCATION)?;
    let (scheme, rest) = location.split_once(':').unwrap_or_default();
    let known = scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    let ours = ["file", "runs", "models", "http", "https", "ftp", "ftps", "data"];
    if !known || ours.iter().any(|word| scheme.eq_ignore_ascii_case(word)) {
        return Err(invalid(
            NAME,
            "must be left away, so that this server keeps the artifacts, or name an object store, like s3://bucket/path",
        ));
    }
    let odd = rest.contains(['#', '?', ';', '%', '\\']) || rest.split('/').any(|segment| segment == "..");
    if odd || rest.chars().any(char::is_control) {
        return Err(invalid(NAME, "must be a plain path, without .. and without # ? ; % or backslashes"));
    }
    Ok(())
}

pub(super) fn taken(error: Error, name: &str) -> Error {
    error.on("experiment_name", || {
        conflict(format!(
            "An experiment named {name:?} exists already in this project; deleted ones keep their names. Choose another."
        ))
        .with("taken", name)
    })
}

/// The hypothesis' first words, or a number, made unlike any other name.
fn free_name(tx: &mut Tx, project: &ProjectId, hypothesis: Option<&str>) -> Result<String> {
    let readable = |line: &&str| text::check_readable("name", line).is_ok();
    let first = hypothesis.and_then(|text| text.lines().next()).filter(readable).unwrap_or("Experiment");
    let stem = limit::cut(first, 100).trim_end();
    if store::by_name(tx, project, stem)?.is_none() {
        return Ok(stem.to_owned());
    }
    for number in 2..10_000 {
        let name = format!("{stem} ({number})");
        if store::by_name(tx, project, &name)?.is_none() {
            return Ok(name);
        }
    }
    Err(invalid("name", "must be given: there are too many experiments with this hypothesis"))
}
