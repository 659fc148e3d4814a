use axum::extract::State;
use base::TeamId;
use people::{
    Right,
    door::{Answer, App, Caller, Door, Path, Policy, delete, no_content},
};

pub fn routes(door: Door) -> Door {
    door.route(
        delete("/api/v1/projects/{key}/teams/{id}", Policy::Project(Right::Administer))
            .summary("Delete a team; its items have none any more")
            .to(end),
    )
}

async fn end(State(app): State<App>, caller: Caller, Path((key, id)): Path<(String, TeamId)>) -> Answer<()> {
    app.db.write(move |tx| super::delete(tx, &caller, &key, &id)).await?;
    Ok(no_content())
}
