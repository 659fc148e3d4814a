use axum::extract::State;
use base::PromotionId;
use people::{
    Right,
    door::{Answer, App, Caller, Door, IfMatch, Path, Policy, created, post},
};

use super::Wanted;
use crate::{
    http::{Optional, tagged},
    promotion::Promotion,
};

pub fn routes(door: Door) -> Door {
    door.route(
        post("/api/v1/promotions/{id}/deployment", Policy::Project(Right::Decide))
            .summary("Place the approved bundle into its environment")
            .takes::<Wanted>()
            .gives::<Promotion>()
            .to(start),
    )
}

async fn start(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PromotionId>,
    seen: IfMatch,
    Optional(wanted): Optional<Wanted>,
) -> Answer<Promotion> {
    Ok(tagged(created, app.db.write(move |tx| super::start(tx, &caller, &id, &seen, &wanted)).await?))
}
