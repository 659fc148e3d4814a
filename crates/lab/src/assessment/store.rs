use std::collections::BTreeMap;

use base::{AssessmentId, Result, refuse::internal};
use db::{Query, Row, Tx, params};
use people::Actor;
use serde_json::Value;

use super::{Assessment, Kind, Said};
use crate::trace::Trace;

/// Those that no deleted run made.
pub const ALIVE: &str = "NOT EXISTS (SELECT 1 FROM run WHERE run.id = assessment.run AND run.deleted_at IS NOT NULL)";

const ASSESSMENTS: &str = "SELECT assessment.id, trace.id, assessment.name, assessment.kind, assessment.value,
        assessment.structured, assessment.error, assessment.source_type, assessment.source_id, assessment.rationale,
        assessment.metadata, assessment.span, assessment.overrides, assessment.valid, assessment.created_at,
        assessment.updated_at, assessment.trace
    FROM assessment JOIN trace ON trace.num = assessment.trace";

fn read(row: &Row) -> Result<Assessment> {
    let kind: String = row.get(3)?;
    let json = |text: String| serde_json::from_str::<Value>(&text).map_err(internal);
    let metadata: BTreeMap<String, String> = serde_json::from_str(&row.get::<String>(10)?).map_err(internal)?;
    Ok(Assessment {
        id: row.get(0)?,
        trace: row.get(1)?,
        name: row.get(2)?,
        said: Said {
            kind: Kind::parse(&kind).ok_or_else(|| internal(format!("{kind} is no kind of an assessment")))?,
            value: json(row.get(4)?)?,
            structured: row.get(5)?,
            error: row.get::<Option<String>>(6)?.map(json).transpose()?,
        },
        source_type: row.get(7)?,
        source_id: row.get(8)?,
        rationale: row.get(9)?,
        metadata: metadata.into_iter().collect(),
        span: row.get(11)?,
        overrides: row.get(12)?,
        valid: row.get(13)?,
        created_at: row.get(14)?,
        updated_at: row.get(15)?,
    })
}

pub fn get(tx: &mut Tx, trace: &Trace, id: &AssessmentId) -> Result<Option<Assessment>> {
    let sql = format!("{ASSESSMENTS} WHERE assessment.trace = $1 AND assessment.id = $2 AND {ALIVE}");
    tx.first(&sql, params![trace.num, id], read)
}

/// Also that of a deleted run.
pub fn load(tx: &mut Tx, trace: &Trace, id: &AssessmentId) -> Result<Option<Assessment>> {
    let sql = format!("{ASSESSMENTS} WHERE assessment.trace = $1 AND assessment.id = $2");
    tx.first(&sql, params![trace.num, id], read)
}

pub fn of(tx: &mut Tx, traces: &[Trace]) -> Result<Vec<Vec<Assessment>>> {
    let mut all: Vec<Vec<Assessment>> = traces.iter().map(|_| Vec::new()).collect();
    if traces.is_empty() {
        return Ok(all);
    }
    let mut query = Query::new(ASSESSMENTS);
    query.push(" WHERE assessment.trace IN (").bind_all(traces.iter().map(|trace| trace.num)).push(") AND ");
    query.push(ALIVE).push(" ORDER BY assessment.created_at, assessment.num");
    let places: std::collections::HashMap<i64, usize> =
        traces.iter().enumerate().map(|(place, trace)| (trace.num, place)).collect();
    for (trace, assessment) in tx.all_q(&query, |row| Ok((row.get::<i64>(16)?, read(row)?)))? {
        all[places[&trace]].push(assessment);
    }
    Ok(all)
}

/// The value as a search compares it: texts bare, all else as JSON.
fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.replace('\0', "\u{fffd}"),
        other => other.to_string(),
    }
}

fn object(metadata: &[(String, String)]) -> String {
    let members: BTreeMap<&str, &str> = metadata.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    serde_json::json!(members).to_string()
}

pub fn add(tx: &mut Tx, trace: i64, new: &Assessment, run: Option<&str>, actor: &Actor) -> Result<()> {
    let sql = "INSERT INTO assessment (id, trace, name, kind, value, word, number, structured, error, source_type,
                   source_id, rationale, metadata, run, span, overrides, valid, creator, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
    let said = &new.said;
    let row = params![
        &new.id,
        trace,
        &new.name,
        said.kind.as_str(),
        said.value.to_string(),
        word(&said.value),
        said.value.as_f64(),
        said.structured,
        said.error.as_ref().map(Value::to_string),
        &new.source_type,
        &new.source_id,
        new.rationale.as_deref(),
        object(&new.metadata),
        run,
        new.span.as_deref(),
        new.overrides.as_ref(),
        new.valid,
        &actor.user,
        new.created_at,
        new.updated_at
    ];
    tx.run(sql, row).map(drop)
}

pub fn change(tx: &mut Tx, trace: i64, changed: &Assessment, run: Option<&str>) -> Result<()> {
    let sql = "UPDATE assessment SET name = $1, value = $2, word = $3, number = $4, structured = $5, error = $6,
                   rationale = $7, metadata = $8, run = $9, updated_at = $10
               WHERE trace = $11 AND id = $12";
    let said = &changed.said;
    let row = params![
        &changed.name,
        said.value.to_string(),
        word(&said.value),
        said.value.as_f64(),
        said.structured,
        said.error.as_ref().map(Value::to_string),
        changed.rationale.as_deref(),
        object(&changed.metadata),
        run,
        changed.updated_at,
        trace,
        &changed.id
    ];
    tx.run(sql, row).map(drop)
}

/// Also those of deleted runs.
pub fn ids(tx: &mut Tx, trace: i64) -> Result<Vec<AssessmentId>> {
    tx.all("SELECT id FROM assessment WHERE trace = $1 ORDER BY num", params![trace], |row| row.get(0))
}

/// Whether there is such a one.
pub fn set_valid(tx: &mut Tx, trace: i64, id: &AssessmentId, valid: bool) -> Result<bool> {
    let sql = "UPDATE assessment SET valid = $1 WHERE trace = $2 AND id = $3";
    Ok(tx.run(sql, params![valid, trace, id])? > 0)
}

pub fn delete(tx: &mut Tx, trace: i64, id: &AssessmentId) -> Result<()> {
    tx.run("DELETE FROM assessment WHERE trace = $1 AND id = $2", params![trace, id]).map(drop)
}
