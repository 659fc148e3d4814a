//! A series small enough to draw: so many points over its width, and for each the least and the
//! greatest value it stands for, so that no spike gets lost.

use base::{Number, Result, Time};
use db::Tx;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Kept, read,
    store::{self, Extent},
    value,
};

/// Which part of a series, and how fine.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The first and the last step, both included.
    pub steps: (i64, i64),
    /// How many points at most, 1 to 5,000.
    pub points: usize,
}

#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "SeriesPoints")]
pub struct Series {
    /// By step and moment.
    pub points: Vec<Bucket>,
    /// How many points were logged in the window.
    pub total: i64,
}

/// One point, or several neighbours: the latest of them, and the range of their values.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "SeriesPoint")]
pub struct Bucket {
    pub step: i64,
    pub at: Time,
    pub value: Number,
    pub min: Number,
    pub max: Number,
}

/// The series of one run. Neighbours share a bucket by their steps, or by their moments where all
/// have the same step. Checks no right; `run` is the small key of a run that was checked.
pub fn series(tx: &mut Tx, run: i64, key: &str, window: Window) -> Result<Series> {
    let Some(metric) = store::find(tx, run, key)? else { return Ok(Series::default()) };
    let Some(extent) = read::extent(tx, metric, window.steps)? else { return Ok(Series::default()) };
    let points = if extent.count as usize <= window.points {
        let mut all = Vec::new();
        read::each(tx, metric, window.steps, |kept| all.push(kept))?;
        all.sort_by(|a, b| (a.step, a.at).cmp(&(b.step, b.at)).then(a.value.total_cmp(&b.value)));
        all.into_iter().map(|kept| Gathered::new(kept).bucket()).collect()
    } else {
        let axis = Axis::new(&extent, window.points);
        let mut gathered: Vec<Option<Gathered>> = vec![None; window.points];
        read::each(tx, metric, window.steps, |kept| match &mut gathered[axis.place(kept)] {
            Some(bucket) => bucket.take(kept),
            empty => *empty = Some(Gathered::new(kept)),
        })?;
        gathered.into_iter().flatten().map(Gathered::bucket).collect()
    };
    Ok(Series { points, total: extent.count })
}

/// What the buckets divide evenly.
struct Axis {
    by_step: bool,
    start: i64,
    width: u128,
    buckets: usize,
}

impl Axis {
    fn new(extent: &Extent, buckets: usize) -> Self {
        let by_step = extent.steps.0 != extent.steps.1;
        let (start, end) = if by_step { extent.steps } else { extent.moments };
        Self { by_step, start, width: u128::from(end.abs_diff(start)) + 1, buckets }
    }

    fn place(&self, kept: Kept) -> usize {
        let x = if self.by_step { kept.step } else { kept.at.ms() };
        let place = u128::from(x.abs_diff(self.start)) * self.buckets as u128 / self.width;
        (place as usize).min(self.buckets - 1)
    }
}

#[derive(Clone)]
struct Gathered {
    last: Kept,
    min: f64,
    max: f64,
}

impl Gathered {
    fn new(kept: Kept) -> Self {
        let value = value(kept.value, kept.odd);
        Self { last: kept, min: value, max: value }
    }

    /// `f64::min` and `max` pass over not-a-number where there is a number.
    fn take(&mut self, kept: Kept) {
        let value = value(kept.value, kept.odd);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        if kept.beats(self.last) {
            self.last = kept;
        }
    }

    fn bucket(self) -> Bucket {
        let point = self.last.point();
        let [value, min, max] = [point.value, self.min, self.max].map(Number);
        Bucket { step: point.step, at: point.at, value, min, max }
    }
}
