use axum::extract::State;
use base::{ExperimentId, Page, PromotionId};
use people::{
    Right,
    door::{
        Answer, App, Body, Caller, Door, IdempotencyKey, IfMatch, Path, Policy, Query, created, delete, get, ok, post,
    },
    once,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Asked, Promotion};
use crate::{
    http::{Optional, Part, tagged},
    subject::Subject,
};

pub fn routes(door: Door) -> Door {
    door.route(
        post("/api/v1/experiments/{id}/promotion", Policy::Project(Right::Plan))
            .summary("Ask for the promotion of a run")
            .takes::<Asked>()
            .gives::<Promotion>()
            .to(ask),
    )
    .route(
        get("/api/v1/experiments/{id}/promotion", Policy::Project(Right::Read))
            .summary("The promotion of an experiment that was asked for last")
            .gives::<Promotion>()
            .to(latest),
    )
    .route(
        get("/api/v1/promotions/{id}", Policy::Project(Right::Read))
            .summary("What is asked, what is missing, who approved")
            .gives::<Promotion>()
            .to(show),
    )
    .route(
        delete("/api/v1/promotions/{id}", Policy::Project(Right::Decide))
            .summary("Close a promotion that is not wanted any more")
            .takes::<Closing>()
            .gives::<Promotion>()
            .to(cancel),
    )
    .route(
        get("/api/v1/projects/{key}/promotions", Policy::Project(Right::Read))
            .summary("The promotions of a project, newest first")
            .query::<Part>()
            .gives::<Page<Promotion>>()
            .to(queue),
    )
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PromotionClosing")]
struct Closing {
    note: Option<String>,
}

async fn ask(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ExperimentId>,
    key: IdempotencyKey,
    Body(asked): Body<Asked>,
) -> Answer<Value> {
    let make = move |tx: &mut db::Tx| {
        let may = |tx: &mut db::Tx| Subject::seen(tx, &caller, id).map(drop);
        once(tx, &caller, &key, may, |tx| super::ask(tx, &caller, id, &asked))
    };
    Ok(created(app.db.write(make).await?))
}

async fn latest(State(app): State<App>, caller: Caller, Path(id): Path<ExperimentId>) -> Answer<Promotion> {
    Ok(tagged(ok, app.db.read(move |tx| super::latest(tx, &caller, id)).await?))
}

async fn show(State(app): State<App>, caller: Caller, Path(id): Path<PromotionId>) -> Answer<Promotion> {
    Ok(tagged(ok, app.db.read(move |tx| super::get(tx, &caller, &id)).await?))
}

async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PromotionId>,
    seen: IfMatch,
    Optional(closing): Optional<Closing>,
) -> Answer<Promotion> {
    Ok(tagged(ok, app.db.write(move |tx| super::cancel(tx, &caller, &id, &seen, closing.note.as_deref())).await?))
}

async fn queue(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    Query(part): Query<Part>,
) -> Answer<Page<Promotion>> {
    let limit = part.limit()?;
    let list = move |tx: &mut db::Tx| super::queue(tx, &caller, &key, part.cursor.as_deref(), limit);
    Ok(ok(app.db.read(list).await?))
}
