use axum::extract::State;
use base::{Limit, Page, RegisteredModelId};
use people::{
    Right,
    door::{Answer, App, Caller, Door, Path, Policy, Query, get, ok},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Detail, Shown};
use crate::http::Part;

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/projects/{key}/models", Policy::Project(Right::Read))
            .summary("The registered models or prompts of a project, the last changed first")
            .query::<Asked>()
            .gives::<Page<Shown>>()
            .to(index),
    )
    .route(
        get("/api/v1/models/{id}", Policy::Project(Right::Read))
            .summary("A registered model or prompt with its versions")
            .query::<Part>()
            .gives::<Detail>()
            .to(show),
    )
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RegisteredModelQuery")]
struct Asked {
    /// Part of the name, in any case.
    q: Option<String>,
    /// Prompts instead of models.
    prompts: Option<bool>,
    cursor: Option<String>,
    /// Between 1 and 100; 50 when absent.
    limit: Option<i64>,
}

async fn index(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Page<Shown>> {
    let limit = Limit::new(asked.limit, 50, 100)?;
    let read = app.db.read(move |tx| {
        let Asked { q, prompts, cursor, .. } = &asked;
        super::list(tx, &caller, &key, q.as_deref(), *prompts == Some(true), cursor.as_deref(), limit)
    });
    Ok(ok(read.await?))
}

async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RegisteredModelId>,
    Query(part): Query<Part>,
) -> Answer<Detail> {
    let limit = part.limit()?;
    let read = app.db.read(move |tx| super::detail(tx, &caller, id, part.cursor.as_deref(), limit));
    Ok(ok(read.await?))
}
