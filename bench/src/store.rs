//! The store alone: the server's own functions on its own store, in this process, without HTTP.

use std::time::Instant;

use base::{RunId, Time};
use db::Db;
use lab::{
    metric::{New, Point},
    run::{Batch, log_batch, log_metric},
};
use people::Actor;
use tokio::task::JoinSet;

use crate::{
    Result,
    batch::{KEYS, key},
    ground::Ground,
    load::{Bound, Figure, Tally},
    requests::moment,
};

/// So many callers at a time, each with a run of its own, logging `points` a call.
pub fn log(db: &Db, ground: &Ground, callers: usize, points: usize, load: i64, bound: Bound) -> Result<Figure> {
    let bound = bound.shared_by(callers);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let tallies = runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for run in &ground.runs[..callers] {
            let (db, actor, run) = (db.clone(), ground.actor.clone(), run.clone());
            match points {
                1 => tasks.spawn(singles(db, actor, run, load, bound)),
                _ => tasks.spawn(batches(db, actor, run, points, load, bound)),
            };
        }
        tasks.join_all().await.into_iter().collect::<base::Result<Vec<_>>>()
    });
    Ok(Figure::of(tallies.map_err(|e| e.to_string())?))
}

async fn singles(db: Db, actor: Actor, run: RunId, load: i64, bound: Bound) -> base::Result<Tally> {
    let mut tally = Tally::start(bound);
    let mut step = 0;
    while tally.goes_on() {
        let new = new("loss", load, step);
        let (actor, to, run) = (actor.clone(), run.clone(), run.clone());
        let asked = Instant::now();
        db.append_to(to.as_str(), move |tx| log_metric(tx, &actor, &run, &new)).await?;
        tally.answered(asked);
        step += 1;
    }
    Ok(tally)
}

async fn batches(db: Db, actor: Actor, run: RunId, points: usize, load: i64, bound: Bound) -> base::Result<Tally> {
    let mut tally = Tally::start(bound);
    let mut first = 0;
    while tally.goes_on() {
        let metrics = (0..points).map(|point| new(&key(point, KEYS), load, (first + point) as i64)).collect();
        let batch = Batch { metrics, ..Batch::default() };
        let (actor, to, run) = (actor.clone(), run.clone(), run.clone());
        let asked = Instant::now();
        db.append_to(to.as_str(), move |tx| log_batch(tx, &actor, &run, &batch)).await?;
        tally.answered(asked);
        first += points;
    }
    Ok(tally)
}

fn new(key: &str, load: i64, step: i64) -> New {
    let point = Point { at: Time(moment(load, step)), step, value: step as f64 * 0.37 };
    New { key: key.into(), point, model: None }
}
