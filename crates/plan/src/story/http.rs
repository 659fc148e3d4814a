use axum::extract::State;
use base::Page;
use people::{
    Right,
    door::{Answer, App, Body, Caller, Door, Path, Policy, created, post},
};

use super::{Split, split};
use crate::item::{self, Line};

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
    Path(key): Path<String>,
    Body(wanted): Body<Split>,
) -> Answer<Page<Line>> {
    let write = move |tx: &mut db::Tx| {
        let made = split(tx, &caller, &key, &wanted)?;
        Ok(Page::whole(item::lines(tx, &caller, &made)?))
    };
    Ok(created(app.db.write(write).await?))
}
