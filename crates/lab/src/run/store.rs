use base::{ExperimentId, Result, RunId, Time, UserId, refuse::internal};
use db::{Query, Row, Tx, Value, params, places};

use super::{Run, Status, log::Target};
use crate::metric::{Kept, Latest};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT run.num, run.id, run.experiment, experiment.project, run.name, run.creator, run.user_name,
            run.status, run.started_at, run.ended_at, run.created_at, run.settled_at, run.deleted_at,
            experiment.location, experiment.first, run.revision",
            $rest
        )
    };
}

/// What [`read`] reads, of `run` and `experiment`.
pub const SELECT: &str = select!("");

const RUNS: &str = select!(" FROM run JOIN experiment ON experiment.id = run.experiment");

pub fn read(row: &Row) -> Result<Run> {
    Ok(Run {
        num: row.get(0)?,
        id: row.get(1)?,
        experiment: row.get(2)?,
        first: row.get(14)?,
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
        revision: row.get(15)?,
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

/// The latest values of a run that ended are found by an index, until another point comes.
pub fn settle(tx: &mut Tx, run: i64) -> Result<()> {
    let sql = "UPDATE metric SET settled = value WHERE run = $1 AND odd <> 1 AND settled IS NULL";
    tx.run(sql, params![run]).map(drop)
}

/// [`settle`] for one series.
pub fn settle_series(tx: &mut Tx, run: i64, key: &str) -> Result<()> {
    let sql = "UPDATE metric SET settled = value WHERE run = $1 AND key = $2 AND odd <> 1 AND settled IS NULL";
    tx.run(sql, params![run, key]).map(drop)
}

/// The run's series whose latest value moves, and whether the others repeat it truly.
#[cfg(test)]
pub fn moving(tx: &mut Tx, run: i64) -> Result<(Vec<String>, bool)> {
    let sql = "SELECT key FROM metric WHERE run = $1 AND settled IS NULL ORDER BY key";
    let keys = tx.all(sql, params![run], |row| row.get(0))?;
    let sql = "SELECT COUNT(*) FROM metric WHERE run = $1 AND settled <> value";
    Ok((keys, tx.one(sql, params![run], |row| row.get::<i64>(0))? == 0))
}

/// [`settle`] for what got its latest point before this moment, in all runs of the experiment.
pub fn settle_older(tx: &mut Tx, experiment: ExperimentId, before: Time) -> Result<()> {
    let sql = "UPDATE metric SET settled = value
               WHERE experiment = $1 AND key = $2 AND settled IS NULL AND odd <> 1 AND COALESCE(raised_at, 0) < $3";
    keys(tx, "metric", experiment)?.iter().try_for_each(|key| tx.run(sql, params![experiment, key, before]).map(drop))
}

pub fn set_name(tx: &mut Tx, run: i64, name: &str) -> Result<()> {
    tx.run("UPDATE run SET name = $1 WHERE num = $2", params![name, run]).map(drop)
}

pub fn set_deleted(tx: &mut Tx, run: i64, at: Option<Time>) -> Result<()> {
    tx.run("UPDATE run SET deleted_at = $1 WHERE num = $2", params![at, run]).map(drop)
}

/// Whose params and tags they are: the run's small key, and its experiment, by which they are found.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    pub experiment: ExperimentId,
    pub run: i64,
}

/// The run holds something else from now on: what was read of it before no longer holds. Points of metrics tell by
/// their number.
pub fn note_change(tx: &mut Tx, run: i64) -> Result<()> {
    tx.run("UPDATE run SET revision = revision + 1 WHERE num = $1", params![run]).map(drop)
}

/// Of a run that is new in this transaction.
pub fn first_tags(tx: &mut Tx, owner: Owner, tags: &[(&str, &str)]) -> Result<()> {
    tx.insert_many(ADD_TAGS, 4, &rows(owner, tags), "").map(drop)
}

pub fn set_tags(tx: &mut Tx, owner: Owner, tags: &[(&str, &str)]) -> Result<()> {
    let tail = " ON CONFLICT (run, key) DO UPDATE SET value = excluded.value";
    tx.insert_many(ADD_TAGS, 4, &rows(owner, tags), tail)?;
    note_change(tx, owner.run)
}

/// Tags that are there stay as they are.
pub fn add_tags(tx: &mut Tx, owner: Owner, tags: &[(&str, &str)]) -> Result<()> {
    tx.insert_many(ADD_TAGS, 4, &rows(owner, tags), " ON CONFLICT DO NOTHING")?;
    note_change(tx, owner.run)
}

const ADD_TAGS: &str = "INSERT INTO run_tag (experiment, run, key, value) VALUES";

/// How many of the params were not there before.
pub fn add_params(tx: &mut Tx, owner: Owner, params: &[(&str, &str)]) -> Result<usize> {
    let head = "INSERT INTO param (experiment, run, key, value) VALUES";
    let added = tx.insert_many(head, 4, &rows(owner, params), " ON CONFLICT DO NOTHING")?;
    if added > 0 {
        note_change(tx, owner.run)?;
    }
    Ok(added)
}

fn rows<'a>(owner: Owner, pairs: &[(&'a str, &'a str)]) -> Vec<Value<'a>> {
    let row = |(key, value): &(&'a str, &'a str)| {
        [Value::from(owner.experiment), Value::from(owner.run), Value::from(*key), Value::from(*value)]
    };
    pairs.iter().flat_map(row).collect()
}

pub fn params(tx: &mut Tx, run: i64) -> Result<Vec<(String, String)>> {
    tx.all("SELECT key, value FROM param WHERE run = $1", params![run], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub fn delete_tag(tx: &mut Tx, run: i64, key: &str) -> Result<bool> {
    let was_there = tx.run("DELETE FROM run_tag WHERE run = $1 AND key = $2", params![run, key])? > 0;
    if was_there {
        note_change(tx, run)?;
    }
    Ok(was_there)
}

pub fn count_by_status(tx: &mut Tx, experiment: ExperimentId) -> Result<Vec<(Status, i64)>> {
    let sql = "SELECT status, COUNT(*) FROM run WHERE experiment = $1 AND deleted_at IS NULL GROUP BY status";
    tx.all(sql, params![experiment], |row| Ok((status(&row.get::<String>(0)?)?, row.get(1)?)))
}

/// How many runs of each status an experiment had between the moments, and how long they ran in it.
pub fn usage(
    tx: &mut Tx,
    experiments: &[ExperimentId],
    from: Time,
    until: Time,
) -> Result<Vec<(ExperimentId, Status, i64, i64)>> {
    let mut query = Query::new(
        "SELECT experiment, status, COUNT(*),
             CAST(COALESCE(SUM(CASE WHEN ended > began THEN ended - began ELSE 0 END), 0) AS BIGINT)
         FROM (SELECT experiment, status, CASE WHEN started_at > ",
    );
    query.bind(from).push(" THEN started_at ELSE $1 END AS began, CASE WHEN COALESCE(ended_at, settled_at, ");
    query.bind(until).push(
        ") < $2 THEN COALESCE(ended_at, settled_at, $2) ELSE $2 END AS ended
               FROM run WHERE deleted_at IS NULL AND started_at < $2
                   AND COALESCE(ended_at, settled_at, $2) >= $1 AND experiment IN (",
    );
    query.bind_all(experiments.iter().copied()).push(")) AS used GROUP BY experiment, status");
    tx.all_q(&query, |row| Ok((row.get(0)?, status(&row.get::<String>(1)?)?, row.get(2)?, row.get(3)?)))
}

/// One thing that a run holds.
pub enum Held {
    Param(String, String),
    Tag(String, String),
    Metric(Latest),
    /// A model that it read or made, and at which step.
    Model {
        model: base::ModelId,
        is_output: bool,
        step: i64,
    },
    /// There are datasets that it read.
    Inputs,
}

/// All that the runs hold, each with the run's small key, in no order: one statement, since an engine
/// that is reached through a network takes longer to be asked than to answer.
pub fn held(tx: &mut Tx, runs: &[i64], mut visit: impl FnMut(i64, Held)) -> Result<()> {
    let those = format!("WHERE run IN ({})", places(1, runs.len()));
    let sql = format!(
        "SELECT 1, run, key, value, 0, 0, CAST(0 AS DOUBLE PRECISION), 0, 0, 0 FROM param {those}
         UNION ALL SELECT 2, run, key, value, 0, 0, 0, 0, 0, 0 FROM run_tag {those}
         UNION ALL SELECT 3, run, key, '', step, at, value, odd, points, raised_at FROM metric {those}
         UNION ALL SELECT 4, run, model, way, step, 0, 0, 0, 0, 0 FROM run_model {those}
         UNION ALL SELECT 5, run, '', '', 0, 0, 0, 0, 0, 0 FROM input {those}"
    );
    let runs: Vec<Value> = runs.iter().map(|run| Value::from(*run)).collect();
    tx.each(&sql, &runs, |row| {
        let run = row.get(1)?;
        visit(run, read_held(row, run)?);
        Ok(())
    })
}

/// How many points the metrics of each run have together; runs without one are left out.
pub fn points(tx: &mut Tx, runs: &[i64]) -> Result<Vec<(i64, i64)>> {
    let those = places(1, runs.len());
    let sql = format!("SELECT run, CAST(SUM(points) AS BIGINT) FROM metric WHERE run IN ({those}) GROUP BY run");
    let runs: Vec<Value> = runs.iter().map(|run| Value::from(*run)).collect();
    tx.all(&sql, &runs, |row| Ok((row.get(0)?, row.get(1)?)))
}

fn read_held(row: &Row, run: i64) -> Result<Held> {
    Ok(match row.get::<i64>(0)? {
        1 => Held::Param(row.get(2)?, row.get(3)?),
        2 => Held::Tag(row.get(2)?, row.get(3)?),
        3 => {
            let kept = Kept { step: row.get(4)?, at: row.get(5)?, value: row.get(6)?, odd: row.get(7)? };
            let (points, raised_at) = (row.get(8)?, row.get(9)?);
            Held::Metric(Latest { run, key: row.get(2)?, point: kept.point(), points, raised_at })
        }
        4 => Held::Model { model: row.get(2)?, is_output: row.get::<String>(3)? == "output", step: row.get(4)? },
        _ => Held::Inputs,
    })
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
    if tx.insert_many(head, 4, &rows, " ON CONFLICT DO NOTHING")? > 0 {
        note_change(tx, run)?;
    }
    Ok(())
}

/// All keys that runs of the experiment have: of params, metrics and tags.
pub fn columns(tx: &mut Tx, experiment: ExperimentId) -> Result<[Vec<String>; 3]> {
    Ok([keys(tx, "param", experiment)?, keys(tx, "metric", experiment)?, keys(tx, "run_tag", experiment)?])
}

/// Goes from one key to the next greater one, so that it costs as much as there are keys, not rows.
fn keys(tx: &mut Tx, table: &str, experiment: ExperimentId) -> Result<Vec<String>> {
    let least = format!("SELECT MIN(key) FROM {table} WHERE experiment = $1");
    let sql = format!(
        "WITH RECURSIVE known (key) AS (
            {least} UNION ALL SELECT ({least} AND key > known.key) FROM known WHERE known.key IS NOT NULL
         ) SELECT key FROM known WHERE key IS NOT NULL"
    );
    tx.all(&sql, params![experiment], |row| row.get(0))
}
