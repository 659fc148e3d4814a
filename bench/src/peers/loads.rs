//! What every server is asked, in this order: later loads find what earlier ones left.

use serde_json::{Value, json};

use super::{peer::Running, wire::Wire};
use crate::{
    Result,
    batch::{Batch, KEYS},
    client::{self, Requests},
    load::Bound,
};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Load {
    /// One log-metric a request, from so many connections.
    Singles(usize),
    /// 1,000 points a request, from 8 connections; the rate is in points.
    Batches,
    /// One new run a request, from 8 connections.
    Create,
    /// The first hundred of 1,000 runs that a metric and a param choose, by another metric, from 8 connections.
    Search,
    /// A page of 25,000 points, from one connection.
    History,
    /// 8 MB up, and down again, from one connection; the rate is in MB.
    Upload,
    Download,
}

pub const LOADS: [Load; 8] = [
    Load::Singles(8),
    Load::Singles(64),
    Load::Batches,
    Load::Create,
    Load::Search,
    Load::History,
    Load::Upload,
    Load::Download,
];

const CALLERS: usize = 8;
const BATCH: usize = 1_000;
const PAGE: usize = 25_000;
const ARTIFACT: usize = 8_000_000;
const SEARCHED: usize = 1_000;
const START: i64 = 1_772_442_000_000;

/// Seconds of a load, after a warm-up.
const TIME: f64 = 4.0;
const WARM_UP: f64 = 0.5;

impl Load {
    pub fn words(self) -> String {
        match self {
            Self::Singles(callers) => format!("log-metric a second, {callers} connections"),
            Self::Batches => "points a second, batches of 1,000, 8 connections".to_owned(),
            Self::Create => "new runs a second, 8 connections".to_owned(),
            Self::Search => "searches a second, 100 of 1,000 runs, 8 connections".to_owned(),
            Self::History => "history pages of 25,000 points a second".to_owned(),
            Self::Upload => "MB of artifact up a second".to_owned(),
            Self::Download => "MB of artifact down a second".to_owned(),
        }
    }

    /// How it is named among the parts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Singles(_) => "singles",
            Self::Batches => "batches",
            Self::Create => "create",
            Self::Search => "search",
            Self::History => "history",
            Self::Upload | Self::Download => "artifact",
        }
    }

    pub fn is_artifact(self) -> bool {
        matches!(self, Self::Upload | Self::Download)
    }

    /// The rate in what `words` says.
    pub fn run(self, running: &Running) -> Result<f64> {
        let wire = &running.wire;
        let experiment = experiment(wire, self)?;
        let (requests, each): (Vec<Requests>, f64) = match self {
            Self::Singles(callers) => (each_run(wire, &experiment, callers, single)?, 1.0),
            Self::Batches => (each_run(wire, &experiment, CALLERS, batch)?, BATCH as f64),
            Self::Create => ((0..CALLERS).map(|_| create(wire.clone(), experiment.clone())).collect(), 1.0),
            Self::Search => {
                fill_for_search(wire, &experiment)?;
                ((0..CALLERS).map(|_| again(search(wire, &experiment))).collect(), 1.0)
            }
            Self::History => (vec![again(history(wire, &experiment)?)], 1.0),
            Self::Upload => (vec![again(artifact(wire, &experiment, "PUT")?)], ARTIFACT as f64 / 1e6),
            Self::Download => (vec![again(artifact(wire, &experiment, "GET")?)], ARTIFACT as f64 / 1e6),
        };
        let mut requests = requests;
        let bound = Bound::seconds(TIME);
        client::drive_on(wire.address, &mut requests, Bound::seconds(WARM_UP))?;
        Ok(client::drive_on(wire.address, &mut requests, bound)?.rate * each)
    }
}

fn experiment(wire: &Wire, load: Load) -> Result<String> {
    text(&wire.post("experiments/create", &json!({ "name": format!("{load:?}") }))?, "/experiment_id")
}

fn new_run(wire: &Wire, experiment: &str) -> Result<String> {
    let made = wire.post("runs/create", &json!({ "experiment_id": experiment, "start_time": START }))?;
    text(&made, "/run/info/run_id")
}

fn text(value: &Value, at: &str) -> Result<String> {
    Ok(value.pointer(at).and_then(Value::as_str).ok_or_else(|| format!("{at} is missing in {value}"))?.to_owned())
}

fn each_run(wire: &Wire, experiment: &str, callers: usize, of: fn(Wire, String) -> Requests) -> Result<Vec<Requests>> {
    (0..callers).map(|_| Ok(of(wire.clone(), new_run(wire, experiment)?))).collect()
}

fn single(wire: Wire, run: String) -> Requests {
    let mut step = 0;
    Box::new(move |out| {
        let body = json!({ "run_uuid": run, "run_id": run, "key": "loss", "value": step as f64 * 0.37,
                           "timestamp": START + step, "step": step });
        *out = wire.call("runs/log-metric", &body);
        step += 1;
        true
    })
}

fn batch(wire: Wire, run: String) -> Requests {
    batches(wire, &run, KEYS)
}

fn batches(wire: Wire, run: &str, keys: usize) -> Requests {
    let word = move |body: &[u8]| wire.request("POST", "/api/2.0/mlflow/runs/log-batch", body);
    Batch::new(run, BATCH, keys, START).requests(word)
}

fn create(wire: Wire, experiment: String) -> Requests {
    let body = json!({ "experiment_id": experiment, "user_id": "dana", "start_time": START,
                       "tags": [{ "key": "mlflow.source.name", "value": "train.py" }, { "key": "mlflow.user", "value": "dana" }] });
    again(wire.call("runs/create", &body))
}

fn again(request: Vec<u8>) -> Requests {
    Box::new(move |out| {
        out.extend_from_slice(&request);
        true
    })
}

/// Runs with five metrics, five params and three tags each.
fn fill_for_search(wire: &Wire, experiment: &str) -> Result<()> {
    for number in 0..SEARCHED as i64 {
        let run = new_run(wire, experiment)?;
        let spread = (number * 7_919 % 1_000) as f64 / 1_000.0;
        let metric = |key: &str, value: f64| json!({ "key": key, "value": value, "timestamp": START, "step": 0 });
        let metrics = [
            metric("loss", spread),
            metric("auc", 1.0 - spread),
            metric("f1", spread / 2.0),
            metric("latency", 10.0 + spread),
            metric("size", 100.0 * spread),
        ];
        let pair = |key: &str, value: String| json!({ "key": key, "value": value });
        let params = [
            pair("depth", (number % 5).to_string()),
            pair("rate", format!("{spread}")),
            pair("seed", number.to_string()),
            pair("model", "forest".into()),
            pair("data", "wine".into()),
        ];
        let tags = [pair("team", "growth".into()), pair("host", "a".into()), pair("try", number.to_string())];
        wire.post("runs/log-batch", &json!({ "run_id": run, "metrics": metrics, "params": params, "tags": tags }))?;
    }
    Ok(())
}

fn search(wire: &Wire, experiment: &str) -> Vec<u8> {
    let asked = json!({ "experiment_ids": [experiment], "filter": "metrics.loss < 0.8 AND params.depth = '3'",
                        "order_by": ["metrics.auc DESC"], "max_results": 100 });
    wire.call("runs/search", &asked)
}

fn history(wire: &Wire, experiment: &str) -> Result<Vec<u8>> {
    let run = new_run(wire, experiment)?;
    let all = Bound::seconds(60.0).at_most(PAGE / BATCH);
    client::drive_on(wire.address, &mut [batches(wire.clone(), &run, 1)], all)?;
    let asked = format!("run_id={run}&metric_key=layer0%2Floss&max_results={PAGE}");
    Ok(wire.request("GET", &format!("/api/2.0/mlflow/metrics/get-history?{asked}"), b""))
}

/// The same file, put again and again, or read after it was put once.
fn artifact(wire: &Wire, experiment: &str, method: &str) -> Result<Vec<u8>> {
    let path =
        format!("/api/2.0/mlflow-artifacts/artifacts/{experiment}/{}/artifacts/model.bin", new_run(wire, experiment)?);
    let bytes: Vec<u8> = (0..ARTIFACT).map(|n| (n * 31 % 251) as u8).collect();
    let put = wire.request("PUT", &path, &bytes);
    if method == "PUT" {
        return Ok(put);
    }
    client::drive_on(wire.address, &mut [again(put)], Bound::seconds(60.0).at_most(1))?;
    Ok(wire.request("GET", &path, b""))
}
