//! Logging to a run: the paths that training loops take thousands of times a second.
//!
//! Callers bring them through `Db::append`: nothing here emits an event.

use std::collections::BTreeMap;

use base::{
    ExperimentId, ProjectId, Result, RunId, Time, UserId,
    refuse::{conflict, invalid, not_found},
};
use db::Tx;
use people::{Actor, Right};

use super::{
    Status, act,
    store::{self, Owner},
};
use crate::{allow, experiment, limit, metric};

/// What one request logs; all of it or, when anything is wrong, nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// At most 1,000.
    pub metrics: Vec<metric::New>,
    /// At most 100; each key once.
    pub params: Vec<(String, String)>,
    /// At most 100; where a key repeats, the last wins.
    pub tags: Vec<(String, String)>,
}

/// What logging needs to know of a run.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub num: i64,
    pub creator: UserId,
    pub experiment: ExperimentId,
    pub project: ProjectId,
    pub status: Status,
    pub deleted_at: Option<Time>,
}

impl Target {
    fn owner(&self) -> Owner {
        Owner { experiment: self.experiment, run: self.num }
    }
}

pub fn log_metric(tx: &mut Tx, actor: &Actor, id: &RunId, new: &metric::New) -> Result<()> {
    let points = metric::checked(std::slice::from_ref(new), |_| String::new())?;
    let run = target(tx, actor, id)?;
    write_metrics(tx, id, &run, &points)?;
    touch(tx, id, &run);
    Ok(())
}

/// A param is written once; the same value again is fine. Values are cut to 6,000 characters.
pub fn log_param(tx: &mut Tx, actor: &Actor, id: &RunId, key: &str, value: &str) -> Result<()> {
    limit::check_key("key", key)?;
    limit::check_storable("value", value)?;
    let run = target(tx, actor, id)?;
    write_params(tx, id, &run, &[(key, limit::cut(value, limit::PARAM_VALUE))])?;
    touch(tx, id, &run);
    Ok(())
}

pub fn log_batch(tx: &mut Tx, actor: &Actor, id: &RunId, batch: &Batch) -> Result<()> {
    let points = check(batch)?;
    let run = target(tx, actor, id)?;
    if !batch.params.is_empty() {
        let params = batch.params.iter().map(|(key, value)| (key.as_str(), limit::cut(value, limit::PARAM_VALUE)));
        write_params(tx, id, &run, &params.collect::<Vec<_>>())?;
    }
    write_metrics(tx, id, &run, &points)?;
    if !batch.tags.is_empty() {
        let tags = batch.tags.iter().map(|(key, value)| (key.as_str(), limit::cut(value, limit::TAG_VALUE)));
        let last: BTreeMap<&str, &str> = tags.collect();
        act::write_tags(tx, run.owner(), &last.into_iter().collect::<Vec<_>>())?;
    }
    touch(tx, id, &run);
    Ok(())
}

fn check(batch: &Batch) -> Result<metric::Checked<'_>> {
    limit::check_batch(batch.metrics.len(), batch.params.len(), batch.tags.len())?;
    let points = metric::checked(&batch.metrics, |place| format!("metrics[{place}]."))?;
    let mut keys = std::collections::HashSet::new();
    for (place, (key, value)) in batch.params.iter().enumerate() {
        limit::check_key(&format!("params[{place}].key"), key)?;
        limit::check_storable(&format!("params[{place}].value"), value)?;
        if !keys.insert(key) {
            return Err(invalid(&format!("params[{place}].key"), format!("repeats the key {key:?}")));
        }
    }
    for (place, (key, value)) in batch.tags.iter().enumerate() {
        limit::check_key(&format!("tags[{place}].key"), key)?;
        limit::check_storable(&format!("tags[{place}].value"), value)?;
    }
    Ok(points)
}

fn target(tx: &mut Tx, actor: &Actor, id: &RunId) -> Result<Target> {
    let run = store::target(tx, id)?.ok_or_else(|| not_found("run"))?;
    allow(tx, actor, Right::Track, &run.project, "run")?;
    check_alive(id, run.deleted_at)?;
    note_author(tx, actor, run.num, &run.creator)?;
    Ok(run)
}

/// Whoever writes to a run of somebody else has made its evidence too.
pub(super) fn note_author(tx: &mut Tx, actor: &Actor, run: i64, creator: &UserId) -> Result<()> {
    if actor.user == *creator { Ok(()) } else { store::add_author(tx, run, &actor.user) }
}

pub(super) fn check_alive(id: &RunId, deleted_at: Option<Time>) -> Result<()> {
    match deleted_at {
        Some(_) => Err(conflict(format!("The run {id} is deleted. Restore it to change it."))),
        None => Ok(()),
    }
}

fn write_metrics(tx: &mut Tx, id: &RunId, run: &Target, points: &metric::Checked) -> Result<()> {
    metric::log(tx, run.num, id, points)?;
    if run.status.is_final() {
        points.keys().try_for_each(|key| store::settle_series(tx, run.num, key))?;
    }
    if run.status.is_success() && !points.is_empty() {
        experiment::look_again(tx, run.experiment, points.keys())?;
    }
    Ok(())
}

/// Each key once, values cut.
fn write_params(tx: &mut Tx, id: &RunId, run: &Target, params: &[(&str, &str)]) -> Result<()> {
    if store::add_params(tx, run.owner(), params)? == params.len() {
        return Ok(());
    }
    limit::check_unchanged("run", id, store::params(tx, run.num)?, params)
}

fn touch(tx: &mut Tx, id: &RunId, run: &Target) {
    tx.touch(Some(&run.project), format!("run:{id}"));
    tx.touch(Some(&run.project), format!("experiment:{}", run.experiment));
}
