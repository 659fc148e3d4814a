//! Slipway beside the servers that people have now: MLflow's own and FastTrackML, each alone on a fresh store of this
//! machine, one after the other, asked the same by the same load generator.

mod loads;
mod peer;
mod table;
mod wire;

use std::path::Path;

use loads::{LOADS, Load};
use peer::{Peer, Running};
pub use peer::{end, free_address, memory_mb, resident};
pub use table::print;

use crate::{Parts, Result};

/// What one server did: for each load a rate a second, none where it does not offer that; then what it cost.
pub struct Column {
    pub name: &'static str,
    pub rates: Vec<Option<f64>>,
    pub start_ms: f64,
    /// Resident memory of all its processes, in MB.
    pub idle_mb: f64,
    pub loaded_mb: f64,
    /// What its store takes on disk at the end, in MB.
    pub disk_mb: f64,
}

/// Measures every server whose program is there; `postgres` is the address of a database server for all of them.
pub fn measure(slipway: &Path, parts: &Parts, postgres: Option<&str>) -> Result<Vec<Column>> {
    let mut columns = Vec::new();
    for peer in Peer::all(slipway) {
        if !parts.has(peer.word(), &["slipway", "fasttrackml", "mlflow"]) {
            continue;
        }
        eprintln!("{} …", peer.name());
        let mut running = peer.start(postgres)?;
        columns.push(column(&mut running, parts)?);
    }
    Ok(columns)
}

/// What every server is asked, unless some are named.
const WORDS: [&str; 6] = ["singles", "batches", "create", "search", "history", "artifact"];

fn column(running: &mut Running, parts: &Parts) -> Result<Column> {
    let idle_mb = running.memory_mb()?;
    let mut rates = Vec::new();
    for load in LOADS {
        let rate = if running.offers(load) && parts.has(load.word(), &WORDS) { Some(load.run(running)?) } else { None };
        if let Some(rate) = rate {
            eprintln!("  {}: {rate:.1} a second", load.words());
        }
        rates.push(rate);
    }
    Ok(Column {
        name: running.name,
        rates,
        start_ms: running.started_in.as_secs_f64() * 1e3,
        idle_mb,
        loaded_mb: running.memory_mb()?,
        disk_mb: running.disk_mb()?,
    })
}

impl Load {
    pub fn places() -> impl Iterator<Item = (usize, Load)> {
        LOADS.into_iter().enumerate()
    }
}
