//! The points of a series: sorted out, and each once.

use lab::metric::Point;

use super::shape::History;

/// What may be written of a history, and how much of it may not.
#[derive(Debug, Default, PartialEq)]
pub struct Series {
    pub points: Vec<Point>,
    /// As the source counts them, broken ones too.
    pub in_source: u64,
    pub repeated: u64,
    pub broken: u64,
    /// With a moment before 1970.
    pub early: u64,
}

pub fn series(history: History) -> Series {
    let History { mut points, broken } = history;
    let in_source = points.len() as u64 + broken;
    let all = points.len();
    points.retain(|point| point.at.ms() >= 0);
    let early = (all - points.len()) as u64;
    for point in &mut points {
        // Minus zero is zero, and one not-a-number is as good as another.
        point.value = if point.value.is_nan() { f64::NAN } else { point.value + 0.0 };
    }
    let order = |a: &Point, b: &Point| (a.at, a.step).cmp(&(b.at, b.step)).then(a.value.total_cmp(&b.value));
    points.sort_unstable_by(order);
    let kept = points.len();
    points.dedup_by(|a, b| order(a, b).is_eq());
    let repeated = (kept - points.len()) as u64;
    Series { points, in_source, repeated, broken, early }
}
