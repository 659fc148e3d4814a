use base::{ExperimentId, Result, RunId, Time, UserId, refuse::internal};
use db::{Query, Row, Tx, Value, params};

use super::{Run, Status, log::Target};

pub const RUNS: &str =
    "SELECT run.num, run.id, run.experiment, experiment.project, run.name, run.creator, run.user_name,
        run.status, run.started_at, run.ended_at, run.created_at, run.settled_at, run.deleted_at, experiment.location
    FROM run JOIN experiment ON experiment.id = run.experiment";

pub fn read(row: &Row) -> Result<Run> {
    Ok(Run {
        num: row.get(0)?,
        id: row.get(1)?,
        experiment: row.get(2)?,
        project: row.get(3)?,
        name: row.get(4)?,
        creator: row.get(5)?,
        user_name: row.get(6)?,
        status: status(&row.get::<String>(7)?)?,
        started_at: row.get(8)?,
        ended_at: row.get(9)?,
        created_at: row.get(10)?,
        settled_at: row.get(11)?,
        deleted_at: row.get(12)?,
        location: row.get(13)?,
    })
}

fn status(word: &str) -> Result<Status> {
    Status::parse(word).ok_or_else(|| internal(format!("{word} is no status of a run")))
}

pub fn get(tx: &mut Tx, id: &RunId) -> Result<Option<Run>> {
    tx.first(&format!("{RUNS} WHERE run.id = $1"), params![id], read)
}

pub fn target(tx: &mut Tx, id: &RunId) -> Result<Option<Target>> {
    let sql = "SELECT run.num, run.creator, run.experiment, experiment.project, run.status, run.deleted_at
               FROM run JOIN experiment ON experiment.id = run.experiment WHERE run.id = $1";
    tx.first(sql, params![id], |row| {
        Ok(Target {
            num: row.get(0)?,
            creator: row.get(1)?,
            experiment: row.get(2)?,
            project: row.get(3)?,
            status: status(&row.get::<String>(4)?)?,
            deleted_at: row.get(5)?,
        })
    })
}

pub fn add(
    tx: &mut Tx,
    id: &RunId,
    experiment: ExperimentId,
    name: &str,
    creator: &UserId,
    user_name: &str,
    started_at: Time,
) -> Result<i64> {
    let now = tx.now();
    let sql = "INSERT INTO run (id, experiment, name, creator, user_name, status, started_at, created_at)
               VALUES ($1, $2, $3, $4, $5, 'RUNNING', $6, $7) RETURNING num";
    tx.one(sql, params![id, experiment, name, creator, user_name, started_at, now], |row| row.get(0))
}

pub fn set_status(
    tx: &mut Tx,
    run: i64,
    status: Status,
    ended_at: Option<Time>,
    settled_at: Option<Time>,
) -> Result<()> {
    let sql = "UPDATE run SET status = $1, ended_at = $2, settled_at = $3 WHERE num = $4";
    tx.run(sql, params![status.as_str(), ended_at, settled_at, run]).map(drop)
}

pub fn set_name(tx: &mut Tx, run: i64, name: &str) -> Result<()> {
    tx.run("UPDATE run SET name = $1 WHERE num = $2", params![name, run]).map(drop)
}

pub fn set_deleted(tx: &mut Tx, run: i64, at: Option<Time>) -> Result<()> {
    tx.run("UPDATE run SET deleted_at = $1 WHERE num = $2", params![at, run]).map(drop)
}

pub fn set_tags(tx: &mut Tx, run: i64, tags: &[(&str, &str)]) -> Result<()> {
    let tail = " ON CONFLICT (run, key) DO UPDATE SET value = excluded.value";
    tx.insert_many("INSERT INTO run_tag (run, key, value) VALUES", 3, &rows(run, tags), tail).map(drop)
}

/// Tags that are there stay as they are.
pub fn add_tags(tx: &mut Tx, run: i64, tags: &[(&str, &str)]) -> Result<()> {
    let tail = " ON CONFLICT DO NOTHING";
    tx.insert_many("INSERT INTO run_tag (run, key, value) VALUES", 3, &rows(run, tags), tail).map(drop)
}

/// How many of the params were not there before.
pub fn add_params(tx: &mut Tx, run: i64, params: &[(&str, &str)]) -> Result<usize> {
    tx.insert_many("INSERT INTO param (run, key, value) VALUES", 3, &rows(run, params), " ON CONFLICT DO NOTHING")
}

fn rows<'a>(run: i64, pairs: &[(&'a str, &'a str)]) -> Vec<Value<'a>> {
    pairs.iter().flat_map(|(key, value)| [Value::from(run), Value::from(*key), Value::from(*value)]).collect()
}

pub fn params(tx: &mut Tx, run: i64) -> Result<Vec<(String, String)>> {
    tx.all("SELECT key, value FROM param WHERE run = $1", params![run], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub fn delete_tag(tx: &mut Tx, run: i64, key: &str) -> Result<bool> {
    Ok(tx.run("DELETE FROM run_tag WHERE run = $1 AND key = $2", params![run, key])? > 0)
}

pub fn count_by_status(tx: &mut Tx, experiment: ExperimentId) -> Result<Vec<(Status, i64)>> {
    let sql = "SELECT status, COUNT(*) FROM run WHERE experiment = $1 AND deleted_at IS NULL GROUP BY status";
    tx.all(sql, params![experiment], |row| Ok((status(&row.get::<String>(0)?)?, row.get(1)?)))
}

/// A param, tag or model of a run: the run's small key, then the pair.
pub type Pair = (i64, String, String);

pub fn params_of(tx: &mut Tx, runs: &[i64]) -> Result<Vec<Pair>> {
    pairs(tx, "SELECT run, key, value FROM param WHERE run IN (", runs, ") ORDER BY run, key")
}

pub fn tags_of(tx: &mut Tx, runs: &[i64]) -> Result<Vec<Pair>> {
    pairs(tx, "SELECT run, key, value FROM run_tag WHERE run IN (", runs, ") ORDER BY run, key")
}

fn pairs(tx: &mut Tx, head: &'static str, runs: &[i64], tail: &'static str) -> Result<Vec<Pair>> {
    let mut query = Query::new(head);
    query.bind_all(runs.iter().copied()).push(tail);
    tx.all_q(&query, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

/// A model that a run read or made.
pub struct Link {
    pub run: i64,
    pub model: base::ModelId,
    pub is_output: bool,
    pub step: i64,
}

pub fn add_author(tx: &mut Tx, run: i64, user: &UserId) -> Result<()> {
    let sql = "INSERT INTO run_author (run, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    tx.run(sql, params![run, user]).map(drop)
}

/// Of the run, and of the models that it made.
pub fn authors(tx: &mut Tx, run: &RunId) -> Result<Vec<UserId>> {
    let sql = "SELECT creator FROM run WHERE id = $1
               UNION SELECT run_author.user_id FROM run_author JOIN run ON run.num = run_author.run WHERE run.id = $1
               UNION SELECT logged_model_author.user_id FROM logged_model_author
                     JOIN logged_model ON logged_model.num = logged_model_author.model
                     JOIN run_model ON run_model.model = logged_model.id AND run_model.way = 'output'
                     JOIN run ON run.num = run_model.run WHERE run.id = $1";
    tx.all(sql, params![run], |row| row.get(0))
}

pub fn makers(tx: &mut Tx, model: &base::ModelId) -> Result<Vec<(RunId, ExperimentId)>> {
    let sql = "SELECT run.id, run.experiment FROM run_model JOIN run ON run.num = run_model.run
               WHERE run_model.model = $1 AND run_model.way = 'output' ORDER BY run.num";
    tx.all(sql, params![model], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub fn add_models(tx: &mut Tx, run: i64, models: &[(&base::ModelId, i64)], is_output: bool) -> Result<()> {
    let way = if is_output { "output" } else { "input" };
    let row = |(model, step): &(&base::ModelId, i64)| {
        [Value::from(run), Value::from(model.as_str().to_owned()), Value::from(way), Value::from(*step)]
    };
    let rows: Vec<Value> = models.iter().flat_map(row).collect();
    let head = "INSERT INTO run_model (run, model, way, step) VALUES";
    tx.insert_many(head, 4, &rows, " ON CONFLICT DO NOTHING").map(drop)
}

pub fn models_of(tx: &mut Tx, runs: &[i64]) -> Result<Vec<Link>> {
    let mut query = Query::new("SELECT run, model, way, step FROM run_model WHERE run IN (");
    query.bind_all(runs.iter().copied()).push(") ORDER BY run, step, model");
    tx.all_q(&query, |row| {
        let is_output = row.get::<String>(2)? == "output";
        Ok(Link { run: row.get(0)?, model: row.get(1)?, is_output, step: row.get(3)? })
    })
}

/// All keys that runs of the experiment have: of params, metrics and tags.
pub fn columns(tx: &mut Tx, experiment: ExperimentId) -> Result<[Vec<String>; 3]> {
    let mut keys = |sql: &str| tx.all(sql, params![experiment], |row| row.get::<String>(0));
    Ok([
        keys("SELECT DISTINCT key FROM param JOIN run ON run.num = param.run WHERE run.experiment = $1 ORDER BY key")?,
        keys(
            "SELECT DISTINCT key FROM metric JOIN run ON run.num = metric.run WHERE run.experiment = $1 ORDER BY key",
        )?,
        keys(
            "SELECT DISTINCT key FROM run_tag JOIN run ON run.num = run_tag.run WHERE run.experiment = $1 ORDER BY key",
        )?,
    ])
}
