use axum::extract::State;
use base::Page;
use people::{
    Right,
    door::{Answer, App, Body, Caller, Door, IdempotencyKey, Path, Policy, get, ok, put},
};
use serde_json::Value;

use super::{Field, NewFields, list, set};
use crate::http::in_project;

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/projects/{key}/fields", Policy::Project(Right::Read))
            .summary("The fields that a project adds to its items")
            .gives::<Page<Field>>()
            .to(index),
    )
    .route(
        put("/api/v1/projects/{key}/fields", Policy::Project(Right::Administer))
            .summary("Set the fields that a project adds to its items")
            .takes::<NewFields>()
            .gives::<Page<Field>>()
            .to(write),
    )
}

async fn index(State(app): State<App>, caller: Caller, Path(key): Path<String>) -> Answer<Page<Field>> {
    Ok(ok(Page::whole(app.db.read(move |tx| list(tx, &caller, &key)).await?)))
}

async fn write(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(key): Path<String>,
    Body(wanted): Body<NewFields>,
) -> Answer<Value> {
    let set =
        in_project(&app, caller, again, key, move |tx, actor, key| Ok(Page::whole(set(tx, actor, key, &wanted)?)));
    Ok(ok(set.await?))
}
