use axum::extract::State;
use base::Page;
use people::{
    Right,
    door::{Answer, App, Body, Caller, Door, Path, Policy, get, ok, put},
};

use super::{Field, NewFields, list, set};

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
    Path(key): Path<String>,
    Body(wanted): Body<NewFields>,
) -> Answer<Page<Field>> {
    Ok(ok(Page::whole(app.db.write(move |tx| set(tx, &caller, &key, &wanted)).await?)))
}
