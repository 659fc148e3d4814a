//! The figures as a table for spreadsheets: one figure a line, with what it is of and its unit.

use base::text::csv_text;

use super::{Measures, Spread};

const HEAD: &str = "measure,of,value,unit\r\n";

pub(super) fn table(measures: &Measures) -> String {
    let mut table = Table(HEAD.to_owned());
    let Measures { throughput, cycle_time, ageing, efficiency, hypotheses, .. } = measures;
    table.push("first day", "", measures.from.as_str(), "day");
    table.push("last day", "", measures.to.as_str(), "day");
    table.push("hypotheses resolved", "supported", hypotheses.supported, "hypotheses");
    table.push("hypotheses resolved", "refuted", hypotheses.refuted, "hypotheses");
    table.push("hypotheses open", "", hypotheses.open, "hypotheses");
    table.spread("time to verdict", hypotheses.time_to_verdict.as_ref());
    for decided in &hypotheses.latest {
        table.push(
            "days to verdict",
            &format!("{} ({})", decided.name, decided.verdict.as_str()),
            decided.days,
            "days",
        );
    }
    for open in &hypotheses.oldest {
        table.push("age of open hypothesis", &open.name, open.days, "days");
    }
    table.push("throughput", "all days", throughput.items, "items");
    table.push("throughput", "mean", throughput.per_day, "items a day");
    table.push("throughput", "mean", throughput.per_week, "items a week");
    for week in &throughput.by_week {
        table.push("throughput of the week from", week.week.as_str(), week.items, "items");
    }
    for day in &throughput.by_day {
        table.push("throughput of the day", day.day.as_str(), day.items, "items");
    }
    table.spread("cycle time", cycle_time.spread.as_ref());
    for count in &cycle_time.counts {
        table.push("done in so many days", &count.days.to_string(), count.items, "items");
    }
    table.push("in work", "all", ageing.items, "items");
    table.push("in work", "older than usual", ageing.older, "items");
    for aged in &ageing.oldest {
        table.push("age", &aged.item.key, aged.days, "days");
    }
    if let Some(share) = efficiency.share {
        table.push("flow efficiency", "active / (active + waiting)", share, "share");
    }
    for status in &efficiency.statuses {
        let name = status.name.as_deref().unwrap_or("a removed status");
        let what = if status.waiting { "time waiting" } else { "time active" };
        table.push(what, name, status.days, "days");
    }
    table.0
}

struct Table(String);

impl Table {
    /// Cells never compute (see [`csv_text`]); lines end as RFC 4180 says.
    fn push(&mut self, measure: &str, of: &str, value: impl ToString, unit: &str) {
        let cells = [csv_text(measure), csv_text(of), value.to_string(), unit.to_owned()];
        self.0.push_str(&cells.join(","));
        self.0.push_str("\r\n");
    }

    fn spread(&mut self, measure: &str, spread: Option<&Spread>) {
        let Some(spread) = spread else { return };
        self.push(measure, "half", spread.half_days, "days");
        self.push(measure, "85 of a hundred", spread.most_days, "days");
        self.push(measure, "95 of a hundred", spread.nearly_all_days, "days");
    }
}
