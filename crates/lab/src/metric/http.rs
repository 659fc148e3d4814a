use axum::extract::State;
use base::{
    ExperimentId, Result, RunId,
    refuse::{invalid, not_found},
};
use people::{
    Right,
    door::{Answer, App, Caller, Door, Path, Policy, Query, get, ok},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Series, Window, series};
use crate::{
    experiment,
    run::{self, Run},
    search::Search,
    verdict::RunName,
};

pub fn routes(door: Door) -> Door {
    super::export::http::routes(door).route(
        get("/api/v1/experiments/{id}/series", Policy::Project(Right::Read))
            .summary("A metric of several runs, small enough to draw")
            .query::<Asked>()
            .gives::<Chart>()
            .to(index),
    )
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SeriesQuery")]
struct Asked {
    metric: String,
    /// Ids of at most 100 runs, separated by commas; absent, the 20 that started last.
    runs: Option<String>,
    /// How many points a series has at most, 1 to 5,000; 800 when absent.
    points: Option<usize>,
    /// The first step.
    from: Option<i64>,
    /// The last step.
    to: Option<i64>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Chart {
    metric: String,
    series: Vec<Line>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Series")]
struct Line {
    run: RunName,
    #[serde(flatten)]
    series: Series,
}

const MOST_RUNS: usize = 100;
const USUAL_RUNS: usize = 20;

async fn index(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ExperimentId>,
    Query(asked): Query<Asked>,
) -> Answer<Chart> {
    let window = window(&asked)?;
    let named = named(asked.runs.as_deref())?;
    let read = move |tx: &mut db::Tx| {
        experiment::get(tx, &caller, id)?;
        let runs = match &named {
            Some(ids) => ids.iter().map(|run| one_of(tx, &caller, id, run)).collect::<Result<Vec<Run>>>()?,
            None => {
                let latest = Search { limit: USUAL_RUNS, ..Search::default() };
                run::search(tx, &caller, &[id], &latest)?.items
            }
        };
        let draw = |run: Run| Ok(Line { series: series(tx, run.num, &asked.metric, window)?, run: run.reference() });
        let series = runs.into_iter().map(draw).collect::<Result<_>>()?;
        Ok(Chart { metric: asked.metric.clone(), series })
    };
    Ok(ok(app.db.read(read).await?))
}

fn window(asked: &Asked) -> Result<Window> {
    let points = asked.points.unwrap_or(800);
    if !(1..=5_000).contains(&points) {
        return Err(invalid("points", "must be between 1 and 5,000"));
    }
    Ok(Window { steps: (asked.from.unwrap_or(i64::MIN), asked.to.unwrap_or(i64::MAX)), points })
}

fn named(runs: Option<&str>) -> Result<Option<Vec<RunId>>> {
    let Some(runs) = runs else { return Ok(None) };
    let ids: Vec<RunId> = runs.split(',').filter(|id| !id.is_empty()).map(RunId::from).collect();
    if ids.len() > MOST_RUNS {
        return Err(invalid("runs", format!("must hold at most {MOST_RUNS}")));
    }
    Ok(Some(ids))
}

fn one_of(tx: &mut db::Tx, caller: &Caller, experiment: ExperimentId, id: &RunId) -> Result<Run> {
    let run = run::get(tx, caller, id)?;
    if run.experiment == experiment { Ok(run) } else { Err(not_found("run")) }
}
