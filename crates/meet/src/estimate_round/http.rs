use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use base::{EstimateNoteId, EstimateRoundId, Page, Result, SittingId};
use db::Tx;
use people::{
    Actor, Right,
    door::{
        Answer, App, Body, Caller, Door, IdempotencyKey, Path, Policy, Problem, Query, Version, created, delete, get,
        ok, patch, post, put,
    },
    project,
};
use plan::http::{versioned, write};
use serde_json::Value;

use super::{
    Accept, AsItem, Change, Consent, Line, New, NewNote, NewRound, NewVote, Record, Shown, Sitting, export, find,
    record, show,
};
use crate::http::Part;

pub fn routes(door: Door) -> Door {
    rounds(sittings(door))
}

fn sittings(door: Door) -> Door {
    door.route(
        get("/api/v1/projects/{key}/estimates", Policy::Project(Right::Read))
            .summary("The sittings in which a project's items are estimated: those that go on first, then the latest")
            .query::<Part>()
            .gives::<Page<Line>>()
            .to(index),
    )
    .route(
        post("/api/v1/projects/{key}/estimates", Policy::Project(Right::Plan))
            .summary("Start a sitting; you moderate it")
            .takes::<New>()
            .gives::<Shown>()
            .to(make),
    )
    .route(
        get("/api/v1/estimates/{sitting}", Policy::Project(Right::Read))
            .summary("A sitting with its rounds; cards of a round that is not revealed are in no answer")
            .gives::<Shown>()
            .to(show_one),
    )
    .route(
        patch("/api/v1/estimates/{sitting}", Policy::Project(Right::Plan))
            .summary("Change a sitting's name, timer or moderator")
            .takes::<Change>()
            .gives::<Shown>()
            .to(update),
    )
    .route(
        post("/api/v1/estimates/{sitting}/close", Policy::Project(Right::Plan))
            .summary("End a sitting; an open round is set aside")
            .gives::<Shown>()
            .to(close),
    )
    .route(
        put("/api/v1/estimates/{sitting}/presence", Policy::Project(Right::Plan))
            .summary("Say that you are there to vote")
            .gives::<Shown>()
            .to(come),
    )
    .route(
        delete("/api/v1/estimates/{sitting}/presence", Policy::Project(Right::Plan))
            .summary("Say that you are not there any more")
            .gives::<Shown>()
            .to(go),
    )
    .route(
        get("/api/v1/estimates/{sitting}/export", Policy::Project(Right::Read))
            .summary("A sitting's items, rounds, votes and notes")
            .gives::<Record>()
            .to(export_json),
    )
    .route(
        get("/api/v1/estimates/{sitting}/export.csv", Policy::Project(Right::Read))
            .summary("A sitting as CSV: a line for each vote that was revealed")
            .to(export_csv),
    )
}

fn rounds(door: Door) -> Door {
    door.route(
        post("/api/v1/estimates/{sitting}/rounds", Policy::Project(Right::Plan))
            .summary("Open a round on an item")
            .takes::<NewRound>()
            .gives::<Shown>()
            .to(open),
    )
    .route(
        put("/api/v1/estimates/{sitting}/rounds/{round}/vote", Policy::Project(Right::Plan))
            .summary("Vote, or change your vote; nobody is told the card before the reveal")
            .takes::<NewVote>()
            .gives::<Shown>()
            .to(vote),
    )
    .route(
        delete("/api/v1/estimates/{sitting}/rounds/{round}/vote", Policy::Project(Right::Plan))
            .summary("Take your vote back")
            .gives::<Shown>()
            .to(take_back),
    )
    .route(
        post("/api/v1/estimates/{sitting}/rounds/{round}/reveal", Policy::Project(Right::Plan))
            .summary("Show all cards of a round to everybody")
            .gives::<Shown>()
            .to(reveal),
    )
    .route(
        post("/api/v1/estimates/{sitting}/rounds/{round}/notes", Policy::Project(Right::Plan))
            .summary("Write down what came up when votes stood apart")
            .takes::<NewNote>()
            .gives::<Shown>()
            .to(note),
    )
    .route(
        post("/api/v1/estimates/{sitting}/notes/{note}/item", Policy::Project(Right::Plan))
            .summary("Make an item of a note; unless told otherwise, the estimated item waits for it")
            .takes::<AsItem>()
            .gives::<Shown>()
            .to(note_to_item),
    )
    .route(
        put("/api/v1/estimates/{sitting}/rounds/{round}/consent", Policy::Project(Right::Plan))
            .summary("Consent to a card that you did not choose; the moderator may write down that somebody does")
            .takes::<Consent>()
            .gives::<Shown>()
            .to(consent),
    )
    .route(
        post("/api/v1/estimates/{sitting}/rounds/{round}/accept", Policy::Project(Right::Plan))
            .summary("Accept a size; it becomes the item's estimate")
            .takes::<Accept>()
            .gives::<Shown>()
            .to(accept),
    )
    .route(
        post("/api/v1/estimates/{sitting}/rounds/{round}/repeat", Policy::Project(Right::Plan))
            .summary("End a round and open the next one of the same item")
            .gives::<Shown>()
            .to(repeat),
    )
    .route(
        post("/api/v1/estimates/{sitting}/rounds/{round}/set-aside", Policy::Project(Right::Plan))
            .summary("End a round without an estimate")
            .gives::<Shown>()
            .to(set_aside),
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
    let made = write(&app, caller, again, may, move |tx, actor| {
        let sitting = super::create(tx, actor, &key, &new)?;
        show(tx, actor, &sitting)
    });
    Ok(created(made.await?))
}

async fn show_one(State(app): State<App>, caller: Caller, Path(id): Path<SittingId>) -> Answer<Shown> {
    let read = move |tx: &mut Tx| {
        let (sitting, _) = find(tx, &caller, Right::Read, id)?;
        show(tx, &caller, &sitting)
    };
    let shown = app.db.read(read).await?;
    let version = shown.version;
    Ok(ok(shown).version(version))
}

/// Does something in a sitting, once for each key.
async fn once_in(
    app: &App,
    caller: Caller,
    again: IdempotencyKey,
    id: SittingId,
    act: impl Fn(&mut Tx, &Actor) -> Result<Sitting> + Send + 'static,
) -> Result<Value> {
    let may = move |tx: &mut Tx, actor: &Actor| find(tx, actor, Right::Read, id).map(drop);
    let acted = write(app, caller, again, may, move |tx, actor| {
        let sitting = act(tx, actor)?;
        show(tx, actor, &sitting)
    });
    acted.await
}

/// As [`once_in`], and shows the sitting.
async fn act(
    app: &App,
    caller: Caller,
    again: IdempotencyKey,
    id: SittingId,
    act: impl Fn(&mut Tx, &Actor) -> Result<Sitting> + Send + 'static,
) -> Answer<Value> {
    Ok(versioned(once_in(app, caller, again, id, act).await?))
}

/// As [`act`], where something comes into being.
async fn add(
    app: &App,
    caller: Caller,
    again: IdempotencyKey,
    id: SittingId,
    act: impl Fn(&mut Tx, &Actor) -> Result<Sitting> + Send + 'static,
) -> Answer<Value> {
    Ok(created(once_in(app, caller, again, id, act).await?))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(id): Path<SittingId>,
    version: Version,
    Body(wanted): Body<Change>,
) -> Answer<Value> {
    act(&app, caller, again, id, move |tx, actor| super::change(tx, actor, id, version, &wanted)).await
}

async fn close(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(id): Path<SittingId>,
) -> Answer<Value> {
    act(&app, caller, again, id, move |tx, actor| super::close(tx, actor, id)).await
}

async fn come(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(id): Path<SittingId>,
) -> Answer<Value> {
    act(&app, caller, again, id, move |tx, actor| super::be_there(tx, actor, id, true)).await
}

async fn go(State(app): State<App>, caller: Caller, again: IdempotencyKey, Path(id): Path<SittingId>) -> Answer<Value> {
    act(&app, caller, again, id, move |tx, actor| super::be_there(tx, actor, id, false)).await
}

async fn export_json(State(app): State<App>, caller: Caller, Path(id): Path<SittingId>) -> Answer<Record> {
    let read = move |tx: &mut Tx| {
        let (sitting, _) = find(tx, &caller, Right::Read, id)?;
        record(tx, &caller, &sitting)
    };
    Ok(ok(app.db.read(read).await?))
}

async fn export_csv(State(app): State<App>, caller: Caller, Path(id): Path<SittingId>) -> Result<Response, Problem> {
    let read = move |tx: &mut Tx| {
        let (sitting, _) = find(tx, &caller, Right::Read, id)?;
        record(tx, &caller, &sitting)
    };
    let record = app.db.read(read).await?;
    let disposition = format!("attachment; filename=\"{}-estimates-{id}.csv\"", record.project);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, export::table(&record)).into_response())
}

type InRound = (SittingId, EstimateRoundId);

async fn open(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(id): Path<SittingId>,
    Body(new): Body<NewRound>,
) -> Answer<Value> {
    add(&app, caller, again, id, move |tx, actor| super::open(tx, actor, id, &new)).await
}

async fn vote(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path((id, round)): Path<InRound>,
    Body(chosen): Body<NewVote>,
) -> Answer<Value> {
    act(&app, caller, again, id, move |tx, actor| super::vote(tx, actor, id, round, &chosen)).await
}

async fn take_back(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path((id, round)): Path<InRound>,
) -> Answer<Value> {
    act(&app, caller, again, id, move |tx, actor| super::take_back(tx, actor, id, round)).await
}

async fn reveal(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path((id, round)): Path<InRound>,
) -> Answer<Value> {
    act(&app, caller, again, id, move |tx, actor| super::reveal(tx, actor, id, round)).await
}

async fn note(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path((id, round)): Path<InRound>,
    Body(new): Body<NewNote>,
) -> Answer<Value> {
    add(&app, caller, again, id, move |tx, actor| super::note(tx, actor, id, round, &new)).await
}

async fn note_to_item(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path((id, note)): Path<(SittingId, EstimateNoteId)>,
    Body(wanted): Body<AsItem>,
) -> Answer<Value> {
    add(&app, caller, again, id, move |tx, actor| super::to_item(tx, actor, id, note, &wanted)).await
}

async fn consent(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path((id, round)): Path<InRound>,
    Body(given): Body<Consent>,
) -> Answer<Value> {
    act(&app, caller, again, id, move |tx, actor| super::consent(tx, actor, id, round, &given)).await
}

async fn accept(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path((id, round)): Path<InRound>,
    Body(wanted): Body<Accept>,
) -> Answer<Value> {
    act(&app, caller, again, id, move |tx, actor| super::accept(tx, actor, id, round, &wanted)).await
}

async fn repeat(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path((id, round)): Path<InRound>,
) -> Answer<Value> {
    act(&app, caller, again, id, move |tx, actor| super::repeat(tx, actor, id, round)).await
}

async fn set_aside(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path((id, round)): Path<InRound>,
) -> Answer<Value> {
    act(&app, caller, again, id, move |tx, actor| super::set_aside(tx, actor, id, round)).await
}
