//! A metric is a measured series of a run: points with a step, a moment and a value. Repeating a
//! point exactly changes nothing, so a client may send again what it is not sure about. The latest
//! point of a series is the greatest by (step, moment, value), in whatever order they arrive.

pub mod export;
pub mod http;
mod series;
mod store;
mod summary;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use base::{ModelId, Result, RunId, Time, refuse::invalid};
use db::Tx;

pub use series::{Bucket, Series, Window, series};
pub use store::Latest;
pub use summary::{Best, Direction, Reached, Summary, summary};

use crate::{limit, model};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub at: Time,
    /// Any integer; training usually counts upwards from 0.
    pub step: i64,
    /// Any double, in the metric's own unit; not-a-number and the infinities too.
    pub value: f64,
}

/// A point as a client logs it.
#[derive(Clone, Debug, PartialEq)]
pub struct New {
    pub key: String,
    pub point: Point,
    /// The logged model that the value was measured on, if the client says so.
    pub model: Option<Measured>,
}

/// What a value was measured on. Without a dataset, `dataset` and `digest` are empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    pub model: ModelId,
    pub dataset: String,
    pub digest: String,
}

/// `within` words the place in the caller's request, like `metrics[3].`; asked only where something
/// is wrong, since a million points a second pass here.
pub(crate) fn check(new: &New, within: impl Fn() -> String) -> Result<()> {
    if limit::check_key("key", &new.key).is_err() {
        return limit::check_key(&format!("{}key", within()), &new.key);
    }
    if new.point.at.ms() < 0 {
        return Err(invalid(&format!("{}timestamp", within()), "must not be negative"));
    }
    Ok(())
}

/// Writes points that were checked. A single point that is the latest of its series, which is what
/// training loops send, takes two statements.
pub(crate) fn log(tx: &mut Tx, run: i64, id: &RunId, new: &[New]) -> Result<()> {
    match new {
        [one] if raise(tx, run, one)? => {}
        _ => merge(tx, run, new)?,
    }
    for new in new {
        if let Some(measured) = &new.model {
            model::measure(tx, id, measured, &new.key, Kept::new(new.point))?;
        }
    }
    Ok(())
}

/// Whether the point was later than all of its series; then it was not there before, and now it is.
fn raise(tx: &mut Tx, run: i64, new: &New) -> Result<bool> {
    let kept = Kept::new(new.point);
    let Some(metric) = store::raise(tx, run, &new.key, kept)? else { return Ok(false) };
    store::add(tx, &[(metric, kept)])?;
    Ok(true)
}

/// Adds those points that are not there yet, and sees how far each series came.
fn merge(tx: &mut Tx, run: i64, new: &[New]) -> Result<()> {
    let mut by_key: BTreeMap<&str, Vec<Kept>> = BTreeMap::new();
    for new in new {
        by_key.entry(&new.key).or_default().push(Kept::new(new.point));
    }
    let mut points = Vec::with_capacity(new.len());
    let mut growths = Vec::with_capacity(by_key.len());
    for (key, kept) in by_key {
        let kept = distinct(kept);
        let Some(latest) = kept.iter().copied().reduce(|a, b| if b.beats(a) { b } else { a }) else { continue };
        let (metric, before) = store::open(tx, run, key, latest, kept.len())?;
        let more = kept.len();
        growths.extend(before.map(|before| Growth { metric, before, latest, more }));
        points.extend(kept.into_iter().map(|kept| (metric, kept)));
    }
    let added = store::add(tx, &points)?;
    if added > 0 {
        note(tx, &growths, added == points.len())?;
    }
    Ok(())
}

/// What came to a series that was there before.
struct Growth {
    metric: i64,
    /// Its latest point until now.
    before: Kept,
    /// The latest of those that came.
    latest: Kept,
    more: usize,
}

/// Writes down how far the series came. Where some of the points were there already, nobody knows
/// in which series: their points are counted, which only clients that repeat themselves pay for.
fn note(tx: &mut Tx, growths: &[Growth], all_new: bool) -> Result<()> {
    for Growth { metric, before, latest, more } in growths {
        store::grow(tx, *metric, *before, *latest, if all_new { *more } else { 0 })?;
        if !all_new {
            store::recount(tx, *metric)?;
        }
    }
    Ok(())
}

/// Each point once.
fn distinct(mut kept: Vec<Kept>) -> Vec<Kept> {
    let order = |a: &Kept, b: &Kept| {
        (a.at, a.step, a.odd).cmp(&(b.at, b.step, b.odd)).then_with(|| a.value.total_cmp(&b.value))
    };
    if kept.len() > 1 {
        kept.sort_unstable_by(order);
        kept.dedup();
    }
    kept
}

/// A point in the store's form: `odd` is 0 for ordinary values, 1 for not-a-number (value 0), 2 and
/// 3 for the infinities (value plus or minus the largest double).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Kept {
    pub step: i64,
    pub at: Time,
    pub value: f64,
    pub odd: i64,
}

impl Kept {
    pub fn new(point: Point) -> Self {
        let (value, odd) = match point.value {
            v if v.is_nan() => (0.0, 1),
            f64::INFINITY => (f64::MAX, 2),
            f64::NEG_INFINITY => (f64::MIN, 3),
            // Minus zero becomes zero, so that both are one point.
            v => (v + 0.0, 0),
        };
        Self { step: point.step, at: point.at, value, odd }
    }

    /// Whether this is later than `other`. Not-a-number counts as 0.
    pub fn beats(self, other: Self) -> bool {
        (self.step, self.at, self.value) > (other.step, other.at, other.value)
    }

    pub fn point(self) -> Point {
        Point { at: self.at, step: self.step, value: value(self.value, self.odd) }
    }
}

/// The double that a stored value and its flag stand for.
pub(crate) fn value(value: f64, odd: i64) -> f64 {
    match odd {
        0 => value,
        1 => f64::NAN,
        2 => f64::INFINITY,
        _ => f64::NEG_INFINITY,
    }
}

/// Where a page of the history ends; the next page begins after it.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct After {
    at: i64,
    step: i64,
    value: f64,
    odd: i64,
}

/// A series' points by moment, step and value, and where to go on. Unknown keys have none.
/// Checks no right; `run` is the small key of a run that was checked.
pub fn history(
    tx: &mut Tx,
    run: i64,
    key: &str,
    limit: usize,
    after: Option<After>,
) -> Result<(Vec<Point>, Option<After>)> {
    let Some(metric) = store::find(tx, run, key)? else { return Ok((Vec::new(), None)) };
    let mut points = store::history(tx, metric, (limit as i64).saturating_add(1), after)?;
    let more = points.len() > limit;
    points.truncate(limit);
    let next = points.last().filter(|_| more);
    let next = next.map(|last| After { at: last.at.ms(), step: last.step, value: last.value, odd: last.odd });
    Ok((points.into_iter().map(Kept::point).collect(), next))
}

/// The latest points of these runs, by the runs' small keys, ordered by metric.
pub fn latest(tx: &mut Tx, runs: &[i64]) -> Result<Vec<Latest>> {
    store::latest(tx, runs)
}
