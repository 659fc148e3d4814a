use axum::extract::State;
use people::{
    Right,
    door::{Answer, App, Body, Caller, Door, IdempotencyKey, Path, Policy, get, ok, put},
};
use serde_json::Value;

use super::{NewWorkflow, Workflow, set, show};
use crate::http::{in_project, read_made};

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/projects/{key}/workflow", Policy::Project(Right::Read))
            .summary("The statuses of a project's items, and the steps that kinds may take")
            .gives::<Workflow>()
            .to(read),
    )
    .route(
        put("/api/v1/projects/{key}/workflow", Policy::Project(Right::Administer))
            .summary("Set the statuses of a project's items, and the steps that kinds may take")
            .takes::<NewWorkflow>()
            .gives::<Workflow>()
            .to(write),
    )
}

async fn read(State(app): State<App>, caller: Caller, Path(key): Path<String>) -> Answer<Workflow> {
    Ok(ok(read_made(&app, caller, key, show).await?))
}

async fn write(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(key): Path<String>,
    Body(wanted): Body<NewWorkflow>,
) -> Answer<Value> {
    Ok(ok(in_project(&app, caller, again, key, move |tx, actor, key| set(tx, actor, key, &wanted)).await?))
}
