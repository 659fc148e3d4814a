//! A metric is a measured series of a run: points with a step, a moment and a value. Repeating a
//! point exactly changes nothing, so a client may send again what it is not sure about. The latest
//! point of a series is the greatest by (step, moment, value), in whatever order they arrive.

mod block;
pub mod export;
mod fold;
pub mod http;
mod log;
mod read;
mod series;
mod store;
mod summary;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod tier_tests;

use std::{cmp::Ordering, sync::Arc};

use base::{ModelId, Result, Time};
use db::Tx;

pub(crate) use log::{Checked, checked, log};
pub use series::{Bucket, Series, Window, series};
pub use store::Latest;
pub use summary::{Best, Direction, Reached, Summary, summary};

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
    pub key: Arc<str>,
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

    /// The order in which the store keeps the points of a series.
    pub fn order(&self, other: &Self) -> Ordering {
        let value = || self.value.total_cmp(&other.value).then(self.odd.cmp(&other.odd));
        self.place().cmp(&other.place()).then_with(value)
    }

    /// Where it stands among points that differ in more than their values.
    pub fn place(self) -> (Time, i64) {
        (self.at, self.step)
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

impl From<After> for Kept {
    fn from(after: After) -> Self {
        Self { step: after.step, at: Time(after.at), value: after.value, odd: after.odd }
    }
}

impl From<Kept> for After {
    fn from(last: Kept) -> Self {
        Self { at: last.at.ms(), step: last.step, value: last.value, odd: last.odd }
    }
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
    let mut points = read::history(tx, metric, limit.saturating_add(1), after.map(Kept::from))?;
    let more = points.len() > limit;
    points.truncate(limit);
    let next = points.last().filter(|_| more);
    let next = next.copied().map(After::from);
    Ok((points.into_iter().map(Kept::point).collect(), next))
}
