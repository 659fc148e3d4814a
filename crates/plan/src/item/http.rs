use axum::extract::State;
use base::{Limit, Page, Result};
use db::Tx;
use people::{
    Actor, Right,
    door::{
        Answer, App, Body, Caller, Door, IdempotencyKey, Path, Policy, Query, Version, delete, get, no_content, ok,
        patch, post, put,
    },
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Change, Happening, Item, Move, Restored, Shown, find, show};
use crate::http::{at_item, versioned};

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/items/{item}", Policy::Project(Right::Read))
            .summary("An item by its key; a key that it had before it moved finds it too")
            .gives::<Shown>()
            .to(show_one),
    )
    .route(
        patch("/api/v1/items/{item}", Policy::Project(Right::Plan))
            .summary("Change an item")
            .takes::<Change>()
            .gives::<Shown>()
            .to(update),
    )
    .route(
        post("/api/v1/items/{item}/move", Policy::Project(Right::Plan))
            .summary("Move an item into a status, to a place in the backlog, or both")
            .takes::<Move>()
            .gives::<Shown>()
            .to(r#move),
    )
    .route(
        post("/api/v1/items/{item}/transfer", Policy::Project(Right::Plan))
            .summary("Move an item to another project; its key still finds it")
            .takes::<Transfer>()
            .gives::<Shown>()
            .to(transfer),
    )
    .route(
        post("/api/v1/items/{item}/undo", Policy::Project(Right::Plan))
            .summary("Take back one's own last change, while nothing came after it")
            .gives::<Shown>()
            .to(undo),
    )
    .route(
        get("/api/v1/items/{item}/history", Policy::Project(Right::Read))
            .summary("What happened to an item, the latest first")
            .query::<Past>()
            .gives::<Page<Happening>>()
            .to(history),
    )
    .route(
        delete("/api/v1/items/{item}", Policy::Project(Right::Plan)).summary("Put an item into the trash").to(remove),
    )
    .route(
        post("/api/v1/items/{item}/restoration", Policy::Project(Right::Plan))
            .summary("Take an item out of the trash, where its status is full into the first open one with room")
            .gives::<Restored>()
            .to(restore),
    )
    .route(put("/api/v1/items/{item}/watch", Policy::Project(Right::Decide)).summary("Watch an item").to(watch))
    .route(
        delete("/api/v1/items/{item}/watch", Policy::Project(Right::Decide))
            .summary("Watch an item no longer")
            .to(unwatch),
    )
}

async fn show_one(State(app): State<App>, caller: Caller, Path(key): Path<String>) -> Answer<Shown> {
    let read = move |tx: &mut Tx| {
        let item = find(tx, &caller, Right::Read, &key)?;
        show(tx, &caller, &item)
    };
    let shown = app.db.read(read).await?;
    let version = shown.line.version;
    Ok(ok(shown).version(version))
}

/// Does something to an item, once for each key, and shows it.
async fn act(
    app: &App,
    caller: Caller,
    again: IdempotencyKey,
    key: String,
    act: impl Fn(&mut Tx, &Actor, &str) -> Result<Item> + Send + 'static,
) -> Answer<Value> {
    let acted = at_item(app, caller, again, key, move |tx, actor, key| {
        let item = act(tx, actor, key)?;
        show(tx, actor, &item)
    });
    Ok(versioned(acted.await?))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(key): Path<String>,
    Version(version): Version,
    Body(wanted): Body<Change>,
) -> Answer<Value> {
    act(&app, caller, again, key, move |tx, actor, key| super::change(tx, actor, key, version, &wanted)).await
}

async fn r#move(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(key): Path<String>,
    Body(wanted): Body<Move>,
) -> Answer<Value> {
    act(&app, caller, again, key, move |tx, actor, key| super::r#move(tx, actor, key, &wanted)).await
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ItemTransfer")]
struct Transfer {
    /// The key of the other project.
    project: String,
}

async fn transfer(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(key): Path<String>,
    Body(wanted): Body<Transfer>,
) -> Answer<Value> {
    act(&app, caller, again, key, move |tx, actor, key| super::transfer(tx, actor, key, &wanted.project)).await
}

async fn undo(State(app): State<App>, caller: Caller, again: IdempotencyKey, Path(key): Path<String>) -> Answer<Value> {
    act(&app, caller, again, key, super::undo).await
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ItemHistoryQuery")]
struct Past {
    cursor: Option<String>,
    /// 1 to 200; 50 when absent.
    limit: Option<i64>,
}

async fn history(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    Query(past): Query<Past>,
) -> Answer<Page<Happening>> {
    let limit = Limit::new(past.limit, 50, 200)?;
    let read = move |tx: &mut Tx| super::history(tx, &caller, &key, past.cursor.as_deref(), limit);
    Ok(ok(app.db.read(read).await?))
}

async fn remove(State(app): State<App>, caller: Caller, again: IdempotencyKey, Path(key): Path<String>) -> Answer<()> {
    at_item(&app, caller, again, key, super::delete).await?;
    Ok(no_content())
}

async fn restore(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(key): Path<String>,
) -> Answer<Value> {
    let restored = at_item(&app, caller, again, key, |tx, actor, key| {
        let (item, full) = super::restore(tx, actor, key)?;
        Ok(Restored { item: show(tx, actor, &item)?, full })
    });
    Ok(versioned(restored.await?))
}

async fn watch(State(app): State<App>, caller: Caller, Path(key): Path<String>) -> Answer<()> {
    app.db.write(move |tx| super::watch(tx, &caller, &key)).await?;
    Ok(no_content())
}

async fn unwatch(State(app): State<App>, caller: Caller, Path(key): Path<String>) -> Answer<()> {
    app.db.write(move |tx| super::unwatch(tx, &caller, &key)).await?;
    Ok(no_content())
}
