use base::Page;
use db::event;
use people::door::{Answer, App, Caller, Door, Policy, Query, get, ok};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Happening, Wanted};

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/events", Policy::SignedIn)
            .summary("What happened, newest first")
            .query::<Wanted>()
            .gives::<Page<Happening>>()
            .to(list),
    )
    .route(
        get("/api/v1/audit/head", Policy::WorkspaceAdmin)
            .summary("The end of the chain of events, to note down and compare later")
            .gives::<Head>()
            .to(head),
    )
}

async fn list(
    axum::extract::State(app): axum::extract::State<App>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Answer<Page<Happening>> {
    let page = app.db.read(move |tx| super::list(tx, &caller, &wanted)).await?;
    Ok(ok(page))
}

#[derive(Serialize, JsonSchema)]
struct Head {
    seq: i64,
    hash: String,
}

async fn head(axum::extract::State(app): axum::extract::State<App>) -> Answer<Head> {
    let head = app.db.read(event::head).await?;
    Ok(ok(Head { seq: head.seq, hash: head.hash }))
}
