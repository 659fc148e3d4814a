//! The stretch of days that is measured.

use base::{Day, Result, Time, refuse::invalid};

use super::spread::{day, number};

/// Both days counted.
const USUAL: i64 = 90;
/// Two years, one of them a leap year.
const MOST: i64 = 731;

/// Days of UTC by their numbers since 1970, both counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub first: i64,
    pub last: i64,
    pub today: i64,
}

impl Window {
    /// From 90 days back until today, where nothing else is asked.
    pub fn of(from: Option<&Day>, to: Option<&Day>, now: Time) -> Result<Self> {
        let today = number(now);
        for (field, asked) in [("from", from), ("to", to)] {
            if asked.is_some_and(|day| number(day.begins()) < 0) {
                return Err(invalid(field, "must be 1970-01-01 or later"));
            }
        }
        let last = to.map_or(today, |day| number(day.begins()));
        if last > today {
            return Err(invalid("to", format!("must not be later than today, {}", day(today))));
        }
        let first = from.map_or((last - USUAL + 1).max(0), |day| number(day.begins()));
        if first > last {
            return Err(invalid("from", format!("must not be later than the last day, {}", day(last))));
        }
        if last - first >= MOST {
            let earliest = day(last - MOST + 1);
            return Err(invalid(
                "from",
                format!("must be {earliest} or later: two years at most are measured at once"),
            ));
        }
        Ok(Self { first, last, today })
    }

    pub fn days(self) -> i64 {
        self.last - self.first + 1
    }

    /// Its first moment, and the one after its last.
    pub fn bounds(self) -> (Time, Time) {
        (day(self.first).begins(), day(self.last + 1).begins())
    }
}

/// The number of the Monday on or before the day; 1 January 1970 was a Thursday.
pub(super) fn monday(number: i64) -> i64 {
    number - (number + 3).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(from: &str, to: &str) -> std::result::Result<(String, String, i64), String> {
        let now = Time(1_772_442_000_000);
        let parsed = |text: &str| Day::parse(text);
        let window = Window::of(parsed(from).as_ref(), parsed(to).as_ref(), now).map_err(|e| e.detail().to_owned())?;
        Ok((day(window.first).to_string(), day(window.last).to_string(), window.days()))
    }

    #[test]
    fn a_stretch_of_days_is_ninety_days_unless_others_are_asked() {
        let told = |from: &str, to: &str, days| Ok((from.to_owned(), to.to_owned(), days));
        assert_eq!(of("", ""), told("2025-12-03", "2026-03-02", 90));
        assert_eq!(of("2026-03-02", ""), told("2026-03-02", "2026-03-02", 1));
        assert_eq!(of("", "2026-01-31"), told("2025-11-03", "2026-01-31", 90));
        assert_eq!(of("2024-03-02", "2026-03-02"), told("2024-03-02", "2026-03-02", 731));
        assert_eq!(of("", "1970-01-10"), told("1970-01-01", "1970-01-10", 10));
    }

    #[test]
    fn what_cannot_be_measured_is_refused() {
        let why = |from: &str, to: &str| of(from, to).unwrap_err();
        assert!(why("", "2026-03-03").contains("to: must not be later than today, 2026-03-02"));
        assert!(why("2026-02-02", "2026-02-01").contains("from: must not be later than the last day, 2026-02-01"));
        assert!(why("2024-03-01", "2026-03-02").contains("from: must be 2024-03-02 or later"));
        assert!(why("0000-01-01", "").contains("from: must be 1970-01-01 or later"));
        assert!(why("", "0000-01-01").contains("to: must be 1970-01-01 or later"));
    }

    #[test]
    fn weeks_begin_on_mondays() {
        let monday_of = |text: &str| day(monday(number(Day::parse(text).unwrap().begins()))).to_string();
        assert_eq!(monday_of("2026-03-02"), "2026-03-02");
        assert_eq!(monday_of("2026-03-08"), "2026-03-02");
        assert_eq!(monday_of("1970-01-01"), "1969-12-29");
    }
}
