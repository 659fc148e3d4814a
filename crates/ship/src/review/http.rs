use axum::extract::State;
use base::{ExperimentId, Page, ReviewId};
use people::{
    Right,
    door::{
        Answer, App, Body, Caller, Door, IdempotencyKey, IfMatch, Path, Policy, Query, created, get, ok, patch, post,
    },
    once,
};
use serde_json::Value;

use super::{Asked, Judgement, ReviewPage, ReviewRequest};
use crate::{
    http::{Part, tagged},
    subject::Subject,
};

pub fn routes(door: Door) -> Door {
    door.route(
        post("/api/v1/experiments/{id}/reviews", Policy::Project(Right::Plan))
            .summary("Ask for the three reviews of an experiment")
            .takes::<Asked>()
            .gives::<ReviewRequest>()
            .limit(4 * 1024 * 1024)
            .to(ask),
    )
    .route(
        get("/api/v1/experiments/{id}/reviews", Policy::Project(Right::Read))
            .summary("The request for reviews that stands")
            .gives::<ReviewRequest>()
            .to(current),
    )
    .route(
        get("/api/v1/reviews/{id}", Policy::Project(Right::Read))
            .summary("One review with its request")
            .gives::<ReviewPage>()
            .to(show),
    )
    .route(
        patch("/api/v1/reviews/{id}", Policy::Project(Right::Decide))
            .summary("Decide a review and answer its points")
            .takes::<Judgement>()
            .gives::<ReviewPage>()
            .to(decide),
    )
    .route(
        get("/api/v1/projects/{key}/reviews", Policy::Project(Right::Read))
            .summary("The requests for reviews of a project, newest first")
            .query::<Part>()
            .gives::<Page<ReviewRequest>>()
            .to(queue),
    )
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

async fn current(State(app): State<App>, caller: Caller, Path(id): Path<ExperimentId>) -> Answer<ReviewRequest> {
    Ok(ok(app.db.read(move |tx| super::current(tx, &caller, id)).await?))
}

async fn show(State(app): State<App>, caller: Caller, Path(id): Path<ReviewId>) -> Answer<ReviewPage> {
    Ok(tagged(ok, app.db.read(move |tx| super::get(tx, &caller, &id)).await?))
}

async fn decide(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ReviewId>,
    seen: IfMatch,
    Body(said): Body<Judgement>,
) -> Answer<ReviewPage> {
    Ok(tagged(ok, app.db.write(move |tx| super::decide(tx, &caller, &id, &seen, &said)).await?))
}

async fn queue(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    Query(part): Query<Part>,
) -> Answer<Page<ReviewRequest>> {
    let limit = part.limit()?;
    let list = move |tx: &mut db::Tx| super::queue(tx, &caller, &key, part.cursor.as_deref(), limit);
    Ok(ok(app.db.read(list).await?))
}
