use axum::extract::State;
use base::Page;
use people::{
    Right,
    door::{Answer, App, Body, Caller, Door, Path, Policy, created, delete, get, no_content, ok, patch, post},
};

use super::{Change, New, Shown, add, change, list, remove};

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

async fn make(State(app): State<App>, caller: Caller, Path(key): Path<String>, Body(new): Body<New>) -> Answer<Shown> {
    Ok(created(app.db.write(move |tx| add(tx, &caller, &key, &new)).await?))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    Path((key, id)): Path<(String, i64)>,
    Body(wanted): Body<Change>,
) -> Answer<Shown> {
    Ok(ok(app.db.write(move |tx| change(tx, &caller, &key, id, &wanted)).await?))
}

async fn end(State(app): State<App>, caller: Caller, Path((key, id)): Path<(String, i64)>) -> Answer<()> {
    app.db.write(move |tx| remove(tx, &caller, &key, id)).await?;
    Ok(no_content())
}
