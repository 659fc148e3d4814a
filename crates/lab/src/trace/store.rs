use std::collections::HashSet;

use base::{ExperimentId, ProjectId, Result, RunId, Time, TraceId, refuse::internal};
use db::{Query, Row, Tx, Value, params};
use people::Actor;

use super::{Content, NAME_TAG, Span, State, Told, Trace, act::PREVIEW, usage::Used};
use crate::{experiment::Experiment, limit};

pub const TRACES: &str = "SELECT trace.num, trace.id, trace.experiment, trace.project, trace.client_id, trace.name,
        trace.state, trace.at, trace.duration, trace.request, trace.response, trace.told, trace.spanned,
        experiment.location
    FROM trace JOIN experiment ON experiment.id = trace.experiment";

pub fn read(row: &Row) -> Result<Trace> {
    Ok(Trace {
        num: row.get(0)?,
        id: row.get(1)?,
        experiment: row.get(2)?,
        project: row.get(3)?,
        client_id: row.get(4)?,
        name: row.get(5)?,
        state: state(&row.get::<String>(6)?)?,
        at: row.get(7)?,
        duration: row.get(8)?,
        request: row.get(9)?,
        response: row.get(10)?,
        told: row.get(11)?,
        spanned: row.get(12)?,
        location: row.get(13)?,
    })
}

pub fn state(word: &str) -> Result<State> {
    State::parse(word).ok_or_else(|| internal(format!("{word} is no state of a trace")))
}

pub fn get(tx: &mut Tx, trace: i64) -> Result<Trace> {
    tx.one(&format!("{TRACES} WHERE trace.num = $1"), params![trace], read)
}

/// Each in a project of its own.
pub fn named(tx: &mut Tx, id: &TraceId) -> Result<Vec<Trace>> {
    tx.all(&format!("{TRACES} WHERE trace.id = $1"), params![id], read)
}

pub fn in_project(tx: &mut Tx, id: &TraceId, project: &ProjectId) -> Result<Option<Trace>> {
    tx.first(&format!("{TRACES} WHERE trace.id = $1 AND trace.project = $2"), params![id, project], read)
}

pub fn several(tx: &mut Tx, ids: &[TraceId]) -> Result<Vec<Trace>> {
    let mut query = Query::new(TRACES);
    query.push(" WHERE trace.id IN (").bind_all(ids.iter().cloned()).push(")");
    tx.all_q(&query, read)
}

pub fn add(tx: &mut Tx, id: &TraceId, experiment: &Experiment, actor: &Actor, at: Time) -> Result<i64> {
    let now = tx.now();
    let sql = "INSERT INTO trace (id, project, experiment, creator, state, at, told, spanned, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8) RETURNING num";
    let state = State::InProgress.as_str();
    let row = params![id, &experiment.project, experiment.id, &actor.user, state, at, false, now];
    tx.one(sql, row, |row| row.get(0))
}

/// What was not told stays.
pub fn tell(tx: &mut Tx, trace: i64, experiment: ExperimentId, told: &Told) -> Result<()> {
    let sql =
        "UPDATE trace SET experiment = $1, client_id = COALESCE($2, client_id), state = $3, at = COALESCE($4, at),
                   duration = COALESCE($5, duration), request = COALESCE($6, request),
                   response = COALESCE($7, response), name = COALESCE($8, name), told = $9
               WHERE num = $10";
    let name = told.tags.iter().find(|(key, _)| key == NAME_TAG).map(|(_, name)| Span::short(name));
    let preview = |text: &'_ Option<String>| text.as_deref().map(|text| limit::cut(text, PREVIEW).to_owned());
    let row = params![
        experiment,
        told.client_id.as_deref(),
        told.state.as_str(),
        told.at,
        told.duration,
        preview(&told.request),
        preview(&told.response),
        name,
        true,
        trace
    ];
    tx.run(sql, row).map(drop)
}

pub fn set_derived(tx: &mut Tx, trace: &Trace) -> Result<()> {
    let sql =
        "UPDATE trace SET name = $1, state = $2, at = $3, duration = $4, request = $5, response = $6, spanned = $7
               WHERE num = $8";
    let row = params![
        trace.name.as_deref(),
        trace.state.as_str(),
        trace.at,
        trace.duration,
        trace.request.as_deref(),
        trace.response.as_deref(),
        trace.spanned,
        trace.num
    ];
    tx.run(sql, row).map(drop)
}

pub fn set_name(tx: &mut Tx, trace: i64, name: Option<&str>) -> Result<()> {
    tx.run("UPDATE trace SET name = $1 WHERE num = $2", params![name.map(Span::short), trace]).map(drop)
}

/// What is only derived (`told` false) gives way to what was told.
pub fn set_tags(tx: &mut Tx, trace: i64, tags: &[(&str, &str)], told: bool) -> Result<()> {
    let head = "INSERT INTO trace_tag (trace, key, value, head, told) VALUES";
    let tail = " ON CONFLICT (trace, key) DO UPDATE SET value = excluded.value, head = excluded.head,
                 told = excluded.told WHERE excluded.told OR NOT trace_tag.told";
    tx.insert_many(head, 5, &words(trace, tags, told), tail).map(drop)
}

/// As [`set_tags`].
pub fn set_metadata(tx: &mut Tx, trace: i64, metadata: &[(&str, &str)], told: bool) -> Result<()> {
    let head = "INSERT INTO trace_metadata (trace, key, value, head, told) VALUES";
    let tail = " ON CONFLICT (trace, key) DO UPDATE SET value = excluded.value, head = excluded.head,
                 told = excluded.told WHERE excluded.told OR NOT trace_metadata.told";
    tx.insert_many(head, 5, &words(trace, metadata, told), tail).map(drop)
}

/// Those that it has stay as they are.
pub fn add_tags(tx: &mut Tx, trace: i64, tags: &[(&str, &str)]) -> Result<()> {
    let head = "INSERT INTO trace_tag (trace, key, value, head, told) VALUES";
    tx.insert_many(head, 5, &words(trace, tags, true), " ON CONFLICT DO NOTHING").map(drop)
}

/// As [`add_tags`].
pub fn add_metadata(tx: &mut Tx, trace: i64, metadata: &[(&str, &str)]) -> Result<()> {
    let head = "INSERT INTO trace_metadata (trace, key, value, head, told) VALUES";
    tx.insert_many(head, 5, &words(trace, metadata, true), " ON CONFLICT DO NOTHING").map(drop)
}

/// Characters of a value that the index holds.
const HEAD: usize = 100;

pub fn head(value: &str) -> &str {
    limit::cut(value, HEAD)
}

fn words<'a>(trace: i64, pairs: &[(&'a str, &'a str)], told: bool) -> Vec<Value<'a>> {
    let row = |(key, value): &(&'a str, &'a str)| {
        [Value::from(trace), Value::from(*key), Value::from(*value), Value::from(head(value)), Value::from(told)]
    };
    pairs.iter().flat_map(row).collect()
}

pub fn delete_tag(tx: &mut Tx, trace: i64, key: &str) -> Result<bool> {
    Ok(tx.run("DELETE FROM trace_tag WHERE trace = $1 AND key = $2", params![trace, key])? > 0)
}

pub fn link(tx: &mut Tx, trace: i64, run: &RunId) -> Result<()> {
    let sql = "INSERT INTO trace_run (trace, run) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    tx.run(sql, params![trace, run]).map(drop)
}

pub fn linked(tx: &mut Tx, run: &RunId) -> Result<Vec<TraceId>> {
    let sql = "SELECT trace.id FROM trace_run JOIN trace ON trace.num = trace_run.trace WHERE trace_run.run = $1";
    tx.all(sql, params![run], |row| row.get(0))
}

pub fn add_prompts(tx: &mut Tx, trace: i64, prompts: &[(String, String)]) -> Result<()> {
    let row = |(name, version): &(String, String)| {
        [Value::from(trace), Value::from(name.clone()), Value::from(version.clone())]
    };
    let rows: Vec<Value> = prompts.iter().flat_map(row).collect();
    let head = "INSERT INTO trace_prompt (trace, name, version) VALUES";
    tx.insert_many(head, 3, &rows, " ON CONFLICT DO NOTHING").map(drop)
}

/// Each id once.
pub fn put_spans(tx: &mut Tx, trace: i64, spans: &[&Span]) -> Result<()> {
    let head =
        "INSERT INTO span (trace, id, parent, name, type, status, started_at, ended_at, usage, cost, content) VALUES";
    let tail = " ON CONFLICT (trace, id) DO UPDATE SET parent = excluded.parent, name = excluded.name,
                 type = excluded.type, status = excluded.status, started_at = excluded.started_at,
                 ended_at = excluded.ended_at, usage = excluded.usage, cost = excluded.cost, content = excluded.content";
    let row = |span: &&Span| {
        [
            Value::from(trace),
            Value::from(span.id.clone()),
            Value::from(span.parent.clone()),
            Value::from(Span::short(&span.name)),
            Value::from(Span::short(&span.kind)),
            Value::from(span.status),
            Value::from(span.started_at),
            Value::from(span.ended_at),
            Value::from(span.usage.clone()),
            Value::from(span.cost.clone()),
            Value::from(span.content.clone()),
        ]
    };
    tx.insert_many(head, 11, &spans.iter().flat_map(row).collect::<Vec<_>>(), tail)?;
    for part in spans.chunks(1_000) {
        put_attributes(tx, trace, part)?;
    }
    Ok(())
}

fn put_attributes(tx: &mut Tx, trace: i64, spans: &[&Span]) -> Result<()> {
    let mut gone = Query::new("DELETE FROM span_attribute WHERE trace = ");
    gone.bind(trace).push(" AND span IN (").bind_all(spans.iter().map(|span| span.id.clone())).push(")");
    tx.run_q(&gone)?;
    let rows = spans.iter().flat_map(|span| {
        span.attributes.iter().flat_map(move |(key, value)| {
            [Value::from(trace), Value::from(&span.id), Value::from(key), Value::from(value)]
        })
    });
    let head = "INSERT INTO span_attribute (trace, span, key, value) VALUES";
    tx.insert_many(head, 4, &rows.collect::<Vec<_>>(), " ON CONFLICT DO NOTHING").map(drop)
}

/// Of all spans of the trace, those that say something, and the ways between them.
pub fn usage(tx: &mut Tx, trace: i64) -> Result<Vec<Used>> {
    let sql = "SELECT id, parent, usage, cost FROM span WHERE trace = $1";
    tx.all(sql, params![trace], |row| {
        Ok(Used { id: row.get(0)?, parent: row.get(1)?, usage: row.get(2)?, cost: row.get(3)? })
    })
}

pub fn span_ids(tx: &mut Tx, trace: i64) -> Result<HashSet<String>> {
    Ok(tx.all("SELECT id FROM span WHERE trace = $1", params![trace], |row| row.get(0))?.into_iter().collect())
}

pub fn spans(tx: &mut Tx, trace: i64) -> Result<Vec<String>> {
    let sql = "SELECT content FROM span WHERE trace = $1
               ORDER BY CASE WHEN parent IS NULL THEN 0 ELSE 1 END, started_at, id";
    tx.all(sql, params![trace], |row| row.get(0))
}

pub fn content(tx: &mut Tx, traces: &[Trace]) -> Result<Vec<Content>> {
    if traces.is_empty() {
        return Ok(Vec::new());
    }
    let mut contents: Vec<Content> = traces.iter().map(|_| Content::default()).collect();
    let places: std::collections::HashMap<i64, usize> =
        traces.iter().enumerate().map(|(place, trace)| (trace.num, place)).collect();
    for (part, sql) in [
        (Part::Tags, "SELECT trace, key, value FROM trace_tag WHERE trace IN ("),
        (Part::Metadata, "SELECT trace, key, value FROM trace_metadata WHERE trace IN ("),
        (Part::Prompts, "SELECT trace, name, version FROM trace_prompt WHERE trace IN ("),
    ] {
        let mut query = Query::new(sql);
        query.bind_all(traces.iter().map(|trace| trace.num)).push(") ORDER BY 1, 2, 3");
        let rows: Vec<(i64, String, String)> = tx.all_q(&query, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        for (trace, key, value) in rows {
            let content = &mut contents[places[&trace]];
            match part {
                Part::Tags => content.tags.push((key, value)),
                Part::Metadata => content.metadata.push((key, value)),
                Part::Prompts => content.prompts.push((key, value)),
            }
        }
    }
    Ok(contents)
}

#[derive(Clone, Copy)]
enum Part {
    Tags,
    Metadata,
    Prompts,
}

/// Those of the traces that the experiment has.
pub fn of_experiment(tx: &mut Tx, experiment: ExperimentId, ids: &[TraceId]) -> Result<Vec<(i64, TraceId)>> {
    let mut query = Query::new("SELECT num, id FROM trace WHERE experiment = ");
    query.bind(experiment).push(" AND id IN (").bind_all(ids.iter().cloned()).push(")");
    tx.all_q(&query, |row| Ok((row.get(0)?, row.get(1)?)))
}

pub fn until(tx: &mut Tx, experiment: ExperimentId, at: Time, most: usize) -> Result<Vec<(i64, TraceId)>> {
    let sql = "SELECT num, id FROM trace WHERE experiment = $1 AND at <= $2 ORDER BY at, id LIMIT $3";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    tx.all(sql, params![experiment, at, most], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub fn delete(tx: &mut Tx, traces: &[i64]) -> Result<()> {
    for sql in [
        "DELETE FROM span_attribute WHERE trace IN (",
        "DELETE FROM span WHERE trace IN (",
        "DELETE FROM assessment WHERE trace IN (",
        "DELETE FROM trace_prompt WHERE trace IN (",
        "DELETE FROM trace_run WHERE trace IN (",
        "DELETE FROM trace_metadata WHERE trace IN (",
        "DELETE FROM trace_tag WHERE trace IN (",
        "DELETE FROM trace WHERE num IN (",
    ] {
        let mut query = Query::new(sql);
        query.bind_all(traces.iter().copied()).push(")");
        tx.run_q(&query)?;
    }
    Ok(())
}
