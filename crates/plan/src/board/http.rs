use axum::extract::State;
use base::StatusId;
use people::{
    Right,
    door::{Answer, App, Body, Caller, Door, Path, Policy, get, ok, put},
};

use super::{Board, Change, Column, set, show};
use crate::http::read_made;

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/projects/{key}/board", Policy::Project(Right::Read))
            .summary("The columns of a project's board: how many items are in each, and its limit")
            .gives::<Board>()
            .to(read),
    )
    .route(
        put("/api/v1/projects/{key}/board/{status}", Policy::Project(Right::Administer))
            .summary("Set the limit and the policy of a column, by the id of its status")
            .takes::<Change>()
            .gives::<Column>()
            .to(write),
    )
}

async fn read(State(app): State<App>, caller: Caller, Path(key): Path<String>) -> Answer<Board> {
    Ok(ok(read_made(&app, caller, key, show).await?))
}

async fn write(
    State(app): State<App>,
    caller: Caller,
    Path((key, id)): Path<(String, StatusId)>,
    Body(wanted): Body<Change>,
) -> Answer<Column> {
    Ok(ok(app.db.write(move |tx| set(tx, &caller, &key, id, &wanted)).await?))
}
