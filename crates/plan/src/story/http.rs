use axum::extract::State;
use base::Page;
use people::{
    Right,
    door::{Answer, App, Body, Caller, Door, IdempotencyKey, Path, Policy, created, post},
};
use serde_json::Value;

use super::{Split, split};
use crate::{
    http::at_item,
    item::{self, Line},
};

pub fn routes(door: Door) -> Door {
    door.route(
        post("/api/v1/items/{item}/split", Policy::Project(Right::Plan))
            .summary("Split a story into components by trade")
            .takes::<Split>()
            .gives::<Page<Line>>()
            .to(make),
    )
}

async fn make(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(key): Path<String>,
    Body(wanted): Body<Split>,
) -> Answer<Value> {
    let made = at_item(&app, caller, again, key, move |tx, actor, key| {
        let made = split(tx, actor, key, &wanted)?;
        Ok(Page::whole(item::lines(tx, actor, &made)?))
    });
    Ok(created(made.await?))
}
