//! The servers side by side as a Markdown table, with how many times Slipway does what they do.

use super::{Column, loads::Load};
use crate::table::thousands;

pub fn print(engine: &str, columns: &[Column]) {
    let Some((ours, others)) = columns.split_first() else { return };
    println!("### Beside its peers on {engine}\n");
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let against: String = others.iter().map(|other| format!(" to {} |", other.name)).collect();
    println!("| | {} |{against}", names.join(" | "));
    println!("|---|{}", "--:|".repeat(columns.len() + others.len()));
    for (place, load) in Load::places() {
        let rate = |column: &Column| column.rates[place];
        line(&load.words(), columns, rate, |ours, other| ours / other);
    }
    let less = |ours: f64, other: f64| other / ours;
    line("start, ms", columns, |column| Some(column.start_ms), less);
    line("memory idle, MB", columns, |column| Some(column.idle_mb), less);
    line("memory after all this, MB", columns, |column| Some(column.loaded_mb), less);
    line("disk after all this, MB (faster ones stored more)", columns, |column| Some(column.disk_mb), |_, _| f64::NAN);
    println!("\n{} measured {} loads.\n", ours.name, ours.rates.iter().flatten().count());
}

fn line(words: &str, columns: &[Column], value: impl Fn(&Column) -> Option<f64>, ratio: impl Fn(f64, f64) -> f64) {
    let shown: Vec<String> = columns.iter().map(|column| value(column).map_or("–".to_owned(), number)).collect();
    let ours = value(&columns[0]);
    let ratios: String = columns[1..]
        .iter()
        .map(|other| match ours.zip(value(other)).map(|(ours, other)| ratio(ours, other)) {
            Some(times) if times.is_finite() => format!(" {times:.1} × |"),
            _ => " |".to_owned(),
        })
        .collect();
    println!("| {words} | {} |{ratios}", shown.join(" | "));
}

fn number(value: f64) -> String {
    if value < 100.0 { format!("{value:.1}") } else { thousands(value) }
}
