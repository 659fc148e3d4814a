//! What is done with a logged model.

use base::{
    ExperimentId, ModelId, Result, RunId,
    refuse::{internal, invalid, not_found},
};
use db::Tx;
use people::{Actor, Right};
use serde_json::json;

use super::{Model, Status, find, store};
use crate::{
    experiment, limit,
    metric::{Kept, Measured},
    run::generate,
};

/// A model as a client logs it.
#[derive(Clone, Debug, Default)]
pub struct New {
    /// None or empty: the server finds one.
    pub name: Option<String>,
    pub model_type: Option<String>,
    /// As the client says; need not exist.
    pub run: Option<RunId>,
    pub params: Vec<(String, String)>,
    pub tags: Vec<(String, String)>,
}

pub fn create(tx: &mut Tx, actor: &Actor, experiment: ExperimentId, new: &New) -> Result<Model> {
    let experiment = experiment::must_write(tx, actor, experiment)?;
    let params = checked("params", &new.params, limit::PARAM_VALUE)?;
    let tags = checked("tags", &new.tags, limit::TAG_VALUE)?;
    let hex = tx.new_hex();
    let name = match new.name.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => checked_name(name)?.to_owned(),
        None => generate(&hex),
    };
    let id = ModelId(format!("m-{hex}"));
    limit::check_length("model_type", new.model_type.as_deref().unwrap_or_default(), limit::NAME)?;
    limit::check_length("source_run_id", new.run.as_ref().map(RunId::as_str).unwrap_or_default(), 256)?;
    let num = store::add(tx, &id, experiment.id, &name, new)?;
    store::add_author(tx, num, &actor.user)?;
    store::add_params(tx, num, &params)?;
    store::set_tags(tx, num, &tags)?;
    let body = json!({ "experiment": experiment.id, "run": new.run });
    tx.emit(actor.event("model.logged", format!("model:{id}")).project(&experiment.project).body(body))?;
    tx.touch(Some(&experiment.project), format!("experiment:{}", experiment.id));
    store::get(tx, &id)?.ok_or_else(|| internal("the new model is gone"))
}

pub fn set_status(tx: &mut Tx, actor: &Actor, id: &ModelId, status: Status) -> Result<Model> {
    let model = writable(tx, actor, id)?;
    store::set_status(tx, model.num, status)?;
    touch(tx, &model);
    store::get(tx, id)?.ok_or_else(|| not_found("model"))
}

/// Hides the model; a second time it changes nothing.
pub fn delete(tx: &mut Tx, actor: &Actor, id: &ModelId) -> Result<()> {
    let model = find(tx, actor, Right::Track, id)?;
    if model.deleted_at.is_some() {
        return Ok(());
    }
    store::set_deleted(tx, model.num)?;
    touch(tx, &model);
    let body = json!({ "experiment": model.experiment });
    tx.emit(actor.event("model.deleted", format!("model:{id}")).project(&model.project).body(body)).map(drop)
}

pub fn set_tags(tx: &mut Tx, actor: &Actor, id: &ModelId, tags: &[(String, String)]) -> Result<()> {
    let tags = checked("tags", tags, limit::TAG_VALUE)?;
    let model = writable(tx, actor, id)?;
    store::set_tags(tx, model.num, &tags)?;
    touch(tx, &model);
    Ok(())
}

pub fn delete_tag(tx: &mut Tx, actor: &Actor, id: &ModelId, key: &str) -> Result<()> {
    let model = writable(tx, actor, id)?;
    if store::delete_tag(tx, model.num, key)? { Ok(()) } else { Err(not_found("tag")) }
}

/// A param is written once; the same value again is fine.
pub fn log_params(tx: &mut Tx, actor: &Actor, id: &ModelId, params: &[(String, String)]) -> Result<()> {
    let params = checked("params", params, limit::PARAM_VALUE)?;
    let model = writable(tx, actor, id)?;
    if store::add_params(tx, model.num, &params)? < params.len() {
        limit::check_unchanged("model", id, store::params(tx, model.num)?, &params)?;
    }
    touch(tx, &model);
    Ok(())
}

/// Notes a run's metric as a metric of the model too; the model must be of the run's project.
pub(crate) fn measure(tx: &mut Tx, run: &RunId, measured: &Measured, key: &str, kept: Kept) -> Result<()> {
    check_dataset(key, &measured.dataset, &measured.digest)?;
    let model = store::beside(tx, &measured.model, run)?.ok_or_else(|| not_found("model"))?;
    store::add_metric(tx, model, run, measured, key, kept)
}

pub(super) fn check_dataset(key: &str, name: &str, digest: &str) -> Result<()> {
    limit::check_length("dataset_name", name, 500)?;
    limit::check_length("dataset_digest", digest, 36)?;
    if key.len() + name.len() + digest.len() > INDEXED {
        return Err(invalid("dataset_name", "is too long together with the metric's key"));
    }
    Ok(())
}

/// Bytes: what PostgreSQL takes into an index, less what else stands there.
const INDEXED: usize = 2_400;

fn writable(tx: &mut Tx, actor: &Actor, id: &ModelId) -> Result<Model> {
    let model = find(tx, actor, Right::Track, id)?;
    if model.deleted_at.is_some() {
        return Err(not_found("model"));
    }
    store::add_author(tx, model.num, &actor.user)?;
    Ok(model)
}

fn touch(tx: &mut Tx, model: &Model) {
    tx.touch(Some(&model.project), format!("experiment:{}", model.experiment));
    if let Some(run) = &model.run {
        tx.touch(Some(&model.project), format!("run:{run}"));
    }
}

pub(super) fn checked_name(name: &str) -> Result<&str> {
    limit::check_length("name", name, limit::NAME)?;
    match name.chars().find(|c| "/:.%\"'".contains(*c)) {
        Some(odd) => Err(invalid("name", format!("contains {odd:?}; it must have none of / : . % \" '"))),
        None => Ok(name),
    }
}

/// Pairs with good keys, values cut to `most` characters; of a repeated key the last counts.
pub(super) fn checked<'a>(field: &str, pairs: &'a [(String, String)], most: usize) -> Result<Vec<(&'a str, &'a str)>> {
    let mut checked = std::collections::BTreeMap::new();
    for (place, (key, value)) in pairs.iter().enumerate() {
        limit::check_key(&format!("{field}[{place}].key"), key)?;
        limit::check_storable(&format!("{field}[{place}].value"), value)?;
        checked.insert(key.as_str(), limit::cut(value, most));
    }
    Ok(checked.into_iter().collect())
}
