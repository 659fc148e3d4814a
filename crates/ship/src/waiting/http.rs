use axum::extract::State;
use people::door::{Answer, App, Caller, Door, Policy, get, ok};
use schemars::JsonSchema;
use serde::Serialize;

use super::Waiting;

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/waiting", Policy::SignedIn)
            .summary("Reviews and approvals that wait for you")
            .gives::<List>()
            .to(list),
    )
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WaitingList")]
struct List {
    items: Vec<Waiting>,
}

async fn list(State(app): State<App>, caller: Caller) -> Answer<List> {
    let items = app.db.read(move |tx| super::list(tx, &caller)).await?;
    Ok(ok(List { items }))
}
