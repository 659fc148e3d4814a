use axum::extract::State;
use base::Page;
use people::{
    Right,
    door::{Answer, App, Body, Caller, Door, Path, Policy, delete, get, no_content, ok, put},
};

use super::{New, Shown, list, remove, set};
use crate::item::Kind;

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/projects/{key}/templates", Policy::Project(Right::Read))
            .summary("What new items of a kind begin with")
            .gives::<Page<Shown>>()
            .to(index),
    )
    .route(
        put("/api/v1/projects/{key}/templates/{kind}", Policy::Project(Right::Administer))
            .summary("Say what new items of a kind begin with")
            .takes::<New>()
            .gives::<Shown>()
            .to(write),
    )
    .route(
        delete("/api/v1/projects/{key}/templates/{kind}", Policy::Project(Right::Administer))
            .summary("Let new items of a kind begin empty")
            .to(end),
    )
}

async fn index(State(app): State<App>, caller: Caller, Path(key): Path<String>) -> Answer<Page<Shown>> {
    Ok(ok(Page::whole(app.db.read(move |tx| list(tx, &caller, &key)).await?)))
}

async fn write(
    State(app): State<App>,
    caller: Caller,
    Path((key, kind)): Path<(String, Kind)>,
    Body(wanted): Body<New>,
) -> Answer<Shown> {
    Ok(ok(app.db.write(move |tx| set(tx, &caller, &key, kind, &wanted)).await?))
}

async fn end(State(app): State<App>, caller: Caller, Path((key, kind)): Path<(String, Kind)>) -> Answer<()> {
    app.db.write(move |tx| remove(tx, &caller, &key, kind)).await?;
    Ok(no_content())
}
