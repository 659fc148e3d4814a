use axum::extract::State;
use base::{Page, Result, SprintId};
use db::Tx;
use people::{
    Actor, Right,
    door::{
        Answer, App, Body, Caller, Door, IdempotencyKey, IfMatch, Path, Policy, Version, created, delete, get,
        no_content, ok, patch, post, put,
    },
};
use serde_json::Value;

use super::{Change, Close, Line, New, NewPeople, Shown, Sprint, find, show};
use crate::http::{in_project, versioned, write};

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/projects/{key}/sprints", Policy::Project(Right::Read))
            .summary("The sprints of a project: the running one, then the planned, then the closed")
            .gives::<Page<Line>>()
            .to(index),
    )
    .route(
        post("/api/v1/projects/{key}/sprints", Policy::Project(Right::Plan))
            .summary("Plan a sprint")
            .takes::<New>()
            .gives::<Shown>()
            .to(make),
    )
    .route(
        get("/api/v1/sprints/{sprint}", Policy::Project(Right::Read))
            .summary("A sprint: its goal, its plan, and its burndown as of each day")
            .gives::<Shown>()
            .to(show_one),
    )
    .route(
        patch("/api/v1/sprints/{sprint}", Policy::Project(Right::Plan))
            .summary("Change a sprint's goal, days or name")
            .takes::<Change>()
            .gives::<Shown>()
            .to(update),
    )
    .route(
        put("/api/v1/sprints/{sprint}/people", Policy::Project(Right::Plan))
            .summary("Say who works in a sprint, how much they take on and when they are away")
            .takes::<NewPeople>()
            .gives::<Shown>()
            .to(set_people),
    )
    .route(
        post("/api/v1/sprints/{sprint}/start", Policy::Project(Right::Plan))
            .summary("Start a sprint: what is in it and not done is committed")
            .gives::<Shown>()
            .to(start),
    )
    .route(
        post("/api/v1/sprints/{sprint}/close", Policy::Project(Right::Plan))
            .summary("Close a sprint with a verdict: its figures stay, what is unfinished moves on or goes back")
            .takes::<Close>()
            .gives::<Shown>()
            .to(close),
    )
    .route(
        delete("/api/v1/sprints/{sprint}", Policy::Project(Right::Plan))
            .summary("Give up a sprint that has not started")
            .to(remove),
    )
}

async fn index(State(app): State<App>, caller: Caller, Path(key): Path<String>) -> Answer<Page<Line>> {
    Ok(ok(Page::whole(app.db.read(move |tx| super::list(tx, &caller, &key)).await?)))
}

async fn make(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(key): Path<String>,
    Body(new): Body<New>,
) -> Answer<Value> {
    let made = in_project(&app, caller, again, key, move |tx, actor, key| {
        let sprint = super::create(tx, actor, key, &new)?;
        show(tx, actor, &sprint)
    });
    Ok(created(made.await?))
}

async fn show_one(State(app): State<App>, caller: Caller, Path(id): Path<SprintId>) -> Answer<Shown> {
    let read = move |tx: &mut Tx| {
        let (sprint, _) = find(tx, &caller, Right::Read, id)?;
        show(tx, &caller, &sprint)
    };
    let shown = app.db.read(read).await?;
    let version = shown.line.version;
    Ok(ok(shown).version(version))
}

/// Does something to a sprint, once for each key, and shows it.
async fn act(
    app: &App,
    caller: Caller,
    again: IdempotencyKey,
    id: SprintId,
    act: impl Fn(&mut Tx, &Actor) -> Result<Sprint> + Send + 'static,
) -> Answer<Value> {
    let may = move |tx: &mut Tx, actor: &Actor| find(tx, actor, Right::Read, id).map(drop);
    let acted = write(app, caller, again, may, move |tx, actor| {
        let sprint = act(tx, actor)?;
        show(tx, actor, &sprint)
    });
    Ok(versioned(acted.await?))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(id): Path<SprintId>,
    version: Version,
    Body(wanted): Body<Change>,
) -> Answer<Value> {
    act(&app, caller, again, id, move |tx, actor| super::change(tx, actor, id, version, &wanted)).await
}

async fn set_people(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(id): Path<SprintId>,
    seen: IfMatch,
    Body(people): Body<NewPeople>,
) -> Answer<Value> {
    act(&app, caller, again, id, move |tx, actor| super::set_people(tx, actor, id, &seen, &people)).await
}

async fn start(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(id): Path<SprintId>,
) -> Answer<Value> {
    act(&app, caller, again, id, move |tx, actor| super::start(tx, actor, id)).await
}

async fn close(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(id): Path<SprintId>,
    Body(said): Body<Close>,
) -> Answer<Value> {
    act(&app, caller, again, id, move |tx, actor| super::close(tx, actor, id, &said)).await
}

async fn remove(State(app): State<App>, caller: Caller, Path(id): Path<SprintId>) -> Answer<()> {
    app.db.write(move |tx| super::remove(tx, &caller, id)).await?;
    Ok(no_content())
}
