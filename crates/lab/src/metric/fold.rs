//! Loose points of a series become blocks once there are many of them.

use std::cmp::Ordering;

use base::Result;
use db::Tx;

use super::{
    Kept, block,
    store::{self, Grown},
};

/// So many points of a series wait at least; the small key adds up to [`SPREAD`], so that series that
/// grow side by side are not folded all at once.
const WAIT: i64 = 32;
const SPREAD: i64 = 32;

/// Points that one write folds at most: old stores hold loose points only.
const SOME: usize = 1_024;

/// A gap between two blocks gets a block of its own only for so many points.
const GAP: usize = 32;

pub fn is_due(grown: Grown) -> bool {
    grown.loose >= WAIT + grown.metric % SPREAD
}

/// Moves the first loose points into blocks. Where they fall into blocks that are there, these are
/// replaced; all others stay.
pub fn fold(tx: &mut Tx, metric: i64) -> Result<()> {
    let loose = store::loose(tx, metric, SOME, None)?;
    let Some(last) = loose.last() else { return Ok(()) };
    let mut rest = loose.as_slice();
    while let Some(first) = rest.first() {
        let Some(block) = block::store::reaching(tx, metric, *first)? else {
            put(tx, metric, rest)?;
            break;
        };
        let known = block.points()?;
        let start = *known.first().unwrap_or(&block.last);
        let (reached, beyond) = rest.split_at(rest.partition_point(|point| is_before(point, &block.last)));
        let (before, within) = reached.split_at(reached.partition_point(|point| is_before(point, &start)));
        if within.is_empty() && before.len() >= GAP {
            put(tx, metric, before)?;
        } else {
            let mut points = [known.as_slice(), reached].concat();
            points.sort_by(Kept::order);
            block::store::remove(tx, metric, block.last)?;
            put(tx, metric, &points)?;
        }
        rest = beyond;
    }
    store::take_loose(tx, metric, *last, loose.len())
}

fn is_before(point: &Kept, other: &Kept) -> bool {
    point.order(other) == Ordering::Less
}

fn put(tx: &mut Tx, metric: i64, points: &[Kept]) -> Result<()> {
    let blocks: Vec<_> = block::cut(points).into_iter().map(|block| (metric, block)).collect();
    block::store::add(tx, &blocks)
}
