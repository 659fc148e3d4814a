use axum::extract::State;
use base::{ExperimentId, RunId};
use lab::artifact::signed;
use people::{
    Right,
    door::{Answer, App, Caller, Door, Path, Policy, delete, no_content},
};

pub fn routes(door: Door) -> Door {
    let door = door
        .route(
            delete("/api/v1/experiments/{id}", Policy::Project(Right::Track))
                .summary("Delete an experiment with its runs")
                .to(delete_experiment),
        )
        .route(delete("/api/v1/runs/{id}", Policy::Project(Right::Track)).summary("Delete a run").to(delete_run));
    signed::http::routes(door, super::check_files)
}

async fn delete_experiment(State(app): State<App>, caller: Caller, Path(id): Path<ExperimentId>) -> Answer<()> {
    app.db.write(move |tx| super::delete_experiment(tx, &caller, id)).await?;
    Ok(no_content())
}

async fn delete_run(State(app): State<App>, caller: Caller, Path(id): Path<RunId>) -> Answer<()> {
    app.db.write(move |tx| super::delete_run(tx, &caller, &id)).await?;
    Ok(no_content())
}
