use std::sync::Arc;

use axum::{
    body::Body as Bytes,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use base::{ItemId, Limit, Page, Result, SprintId, Time, refuse::invalid};
use db::Tx;
use people::{
    Actor, Right,
    door::{Answer, App, Body, Caller, Door, IdempotencyKey, Path, Policy, Problem, Query, created, get, ok, post},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{List, Sort, csv::Columns, list};
use crate::{
    backlog,
    http::in_project,
    item::{self, Kind, Line, New, Shown, find, lines, person, show},
    status::{self, Category},
};

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/projects/{key}/items", Policy::Project(Right::Read))
            .summary("The items of a project, by rank or in another order")
            .query::<Asked>()
            .gives::<Page<Line>>()
            .to(index),
    )
    .route(
        get("/api/v1/projects/{key}/items.csv", Policy::Project(Right::Read))
            .summary("The items of a project as CSV, narrowed and in order as the list is")
            .query::<Asked>()
            .to(export),
    )
    .route(
        post("/api/v1/projects/{key}/items", Policy::Project(Right::Plan))
            .summary("Make an item")
            .takes::<New>()
            .gives::<Shown>()
            .to(make),
    )
    .route(
        post("/api/v1/projects/{key}/items/batch", Policy::Project(Right::Plan))
            .summary("Make an item of each pasted line")
            .takes::<Batch>()
            .gives::<Page<Line>>()
            .to(make_many),
    )
    .route(
        get("/api/v1/projects/{key}/labels", Policy::Project(Right::Read))
            .summary("The labels of a project's items")
            .gives::<Page<String>>()
            .to(labels),
    )
}

/// Words that may be several are separated by commas.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ItemQuery")]
struct Asked {
    /// Kinds, like `story,bug`.
    kind: Option<String>,
    /// Names or ids of statuses.
    status: Option<String>,
    /// Categories of statuses, like `open,doing`.
    category: Option<String>,
    /// E-mail addresses or ids of members, `me`, or `none`.
    assignee: Option<String>,
    trade: Option<String>,
    /// Labels, of which an item has at least one.
    label: Option<String>,
    /// The id of a sprint, or `none`.
    sprint: Option<String>,
    /// The key of an item, or `none`.
    parent: Option<String>,
    blocked: Option<bool>,
    /// A time like `2026-03-01T09:00:00Z`: what was done then or later and still is.
    done_since: Option<Time>,
    /// Part of the title in any case, or a whole key.
    q: Option<String>,
    /// What lies in the trash instead, the last changed first.
    deleted: Option<bool>,
    /// `rank` when absent.
    sort: Option<Sort>,
    cursor: Option<String>,
    /// 1 to 500; 100 when absent. Not for CSV, which holds all.
    limit: Option<i64>,
}

fn words(asked: Option<&String>) -> Vec<&str> {
    asked.into_iter().flat_map(|words| words.split(',')).map(str::trim).filter(|word| !word.is_empty()).collect()
}

fn listing(tx: &mut Tx, actor: &Actor, key: &str, asked: &Asked) -> Result<List> {
    let statuses = match backlog::find(tx, actor, Right::Read, key)?.1 {
        Some(backlog) => status::all(tx, backlog.id)?,
        None => Vec::new(),
    };
    let mut wanted = Vec::new();
    for word in words(asked.status.as_ref()) {
        wanted.push(status::named(&statuses, "status", word)?.id);
    }
    let categories = words(asked.category.as_ref());
    for word in &categories {
        let category = Category::parse(word).ok_or_else(|| unknown("category", word, Category::ALL))?;
        wanted.extend(statuses.iter().filter(|status| status.category == category).map(|status| status.id));
    }
    let kinds = words(asked.kind.as_ref()).into_iter();
    let kinds =
        kinds.map(|word| Kind::parse(word).ok_or_else(|| unknown("kind", word, Kind::ALL))).collect::<Result<_>>()?;
    let mut assignees = Vec::new();
    for word in words(asked.assignee.as_ref()) {
        assignees.push(if word == "none" { None } else { Some(person::named(tx, actor, word)?) });
    }
    Ok(List {
        kinds,
        statuses: wanted,
        assignees,
        trades: words(asked.trade.as_ref()).into_iter().map(str::to_owned).collect(),
        labels: words(asked.label.as_ref()).into_iter().map(str::to_owned).collect(),
        sprint: asked.sprint.as_deref().map(sprint).transpose()?,
        parent: asked.parent.as_deref().map(|key| parent(tx, actor, key)).transpose()?,
        blocked: asked.blocked,
        done_since: asked.done_since,
        text: asked.q.clone().filter(|q| !q.trim().is_empty()),
        deleted: asked.deleted == Some(true),
        sort: asked.sort,
        cursor: asked.cursor.clone(),
    })
}

fn unknown<T: std::fmt::Display>(field: &str, word: &str, all: &[T]) -> base::Error {
    let all: Vec<String> = all.iter().map(T::to_string).collect();
    invalid(field, format!("must be of {}; {word} is none", all.join(", ")))
}

fn sprint(word: &str) -> Result<Option<SprintId>> {
    match word {
        "none" => Ok(None),
        id => id
            .parse()
            .map(|id| Some(SprintId(id)))
            .map_err(|_| invalid("sprint", "must be the id of a sprint, or none")),
    }
}

fn parent(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Option<ItemId>> {
    match key {
        "none" => Ok(None),
        key => find(tx, actor, Right::Read, key).map(|item| Some(item.id)),
    }
}

async fn index(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Page<Line>> {
    let limit = Limit::new(asked.limit, 100, 500)?;
    Ok(ok(app.db.read(move |tx| page(tx, &caller, &key, &asked, limit)).await?))
}

fn page(tx: &mut Tx, actor: &Actor, key: &str, asked: &Asked, limit: Limit) -> Result<Page<Line>> {
    let wanted = listing(tx, actor, key, asked)?;
    let found = list(tx, actor, key, &wanted, limit)?;
    Ok(Page { items: lines(tx, actor, &found.items)?, next: found.next })
}

/// Items that are in memory at once.
const PART: usize = 1_000;

/// The first part is read before anything is answered, so that a refusal is one; the rest follows in
/// parts, each of which sees what is committed when it is read. The columns stay those of the first.
async fn export(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if asked.limit.is_some() || asked.cursor.is_some() {
        return Err(invalid("limit", "and cursor are not for CSV, which holds all").into());
    }
    let disposition = format!("attachment; filename=\"{key}-items.csv\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    let (by, of) = (caller.clone(), key.clone());
    let columns = Arc::new(app.db.read(move |tx| Columns::of(tx, &by, &of)).await?);
    let table = columns.head();
    let part = move |table: String, cursor: Option<String>| {
        let (db, caller, key, columns) = (app.db.clone(), caller.clone(), key.clone(), Arc::clone(&columns));
        let asked = Asked { cursor, ..asked.clone() };
        let read = move |tx: &mut Tx| {
            let page = page(tx, &caller, &key, &asked, Limit(PART))?;
            let mut table = table.clone();
            columns.push(tx, &mut table, &page.items)?;
            Ok((table, page.next))
        };
        async move { db.read(read).await }
    };
    let first = part(table, None).await?;
    let rest = futures_util::stream::try_unfold((part, Some(first)), async |(part, read)| {
        let Some((table, next)) = read else { return Ok::<_, base::Error>(None) };
        let following = match next {
            Some(cursor) => Some(part(String::new(), Some(cursor)).await?),
            None => None,
        };
        Ok(Some((bytes::Bytes::from(table), (part, following))))
    });
    Ok((headers, Bytes::from_stream(rest)).into_response())
}

async fn make(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(key): Path<String>,
    Body(new): Body<New>,
) -> Answer<Value> {
    let made = in_project(&app, caller, again, key, move |tx, actor, key| {
        let item = item::create(tx, actor, key, &new)?;
        show(tx, actor, &item)
    });
    Ok(created(made.await?))
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewItems")]
struct Batch {
    /// One title a line; empty lines are left away.
    lines: String,
    /// Absent: tasks.
    kind: Option<Kind>,
    parent: Option<String>,
    status: Option<String>,
    after: Option<String>,
    #[serde(default)]
    labels: Vec<String>,
}

async fn make_many(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(key): Path<String>,
    Body(batch): Body<Batch>,
) -> Answer<Value> {
    let Batch { lines: pasted, kind, parent, status, after, labels } = batch;
    let for_all = New { kind, parent, status, after, labels, ..New::default() };
    let made = in_project(&app, caller, again, key, move |tx, actor, key| {
        let made = item::batch(tx, actor, key, &pasted, &for_all)?;
        Ok(Page::whole(lines(tx, actor, &made)?))
    });
    Ok(created(made.await?))
}

async fn labels(State(app): State<App>, caller: Caller, Path(key): Path<String>) -> Answer<Page<String>> {
    let read = move |tx: &mut Tx| match backlog::find(tx, &caller, Right::Read, &key)?.1 {
        Some(backlog) => item::labels(tx, backlog.id),
        None => Ok(Vec::new()),
    };
    Ok(ok(Page::whole(app.db.read(read).await?)))
}
