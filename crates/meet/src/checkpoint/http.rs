use std::ops::ControlFlow::{self, Break, Continue};

use axum::extract::State;
use base::{CheckpointId, Page, Result};
use db::Tx;
use people::{
    Actor, Right, answered,
    door::{
        Answer, App, Body, Caller, Door, IdempotencyKey, Path, Policy, Query, created, delete, get, no_content, ok,
        post, put,
    },
    project,
};
use plan::http::write;
use serde_json::Value;

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
) -> Answer<Value> {
    let may = {
        let key = key.clone();
        move |tx: &mut Tx, actor: &Actor| project::by_key(tx, actor, &key).map(drop)
    };
    let (to, wanted) = (key.clone(), new.clone());
    let draft = move |tx: &mut Tx, actor: &Actor| super::draft(tx, actor, &to, &wanted);
    let draft = match drafted(&app, &caller, &again, may.clone(), draft).await? {
        Break(answer) => return Ok(created(answer)),
        Continue(draft) => draft,
    };
    let made = write(&app, caller, again, may, move |tx, actor| {
        let checkpoint = super::create(tx, actor, &key, &new, &draft)?;
        show(tx, actor, &checkpoint)
    });
    Ok(created(made.await?))
}

/// What takes long to read is read before anybody waits for the write; what was answered before needs no reading.
async fn drafted<T: Send + 'static>(
    app: &App,
    caller: &Caller,
    again: &IdempotencyKey,
    may: impl Fn(&mut Tx, &Actor) -> Result<()> + Send + 'static,
    draft: impl Fn(&mut Tx, &Actor) -> Result<T> + Send + 'static,
) -> Result<ControlFlow<Value, T>> {
    let (by, again) = (caller.clone(), again.clone());
    let read = move |tx: &mut Tx| {
        Ok(match answered(tx, &by, &again, |tx| may(tx, &by))? {
            Some(answer) => Break(answer),
            None => Continue(draft(tx, &by)?),
        })
    };
    app.db.read(read).await
}

async fn show_one(State(app): State<App>, caller: Caller, Path(id): Path<CheckpointId>) -> Answer<Shown> {
    let read = move |tx: &mut Tx| {
        let (checkpoint, _) = find(tx, &caller, Right::Read, id)?;
        show(tx, &caller, &checkpoint)
    };
    Ok(ok(app.db.read(read).await?))
}

/// The checkpoint that somebody acts at is theirs to see.
fn is_seen(id: CheckpointId) -> impl Fn(&mut Tx, &Actor) -> Result<()> + Clone + Send + 'static {
    move |tx, actor| find(tx, actor, Right::Read, id).map(drop)
}

/// Does something at a checkpoint, once for each key, and shows it.
async fn act(
    app: &App,
    caller: Caller,
    again: IdempotencyKey,
    id: CheckpointId,
    act: impl Fn(&mut Tx, &Actor) -> Result<Checkpoint> + Send + 'static,
) -> Answer<Value> {
    let acted = write(app, caller, again, is_seen(id), move |tx, actor| {
        let checkpoint = act(tx, actor)?;
        show(tx, actor, &checkpoint)
    });
    Ok(ok(acted.await?))
}

async fn rebuild(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(id): Path<CheckpointId>,
) -> Answer<Value> {
    let draft = move |tx: &mut Tx, actor: &Actor| super::draft_pack(tx, actor, id);
    match drafted(&app, &caller, &again, is_seen(id), draft).await? {
        Break(answer) => Ok(ok(answer)),
        Continue(pack) => act(&app, caller, again, id, move |tx, actor| super::rebuild(tx, actor, id, &pack)).await,
    }
}

async fn ask(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(id): Path<CheckpointId>,
    Body(new): Body<NewAsked>,
) -> Answer<Value> {
    act(&app, caller, again, id, move |tx, actor| super::ask(tx, actor, id, &new)).await
}

async fn decide(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path((id, question)): Path<(CheckpointId, String)>,
    Body(new): Body<NewDecision>,
) -> Answer<Value> {
    act(&app, caller, again, id, move |tx, actor| super::decide(tx, actor, id, &question, &new)).await
}

async fn close(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(id): Path<CheckpointId>,
) -> Answer<Value> {
    act(&app, caller, again, id, move |tx, actor| super::close(tx, actor, id)).await
}

async fn remove(State(app): State<App>, caller: Caller, Path(id): Path<CheckpointId>) -> Answer<()> {
    app.db.write(move |tx| super::delete(tx, &caller, id)).await?;
    Ok(no_content())
}
