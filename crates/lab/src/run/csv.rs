//! Runs as a table for spreadsheets.

use std::collections::BTreeMap;

use base::{Number, text::csv_cell};

use super::{Shown, show::Columns};

const FIRST: [&str; 7] = ["run_id", "name", "status", "user", "started_at", "ended_at", "experiment_id"];

/// One line for each run, with a column for every param, metric and tag (`param.lr`, `metric.auc`).
/// Cells never compute (see [`csv_cell`]); lines end as RFC 4180 says.
pub fn csv(runs: &[Shown], columns: &Columns) -> String {
    let mut table = String::new();
    let named = |kind: &str, keys: &[String]| keys.iter().map(|key| format!("{kind}.{key}")).collect::<Vec<_>>();
    let mut head: Vec<String> = FIRST.map(str::to_owned).into();
    head.extend(named("param", &columns.params));
    head.extend(named("metric", &columns.metrics));
    head.extend(named("tag", &columns.tags));
    push_line(&mut table, head.iter().map(String::as_str));
    for run in runs {
        let metrics: BTreeMap<&str, String> =
            run.metrics.iter().map(|(key, value)| (key.as_str(), number(*value))).collect();
        let ended_at = run.ended_at.map(|at| at.to_string()).unwrap_or_default();
        let (started_at, experiment) = (run.started_at.to_string(), run.experiment.to_string());
        let user = run.user.as_ref().map_or("", |user| user.name.as_str());
        let first = [run.id.as_str(), &run.name, run.status.as_str(), user, &started_at, &ended_at, &experiment];
        let params = columns.params.iter().map(|key| run.params.get(key).map_or("", String::as_str));
        let values = columns.metrics.iter().map(|key| metrics.get(key.as_str()).map_or("", String::as_str));
        let tags = columns.tags.iter().map(|key| run.tags.get(key).map_or("", String::as_str));
        push_line(&mut table, first.into_iter().chain(params).chain(values).chain(tags));
    }
    table
}

fn push_line<'a>(table: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            table.push(',');
        }
        table.push_str(&csv_cell(cell));
    }
    table.push_str("\r\n");
}

fn number(number: Number) -> String {
    number.word().map_or_else(|| number.0.to_string(), str::to_owned)
}
