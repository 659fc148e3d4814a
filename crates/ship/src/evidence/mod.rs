//! What is live rests on its evidence: the run that was approved, its experiment, the models that
//! it made, and the files of both. As long as it is live, none of these is deleted or called a
//! failure and none of the files changes, whoever asks. What the run logs meanwhile changes nothing
//! of what was agreed: the bundle is kept word for word.
//!
//! A bundle that waits, approved or not, may still change; its approvals do not count then.

pub mod http;
#[cfg(test)]
mod tests;

use base::{Error, ExperimentId, ModelId, Result, RunId, refuse::conflict};
use db::Tx;
use lab::{
    artifact::{self, Owner, Path},
    experiment,
    model::{self, Model},
    run::{self, Run},
};
use people::{Actor, Right};
use plan::hypothesis;

use crate::{bundle, deployment::store as deployments, promotion::store as promotions, registry::store as registry};

pub fn delete_run(tx: &mut Tx, actor: &Actor, id: &RunId) -> Result<()> {
    check_run(tx, actor, id)?;
    run::delete(tx, actor, id)
}

/// What is live has finished, and stays so: taken up again, it would be no evidence meanwhile.
pub fn update_run(tx: &mut Tx, actor: &Actor, id: &RunId, update: &run::Update) -> Result<Run> {
    if update.status.is_some_and(|status| !status.is_success()) {
        check_run(tx, actor, id)?;
    }
    run::update(tx, actor, id, update)
}

fn check_run(tx: &mut Tx, actor: &Actor, id: &RunId) -> Result<()> {
    let run = run::get(tx, actor, id)?;
    people::require(tx, actor, Right::Track, &run.project)?;
    match environment_of_run(tx, run.experiment, id)? {
        Some(environment) => Err(live(&format!("The run {} is", run.name), &environment)),
        None => Ok(()),
    }
}

/// A deleted model stays what it is.
pub fn delete_model(tx: &mut Tx, actor: &Actor, id: &ModelId) -> Result<()> {
    check_model(tx, actor, id)?;
    model::delete(tx, actor, id)
}

/// A model that is live is ready, and stays it.
pub fn set_model_status(tx: &mut Tx, actor: &Actor, id: &ModelId, status: model::Status) -> Result<Model> {
    if status != model::Status::Ready {
        check_model(tx, actor, id)?;
    }
    model::set_status(tx, actor, id, status)
}

fn check_model(tx: &mut Tx, actor: &Actor, id: &ModelId) -> Result<()> {
    let model = model::get(tx, actor, id, true)?;
    people::require(tx, actor, Right::Track, &model.project)?;
    match environment_of_model(tx, id)? {
        Some(environment) => Err(live(&format!("The model {} is", model.name), &environment)),
        None => Ok(()),
    }
}

pub fn delete_experiment(tx: &mut Tx, actor: &Actor, id: ExperimentId) -> Result<()> {
    check_experiment(tx, actor, id)?;
    experiment::delete(tx, actor, id)
}

/// Refuses where the experiment is work, or a run or a model of it is live.
pub fn check_experiment(tx: &mut Tx, actor: &Actor, id: ExperimentId) -> Result<()> {
    let found = experiment::get(tx, actor, id)?;
    people::require(tx, actor, Right::Track, &found.project)?;
    hypothesis::check_deletion(tx, id)?;
    match environment_of_experiment(tx, id)? {
        Some(environment) => Err(live("A run or a model of this experiment is", &environment)),
        None => Ok(()),
    }
}

pub fn delete_files(tx: &mut Tx, actor: &Actor, path: &Path) -> Result<usize> {
    let project = experiment::load(tx, path.experiment())?.map(|experiment| experiment.project);
    if let Some(project) = project
        && people::may(tx, actor, Right::Track, &project)?.is_none()
    {
        check_files(tx, path)?;
    }
    artifact::delete(tx, actor, path)
}

/// For those who may write there: refuses where the files are of what is live.
pub fn check_files(tx: &mut Tx, path: &Path) -> Result<()> {
    let environment = match path.owner() {
        Owner::Run(run) => environment_of_run(tx, path.experiment(), run)?,
        Owner::Model(model) => environment_of_model(tx, model)?,
        Owner::Trace(_) => None,
    };
    let stays = |environment: String| live("These files are", &environment).with(artifact::KEPT, path.as_str());
    environment.map_or(Ok(()), |environment| Err(stays(environment)))
}

fn live(what: &str, environment: &str) -> Error {
    conflict(format!(
        "{what} what is live in {environment}, which stays as it was approved. Log to another run; once that is deployed there, \
         this one is free."
    ))
}

/// Where the run is live. Checks no right.
pub fn environment_of_run(tx: &mut Tx, experiment: ExperimentId, run: &RunId) -> Result<Option<String>> {
    Ok(digest_of_run(tx, experiment, run)?.map(|(environment, _)| environment))
}

/// With the digest of the bundle.
fn digest_of_run(tx: &mut Tx, experiment: ExperimentId, run: &RunId) -> Result<Option<(String, String)>> {
    for live in deployments::live(tx, experiment)? {
        if promotions::get(tx, &live.promotion)?.is_some_and(|promotion| promotion.run == *run) {
            return Ok(Some((live.environment, live.digest)));
        }
    }
    Ok(None)
}

/// Where the model is live, with a run that made it when that was deployed. Checks no right.
pub fn environment_of_model(tx: &mut Tx, id: &ModelId) -> Result<Option<String>> {
    for (run, experiment) in run::makers(tx, id)? {
        let Some((environment, digest)) = digest_of_run(tx, experiment, &run)? else { continue };
        if bundle::kept(tx, &digest)?.models.iter().any(|model| model.id == *id) {
            return Ok(Some(environment));
        }
    }
    Ok(None)
}

/// Where a run or a model of the experiment is live. Checks no right.
pub fn environment_of_experiment(tx: &mut Tx, id: ExperimentId) -> Result<Option<String>> {
    if let Some(live) = deployments::live(tx, id)?.into_iter().next() {
        return Ok(Some(live.environment));
    }
    let Some(experiment) = experiment::load(tx, id)? else { return Ok(None) };
    // A run may make its models in another experiment.
    for live in registry::live(tx, &experiment.project)? {
        for made in bundle::kept(tx, &live.digest)?.models {
            if model::load(tx, &made.id)?.is_some_and(|model| model.experiment == id) {
                return Ok(Some(live.environment));
            }
        }
    }
    Ok(None)
}
