//! Reading points, wherever they lie: in blocks or loose.

use base::Result;
use db::Tx;

use super::{
    Kept, block,
    store::{self, Extent},
};

const ALL_STEPS: (i64, i64) = (i64::MIN, i64::MAX);

/// Blocks that are in memory at once.
const BLOCKS: usize = 256;

/// So many points a block holds at least, mostly.
const USUAL: usize = 100;

/// The first points after `after`, in order.
pub fn history(tx: &mut Tx, metric: i64, limit: usize, after: Option<Kept>) -> Result<Vec<Kept>> {
    let mut points = in_blocks(tx, metric, limit, after)?;
    let loose = store::loose(tx, metric, limit, after)?;
    if !loose.is_empty() {
        points.extend(loose);
        points.sort_by(Kept::order);
    }
    points.truncate(limit);
    Ok(points)
}

/// At least `limit` points, or all there are.
fn in_blocks(tx: &mut Tx, metric: i64, limit: usize, after: Option<Kept>) -> Result<Vec<Kept>> {
    let (mut points, mut from) = (Vec::new(), after);
    while points.len() < limit {
        let some = ((limit - points.len()) / USUAL + 1).min(BLOCKS);
        let blocks = block::store::some(tx, metric, from, ALL_STEPS, some)?;
        for block in &blocks {
            let here = block.points()?;
            let read = after.map_or(0, |after| here.partition_point(|point| point.order(&after).is_le()));
            points.extend_from_slice(&here[read..]);
            from = Some(block.last);
        }
        if blocks.len() < some {
            break;
        }
    }
    Ok(points)
}

pub fn extent(tx: &mut Tx, metric: i64, steps: (i64, i64)) -> Result<Option<Extent>> {
    let (whole, loose) = (block::store::extent(tx, metric, steps)?, store::extent(tx, metric, steps)?);
    let mut extent = whole.into_iter().chain(loose).reduce(Extent::and);
    block::store::each_partly(tx, metric, steps, |block| {
        let points = block.points()?;
        let between = points.into_iter().filter(|point| is_between(point, steps)).map(Extent::of);
        extent = extent.into_iter().chain(between).reduce(Extent::and);
        Ok(())
    })?;
    Ok(extent)
}

/// In no order.
pub fn each(tx: &mut Tx, metric: i64, steps: (i64, i64), mut visit: impl FnMut(Kept)) -> Result<()> {
    store::each(tx, metric, steps, &mut visit)?;
    let mut from = None;
    loop {
        let blocks = block::store::some(tx, metric, from, steps, BLOCKS)?;
        for block in &blocks {
            block.points()?.into_iter().filter(|point| is_between(point, steps)).for_each(&mut visit);
            from = Some(block.last);
        }
        if blocks.len() < BLOCKS {
            return Ok(());
        }
    }
}

fn is_between(point: &Kept, steps: (i64, i64)) -> bool {
    (steps.0..=steps.1).contains(&point.step)
}
