//! How many days things took: percentiles by nearest rank, of counts by days.

use std::collections::BTreeMap;

use base::{Day, Time};
use schemars::JsonSchema;
use serde::Serialize;

/// The number of the day in UTC since 1970.
pub(super) fn number(at: Time) -> i64 {
    at.ms().div_euclid(base::DAY_MS)
}

/// Days from one moment to another, both days counted: begun and done on the same day took one day.
pub(crate) fn days_between(from: Time, to: Time) -> i64 {
    (number(to) - number(from)).max(0) + 1
}

/// The day of that number.
pub(super) fn day(number: i64) -> Day {
    Day::of(Time(number * base::DAY_MS))
}

/// How many took how many days.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts(BTreeMap<i64, i64>);

impl Counts {
    /// Clocks may differ, so nothing takes less than a day.
    pub fn add(&mut self, days: i64, count: i64) {
        *self.0.entry(days.max(1)).or_default() += count;
    }

    pub fn total(&self) -> i64 {
        self.0.values().sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = (i64, i64)> {
        self.0.iter().map(|(days, count)| (*days, *count))
    }

    /// By nearest rank: the value at position ⌈p·n⌉ of the sorted list, `p` in percent from 1 to 100. It is
    /// a value that occurred, as "n days or fewer" needs.
    fn percentile(&self, percent: i64) -> Option<i64> {
        let rank = (self.total() * percent + 99) / 100;
        let mut passed = 0;
        self.iter().find_map(|(days, count)| {
            passed += count;
            (passed >= rank.max(1)).then_some(days)
        })
    }
}

/// In how many days things came to their end, the first and the last day counted. Percentiles are by nearest
/// rank, so each is a number of days that something took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "MeasuredDays")]
pub struct Spread {
    /// Of so many things.
    pub count: i64,
    /// Half of them took so many days or fewer.
    pub half_days: i64,
    /// 85 of a hundred did.
    pub most_days: i64,
    /// 95 of a hundred did.
    pub nearly_all_days: i64,
}

impl Spread {
    /// None of nothing.
    pub(crate) fn of(counts: &Counts) -> Option<Self> {
        Some(Self {
            count: counts.total(),
            half_days: counts.percentile(50)?,
            most_days: counts.percentile(85)?,
            nearly_all_days: counts.percentile(95)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(days: &[i64]) -> Option<(i64, i64, i64, i64)> {
        let mut counts = Counts::default();
        days.iter().for_each(|days| counts.add(*days, 1));
        Spread::of(&counts).map(|s| (s.count, s.half_days, s.most_days, s.nearly_all_days))
    }

    #[test]
    fn a_percentile_is_a_value_that_occurred() {
        let days = [1, 2, 2, 3, 3, 4, 5, 8, 13, 21];
        assert_eq!(spread(&days), Some((10, 3, 13, 21)), "interpolated, the 85th would be 11.25");
        assert_eq!(spread(&[7]), Some((1, 7, 7, 7)));
        assert_eq!(spread(&[]), None);
        assert_eq!(spread(&[0, -3]), Some((2, 1, 1, 1)), "clocks may differ");
    }

    #[test]
    fn counts_and_lists_agree() {
        let mut counts = Counts::default();
        for (days, count) in [(9, 15), (2, 50), (30, 5), (4, 30)] {
            counts.add(days, count);
        }
        let list: Vec<i64> = counts.iter().flat_map(|(days, count)| vec![days; count as usize]).collect();
        let nearest = |percent: usize| list[(list.len() * percent).div_ceil(100) - 1];
        for percent in 1..=100 {
            assert_eq!(counts.percentile(percent), Some(nearest(percent as usize)), "{percent}");
        }
    }

    #[test]
    fn a_day_begun_is_a_day() {
        let monday = Time(1_772_413_200_000);
        assert_eq!(days_between(monday, monday), 1);
        assert_eq!(days_between(monday, monday.plus_days(2)), 3);
        assert_eq!(day(number(monday)).as_str(), "2026-03-02");
    }
}
