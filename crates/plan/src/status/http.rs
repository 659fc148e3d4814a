use axum::extract::State;
use people::{
    Right,
    door::{Answer, App, Body, Caller, Door, Path, Policy, get, ok, put},
};

use super::{NewWorkflow, Workflow, set, show};

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
    Ok(ok(app.db.read(move |tx| show(tx, &caller, &key)).await?))
}

async fn write(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    Body(wanted): Body<NewWorkflow>,
) -> Answer<Workflow> {
    Ok(ok(app.db.write(move |tx| set(tx, &caller, &key, &wanted)).await?))
}
