use base::{ExperimentId, Result, Time, refuse::internal};
use db::{Query, Row, Tx, Value, params};

use super::{Kept, Point, value};

/// What comes to a series: points that are new to it.
pub struct Growth {
    /// The first and the last in the store's order.
    pub first: Kept,
    pub last: Kept,
    /// The latest.
    pub latest: Kept,
    pub points: i64,
    /// How many of them are loose.
    pub loose: i64,
}

impl Growth {
    /// None where there are no points; they are sorted.
    pub fn new(points: &[Kept], loose: i64) -> Option<Self> {
        let latest = points.iter().copied().reduce(|a, b| if b.beats(a) { b } else { a })?;
        Some(Self { first: *points.first()?, last: *points.last()?, latest, points: points.len() as i64, loose })
    }
}

/// A series, and how many loose points it has now.
#[derive(Clone, Copy)]
pub struct Grown {
    pub metric: i64,
    pub loose: i64,
}

/// Grows the series by points that come beyond its end and the last of which is its latest; none where
/// it does not begin yet, ends later or is settled.
pub fn extend(tx: &mut Tx, run: i64, key: &str, growth: &Growth) -> Result<Option<Grown>> {
    let sql = "UPDATE metric SET step = $1, at = $2, value = $3, odd = $4, raised_at = $5, end_at = $6, end_step = $7,
                   points = points + $8, loose = loose + $9
               WHERE run = $10 AND key = $11 AND settled IS NULL AND (step, at, value) < ($1, $2, $3)
                   AND (end_at, end_step) < ($12, $13)
               RETURNING id, loose";
    let Growth { first, last, latest, points, loose } = growth;
    let now = tx.now();
    let values = params![
        latest.step,
        latest.at,
        latest.value,
        latest.odd,
        now,
        last.at,
        last.step,
        *points,
        *loose,
        run,
        key,
        first.at,
        first.step,
    ];
    tx.first(sql, values, |row| Ok(Grown { metric: row.get(0)?, loose: row.get(1)? }))
}

/// The id of a series that begins with these points; none where it has begun already.
pub fn begin(tx: &mut Tx, run: i64, key: &str, growth: &Growth) -> Result<Option<i64>> {
    let sql =
        "INSERT INTO metric (experiment, run, key, step, at, value, odd, raised_at, end_at, end_step, points, loose)
               VALUES ((SELECT experiment FROM run WHERE num = $1), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
               ON CONFLICT (run, key) DO NOTHING RETURNING id";
    let Growth { last, latest, points, loose, .. } = growth;
    let now = tx.now();
    let values =
        params![run, key, latest.step, latest.at, latest.value, latest.odd, now, last.at, last.step, *points, *loose,];
    tx.first(sql, values, |row| row.get(0))
}

/// A series as it is while somebody holds it.
pub struct Held {
    pub metric: i64,
    latest: Kept,
    raised_at: Option<Time>,
    /// The greatest moment, and the greatest step at that moment.
    pub end: (Time, i64),
    pub loose: i64,
}

/// Takes hold of a series until the transaction ends: nobody else writes to it meanwhile.
pub fn hold(tx: &mut Tx, run: i64, key: &str) -> Result<Held> {
    let sql = "UPDATE metric SET loose = loose WHERE run = $1 AND key = $2
               RETURNING id, step, at, value, odd, raised_at, end_at, end_step, loose";
    tx.one(sql, params![run, key], |row| {
        let latest = Kept { step: row.get(1)?, at: row.get(2)?, value: row.get(3)?, odd: row.get(4)? };
        let end = (row.get(6)?, row.get(7)?);
        Ok(Held { metric: row.get(0)?, latest, raised_at: row.get(5)?, end, loose: row.get(8)? })
    })
}

/// Grows a series that is held, wherever the points stand in it.
pub fn grow(tx: &mut Tx, held: &Held, growth: &Growth) -> Result<()> {
    let raises = growth.latest.beats(held.latest);
    let (latest, raised_at) = if raises { (growth.latest, Some(tx.now())) } else { (held.latest, held.raised_at) };
    let end = held.end.max(growth.last.place());
    let sql = "UPDATE metric SET step = $1, at = $2, value = $3, odd = $4, raised_at = $5, end_at = $6, end_step = $7,
                   points = points + $8, loose = loose + $9, settled = CASE WHEN $11 THEN NULL ELSE settled END
               WHERE id = $10";
    let values = params![
        latest.step,
        latest.at,
        latest.value,
        latest.odd,
        raised_at,
        end.0,
        end.1,
        growth.points,
        growth.loose,
        held.metric,
        raises,
    ];
    tx.run(sql, values).map(drop)
}

/// Loose points, each with the id of its series. Answers how many were not there before.
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

/// The first loose points after `after`, in order.
pub fn loose(tx: &mut Tx, metric: i64, limit: usize, after: Option<Kept>) -> Result<Vec<Kept>> {
    let mut query = Query::new("SELECT step, at, value, odd FROM point WHERE metric = ");
    query.bind(metric);
    if let Some(after) = after {
        query.push(" AND (at, step, value, odd) > (").bind(after.at).push(", ").bind(after.step);
        query.push(", ").bind(after.value).push(", ").bind(after.odd).push(")");
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    query.push(" ORDER BY at, step, value, odd LIMIT ").bind(limit);
    tx.all_q(&query, read_kept)
}

/// Takes away the loose points up to `last`, which are so many.
pub fn take_loose(tx: &mut Tx, metric: i64, last: Kept, count: usize) -> Result<()> {
    let sql = "DELETE FROM point WHERE metric = $1 AND (at, step, value, odd) <= ($2, $3, $4, $5)";
    tx.run(sql, params![metric, last.at, last.step, last.value, last.odd])?;
    tx.run("UPDATE metric SET loose = loose - $1 WHERE id = $2", params![count as i64, metric]).map(drop)
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

impl Extent {
    pub fn of(point: Kept) -> Self {
        Self { count: 1, steps: (point.step, point.step), moments: (point.at.ms(), point.at.ms()) }
    }

    pub fn and(self, other: Self) -> Self {
        let both = |one: (i64, i64), other: (i64, i64)| (one.0.min(other.0), one.1.max(other.1));
        Self {
            count: self.count + other.count,
            steps: both(self.steps, other.steps),
            moments: both(self.moments, other.moments),
        }
    }
}

/// Of the loose points.
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

/// Visits the loose points.
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
