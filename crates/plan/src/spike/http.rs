use axum::extract::State;
use people::{
    Right,
    door::{Answer, App, Body, Caller, Door, Path, Policy, ok, put},
};

use super::{New, NewAnswer};
use crate::item;

pub fn routes(door: Door) -> Door {
    door.route(
        put("/api/v1/items/{item}/spike", Policy::Project(Right::Plan))
            .summary("Word a spike's question anew, or give it another time box before it has ended")
            .takes::<New>()
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
    Path(key): Path<String>,
    Body(new): Body<New>,
) -> Answer<item::Shown> {
    let write = move |tx: &mut db::Tx| {
        let item = super::set(tx, &caller, &key, &new)?;
        item::show(tx, &caller, &item)
    };
    Ok(ok(app.db.write(write).await?))
}

async fn answer(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    Body(new): Body<NewAnswer>,
) -> Answer<item::Shown> {
    let write = move |tx: &mut db::Tx| {
        let item = super::answer(tx, &caller, &key, &new)?;
        item::show(tx, &caller, &item)
    };
    Ok(ok(app.db.write(write).await?))
}
