use axum::extract::State;
use base::Page;
use people::{
    Right,
    door::{Answer, App, Body, Caller, Door, IdempotencyKey, Path, Policy, get, ok, put},
};
use serde_json::Value;

use super::{NewLimits, Shown, list, set};
use crate::http::in_project;

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/projects/{key}/limits", Policy::Project(Right::Read))
            .summary("The limits of a project on lanes, people and resources, and who is under them")
            .gives::<Page<Shown>>()
            .to(index),
    )
    .route(
        put("/api/v1/projects/{key}/limits", Policy::Project(Right::Administer))
            .summary("Set the limits of a project on lanes, people and resources")
            .takes::<NewLimits>()
            .gives::<Page<Shown>>()
            .to(write),
    )
}

async fn index(State(app): State<App>, caller: Caller, Path(key): Path<String>) -> Answer<Page<Shown>> {
    Ok(ok(Page::whole(app.db.read(move |tx| list(tx, &caller, &key)).await?)))
}

async fn write(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(key): Path<String>,
    Body(wanted): Body<NewLimits>,
) -> Answer<Value> {
    let set =
        in_project(&app, caller, again, key, move |tx, actor, key| Ok(Page::whole(set(tx, actor, key, &wanted)?)));
    Ok(ok(set.await?))
}
