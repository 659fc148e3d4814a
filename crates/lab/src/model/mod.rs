//! A logged model is a trained model as a client logged it, before any registry: a name (not
//! unique), the run that made it, a status, params, tags, and metrics measured on it.

mod act;
mod bring;
pub mod search;
mod store;

use base::{
    ExperimentId, ModelId, ProjectId, Result, RunId, Time,
    refuse::{conflict, not_found},
};
use db::Tx;
use people::{Actor, Right};

pub(crate) use act::measure;
pub use act::{New, create, delete, delete_tag, log_params, set_status, set_tags};
pub use bring::{Brought, bring, check_measurement, check_name};
pub use search::search;

use crate::{allow, metric::Point, run::Run};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Pending,
    Ready,
    Failed,
}

impl Status {
    /// 1 pending, 2 ready, 3 failed: the numbers that clients use.
    pub fn number(self) -> i64 {
        match self {
            Self::Pending => 1,
            Self::Ready => 2,
            Self::Failed => 3,
        }
    }

    pub fn from_number(number: i64) -> Option<Self> {
        [Self::Pending, Self::Ready, Self::Failed].into_iter().find(|status| status.number() == number)
    }

    /// As our own API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The small key that the store uses.
    pub num: i64,
    pub id: ModelId,
    pub experiment: ExperimentId,
    pub project: ProjectId,
    pub name: String,
    pub model_type: Option<String>,
    /// As the client gave it; need not exist.
    pub run: Option<RunId>,
    pub status: Status,
    pub created_at: Time,
    pub updated_at: Time,
    pub deleted_at: Option<Time>,
    /// Where a client of the experiment keeps artifacts itself, if not here.
    pub location: Option<String>,
}

impl Model {
    /// Where its artifacts lie, for clients.
    pub fn artifact_uri(&self) -> String {
        let root = self.location.clone().unwrap_or_else(|| format!("mlflow-artifacts:/{}", self.experiment));
        format!("{}/models/{}/artifacts", root.trim_end_matches('/'), self.id)
    }
}

/// A value measured on a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    pub key: String,
    pub point: Point,
    pub run: RunId,
    /// Name and digest, if the client said on what.
    pub dataset: Option<(String, String)>,
}

/// What a model holds; lists are ordered by key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    pub params: Vec<(String, String)>,
    pub tags: Vec<(String, String)>,
    pub metrics: Vec<Measurement>,
}

/// The model, for someone who may look at its project; deleted ones only when asked for.
pub fn get(tx: &mut Tx, actor: &Actor, id: &ModelId, deleted_too: bool) -> Result<Model> {
    let model = find(tx, actor, Right::Read, id)?;
    if model.deleted_at.is_some() && !deleted_too {
        return Err(not_found("model"));
    }
    Ok(model)
}

/// The model, deleted or not. Checks no right: for what was reached through something that was checked.
pub fn load(tx: &mut Tx, id: &ModelId) -> Result<Option<Model>> {
    store::get(tx, id)
}

/// Whoever stores or deletes bytes of a model of the experiment has made it too.
pub(crate) fn note_author(tx: &mut Tx, actor: &Actor, experiment: ExperimentId, id: &ModelId) -> Result<()> {
    let model = of(tx, experiment, id)?;
    store::add_author(tx, model.num, &actor.user)
}

/// Refuses where the experiment has no such model, or it is deleted.
pub(crate) fn check_writable(tx: &mut Tx, experiment: ExperimentId, id: &ModelId) -> Result<()> {
    match of(tx, experiment, id)?.deleted_at {
        Some(_) => Err(conflict(format!("The model {id} is deleted. Log another one."))),
        None => Ok(()),
    }
}

/// Refuses where the experiment has no such model; a deleted one may be read.
pub(crate) fn check_known(tx: &mut Tx, experiment: ExperimentId, id: &ModelId) -> Result<()> {
    of(tx, experiment, id).map(drop)
}

fn of(tx: &mut Tx, experiment: ExperimentId, id: &ModelId) -> Result<Model> {
    let model = store::get(tx, id)?.filter(|model| model.experiment == experiment);
    model.ok_or_else(|| not_found("model"))
}

pub(crate) fn find(tx: &mut Tx, actor: &Actor, right: Right, id: &ModelId) -> Result<Model> {
    let model = store::get(tx, id)?.ok_or_else(|| not_found("model"))?;
    allow(tx, actor, right, &model.project, "model")?;
    Ok(model)
}

/// The content of each model, in the same order. Checks no right.
pub fn content(tx: &mut Tx, models: &[Model]) -> Result<Vec<Content>> {
    models.iter().map(|model| store::content(tx, model.num)).collect()
}

/// The latest model of this name that the run made, deleted ones left out. Checks no right.
pub(crate) fn made_by(tx: &mut Tx, run: &Run, name: &str) -> Result<Option<Model>> {
    store::made_by(tx, run, name)
}

/// Those of the models that the experiment has and that are not deleted, for showing them beside a
/// run. Checks no right.
pub(crate) fn named(tx: &mut Tx, experiment: ExperimentId, ids: &[ModelId]) -> Result<Vec<(ModelId, String, Status)>> {
    if ids.is_empty() { Ok(Vec::new()) } else { store::named(tx, experiment, ids) }
}
