use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use base::{Error, ExperimentId, Result, RunId};
use bytes::Bytes;
use db::Db;
use futures_util::{Stream, stream};
use people::{
    Actor, Right,
    door::{App, Caller, Door, Path, Policy, Problem, get},
};

use super::{Line, Of, Place, csv, parquet, part};

/// Lines that are in memory at once, twice at most.
const PART: usize = 20_000;

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/runs/{id}/metrics.csv", Policy::Project(Right::Read))
            .summary("Every point of a run's metrics as CSV; timestamps are milliseconds since 1970")
            .to(run_csv),
    )
    .route(
        get("/api/v1/runs/{id}/metrics.parquet", Policy::Project(Right::Read))
            .summary("Every point of a run's metrics as Parquet; timestamps are milliseconds since 1970")
            .to(run_parquet),
    )
    .route(
        get("/api/v1/experiments/{id}/metrics.csv", Policy::Project(Right::Read))
            .summary("Every point of the metrics of an experiment's runs as CSV, deleted runs left out")
            .to(experiment_csv),
    )
    .route(
        get("/api/v1/experiments/{id}/metrics.parquet", Policy::Project(Right::Read))
            .summary("Every point of the metrics of an experiment's runs as Parquet, deleted runs left out")
            .to(experiment_parquet),
    )
}

async fn run_csv(State(app): State<App>, caller: Caller, Path(id): Path<RunId>) -> Result<Response, Problem> {
    export(app.db.clone(), &caller, Of::Run(id), Sheet::csv()).await
}

async fn run_parquet(State(app): State<App>, caller: Caller, Path(id): Path<RunId>) -> Result<Response, Problem> {
    export(app.db.clone(), &caller, Of::Run(id), Sheet::parquet()?).await
}

async fn experiment_csv(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ExperimentId>,
) -> Result<Response, Problem> {
    export(app.db.clone(), &caller, Of::Experiment(id), Sheet::csv()).await
}

async fn experiment_parquet(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ExperimentId>,
) -> Result<Response, Problem> {
    export(app.db.clone(), &caller, Of::Experiment(id), Sheet::parquet()?).await
}

/// The first part is read before anything is answered, so that a refusal is one.
async fn export(db: Db, caller: &Actor, of: Of, sheet: Sheet) -> Result<Response, Problem> {
    let about = match &of {
        Of::Run(_) => "run".to_owned(),
        Of::Experiment(id) => format!("experiment-{id}"),
    };
    let disposition = format!("attachment; filename=\"{about}-metrics.{}\"", sheet.ending());
    let headers = [
        (header::CONTENT_TYPE, sheet.content_type().to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    let asked = Asked { db, actor: caller.clone(), of };
    let first = asked.part(Place::default()).await?;
    Ok((headers, Body::from_stream(bytes(asked, sheet, first))).into_response())
}

struct Asked {
    db: Db,
    actor: Actor,
    of: Of,
}

type Part = (Vec<Line>, Option<Place>);

impl Asked {
    async fn part(&self, place: Place) -> Result<Part> {
        let (actor, of) = (self.actor.clone(), self.of.clone());
        self.db.read(move |tx| part(tx, &actor, &of, place.clone(), PART)).await
    }
}

/// Whoever reads slowly makes it wait; no transaction is open meanwhile.
fn bytes(asked: Asked, sheet: Sheet, first: Part) -> impl Stream<Item = Result<Bytes, Error>> + Send {
    stream::try_unfold((asked, sheet, Some(first)), async |(asked, mut sheet, part)| {
        let Some((lines, next)) = part else { return Ok(None) };
        let mut ready = sheet.push(&lines)?;
        let part = match next {
            Some(place) => Some(asked.part(place).await?),
            None => {
                ready.extend(sheet.end()?);
                None
            }
        };
        Ok(Some((Bytes::from(ready), (asked, sheet, part))))
    })
}

enum Sheet {
    Csv { begun: bool },
    Parquet(Box<parquet::Table>),
}

impl Sheet {
    fn csv() -> Self {
        Self::Csv { begun: false }
    }

    fn parquet() -> Result<Self> {
        Ok(Self::Parquet(Box::new(parquet::Table::new()?)))
    }

    fn ending(&self) -> &'static str {
        match self {
            Self::Csv { .. } => "csv",
            Self::Parquet(_) => "parquet",
        }
    }

    fn content_type(&self) -> &'static str {
        match self {
            Self::Csv { .. } => "text/csv; charset=utf-8",
            Self::Parquet(_) => "application/vnd.apache.parquet",
        }
    }

    fn push(&mut self, lines: &[Line]) -> Result<Vec<u8>> {
        match self {
            Self::Csv { begun } => {
                let mut table = if *begun { String::new() } else { csv::HEAD.to_owned() };
                *begun = true;
                csv::push(&mut table, lines);
                Ok(table.into_bytes())
            }
            Self::Parquet(table) => table.push(lines),
        }
    }

    fn end(&mut self) -> Result<Vec<u8>> {
        match self {
            Self::Csv { .. } => Ok(Vec::new()),
            Self::Parquet(table) => table.end(),
        }
    }
}
