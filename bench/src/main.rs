//! Measures the store alone and the server through HTTP, and holds both against two limits measured
//! in the same run. Prints a Markdown table an engine. `bench/run` calls it.
//!
//!     bench SLIPWAY [PART…]
//!
//! `peers` measures Slipway beside MLflow's server and FastTrackML instead, `search` what a page of a
//! search costs while an experiment grows to 100,000 runs; `million` lets it grow ten times further.
//! `points` logs a hundred million points and reads among them. `work` measures backlogs beside Redmine, what a
//! page of a list costs while a backlog grows to 1,000,000 items, and a sprint's burndown while so much happens in it
//! (`redmine`, `growth` or `burndown` alone).
//!
//! Parts (for a closer look) are `sqlite`, `postgres`; `limit`, `store`, `http`; `1`, `8`, `64` callers, `batches`. Of
//! each group all are measured unless some are named.

mod batch;
mod client;
mod engine;
mod ground;
mod limit;
mod load;
mod peers;
mod points;
mod requests;
mod search;
mod server;
mod session;
mod store;
mod table;
mod work;

use std::path::{Path, PathBuf};

use engine::Place;
use session::Session;

pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1);
    let program = PathBuf::from(words.next().ok_or("say where the program slipway is")?);
    let parts = Parts(words.collect());
    if parts.names("peers") {
        return beside_peers(&program, &parts);
    }
    if parts.names("work") {
        return backlogs(&program, &parts);
    }
    if parts.names("points") {
        return many_points(&program, &parts);
    }
    if parts.names("search") {
        return searches(&program, &parts);
    }
    if parts.has("sqlite", &ENGINES) {
        let folder = tempfile::tempdir()?;
        let place = Place { folder: folder.path().to_owned(), url: None };
        table::print("SQLite", &Session::new(&program, &parts, place)?.lines);
    }
    if parts.has("postgres", &ENGINES) {
        let server = std::env::var("TEST_POSTGRES").map_err(|_| "TEST_POSTGRES names no server")?;
        let folder = tempfile::tempdir()?;
        let place = Place::postgres(folder.path().to_owned(), &server)?;
        table::print("PostgreSQL", &Session::new(&program, &parts, place)?.lines);
    }
    Ok(())
}

fn beside_peers(program: &Path, parts: &Parts) -> Result<()> {
    if parts.has("sqlite", &ENGINES) {
        peers::print("SQLite", &peers::measure(program, parts, None)?);
    }
    if parts.has("postgres", &ENGINES) {
        let server = std::env::var("TEST_POSTGRES").map_err(|_| "TEST_POSTGRES names no server")?;
        peers::print("PostgreSQL", &peers::measure(program, parts, Some(&server))?);
    }
    Ok(())
}

fn searches(program: &Path, parts: &Parts) -> Result<()> {
    let most = if parts.names("million") { 1_000_000 } else { 100_000 };
    let folder = tempfile::tempdir()?;
    if parts.has("sqlite", &ENGINES) {
        let place = Place { folder: folder.path().to_owned(), url: None };
        search::measure(program, "SQLite", &place, most)?;
    }
    if parts.has("postgres", &ENGINES) {
        let server = std::env::var("TEST_POSTGRES").map_err(|_| "TEST_POSTGRES names no server")?;
        let place = Place::postgres(folder.path().to_owned(), &server)?;
        search::measure(program, "PostgreSQL", &place, most)?;
    }
    Ok(())
}

fn many_points(program: &Path, parts: &Parts) -> Result<()> {
    let folder = tempfile::tempdir()?;
    if parts.has("sqlite", &ENGINES) {
        let place = Place { folder: folder.path().to_owned(), url: None };
        points::measure(program, "SQLite", &place)?;
    }
    if parts.has("postgres", &ENGINES) {
        let server = std::env::var("TEST_POSTGRES").map_err(|_| "TEST_POSTGRES names no server")?;
        points::measure(program, "PostgreSQL", &Place::postgres(folder.path().to_owned(), &server)?)?;
    }
    Ok(())
}

fn backlogs(program: &Path, parts: &Parts) -> Result<()> {
    if parts.has("redmine", &WORK) {
        work::beside_redmine(program)?;
    }
    type Part = fn(&Path, &str, &Place) -> Result<()>;
    let growing: [(&str, Part); 2] = [("growth", work::growth), ("burndown", work::burndown)];
    for (_, measure) in growing.into_iter().filter(|(name, _)| parts.has(name, &WORK)) {
        let folder = tempfile::tempdir()?;
        if parts.has("sqlite", &ENGINES) {
            let place = Place { folder: folder.path().to_owned(), url: None };
            measure(program, "SQLite", &place)?;
        }
        if parts.names("postgres") {
            let server = std::env::var("TEST_POSTGRES").map_err(|_| "TEST_POSTGRES names no server")?;
            measure(program, "PostgreSQL", &Place::postgres(folder.path().to_owned(), &server)?)?;
        }
    }
    Ok(())
}

const ENGINES: [&str; 2] = ["sqlite", "postgres"];
const WORK: [&str; 3] = ["redmine", "growth", "burndown"];
const KINDS: [&str; 3] = ["limit", "store", "http"];
const LOADS: [&str; 4] = ["1", "8", "64", "batches"];

/// What to measure.
pub struct Parts(Vec<String>);

impl Parts {
    /// Whether this one of several was named, or none of them.
    fn has(&self, part: &str, of: &[&str]) -> bool {
        self.names(part) || !of.iter().any(|other| self.names(other))
    }

    fn names(&self, part: &str) -> bool {
        self.0.iter().any(|word| word == part)
    }
}
