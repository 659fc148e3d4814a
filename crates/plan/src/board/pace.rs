//! How long items of this project take once they are begun.

use base::{BacklogId, Day, Result, Time};
use db::Tx;
use schemars::JsonSchema;
use serde::Serialize;

use super::store;

/// Days back from which the pace is told.
const WINDOW_DAYS: i64 = 90;
/// From fewer items nothing is said.
const FEWEST: usize = 5;

/// Of the items done in the last 90 days, at most the latest 10,000.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "BoardPace")]
pub struct Pace {
    /// Half of them took so many days or fewer, from the day when work began to the day when it was done,
    /// both counted.
    pub half_days: i64,
    /// 85 of a hundred did.
    pub most_days: i64,
    pub items: usize,
}

/// None while too little was done.
pub(super) fn of(tx: &mut Tx, backlog: BacklogId) -> Result<Option<Pace>> {
    let since = tx.now().plus_days(-WINDOW_DAYS);
    let took = store::done_since(tx, backlog, since)?;
    let mut days: Vec<i64> = took.into_iter().map(|(began, done)| days_of(began, done)).collect();
    days.sort_unstable();
    if days.len() < FEWEST {
        return Ok(None);
    }
    Ok(Some(Pace { half_days: percentile(&days, 50), most_days: percentile(&days, 85), items: days.len() }))
}

/// An item begun and done on the same day took one day. Days are those of UTC.
fn days_of(began: Time, done: Time) -> i64 {
    let number = |at: Time| Day::of(at).begins().ms() / base::DAY_MS;
    (number(done) - number(began)).max(0) + 1
}

/// By nearest rank: the value at position ⌈p·n⌉ of a sorted list that is not empty, `p` in percent from 1 to
/// 100. It is a value that occurred, as a promise of "n days or fewer" needs.
fn percentile(sorted: &[i64], percent: usize) -> i64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted[rank - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_occurred() {
        let days = [1, 2, 2, 3, 3, 4, 5, 8, 13, 21];
        assert_eq!(percentile(&days, 85), 13, "by nearest rank; interpolated it would be 11.25");
        assert_eq!((percentile(&days, 50), percentile(&days, 100), percentile(&days, 1)), (3, 21, 1));
        assert_eq!(percentile(&[7], 85), 7);
    }

    #[test]
    fn a_day_begun_is_a_day() {
        let monday = Time(1_772_413_200_000);
        assert_eq!(days_of(monday, monday), 1);
        assert_eq!(days_of(monday, monday.plus_days(2)), 3);
        assert_eq!(days_of(monday.plus_days(1), monday), 1, "clocks may differ");
    }
}
