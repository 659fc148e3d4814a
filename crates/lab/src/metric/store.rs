use base::{ExperimentId, Result, Time, refuse::internal};
use db::{Query, Row, Tx, Value, params};

use super::{After, Kept, Point, value};

/// Counts one point more and makes it the latest of its series; none where the series has a later
/// one or does not begin yet. Answers the series' id.
pub fn raise(tx: &mut Tx, run: i64, key: &str, new: Kept) -> Result<Option<i64>> {
    let sql = "UPDATE metric SET step = $1, at = $2, value = $3, odd = $4, raised_at = $5, points = points + 1
               WHERE run = $6 AND key = $7 AND (step, at, value) < ($1, $2, $3) RETURNING id";
    let now = tx.now();
    tx.first(sql, params![new.step, new.at, new.value, new.odd, now, run, key], |row| row.get(0))
}

/// The series' id, and its latest point; none where it begins now, with so many points and `new` as
/// the latest.
pub fn open(tx: &mut Tx, run: i64, key: &str, new: Kept, points: usize) -> Result<(i64, Option<Kept>)> {
    let find = "SELECT id, step, at, value FROM metric WHERE run = $1 AND key = $2";
    let read =
        |row: &Row| Ok((row.get(0)?, Some(Kept { step: row.get(1)?, at: row.get(2)?, value: row.get(3)?, odd: 0 })));
    if let Some(found) = tx.first(find, params![run, key], read)? {
        return Ok(found);
    }
    let add = "INSERT INTO metric (run, key, step, at, value, odd, points, raised_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (run, key) DO NOTHING RETURNING id";
    let now = tx.now();
    let row = params![run, key, new.step, new.at, new.value, new.odd, points as i64, now];
    match tx.first(add, row, |row| row.get(0))? {
        Some(id) => Ok((id, None)),
        // Another server was faster.
        None => tx.one(find, params![run, key], read),
    }
}

/// Counts `more` points, and raises the latest from `before` to `new` where that is later.
pub fn grow(tx: &mut Tx, metric: i64, before: Kept, new: Kept, more: usize) -> Result<()> {
    let (now, more) = (tx.now(), more as i64);
    if new.beats(before) {
        let raise = "UPDATE metric SET step = $1, at = $2, value = $3, odd = $4, raised_at = $5, points = points + $6
                     WHERE id = $7 AND (step, at, value) < ($1, $2, $3)";
        if tx.run(raise, params![new.step, new.at, new.value, new.odd, now, more, metric])? > 0 {
            return Ok(());
        }
    }
    tx.run("UPDATE metric SET points = points + $1 WHERE id = $2", params![more, metric]).map(drop)
}

/// Counts the points anew. [`grow`] comes first: it takes hold of the row, so that whoever else adds
/// points has either committed them or counts them later.
pub fn recount(tx: &mut Tx, metric: i64) -> Result<()> {
    let sql = "UPDATE metric SET points = (SELECT COUNT(*) FROM point WHERE point.metric = $1) WHERE id = $1";
    tx.run(sql, params![metric]).map(drop)
}

/// Each point with the id of its series. Answers how many were not there before.
pub fn add(tx: &mut Tx, points: &[(i64, Kept)]) -> Result<usize> {
    let head = "INSERT INTO point (metric, at, step, value, odd) VALUES";
    let mut values = Vec::with_capacity(points.len() * 5);
    for (metric, point) in points {
        let row: [Value; 5] =
            [(*metric).into(), point.at.into(), point.step.into(), point.value.into(), point.odd.into()];
        values.extend(row);
    }
    tx.insert_many(head, 5, &values, " ON CONFLICT DO NOTHING")
}

pub fn find(tx: &mut Tx, run: i64, key: &str) -> Result<Option<i64>> {
    tx.first("SELECT id FROM metric WHERE run = $1 AND key = $2", params![run, key], |row| row.get(0))
}

pub fn history(tx: &mut Tx, metric: i64, limit: i64, after: Option<After>) -> Result<Vec<Kept>> {
    let mut query = Query::new("SELECT step, at, value, odd FROM point WHERE metric = ");
    query.bind(metric);
    if let Some(after) = after {
        query.push(" AND (at, step, value, odd) > (").bind(after.at).push(", ").bind(after.step);
        query.push(", ").bind(after.value).push(", ").bind(after.odd).push(")");
    }
    query.push(" ORDER BY at, step, value, odd LIMIT ").bind(limit);
    tx.all_q(&query, read_kept)
}

fn read_kept(row: &Row) -> Result<Kept> {
    Ok(Kept { step: row.get(0)?, at: row.get(1)?, value: row.get(2)?, odd: row.get(3)? })
}

/// How many points a series has between two steps, and the ends of their steps and moments.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    pub count: i64,
    pub steps: (i64, i64),
    pub moments: (i64, i64),
}

pub fn extent(tx: &mut Tx, metric: i64, steps: (i64, i64)) -> Result<Option<Extent>> {
    let sql = "SELECT COUNT(*), MIN(step), MAX(step), MIN(at), MAX(at) FROM point
               WHERE metric = $1 AND step >= $2 AND step <= $3";
    tx.one(sql, params![metric, steps.0, steps.1], |row| {
        let count: i64 = row.get(0)?;
        if count == 0 {
            return Ok(None);
        }
        Ok(Some(Extent { count, steps: (row.get(1)?, row.get(2)?), moments: (row.get(3)?, row.get(4)?) }))
    })
}

pub fn each(tx: &mut Tx, metric: i64, steps: (i64, i64), mut visit: impl FnMut(Kept)) -> Result<()> {
    let sql = "SELECT step, at, value, odd FROM point WHERE metric = $1 AND step >= $2 AND step <= $3";
    tx.each(sql, params![metric, steps.0, steps.1], |row| {
        visit(read_kept(row)?);
        Ok(())
    })
}

/// The latest point of one series.
#[derive(Clone, Debug, PartialEq)]
pub struct Latest {
    /// The run's small key.
    pub run: i64,
    pub key: String,
    pub point: Point,
    /// How many points the series has. None is ever changed or taken away, so another history of
    /// the same run has another count.
    pub points: i64,
    /// When the server took in the latest point; unknown for old ones.
    pub raised_at: Option<Time>,
}

pub fn latest(tx: &mut Tx, runs: &[i64]) -> Result<Vec<Latest>> {
    let mut query = Query::new("SELECT run, key, step, at, value, odd, points, raised_at FROM metric WHERE run IN (");
    query.bind_all(runs.iter().copied()).push(") ORDER BY run, key");
    tx.all_q(&query, |row| {
        let kept = Kept { step: row.get(2)?, at: row.get(3)?, value: row.get(4)?, odd: row.get(5)? };
        let (points, raised_at) = (row.get(6)?, row.get(7)?);
        Ok(Latest { run: row.get(0)?, key: row.get(1)?, point: kept.point(), points, raised_at })
    })
}

/// A series' latest value with its run's small key.
pub struct Spot {
    pub key: String,
    pub run: i64,
    pub value: f64,
    pub at: Time,
}

/// The latest values of all runs of the experiment that are not deleted.
pub fn each_spot(tx: &mut Tx, experiment: ExperimentId, mut visit: impl FnMut(Spot)) -> Result<()> {
    let sql = "SELECT metric.key, metric.run, metric.value, metric.odd, metric.at
               FROM run JOIN metric ON metric.run = run.num
               WHERE run.experiment = $1 AND run.deleted_at IS NULL ORDER BY run.num";
    tx.each(sql, params![experiment], |row| {
        let value = value(row.get(2)?, row.get(3)?);
        visit(Spot { key: row.get(0)?, run: row.get(1)?, value, at: row.get(4)? });
        Ok(())
    })
}

/// [`each_spot`] for some metrics only.
pub fn each_spot_of(tx: &mut Tx, experiment: ExperimentId, keys: &[String], mut visit: impl FnMut(Spot)) -> Result<()> {
    let mut query = Query::new(
        "SELECT metric.key, metric.run, metric.value, metric.odd, metric.at
         FROM run JOIN metric ON metric.run = run.num AND metric.key IN (",
    );
    query.bind_all(keys.iter().cloned()).push(") WHERE run.deleted_at IS NULL AND run.experiment = ");
    query.bind(experiment).push(" ORDER BY run.num");
    let spots = tx.all_q(&query, |row| {
        let value = value(row.get(2)?, row.get(3)?);
        Ok(Spot { key: row.get(0)?, run: row.get(1)?, value, at: row.get(4)? })
    })?;
    spots.into_iter().for_each(&mut visit);
    Ok(())
}

/// What runs are called, by their small keys.
pub fn run_names(tx: &mut Tx, runs: &[i64]) -> Result<Vec<(i64, base::RunId, String)>> {
    let mut query = Query::new("SELECT num, id, name FROM run WHERE num IN (");
    query.bind_all(runs.iter().copied()).push(")");
    let names = tx.all_q(&query, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    if names.is_empty() && !runs.is_empty() { Err(internal("metrics without runs")) } else { Ok(names) }
}
