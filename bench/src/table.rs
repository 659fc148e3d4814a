//! The figures as a Markdown table.

use std::time::Duration;

use crate::load::Figure;

/// One measured load.
pub struct Line {
    pub what: What,
    pub callers: usize,
    /// Points that each call carries.
    pub points: usize,
    pub figure: Figure,
    /// Bytes that a point takes in the store, indexes and empty room included.
    pub disk: Option<f64>,
}

#[derive(Clone, Copy, PartialEq)]
pub enum What {
    Driver,
    Hello,
    Store,
    Http,
}

impl What {
    fn words(self) -> &'static str {
        match self {
            What::Driver => "limit: bare driver",
            What::Hello => "limit: GET /health",
            What::Store => "store alone",
            What::Http => "through HTTP",
        }
    }
}

pub fn print(engine: &str, lines: &[Line]) {
    println!("### {engine}\n");
    println!(
        "| load | callers | points a call | calls/s | points/s | p50 ms | p99 ms | of bare driver | of /health | bytes a point |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for line in lines {
        let limit = |what, points| {
            let measured = matches!(line.what, What::Store | What::Http);
            lines.iter().find(|l| measured && l.what == what && l.callers == line.callers && l.points == points)
        };
        let driver = limit(What::Driver, line.points).map(|limit| limit.points_a_second());
        let hello = limit(What::Hello, 0).filter(|_| line.what == What::Http && line.points == 1);
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            line.what.words(),
            line.callers,
            line.points,
            thousands(line.figure.rate),
            thousands(line.points_a_second()),
            ms(line.figure.p50),
            ms(line.figure.p99),
            share(driver.map(|limit| line.points_a_second() / limit)),
            share(hello.map(|limit| line.figure.rate / limit.figure.rate)),
            line.disk.map_or_else(String::new, |disk| format!("{disk:.1}")),
        );
    }
    println!();
}

impl Line {
    fn points_a_second(&self) -> f64 {
        self.figure.rate * self.points as f64
    }
}

/// What each of several questions took among so many runs or items.
pub struct Grown {
    pub what: &'static str,
    pub size: i64,
    pub took: Vec<Duration>,
}

/// A column a size, each beside the first one.
pub fn print_growth(title: &str, asked: &str, rows: &[&str], columns: &[Grown]) {
    let sizes: Vec<String> =
        columns.iter().map(|Grown { what, size, .. }| format!("{} {what}, ms", thousands(*size as f64))).collect();
    println!("### {title}\n\n| {asked} | {} |", sizes.join(" | "));
    println!("|---|{}", "--:|".repeat(columns.len()));
    for (row, words) in rows.iter().enumerate() {
        let first = columns[0].took[row];
        let cell = |(place, Grown { took, .. }): (usize, &Grown)| {
            let took = took[row];
            let ratio = took.as_secs_f64() / first.as_secs_f64();
            if place == 0 { ms(took) } else { format!("{} ({ratio:.1} ×)", ms(took)) }
        };
        let cells: Vec<String> = columns.iter().enumerate().map(cell).collect();
        println!("| {words} | {} |", cells.join(" | "));
    }
    println!();
}

pub fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn ms(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1e3)
}

fn share(ratio: Option<f64>) -> String {
    ratio.map_or_else(String::new, |ratio| format!("{:.0} %", ratio * 100.0))
}
