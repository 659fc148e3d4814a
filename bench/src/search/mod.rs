//! What the first page of a search costs as an experiment's runs grow a hundredfold and again tenfold.

mod fill;

use std::{path::Path, time::Duration};

use db::{Clock, Db, Settings};
use serde_json::{Value, json};

use crate::{
    Result, client,
    engine::Place,
    ground,
    load::Bound,
    requests::Target,
    server::Server,
    table::{self, Grown},
};

const SIZES: [i64; 3] = [1_000, 100_000, 1_000_000];

/// Runs that one transaction writes.
const PART: i64 = 50_000;

/// What is asked: in words, then filter, order and how many runs are passed over.
const ASKED: [(&str, &str, &str, usize); 14] = [
    ("the latest", "", "", 0),
    ("the latest, page 5", "", "", 400),
    ("the oldest", "", "start_time ASC", 0),
    ("best metric", "", "metrics.auc DESC", 0),
    ("best metric, page 5", "", "metrics.auc DESC", 400),
    ("by a param", "", "params.rate ASC", 0),
    ("metric and param, best metric", "metrics.loss < 0.8 AND params.depth = '3'", "metrics.auc DESC", 0),
    ("metric and param", "metrics.loss < 0.8 AND params.depth = '3'", "", 0),
    ("a metric that few reach", "metrics.auc > 0.9995", "", 0),
    ("a tag that many have", "tags.team = 'growth'", "", 0),
    ("a tag that few have", "tags.try = '7'", "", 0),
    ("failed ones", "attributes.status = 'FAILED'", "", 0),
    ("name LIKE 'run-7-%'", "attributes.run_name LIKE 'run-7-%'", "", 0),
    ("name LIKE '%7-1%'", "attributes.run_name LIKE '%7-1%'", "", 0),
];

const LIMIT: usize = 100;

/// Seconds of each search, after a warm-up.
const TIME: f64 = 1.5;
const WARM_UP: f64 = 0.3;

/// Prints a table of one engine; the runs grow up to `most`.
pub fn measure(program: &Path, engine: &str, place: &Place, most: i64) -> Result<()> {
    let db = Db::open(&Settings { store: place.store(), clock: Clock::System }).map_err(|e| e.to_string())?;
    let ground = db.write_blocking(|tx| ground::furnish(tx, 1)).map_err(|e| e.to_string())?;
    let run = ground.runs[0].clone();
    let template = db.read_blocking(move |tx| lab::run::load(tx, &run)).map_err(|e| e.to_string())?;
    let template = template.ok_or("the first run is missing")?;
    let mut columns: Vec<Grown> = Vec::new();
    let mut filled = 0;
    for size in SIZES.into_iter().filter(|size| *size <= most) {
        while filled < size {
            let (from, to, template) = (filled, size.min(filled + PART), template.clone());
            db.write_blocking(move |tx| fill::fill(tx, &template, from, to)).map_err(|e| e.to_string())?;
            filled = to;
        }
        eprintln!("{engine}: {size} runs");
        place.settle()?;
        let server = Server::start(program, place)?;
        let target = Target { address: server.address, secret: ground.secret.clone(), run: template.id.clone() };
        let ask = |asked: &(&str, &str, &str, usize)| p50(&target, &template.experiment.to_string(), asked);
        columns.push(Grown { what: "runs", size, took: ASKED.iter().map(ask).collect::<Result<_>>()? });
    }
    let rows = ASKED.map(|(words, ..)| words);
    table::print_growth(&format!("A page of {LIMIT} runs on {engine}"), "search", &rows, &columns);
    Ok(())
}

fn p50(target: &Target, experiment: &str, asked: &(&str, &str, &str, usize)) -> Result<Duration> {
    let (_, filter, order, after) = asked;
    let order: Vec<&str> = Some(*order).filter(|order| !order.is_empty()).into_iter().collect();
    let mut body = json!({ "experiment_ids": [experiment], "filter": filter, "order_by": order, "max_results": LIMIT });
    for _ in 0..after / LIMIT {
        let page: Value = serde_json::from_slice(&client::once(target.address, &target.ask("search", &body))?)?;
        body["page_token"] = page["next_page_token"].clone();
    }
    let request = target.ask("search", &body);
    let mut requests: [client::Requests; 1] = [Box::new(move |out| {
        out.extend_from_slice(&request);
        true
    })];
    client::drive_on(target.address, &mut requests, Bound::seconds(WARM_UP))?;
    Ok(client::drive_on(target.address, &mut requests, Bound::seconds(TIME))?.p50)
}
