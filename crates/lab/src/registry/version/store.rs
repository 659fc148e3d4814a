use base::{ProjectId, RegisteredModelId, Result, RunId, UserId, refuse::internal};
use db::{Query, Row, Tx, Value, params};

use super::{Brought, Model, New, Stage, Version, source::Origin};

pub const VERSIONS: &str = "SELECT v.id, v.model, m.project, m.name, m.prompt, v.number, v.source, v.location, v.run,
        v.run_link, v.logged_model, v.description, v.stage, v.creator, v.created_at, v.updated_at, v.told_at
    FROM model_version v JOIN registered_model m ON m.id = v.model";

pub fn read(row: &Row) -> Result<Version> {
    let stage: String = row.get(12)?;
    Ok(Version {
        id: row.get(0)?,
        model: row.get(1)?,
        project: row.get(2)?,
        name: row.get(3)?,
        prompt: row.get(4)?,
        number: row.get(5)?,
        source: row.get(6)?,
        location: row.get(7)?,
        run: row.get(8)?,
        run_link: row.get(9)?,
        logged_model: row.get(10)?,
        description: row.get(11)?,
        stage: Stage::parse(&stage).ok_or_else(|| internal(format!("{stage} is no stage of a version")))?,
        creator: row.get(13)?,
        created_at: row.get(14)?,
        updated_at: row.get(15)?,
        told_at: row.get(16)?,
    })
}

pub fn get(tx: &mut Tx, model: RegisteredModelId, number: i64) -> Result<Option<Version>> {
    tx.first(&format!("{VERSIONS} WHERE v.model = $1 AND v.number = $2"), params![model, number], read)
}

pub fn list(tx: &mut Tx, model: RegisteredModelId, before: Option<i64>, most: i64) -> Result<Vec<Version>> {
    let sql = format!("{VERSIONS} WHERE v.model = $1 AND v.number < $2 ORDER BY v.number DESC LIMIT $3");
    tx.all(&sql, params![model, before.unwrap_or(i64::MAX), most], read)
}

pub fn latest(tx: &mut Tx, models: &[RegisteredModelId], apart: &[i64]) -> Result<Vec<Version>> {
    let mut query = Query::new(VERSIONS);
    query.push(" JOIN (SELECT model, MAX(number) AS number FROM model_version WHERE model IN (");
    query.bind_all(models.iter().copied()).push(")");
    if !apart.is_empty() {
        query.push(" AND id NOT IN (").bind_all(apart.iter().copied()).push(")");
    }
    query.push(" GROUP BY model, stage) latest ON latest.model = v.model AND latest.number = v.number");
    query.push(" ORDER BY v.model, v.number DESC");
    tx.all_q(&query, read)
}

pub fn counts(tx: &mut Tx, models: &[RegisteredModelId]) -> Result<Vec<(RegisteredModelId, i64)>> {
    let mut query = Query::new("SELECT model, COUNT(*) FROM model_version WHERE model IN (");
    query.bind_all(models.iter().copied()).push(") GROUP BY model");
    tx.all_q(&query, |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Which logged models some runs made; the runs' ids follow.
const MADE: &str = "SELECT made.model FROM run_model made JOIN run ON run.num = made.run
                    WHERE made.way = 'output' AND run.id IN (";

pub fn of_run(tx: &mut Tx, project: &ProjectId, run: &RunId) -> Result<Vec<Version>> {
    let mut query = Query::new(VERSIONS);
    query.push(" WHERE m.project = ").bind(project.clone()).push(" AND m.prompt = FALSE AND (v.run = ");
    query.bind(run.clone()).push(" OR v.logged_model IN (").push(MADE).bind(run.clone());
    query.push("))) ORDER BY m.name, v.number");
    tx.all_q(&query, read)
}

pub fn of_runs(tx: &mut Tx, models: &[RegisteredModelId], runs: &[RunId]) -> Result<Vec<Version>> {
    let mut query = Query::new(VERSIONS);
    query.push(" WHERE v.model IN (").bind_all(models.iter().copied()).push(") AND (v.run IN (");
    query.bind_all(runs.iter().cloned()).push(") OR v.logged_model IN (").push(MADE);
    query.bind_all(runs.iter().cloned()).push("))) ORDER BY v.model, v.number DESC");
    tx.all_q(&query, read)
}

pub fn add(tx: &mut Tx, model: &Model, number: i64, origin: &Origin, new: &New, by: &UserId) -> Result<i64> {
    let now = tx.now();
    let sql =
        "INSERT INTO model_version (model, number, source, location, run, run_link, logged_model, description, stage,
                                          creator, created_at, updated_at, told_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $11) RETURNING id";
    let row = params![
        model.id,
        number,
        &origin.source,
        &origin.location,
        origin.run.as_ref(),
        new.run_link.as_deref(),
        origin.logged_model.as_ref(),
        new.description.as_deref(),
        Stage::None.as_str(),
        by,
        now
    ];
    tx.one(sql, row, |row| row.get(0))
}

pub fn set_description(tx: &mut Tx, id: i64, description: Option<&str>) -> Result<()> {
    let now = tx.now();
    let sql = "UPDATE model_version SET description = $1, updated_at = $2 WHERE id = $3";
    tx.run(sql, params![description, now, id]).map(drop)
}

pub fn set_stage(tx: &mut Tx, id: i64, stage: Stage) -> Result<()> {
    let now = tx.now();
    let sql = "UPDATE model_version SET stage = $1, updated_at = $2 WHERE id = $3";
    tx.run(sql, params![stage.as_str(), now, id]).map(drop)
}

/// What it was before it came.
pub fn set_past(tx: &mut Tx, id: i64, brought: &Brought) -> Result<()> {
    let sql = "UPDATE model_version SET stage = $1, created_at = $2, updated_at = $3 WHERE id = $4";
    tx.run(sql, params![brought.stage.as_str(), brought.created_at, brought.updated_at, id]).map(drop)
}

pub fn archive(tx: &mut Tx, model: RegisteredModelId, stage: Stage) -> Result<()> {
    let now = tx.now();
    let sql = "UPDATE model_version SET stage = $1, updated_at = $2 WHERE model = $3 AND stage = $4";
    tx.run(sql, params![Stage::Archived.as_str(), now, model, stage.as_str()]).map(drop)
}

pub fn delete(tx: &mut Tx, id: i64) -> Result<()> {
    tx.run("DELETE FROM model_alias WHERE version = $1", params![id])?;
    tx.run("DELETE FROM model_version_tag WHERE version = $1", params![id])?;
    tx.run("DELETE FROM model_version WHERE id = $1", params![id]).map(drop)
}

pub fn tags(tx: &mut Tx, versions: &[i64]) -> Result<Vec<(i64, String, String)>> {
    let mut query = Query::new("SELECT version, key, value FROM model_version_tag WHERE version IN (");
    query.bind_all(versions.iter().copied()).push(") ORDER BY version, key");
    tx.all_q(&query, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

pub fn set_tags(tx: &mut Tx, version: i64, tags: &[(&str, &str)]) -> Result<()> {
    put_tags(tx, version, tags, " ON CONFLICT (version, key) DO UPDATE SET value = excluded.value")
}

/// Those that it has stay as they are.
pub fn add_tags(tx: &mut Tx, version: i64, tags: &[(&str, &str)]) -> Result<()> {
    put_tags(tx, version, tags, " ON CONFLICT (version, key) DO NOTHING")
}

fn put_tags(tx: &mut Tx, version: i64, tags: &[(&str, &str)], tail: &str) -> Result<()> {
    let row = |(key, value): &(&'_ str, &'_ str)| {
        [Value::from(version), (*key).to_owned().into(), (*value).to_owned().into()]
    };
    let rows: Vec<Value> = tags.iter().flat_map(row).collect();
    tx.insert_many("INSERT INTO model_version_tag (version, key, value) VALUES", 3, &rows, tail).map(drop)
}

pub fn tag(tx: &mut Tx, version: i64, key: &str) -> Result<Option<String>> {
    let sql = "SELECT value FROM model_version_tag WHERE version = $1 AND key = $2";
    tx.first(sql, params![version, key], |row| row.get(0))
}

/// Whether there was one.
pub fn delete_tag(tx: &mut Tx, version: i64, key: &str) -> Result<bool> {
    let gone = tx.run("DELETE FROM model_version_tag WHERE version = $1 AND key = $2", params![version, key])?;
    Ok(gone > 0)
}
