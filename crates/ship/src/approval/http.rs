use axum::extract::State;
use base::PromotionId;
use people::{
    Right,
    door::{Answer, App, Body, Caller, Door, IfMatch, Path, Policy, delete, ok, put},
};

use super::{Given, Withdrawn};
use crate::{http::tagged, promotion::Promotion};

pub fn routes(door: Door) -> Door {
    door.route(
        put("/api/v1/promotions/{id}/approval", Policy::Project(Right::Decide))
            .summary("Approve for one of your duties")
            .takes::<Given>()
            .gives::<Promotion>()
            .to(give),
    )
    .route(
        delete("/api/v1/promotions/{id}/approval", Policy::Project(Right::Decide))
            .summary("Withdraw your approval")
            .takes::<Withdrawn>()
            .gives::<Promotion>()
            .to(withdraw),
    )
}

async fn give(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PromotionId>,
    seen: IfMatch,
    Body(given): Body<Given>,
) -> Answer<Promotion> {
    Ok(tagged(ok, app.db.write(move |tx| super::give(tx, &caller, &id, &seen, &given)).await?))
}

async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PromotionId>,
    seen: IfMatch,
    Body(withdrawn): Body<Withdrawn>,
) -> Answer<Promotion> {
    Ok(tagged(ok, app.db.write(move |tx| super::withdraw(tx, &caller, &id, &seen, &withdrawn)).await?))
}
