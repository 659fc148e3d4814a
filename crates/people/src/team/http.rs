use axum::extract::State;
use base::{Page, TeamId};

use super::{NewTeam, Team, TeamChange, change, create, list};
use crate::{
    Right,
    door::{Answer, App, Body, Caller, Door, IdempotencyKey, Path, Policy, created, get, ok, post, put},
    once,
    project::by_key,
};

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/projects/{key}/teams", Policy::Project(Right::Read))
            .summary("The teams of a project")
            .gives::<Page<Team>>()
            .to(index),
    )
    .route(
        post("/api/v1/projects/{key}/teams", Policy::Project(Right::Administer))
            .summary("Make a team")
            .takes::<NewTeam>()
            .gives::<Team>()
            .to(make),
    )
    .route(
        put("/api/v1/projects/{key}/teams/{id}", Policy::Project(Right::Administer))
            .summary("Change a team")
            .takes::<TeamChange>()
            .gives::<Team>()
            .to(update),
    )
}

async fn index(State(app): State<App>, caller: Caller, Path(key): Path<String>) -> Answer<Page<Team>> {
    Ok(ok(Page::whole(app.db.read(move |tx| list(tx, &caller, &key)).await?)))
}

async fn make(
    State(app): State<App>,
    caller: Caller,
    once_key: IdempotencyKey,
    Path(key): Path<String>,
    Body(new): Body<NewTeam>,
) -> Answer<serde_json::Value> {
    let write = move |tx: &mut db::Tx| {
        let may = |tx: &mut db::Tx| by_key(tx, &caller, &key).map(drop);
        once(tx, &caller, &once_key, may, |tx| create(tx, &caller, &key, &new))
    };
    Ok(created(app.db.write(write).await?))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    Path((key, id)): Path<(String, TeamId)>,
    Body(wanted): Body<TeamChange>,
) -> Answer<Team> {
    Ok(ok(app.db.write(move |tx| change(tx, &caller, &key, &id, &wanted)).await?))
}
