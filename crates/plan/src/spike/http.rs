use axum::extract::State;
use people::{
    Right,
    door::{Answer, App, Body, Caller, Door, IdempotencyKey, Path, Policy, ok, put},
};
use serde_json::Value;

use super::{Change, NewAnswer};
use crate::{http::at_item, item};

pub fn routes(door: Door) -> Door {
    door.route(
        put("/api/v1/items/{item}/spike", Policy::Project(Right::Plan))
            .summary("Word a spike's question anew, or give it another time box before it has ended")
            .takes::<Change>()
            .gives::<item::Shown>()
            .to(set),
    )
    .route(
        put("/api/v1/items/{item}/spike/answer", Policy::Project(Right::Plan))
            .summary("Write what came of a spike's question")
            .takes::<NewAnswer>()
            .gives::<item::Shown>()
            .to(answer),
    )
}

async fn set(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(key): Path<String>,
    Body(new): Body<Change>,
) -> Answer<Value> {
    let set = at_item(&app, caller, again, key, move |tx, actor, key| {
        let item = super::set(tx, actor, key, &new)?;
        item::show(tx, actor, &item)
    });
    Ok(ok(set.await?))
}

async fn answer(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(key): Path<String>,
    Body(new): Body<NewAnswer>,
) -> Answer<Value> {
    let answered = at_item(&app, caller, again, key, move |tx, actor, key| {
        let item = super::answer(tx, actor, key, &new)?;
        item::show(tx, actor, &item)
    });
    Ok(ok(answered.await?))
}
