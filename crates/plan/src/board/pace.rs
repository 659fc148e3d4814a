//! How long items of this project take once they are begun.

use base::{BacklogId, Day, Result};
use db::Tx;
use schemars::JsonSchema;
use serde::Serialize;

use super::store;
use crate::measure::spread::{Counts, Spread, days_between};

/// So many days the pace is told of, today among them: those that measures have, too.
const WINDOW_DAYS: i64 = 90;
/// From fewer items nothing is said.
const FEWEST: i64 = 5;

/// Of the items done in the last 90 days, at most the latest 10,000.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "BoardPace")]
pub struct Pace {
    /// Half of them took so many days or fewer, from the day when work began to the day when it was done,
    /// both counted.
    pub half_days: i64,
    /// 85 of a hundred did.
    pub most_days: i64,
    pub items: i64,
}

/// None while too little was done.
pub(super) fn of(tx: &mut Tx, backlog: BacklogId) -> Result<Option<Pace>> {
    let since = Day::of(tx.now().plus_days(1 - WINDOW_DAYS)).begins();
    let mut counts = Counts::default();
    for (began, done) in store::done_since(tx, backlog, since)? {
        counts.add(days_between(began, done), 1);
    }
    let spread = Spread::of(&counts).filter(|spread| spread.count >= FEWEST);
    Ok(spread.map(|Spread { count, half_days, most_days, .. }| Pace { half_days, most_days, items: count }))
}
