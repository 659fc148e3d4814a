use std::str::FromStr;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use base::{Cursor, ExperimentId, Limit, Result, RunId, refuse::invalid};
use people::{
    Right,
    door::{Answer, App, Body, Caller, Door, Path, Policy, Problem, Query, get, ok, patch, post},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Shown, Status, Update, columns,
    csv::csv,
    search::{Attribute, Field, search},
    show,
    show::Columns,
};
use crate::{
    experiment,
    search::{Condition, Order, Search, Test, TextOperator, View},
};

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/experiments/{id}/runs", Policy::Project(Right::Read))
            .summary("The runs of an experiment; as CSV with format=csv")
            .query::<Asked>()
            .gives::<Table>()
            .to(index),
    )
    .route(get("/api/v1/runs/{id}", Policy::Project(Right::Read)).summary("A run").gives::<Shown>().to(show_one))
    .route(
        patch("/api/v1/runs/{id}", Policy::Project(Right::Track))
            .summary("Rename a run")
            .takes::<Change>()
            .gives::<Shown>()
            .to(update),
    )
    .route(
        post("/api/v1/runs/{id}/restoration", Policy::Project(Right::Track))
            .summary("Restore a deleted run")
            .gives::<Shown>()
            .to(restore),
    )
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RunQuery")]
struct Asked {
    /// Part of the name, in any case.
    q: Option<String>,
    status: Option<Status>,
    /// `started_at`, `ended_at`, `name`, `status`, `params.KEY`, `metrics.KEY` or `tags.KEY`, then
    /// `:asc` or `:desc`; several are separated by commas. Runs without the key come last.
    sort: Option<String>,
    deleted: Option<bool>,
    cursor: Option<String>,
    /// 1 to 1,000; 100 when absent.
    limit: Option<i64>,
    format: Option<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "RunFormat")]
enum Format {
    Json,
    Csv,
}

/// A page of runs, with the keys that all runs of the experiment have between them.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "RunPage")]
struct Table {
    items: Vec<Shown>,
    /// Send it back as `cursor` to go on; null on the last page.
    next: Option<String>,
    columns: Columns,
}

/// A table for a spreadsheet is not paged, so it ends somewhere.
const MOST_CSV_RUNS: usize = 10_000;

async fn index(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ExperimentId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let as_csv = asked.format == Some(Format::Csv);
    let mut wanted = wanted(&asked)?;
    if as_csv {
        (wanted.limit, wanted.after) = (MOST_CSV_RUNS, 0);
    }
    let read = move |tx: &mut db::Tx| {
        experiment::get(tx, &caller, id)?;
        let found = search(tx, &caller, &[id], &wanted)?;
        let items = show(tx, &caller, &found.items)?;
        Ok(Table { items, next: found.next.map(|after| Cursor::write(&after)), columns: columns(tx, id)? })
    };
    let table = app.db.read(read).await?;
    if !as_csv {
        return Ok(ok(table).into_response());
    }
    if table.next.is_some() {
        let why = format!("cannot be csv for more than {MOST_CSV_RUNS} runs; narrow the list with q or status");
        return Err(invalid("format", why).into());
    }
    let disposition = format!("attachment; filename=\"experiment-{id}-runs.csv\"");
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, csv(&table.items, &table.columns)).into_response())
}

fn wanted(asked: &Asked) -> Result<Search<Field>> {
    let attribute = |attribute, operator, text: &str| Condition {
        field: Field::Attribute(attribute),
        test: Test::Text(operator, text.to_owned()),
    };
    let q = asked.q.as_deref().map(|q| attribute(Attribute::Name, TextOperator::Contains, q));
    let status = asked.status.map(|status| attribute(Attribute::Status, TextOperator::Equal, status.as_str()));
    Ok(Search {
        view: if asked.deleted == Some(true) { View::Deleted } else { View::Active },
        conditions: q.into_iter().chain(status).collect(),
        order: asked.sort.as_deref().map(sorted_by).transpose()?.unwrap_or_default(),
        limit: Limit::new(asked.limit, 100, 1_000)?.0,
        after: asked.cursor.as_deref().map(Cursor::read).transpose()?.unwrap_or(0),
    })
}

fn sorted_by(sort: &str) -> Result<Vec<Order<Field>>> {
    let orders: Vec<Order<Field>> = sort.split(',').map(str::parse).collect::<Result<_>>()?;
    if orders.len() > 5 {
        return Err(invalid("sort", "can name at most five keys"));
    }
    Ok(orders)
}

impl FromStr for Order<Field> {
    type Err = base::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, way) = text.rsplit_once(':').unwrap_or((text, "asc"));
        let field = match name.split_once('.') {
            Some(("params", key)) => Field::Param(key.to_owned()),
            Some(("metrics", key)) => Field::Metric(key.to_owned()),
            Some(("tags", key)) => Field::Tag(key.to_owned()),
            _ => Field::Attribute(match name {
                "started_at" => Attribute::StartedAt,
                "ended_at" => Attribute::EndedAt,
                "name" => Attribute::Name,
                "status" => Attribute::Status,
                _ => {
                    return Err(invalid(
                        "sort",
                        format!(
                            "does not know {name:?}; use started_at, ended_at, name, status, params.KEY, metrics.KEY or tags.KEY"
                        ),
                    ));
                }
            }),
        };
        match way {
            "asc" | "desc" => Ok(Order { field, descending: way == "desc" }),
            _ => Err(invalid("sort", "must end with :asc or :desc")),
        }
    }
}

async fn show_one(State(app): State<App>, caller: Caller, Path(id): Path<RunId>) -> Answer<Shown> {
    Ok(ok(app.db.read(move |tx| shown(tx, &caller, &id)).await?))
}

fn shown(tx: &mut db::Tx, caller: &Caller, id: &RunId) -> Result<Shown> {
    let run = super::get(tx, caller, id)?;
    show(tx, caller, &[run])?.pop().ok_or_else(|| base::refuse::not_found("run"))
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RunChange")]
struct Change {
    name: String,
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<RunId>,
    Body(change): Body<Change>,
) -> Answer<Shown> {
    let name = base::text::line("name", &change.name, crate::limit::NAME)?;
    let write = move |tx: &mut db::Tx| {
        super::update(tx, &caller, &id, &Update { name: Some(name.clone()), ..Update::default() })?;
        shown(tx, &caller, &id)
    };
    Ok(ok(app.db.write(write).await?))
}

async fn restore(State(app): State<App>, caller: Caller, Path(id): Path<RunId>) -> Answer<Shown> {
    let write = move |tx: &mut db::Tx| {
        super::restore(tx, &caller, &id)?;
        shown(tx, &caller, &id)
    };
    Ok(ok(app.db.write(write).await?))
}
