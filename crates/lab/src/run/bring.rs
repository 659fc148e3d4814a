//! Runs that come from another tracking store: they keep their ids and their times. What the server
//! itself knows, when it was told of them, stays true: that is the day of the import.

use base::{ExperimentId, Result, RunId, Time, refuse::not_found};
use db::Tx;
use people::{Actor, Right};
use serde_json::json;

use super::{
    Run, Status, act, find, log,
    store::{self, Owner},
};
use crate::{
    dataset::{self, Input},
    experiment, limit, verdict,
};

/// A run with all that is small. Its points follow through [`super::log_batch`], its status through [`end`].
#[derive(Clone, Debug)]
pub struct Brought {
    pub id: RunId,
    pub name: String,
    pub user_name: String,
    pub started_at: Time,
    pub params: Vec<(String, String)>,
    pub tags: Vec<(String, String)>,
    pub inputs: Vec<Input>,
    pub read: Vec<base::ModelId>,
    pub made: Vec<super::Output>,
}

/// Makes the run where it is new; what it has already stays as it is.
pub fn bring(tx: &mut Tx, actor: &Actor, experiment: ExperimentId, new: &Brought) -> Result<()> {
    let experiment = experiment::must_write(tx, actor, experiment)?;
    let tags = act::checked_tags(&new.tags)?;
    dataset::check(&new.inputs)?;
    for (key, value) in &new.params {
        limit::check_key("params", key)?;
        limit::check_storable("params", value)?;
    }
    let owner = match store::get(tx, &new.id)? {
        Some(run) => run.owner(),
        None => begin(tx, actor, &experiment, new)?,
    };
    let params = new.params.iter().map(|(key, value)| (key.as_str(), limit::cut(value, limit::PARAM_VALUE)));
    store::add_params(tx, owner, &params.collect::<Vec<_>>())?;
    store::add_tags(tx, owner, &tags)?;
    dataset::log(tx, experiment.id, owner.run, &new.inputs)?;
    store::add_models(tx, owner.run, &new.read.iter().map(|model| (model, 0)).collect::<Vec<_>>(), false)?;
    store::add_models(tx, owner.run, &new.made.iter().map(|made| (&made.model, made.step)).collect::<Vec<_>>(), true)?;
    tx.touch(Some(&experiment.project), format!("experiment:{}", experiment.id));
    Ok(())
}

fn begin(tx: &mut Tx, actor: &Actor, experiment: &experiment::Experiment, new: &Brought) -> Result<Owner> {
    limit::check_id("run_id", new.id.as_str())?;
    limit::check_length("run_name", &new.name, limit::NAME)?;
    limit::check_length("user_id", &new.user_name, 256)?;
    let run = store::add(tx, &new.id, experiment.id, &new.name, &actor.user, &new.user_name, new.started_at)?;
    let owner = Owner { experiment: experiment.id, run };
    store::first_tags(tx, owner, &[(act::NAME_TAG, &new.name)])?;
    let body = json!({ "experiment": experiment.id });
    tx.emit(actor.event("run.imported", format!("run:{}", new.id)).project(&experiment.project).body(body))?;
    Ok(owner)
}

/// Gives a run that came whole its status, and the end that the other store knows, if it knows one.
/// A run that ended here keeps its end.
pub fn end(tx: &mut Tx, actor: &Actor, id: &RunId, status: Status, ended_at: Option<Time>) -> Result<()> {
    let run = find(tx, actor, Right::Track, id)?;
    log::check_alive(id, run.deleted_at)?;
    if run.status.is_final() || run.status == status {
        return Ok(());
    }
    let settled_at = status.is_final().then(|| tx.now());
    store::set_status(tx, run.num, status, ended_at, settled_at)?;
    if status.is_final() {
        store::settle(tx, run.num)?;
    }
    let run = store::get(tx, id)?.ok_or_else(|| not_found("run"))?;
    announce(tx, actor, &run)
}

fn announce(tx: &mut Tx, actor: &Actor, run: &Run) -> Result<()> {
    act::touch(tx, run);
    if !run.status.is_final() {
        return Ok(());
    }
    let body = json!({ "experiment": run.experiment, "status": run.status });
    tx.emit(actor.event("run.finished", run.subject()).project(&run.project).body(body))?;
    verdict::announce(tx, Some(actor), run.experiment)
}
