//! Moments and days. A moment is milliseconds since 1970 in UTC; a day has no time zone.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::{Date, OffsetDateTime, Weekday, format_description::well_known::Rfc3339, macros::format_description};

use crate::{Result as Rule, refuse::invalid};

/// Milliseconds since 1970-01-01T00:00:00Z. In JSON: RFC 3339 with milliseconds and `Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Time(pub i64);

pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl Time {
    pub fn ms(self) -> i64 {
        self.0
    }

    /// Saturates at the ends of the calendar instead of overflowing.
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(DAY_MS)))
    }

    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Days from `earlier` to `self`, with fractions; negative when `self` is before.
    pub fn days_since(self, earlier: Time) -> f64 {
        (self.0 - earlier.0) as f64 / DAY_MS as f64
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = i128::from(self.0) * 1_000_000;
        let Ok(at) = OffsetDateTime::from_unix_timestamp_nanos(nanos) else {
            return write!(f, "{} ms", self.0);
        };
        let text = at
            .format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"))
            .map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(from)?;
        let at = OffsetDateTime::parse(&text, &Rfc3339)
            .map_err(|_| de::Error::custom("must be a time like 2026-03-01T09:00:00Z"))?;
        let ms = at.unix_timestamp_nanos() / 1_000_000;
        Ok(Self(i64::try_from(ms).map_err(de::Error::custom)?))
    }
}

impl JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// A calendar day, `YYYY-MM-DD`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Day(String);

/// Between these lie the days that people plan with, as far as it matters here.
const FIRST_DAY: &str = "1970-01-01";
const LAST_DAY: &str = "2999-12-31";

impl Day {
    pub fn parse(text: &str) -> Option<Self> {
        Date::parse(text, format_description!("[year]-[month]-[day]")).ok()?;
        (text.len() == 10).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The day in UTC; the calendar's last or first for a moment beyond it.
    pub fn of(at: Time) -> Self {
        let date = OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1000)).map(OffsetDateTime::date);
        Self::from(date.unwrap_or(if at.0 < 0 { Date::MIN } else { Date::MAX }))
    }

    /// Its first moment, in UTC.
    pub fn begins(&self) -> Time {
        Time(self.date().midnight().assume_utc().unix_timestamp() * 1000)
    }

    /// The day after; the calendar's last stays.
    pub fn next(&self) -> Self {
        Self::from(self.date().next_day().unwrap_or(Date::MAX))
    }

    /// Refused where it can only be a slip of the keys: outside 1970 to 2999.
    pub fn check(&self, field: &str) -> Rule<()> {
        if (FIRST_DAY..=LAST_DAY).contains(&self.as_str()) {
            return Ok(());
        }
        Err(invalid(field, format!("must be between {FIRST_DAY} and {LAST_DAY}")))
    }

    /// As people write it: `6 December 2026`.
    pub fn in_words(&self) -> String {
        let words = self.date().format(format_description!("[day padding:none] [month repr:long] [year]"));
        words.expect("every date has these parts")
    }

    /// Calendar days from `earlier` to this one.
    pub fn days_since(&self, earlier: &Self) -> i64 {
        (self.date() - earlier.date()).whole_days()
    }

    /// Monday to Friday.
    pub fn is_weekday(&self) -> bool {
        !matches!(self.date().weekday(), Weekday::Saturday | Weekday::Sunday)
    }

    fn date(&self) -> Date {
        Date::parse(&self.0, format_description!("[year]-[month]-[day]")).expect("was parsed before")
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self(date.format(format_description!("[year]-[month]-[day]")).expect("every date has these parts"))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("must be a day like 2026-03-01"))
    }
}

impl JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_as_it_was_written() {
        let at = Time(1_772_355_600_123);
        assert_eq!(at.to_string(), "2026-03-01T09:00:00.123Z");
        let back: Time = serde_json::from_str("\"2026-03-01T10:00:00.123+01:00\"").unwrap();
        assert_eq!(back, at);
        assert_eq!(at.plus_days(2).days_since(at), 2.0);
        assert!(serde_json::from_str::<Time>("\"yesterday\"").is_err());
    }

    #[test]
    fn a_day_is_told_counted_and_kept_within_reason() {
        let day = |text: &str| Day::parse(text).unwrap();
        assert_eq!(day("2026-12-06").in_words(), "6 December 2026");
        assert_eq!(day("2026-03-02").days_since(&day("2026-02-27")), 3);
        for sensible in ["1970-01-01", "2028-02-29", "2999-12-31"] {
            assert!(day(sensible).check("due").is_ok(), "{sensible}");
        }
        for slip in ["0000-03-01", "0026-03-01", "1969-12-31", "3000-01-01", "9999-12-31"] {
            let refused = day(slip).check("due").unwrap_err();
            assert_eq!(refused.detail(), "due: must be between 1970-01-01 and 2999-12-31");
        }
    }

    #[test]
    fn a_day_must_exist() {
        assert!(Day::parse("2028-02-29").is_some());
        for wrong in ["2027-02-29", "2027-2-1", "27-02-01", "", "2027-02-01T00:00"] {
            assert!(Day::parse(wrong).is_none(), "{wrong}");
        }
    }
}
