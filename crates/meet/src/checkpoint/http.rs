use std::ops::ControlFlow::{Break, Continue};

use axum::extract::State;
use base::{CheckpointId, Page, Result};
use db::Tx;
use people::{
    Actor, Right, answered,
    door::{
        Answer, App, Body, Caller, Door, IdempotencyKey, Path, Policy, Query, created, delete, get, no_content, ok,
        post, put,
    },
    once, project,
};

use super::{Checkpoint, Line, New, NewAsked, NewDecision, Shown, find, show};
use crate::http::Part;

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/projects/{key}/checkpoints", Policy::Project(Right::Read))
            .summary("The checkpoints of a project, the latest first")
            .query::<Part>()
            .gives::<Page<Line>>()
            .to(index),
    )
    .route(
        post("/api/v1/projects/{key}/checkpoints", Policy::Project(Right::Plan))
            .summary("Make a checkpoint: its pack tells what was asked, what is known and what can be done next")
            .takes::<New>()
            .gives::<Shown>()
            .to(make),
    )
    .route(
        get("/api/v1/checkpoints/{checkpoint}", Policy::Project(Right::Read))
            .summary("A checkpoint with its pack, as it was shown, and what was decided")
            .gives::<Shown>()
            .to(show_one),
    )
    .route(
        post("/api/v1/checkpoints/{checkpoint}/pack", Policy::Project(Right::Plan))
            .summary("Build a checkpoint's pack anew, until something was decided")
            .gives::<Shown>()
            .to(rebuild),
    )
    .route(
        put("/api/v1/checkpoints/{checkpoint}/asked", Policy::Project(Right::Plan))
            .summary("Say who is asked to decide from now on, while a checkpoint is open")
            .takes::<NewAsked>()
            .gives::<Shown>()
            .to(ask),
    )
    .route(
        put("/api/v1/checkpoints/{checkpoint}/decisions/{question}", Policy::Project(Right::Decide))
            .summary("Decide a question, named by its item's key, as somebody who is asked: it acts at once")
            .takes::<NewDecision>()
            .gives::<Shown>()
            .to(decide),
    )
    .route(
        post("/api/v1/checkpoints/{checkpoint}/close", Policy::Project(Right::Plan))
            .summary("Close a checkpoint; `undecided` says what nobody decided")
            .gives::<Shown>()
            .to(close),
    )
    .route(
        delete("/api/v1/checkpoints/{checkpoint}", Policy::Project(Right::Plan))
            .summary("Delete a checkpoint on which nothing was decided")
            .to(remove),
    )
}

async fn index(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    Query(part): Query<Part>,
) -> Answer<Page<Line>> {
    let limit = part.limit()?;
    Ok(ok(app.db.read(move |tx| super::list(tx, &caller, &key, part.cursor.as_deref(), limit)).await?))
}

async fn make(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(key): Path<String>,
    Body(new): Body<New>,
) -> Answer<serde_json::Value> {
    let (by, to, wanted, repeated) = (caller.clone(), key.clone(), new.clone(), again.clone());
    let read = move |tx: &mut Tx| {
        let may = |tx: &mut Tx| project::by_key(tx, &by, &to).map(drop);
        Ok(match answered(tx, &by, &repeated, may)? {
            Some(answer) => Break(answer),
            None => Continue(super::draft(tx, &by, &to, &wanted)?),
        })
    };
    let draft = match app.db.read(read).await? {
        Break(answer) => return Ok(created(answer)),
        Continue(draft) => draft,
    };
    let write = move |tx: &mut Tx| {
        let may = |tx: &mut Tx| project::by_key(tx, &caller, &key).map(drop);
        once(tx, &caller, &again, may, |tx| {
            let checkpoint = super::create(tx, &caller, &key, &new, &draft)?;
            show(tx, &caller, &checkpoint)
        })
    };
    Ok(created(app.db.write(write).await?))
}

async fn show_one(State(app): State<App>, caller: Caller, Path(id): Path<CheckpointId>) -> Answer<Shown> {
    let read = move |tx: &mut Tx| {
        let (checkpoint, _) = find(tx, &caller, Right::Read, id)?;
        show(tx, &caller, &checkpoint)
    };
    Ok(ok(app.db.read(read).await?))
}

/// Does something at a checkpoint and shows it.
async fn act(
    app: &App,
    caller: Caller,
    act: impl Fn(&mut Tx, &Actor) -> Result<Checkpoint> + Send + 'static,
) -> Answer<Shown> {
    let write = move |tx: &mut Tx| {
        let checkpoint = act(tx, &caller)?;
        show(tx, &caller, &checkpoint)
    };
    Ok(ok(app.db.write(write).await?))
}

async fn rebuild(State(app): State<App>, caller: Caller, Path(id): Path<CheckpointId>) -> Answer<Shown> {
    let by = caller.clone();
    let pack = app.db.read(move |tx| super::draft_pack(tx, &by, id)).await?;
    act(&app, caller, move |tx, actor| super::rebuild(tx, actor, id, &pack)).await
}

async fn ask(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CheckpointId>,
    Body(new): Body<NewAsked>,
) -> Answer<Shown> {
    act(&app, caller, move |tx, actor| super::ask(tx, actor, id, &new)).await
}

async fn decide(
    State(app): State<App>,
    caller: Caller,
    Path((id, question)): Path<(CheckpointId, String)>,
    Body(new): Body<NewDecision>,
) -> Answer<Shown> {
    act(&app, caller, move |tx, actor| super::decide(tx, actor, id, &question, &new)).await
}

async fn close(State(app): State<App>, caller: Caller, Path(id): Path<CheckpointId>) -> Answer<Shown> {
    act(&app, caller, move |tx, actor| super::close(tx, actor, id)).await
}

async fn remove(State(app): State<App>, caller: Caller, Path(id): Path<CheckpointId>) -> Answer<()> {
    app.db.write(move |tx| super::delete(tx, &caller, id)).await?;
    Ok(no_content())
}
