use axum::extract::State;
use base::Page;
use people::{
    Right,
    door::{
        Answer, App, Body, Caller, Door, IdempotencyKey, Path, Policy, created, delete, get, no_content, ok, patch,
        post,
    },
};
use serde_json::Value;

use super::{Change, New, Shown, add, change, list, remove};
use crate::http::at_item;

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/items/{item}/checklist", Policy::Project(Right::Read))
            .summary("The checklist of an item")
            .gives::<Page<Shown>>()
            .to(index),
    )
    .route(
        post("/api/v1/items/{item}/checklist", Policy::Project(Right::Plan))
            .summary("Add a line to an item's checklist")
            .takes::<New>()
            .gives::<Shown>()
            .to(make),
    )
    .route(
        patch("/api/v1/items/{item}/checklist/{line}", Policy::Project(Right::Plan))
            .summary("Tick a line of an item's checklist, or word it anew")
            .takes::<Change>()
            .gives::<Shown>()
            .to(update),
    )
    .route(
        delete("/api/v1/items/{item}/checklist/{line}", Policy::Project(Right::Plan))
            .summary("Remove a line of an item's checklist")
            .to(end),
    )
}

async fn index(State(app): State<App>, caller: Caller, Path(key): Path<String>) -> Answer<Page<Shown>> {
    Ok(ok(Page::whole(app.db.read(move |tx| list(tx, &caller, &key)).await?)))
}

async fn make(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(key): Path<String>,
    Body(new): Body<New>,
) -> Answer<Value> {
    Ok(created(at_item(&app, caller, again, key, move |tx, actor, key| add(tx, actor, key, &new)).await?))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path((key, id)): Path<(String, i64)>,
    Body(wanted): Body<Change>,
) -> Answer<Value> {
    Ok(ok(at_item(&app, caller, again, key, move |tx, actor, key| change(tx, actor, key, id, &wanted)).await?))
}

async fn end(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path((key, id)): Path<(String, i64)>,
) -> Answer<()> {
    at_item(&app, caller, again, key, move |tx, actor, key| remove(tx, actor, key, id)).await?;
    Ok(no_content())
}
