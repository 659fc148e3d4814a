//! A hundred million points on one machine: what they take, and what reading costs among them.

use std::{collections::VecDeque, path::Path, time::Duration};

use base::RunId;
use db::{Clock, Db, Settings};
use serde_json::json;

use crate::{
    Result,
    batch::{KEYS, key},
    client::{self, Requests},
    engine::Place,
    ground,
    load::Bound,
    requests::Target,
    server::Server,
    table::thousands,
};

const RUNS: usize = 400;
/// Of each of a run's [`KEYS`] series.
const POINTS: usize = 25_000;
const BATCH: usize = 1_000;
const BATCHES: usize = POINTS * KEYS / BATCH;

const CALLERS: usize = 8;

/// Who is not done by then has failed.
const PATIENCE: f64 = 900.0;

/// Seconds of each question, after a warm-up.
const TIME: f64 = 3.0;
const WARM_UP: f64 = 0.5;

/// Logs them through HTTP and prints a table of one engine.
pub fn measure(program: &Path, engine: &str, place: &Place) -> Result<()> {
    let db = Db::open(&Settings { store: place.store(), clock: Clock::System }).map_err(|e| e.to_string())?;
    let ground = db.write_blocking(|tx| ground::furnish(tx, RUNS)).map_err(|e| e.to_string())?;
    let first = ground.runs[0].clone();
    let run = db.read_blocking(move |tx| lab::run::load(tx, &first)).map_err(|e| e.to_string())?;
    let run = run.ok_or("the first run is missing")?;
    drop(db);
    let server = Server::start(program, place)?;
    let target = |run: &RunId| Target { address: server.address, secret: ground.secret.clone(), run: run.clone() };
    let share = RUNS.div_ceil(CALLERS);
    let connections = ground.runs.chunks(share).map(|runs| one_by_one(runs.iter().map(target).collect()));
    let logged = client::drive(server.address, connections.collect(), Bound::seconds(PATIENCE))?;
    let memory = server.memory_mb();
    let (expected, found) = (RUNS * KEYS * POINTS, place.points()?);
    if logged.operations * BATCH != expected || found != expected {
        return Err(format!("{expected} points were to be logged, {found} are there").into());
    }
    let bytes = place.bytes()? as f64 / found as f64;
    let target = target(&run.id);
    let history = target.look(&format!(
        "metrics/get-history?run_id={}&metric_key={}&max_results={POINTS}",
        run.id,
        key(0, KEYS).replace('/', "%2F")
    ));
    let latest = target.look(&format!("runs/get?run_id={}", run.id));
    let best = format!("metrics.`{}` DESC", key(0, KEYS));
    let asked = json!({ "experiment_ids": [run.experiment.to_string()], "order_by": [best], "max_results": 100 });
    let search = target.ask("search", &asked);
    println!("### {} points on {engine}\n\n| | |\n|---|--:|", thousands(found as f64));
    line("points a second, batches of 1,000, 8 connections", thousands(logged.rate * BATCH as f64));
    line("bytes a point", format!("{bytes:.1}"));
    line("a history page of 25,000 points, ms", ms(p50(&server, history)?));
    line("a run with its latest values, ms", ms(p50(&server, latest)?));
    line("100 of 400 runs, best metric first, ms", ms(p50(&server, search)?));
    line("memory of the server after logging, MB", format!("{memory:.0}"));
    line("memory of the server after reading, MB", format!("{:.0}", server.memory_mb()));
    println!();
    Ok(())
}

/// All batches of the first run, then those of the next.
fn one_by_one(runs: Vec<Target>) -> Requests {
    let mut waiting: VecDeque<Target> = runs.into();
    let mut batches: Option<Requests> = None;
    let mut left = 0;
    Box::new(move |out| {
        if left == 0 {
            batches = waiting.pop_front().map(|run| run.batches(0, BATCH));
            left = BATCHES;
        }
        left -= 1;
        batches.as_mut().is_some_and(|next| next(out))
    })
}

fn p50(server: &Server, request: Vec<u8>) -> Result<Duration> {
    let mut requests: [Requests; 1] = [Box::new(move |out| {
        out.extend_from_slice(&request);
        true
    })];
    client::drive_on(server.address, &mut requests, Bound::seconds(WARM_UP))?;
    Ok(client::drive_on(server.address, &mut requests, Bound::seconds(TIME))?.p50)
}

fn ms(took: Duration) -> String {
    format!("{:.2}", took.as_secs_f64() * 1e3)
}

fn line(words: &str, value: String) {
    println!("| {words} | {value} |");
}
