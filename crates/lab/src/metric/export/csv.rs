//! As RFC 4180 says; cells never compute (see [`csv_cell`]).

use std::fmt::Write;

use base::{Number, text::csv_cell};

use super::Line;

pub const HEAD: &str = "run_id,run_name,key,step,timestamp,value\r\n";

pub fn push(table: &mut String, lines: &[Line]) {
    for Line { run, key, point } in lines {
        let [id, name, key] = [run.id.as_str(), &run.name, key].map(csv_cell);
        let (step, at) = (point.step, point.at.ms());
        // The shortest text that reads as the same double again.
        let value = Number(point.value).word().map_or_else(|| format!("{:?}", point.value), str::to_owned);
        let _ = write!(table, "{id},{name},{key},{step},{at},{value}\r\n");
    }
}
