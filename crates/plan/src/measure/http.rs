use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use base::Day;
use people::{
    Right,
    door::{Answer, App, Caller, Door, Path, Policy, Problem, Query, get, ok},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Measures, csv, of};

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/projects/{key}/measures", Policy::Project(Right::Read))
            .summary("How a project's work flowed: throughput, cycle time, age, flow efficiency, hypotheses decided")
            .query::<Asked>()
            .gives::<Measures>()
            .to(read),
    )
    .route(
        get("/api/v1/projects/{key}/measures.csv", Policy::Project(Right::Read))
            .summary("The same figures as CSV, one a line")
            .query::<Asked>()
            .to(export),
    )
}

/// Two years at most.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "MeasuresQuery")]
struct Asked {
    /// The first day; 89 days before the last when absent.
    from: Option<Day>,
    /// The last day, which counts too; today when absent.
    to: Option<Day>,
}

async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Measures> {
    Ok(ok(app.db.read(move |tx| of(tx, &caller, &key, asked.from.as_ref(), asked.to.as_ref())).await?))
}

async fn export(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{key}-measures.csv\"")),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    let measures = app.db.read(move |tx| of(tx, &caller, &key, asked.from.as_ref(), asked.to.as_ref())).await?;
    Ok((headers, csv::table(&measures)).into_response())
}
