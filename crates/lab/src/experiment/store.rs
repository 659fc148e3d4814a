use base::{ExperimentId, ProjectId, Result, Time, UserId};
use db::{Query, Row, Tx, Value, params};

use super::{Experiment, Origin};
use crate::search::store::push_contains;

pub const EXPERIMENTS: &str =
    "SELECT id, project, name, hypothesis, owner, location, first, stage, created_at, updated_at,
    deleted_at, version, hypothesis_late FROM experiment";

pub fn read(row: &Row) -> Result<Experiment> {
    Ok(Experiment {
        id: row.get(0)?,
        project: row.get(1)?,
        name: row.get(2)?,
        hypothesis: row.get(3)?,
        owner: row.get(4)?,
        location: row.get(5)?,
        first: row.get(6)?,
        stage: row.get(7)?,
        created_at: row.get(8)?,
        updated_at: row.get(9)?,
        deleted_at: row.get(10)?,
        version: row.get(11)?,
        hypothesis_late: row.get(12)?,
    })
}

pub fn get(tx: &mut Tx, id: ExperimentId) -> Result<Option<Experiment>> {
    tx.first(&format!("{EXPERIMENTS} WHERE id = $1"), params![id], read)
}

pub fn some(tx: &mut Tx, ids: &[ExperimentId]) -> Result<Vec<Experiment>> {
    let mut query = Query::new(EXPERIMENTS);
    query.push(" WHERE id IN (").bind_all(ids.iter().copied()).push(")");
    tx.all_q(&query, read)
}

pub fn by_name(tx: &mut Tx, project: &ProjectId, name: &str) -> Result<Option<Experiment>> {
    tx.first(&format!("{EXPERIMENTS} WHERE project = $1 AND name = $2"), params![project, name], read)
}

pub fn first_of(tx: &mut Tx, project: &ProjectId) -> Result<Option<Experiment>> {
    let sql = format!("{EXPERIMENTS} WHERE project = $1 AND first = $2 ORDER BY id LIMIT 1");
    tx.first(&sql, params![project, true], read)
}

pub fn projects_of(tx: &mut Tx, ids: &[ExperimentId]) -> Result<Vec<(ExperimentId, ProjectId)>> {
    let mut query = Query::new("SELECT id, project FROM experiment WHERE id IN (");
    query.bind_all(ids.iter().copied()).push(") ORDER BY id");
    tx.all_q(&query, |row| Ok((row.get(0)?, row.get(1)?)))
}

pub fn add(
    tx: &mut Tx,
    project: &ProjectId,
    name: &str,
    hypothesis: Option<&str>,
    owner: &UserId,
    location: Option<&str>,
    first: bool,
) -> Result<ExperimentId> {
    let now = tx.now();
    let sql =
        "INSERT INTO experiment (project, name, hypothesis, owner, location, first, created_at, updated_at, version)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1) RETURNING id";
    let id = tx.one(sql, params![project, name, hypothesis, owner, location, first, now], |row| row.get(0))?;
    note_owner(tx, id, owner)?;
    Ok(id)
}

/// What was proposed elsewhere keeps its day; where it came from is noted.
pub fn note_origin(tx: &mut Tx, id: ExperimentId, origin: &Origin, created_at: Time) -> Result<()> {
    tx.run("UPDATE experiment SET created_at = $1 WHERE id = $2", params![created_at, id])?;
    let sql = "INSERT INTO import_origin (experiment, source, id) VALUES ($1, $2, $3)";
    tx.run(sql, params![id, &origin.source, &origin.id]).map(drop)
}

/// The experiment, and whether all of it came.
pub fn from_origin(tx: &mut Tx, project: &ProjectId, origin: &Origin) -> Result<Option<(Experiment, bool)>> {
    let sql = "SELECT o.experiment, o.whole_at FROM import_origin o JOIN experiment e ON e.id = o.experiment
               WHERE e.project = $1 AND o.source = $2 AND o.id = $3 ORDER BY o.experiment LIMIT 1";
    let read = |row: &Row| Ok((row.get::<ExperimentId>(0)?, row.get::<Option<Time>>(1)?.is_some()));
    let Some((id, whole)) = tx.first(sql, params![project, &origin.source, &origin.id], read)? else { return Ok(None) };
    Ok(get(tx, id)?.map(|experiment| (experiment, whole)))
}

pub fn note_whole(tx: &mut Tx, id: ExperimentId) -> Result<()> {
    let now = tx.now();
    tx.run("UPDATE import_origin SET whole_at = $1 WHERE experiment = $2", params![now, id]).map(drop)
}

fn note_owner(tx: &mut Tx, id: ExperimentId, owner: &UserId) -> Result<()> {
    let sql = "INSERT INTO experiment_owner (experiment, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    tx.run(sql, params![id, owner]).map(drop)
}

pub fn owners(tx: &mut Tx, id: ExperimentId) -> Result<Vec<UserId>> {
    tx.all("SELECT user_id FROM experiment_owner WHERE experiment = $1 ORDER BY user_id", params![id], |row| row.get(0))
}

/// Writes what people may change and counts the version up.
pub fn update(tx: &mut Tx, wanted: &Experiment) -> Result<()> {
    let now = tx.now();
    let sql = "UPDATE experiment SET name = $1, hypothesis = $2, owner = $3, updated_at = $4, version = version + 1,
                   hypothesis_late = hypothesis_late OR (hypothesis IS DISTINCT FROM $2
                       AND EXISTS (SELECT 1 FROM run WHERE run.experiment = $5))
               WHERE id = $5";
    let row = params![&wanted.name, wanted.hypothesis.as_deref(), &wanted.owner, now, wanted.id];
    tx.run(sql, row)?;
    note_owner(tx, wanted.id, &wanted.owner)
}

/// Its runs share its fate.
pub fn set_deleted(tx: &mut Tx, id: ExperimentId, at: Option<Time>) -> Result<()> {
    let now = tx.now();
    let sql = "UPDATE experiment SET deleted_at = $1, updated_at = $2, version = version + 1 WHERE id = $3";
    tx.run(sql, params![at, now, id])?;
    tx.run("UPDATE run SET deleted_at = $1 WHERE experiment = $2", params![at, id]).map(drop)
}

pub fn set_stage(tx: &mut Tx, id: ExperimentId, stage: Option<&str>) -> Result<()> {
    tx.run("UPDATE experiment SET stage = $1 WHERE id = $2", params![stage, id]).map(drop)
}

pub fn tags(tx: &mut Tx, ids: &[ExperimentId]) -> Result<Vec<(ExperimentId, String, String)>> {
    let mut query = Query::new("SELECT experiment, key, value FROM experiment_tag WHERE experiment IN (");
    query.bind_all(ids.iter().copied()).push(") ORDER BY experiment, key");
    tx.all_q(&query, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

pub fn set_tags(tx: &mut Tx, id: ExperimentId, tags: &[(&str, &str)]) -> Result<()> {
    let rows: Vec<Value> =
        tags.iter().flat_map(|(key, value)| [Value::from(id), Value::from(*key), Value::from(*value)]).collect();
    let tail = " ON CONFLICT (experiment, key) DO UPDATE SET value = excluded.value";
    tx.insert_many("INSERT INTO experiment_tag (experiment, key, value) VALUES", 3, &rows, tail).map(drop)
}

pub fn delete_tag(tx: &mut Tx, id: ExperimentId, key: &str) -> Result<bool> {
    let sql = "DELETE FROM experiment_tag WHERE experiment = $1 AND key = $2";
    Ok(tx.run(sql, params![id, key])? > 0)
}

/// What a list is narrowed by.
pub struct Filter<'a> {
    pub projects: &'a [ProjectId],
    /// Part of the name or hypothesis, in any case.
    pub q: Option<&'a str>,
    pub owner: Option<&'a UserId>,
    pub deleted: bool,
    /// The last of the page before: when it was proposed, and its id.
    pub after: Option<(i64, i64)>,
    pub limit: i64,
}

/// The latest first.
pub fn list(tx: &mut Tx, filter: &Filter) -> Result<Vec<Experiment>> {
    let mut query = Query::new(EXPERIMENTS);
    query.push(" WHERE project IN (").bind_all(filter.projects.iter().cloned()).push(")");
    query.push(if filter.deleted { " AND deleted_at IS NOT NULL" } else { " AND deleted_at IS NULL" });
    if let Some(q) = filter.q {
        query.push(" AND (");
        push_contains(&mut query, "name", q).push(" OR ");
        push_contains(&mut query, "hypothesis", q).push(")");
    }
    if let Some(owner) = filter.owner {
        query.push(" AND owner = ").bind(owner.clone());
    }
    if let Some((created_at, id)) = filter.after {
        query.push(" AND (created_at, id) < (").bind(created_at).push(", ").bind(id).push(")");
    }
    query.push(" ORDER BY created_at DESC, id DESC LIMIT ").bind(filter.limit);
    tx.all_q(&query, read)
}
