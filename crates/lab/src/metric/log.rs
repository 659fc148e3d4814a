//! Writing points. What comes beyond the end of its series, which is what training sends, is new, so
//! nothing is looked up: many points at once become blocks, few wait in rows of their own ("loose")
//! until they are [folded](super::fold) into one. Points that are not beyond the end are looked up.

use std::collections::HashMap;

use base::{Result, RunId, refuse::invalid};
use db::Tx;

use super::{
    Kept, Measured, New,
    block::{self, Block},
    fold,
    store::{self, Grown, Growth},
};
use crate::{limit, model};

/// So many points of a series at once make a block of their own.
const MANY: usize = 32;

/// Points that may be written.
pub(crate) struct Checked<'n> {
    /// By key, so that whoever writes to several series takes hold of them in the same order. Each
    /// series' points are sorted, and each is there once.
    series: Vec<(&'n str, Vec<Kept>)>,
    /// Those that were measured on a logged model.
    measured: Vec<(&'n New, &'n Measured)>,
}

/// Refuses keys and moments that nobody may log. `within` words the place in the caller's request, like
/// `metrics[3].`.
pub(crate) fn checked(new: &[New], within: impl Fn(usize) -> String) -> Result<Checked<'_>> {
    let mut series = BySeries::default();
    for (place, new) in new.iter().enumerate() {
        let points = match series.points(&new.key) {
            Some(points) => points,
            None => {
                if limit::check_key("key", &new.key).is_err() {
                    limit::check_key(&format!("{}key", within(place)), &new.key)?;
                }
                series.begin(&new.key)
            }
        };
        if new.point.at.ms() < 0 {
            return Err(invalid(&format!("{}timestamp", within(place)), "must not be negative"));
        }
        points.push(Kept::new(new.point));
    }
    let measured = new.iter().filter_map(|new| Some((new, new.model.as_ref()?))).collect();
    Ok(Checked { series: series.sorted(), measured })
}

impl Checked<'_> {
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.series.iter().map(|(key, _)| *key)
    }

    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }
}

/// Points as they are shared out to their series. Clients repeat the same few keys, mostly in the same
/// order.
#[derive(Default)]
struct BySeries<'n> {
    series: Vec<(&'n str, Vec<Kept>)>,
    places: HashMap<&'n str, usize>,
    /// After the series that got a point last.
    next: usize,
}

impl<'n> BySeries<'n> {
    /// None where this is the first point of the series.
    fn points(&mut self, key: &str) -> Option<&mut Vec<Kept>> {
        let likely = [self.next, self.next.saturating_sub(1), 0];
        let is_key = |place: &usize| self.series.get(*place).is_some_and(|(known, _)| *known == key);
        let place = likely.into_iter().find(is_key).or_else(|| self.places.get(key).copied())?;
        self.next = place + 1;
        Some(&mut self.series[place].1)
    }

    fn begin(&mut self, key: &'n str) -> &mut Vec<Kept> {
        self.places.insert(key, self.series.len());
        self.series.push((key, Vec::new()));
        self.next = self.series.len();
        &mut self.series[self.next - 1].1
    }

    fn sorted(mut self) -> Vec<(&'n str, Vec<Kept>)> {
        self.series.sort_unstable_by_key(|(key, _)| *key);
        for (_, points) in &mut self.series {
            points.sort_unstable_by(Kept::order);
            points.dedup();
        }
        self.series
    }
}

pub(crate) fn log(tx: &mut Tx, run: i64, id: &RunId, points: &Checked) -> Result<()> {
    let mut writing = Writing::default();
    for (key, points) in &points.series {
        writing.series(tx, run, key, points)?;
    }
    writing.finish(tx)?;
    for (new, measured) in &points.measured {
        model::measure(tx, id, measured, &new.key, Kept::new(new.point))?;
    }
    Ok(())
}

/// What goes into the store at the end, for all series at once.
#[derive(Default)]
struct Writing {
    loose: Vec<(i64, Kept)>,
    blocks: Vec<(i64, Block)>,
    /// Series with many loose points.
    full: Vec<i64>,
}

impl Writing {
    fn series(&mut self, tx: &mut Tx, run: i64, key: &str, points: &[Kept]) -> Result<()> {
        let Some(growth) = Growth::new(points, loose(points)) else { return Ok(()) };
        match store::extend(tx, run, key, &growth)? {
            Some(grown) => self.put(grown, points),
            None => match store::begin(tx, run, key, &growth)? {
                Some(metric) => self.put(Grown { metric, loose: growth.loose }, points),
                None => self.mix(tx, run, key, points)?,
            },
        }
        Ok(())
    }

    /// Points that are new.
    fn put(&mut self, grown: Grown, points: &[Kept]) {
        if points.len() < MANY {
            self.loose.extend(points.iter().map(|point| (grown.metric, *point)));
        } else {
            self.blocks.extend(block::cut(points).into_iter().map(|block| (grown.metric, block)));
        }
        self.note(grown);
    }

    fn note(&mut self, grown: Grown) {
        if fold::is_due(grown) {
            self.full.push(grown.metric);
        }
    }

    /// Points that are not later than all of their series: those that are there already change
    /// nothing. Whoever else writes to the series has committed before, or waits.
    fn mix(&mut self, tx: &mut Tx, run: i64, key: &str, points: &[Kept]) -> Result<()> {
        let series = store::hold(tx, run, key)?;
        let metric = series.metric;
        let beyond = points.first().is_some_and(|first| first.place() > series.end);
        let growth = if beyond {
            Growth::new(points, loose(points))
        } else {
            let missing = block::missing(tx, metric, points)?;
            let rows: Vec<(i64, Kept)> = missing.iter().map(|point| (metric, *point)).collect();
            let added = store::add(tx, &rows)? as i64;
            Growth::new(&missing, added).map(|growth| Growth { points: added, ..growth })
        };
        let Some(growth) = growth.filter(|growth| growth.points > 0) else { return Ok(()) };
        store::grow(tx, &series, &growth)?;
        let grown = Grown { metric, loose: series.loose + growth.loose };
        if beyond {
            self.put(grown, points)
        } else {
            self.note(grown)
        }
        Ok(())
    }

    fn finish(self, tx: &mut Tx) -> Result<()> {
        store::add(tx, &self.loose)?;
        block::store::add(tx, &self.blocks)?;
        self.full.into_iter().try_for_each(|metric| fold::fold(tx, metric))
    }
}

/// How many of the new points will be loose: all, or none.
fn loose(points: &[Kept]) -> i64 {
    if points.len() < MANY { points.len() as i64 } else { 0 }
}
