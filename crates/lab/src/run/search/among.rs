//! Among which runs a page certainly lies, so that the others need not be read. Whatever is chosen
//! here, the page is the same; only what it costs differs.

use base::{ExperimentId, Result};
use db::Tx;

use super::{Field, STARTED_AT, store};
use crate::{
    run::Run,
    search::{Order, Search},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    /// All of the experiments.
    All,
    /// Those that satisfy the condition at this place, which an index finds; fewer than [`FEW`].
    Rare(usize),
    /// The first of each experiment, as many as the page needs, of those that have what the order
    /// looks at first.
    First,
    /// Besides, the first of those that lack it.
    FirstOrLacking,
}

/// Fewer runs than this are fetched and sorted quickly in whatever order they come.
pub(super) const FEW: i64 = 1_000;

/// Each experiment's first are asked for by themselves, so there cannot be many.
const MOST_EXPERIMENTS: usize = 8;

/// Each experiment's first are all sorted, so the page cannot be far behind.
const MOST_FIRST: usize = 20_000;

/// A page, and one run more when there is another.
pub fn page(tx: &mut Tx, experiments: &[ExperimentId], search: &Search<Field>) -> Result<Vec<Run>> {
    let among = choose(tx, experiments, search)?;
    let runs = store::search(tx, experiments, search, among)?;
    if among != Among::First || runs.len() > search.limit {
        return Ok(runs);
    }
    store::search(tx, experiments, search, Among::FirstOrLacking)
}

fn choose(tx: &mut Tx, experiments: &[ExperimentId], search: &Search<Field>) -> Result<Among> {
    let (all, found) = store::count(tx, experiments, &search.conditions, FEW + 1)?;
    let rarest = rarest(&found);
    if all <= FEW {
        return Ok(rarest.filter(|(_, found)| found * 2 <= all).map_or(Among::All, |(place, _)| Among::Rare(place)));
    }
    let wanted = search.after.saturating_add(search.limit).saturating_add(1);
    let in_order = wanted <= MOST_FIRST && experiments.len() <= MOST_EXPERIMENTS && is_indexed(search.order.first());
    if let Some((place, found)) = rarest
        && (!in_order || is_rare(tx, experiments, found, wanted as i64)?)
    {
        return Ok(Among::Rare(place));
    }
    // One experiment's runs by age are what an index gives without help.
    let helped = experiments.len() > 1 || !matches!(search.order.first(), None | Some(Order { field: STARTED_AT, .. }));
    Ok(if in_order && helped { Among::First } else { Among::All })
}

/// Whether an index gives the runs in this order.
fn is_indexed(first: Option<&Order<Field>>) -> bool {
    match first.map(|order| &order.field) {
        None | Some(Field::Metric(_) | Field::Param(_) | Field::Tag(_)) => true,
        Some(field) => *field == STARTED_AT,
    }
}

/// The condition that the fewest runs satisfy, if few do, and how many.
fn rarest(found: &[Option<i64>]) -> Option<(usize, i64)> {
    let known = found.iter().enumerate().filter_map(|(place, found)| Some((place, (*found)?)));
    known.filter(|(_, found)| *found < FEW).min_by_key(|(_, found)| *found)
}

/// Whether to fetch all that satisfy a condition costs less than to go through the runs in order
/// until the page is full. That takes as many times what the page holds as there are runs to each
/// that satisfies it.
fn is_rare(tx: &mut Tx, experiments: &[ExperimentId], found: i64, wanted: i64) -> Result<bool> {
    let worth = found.saturating_mul(found) / wanted;
    Ok(found <= wanted || store::count_all(tx, experiments, worth)? >= worth)
}
