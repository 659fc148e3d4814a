//! Logged models that come from another tracking store: they keep their ids and their times.

use base::{ExperimentId, Result, Time, refuse::internal};
use db::Tx;
use people::Actor;
use serde_json::json;

use super::{Measurement, Model, New, Status, act, store};
use crate::{
    experiment, limit,
    metric::{Kept, Measured},
};

#[derive(Clone, Debug)]
pub struct Brought {
    pub id: base::ModelId,
    pub new: New,
    pub status: Status,
    pub created_at: Time,
    pub updated_at: Time,
    pub metrics: Vec<Measurement>,
}

/// Refuses what cannot be the name of a model.
pub fn check_name(name: &str) -> Result<()> {
    act::checked_name(name).map(drop)
}

/// Refuses what cannot be measured on a model.
pub fn check_measurement(of: &Measurement) -> Result<()> {
    let (dataset, digest) = of.dataset.as_ref().map_or(("", ""), |(name, digest)| (name, digest));
    limit::check_key("key", &of.key)?;
    limit::check_length("run_id", of.run.as_str(), 256)?;
    act::check_dataset(&of.key, dataset, digest)
}

/// Makes the model where it is new; what it has already stays as it is.
pub fn bring(tx: &mut Tx, actor: &Actor, experiment: ExperimentId, brought: &Brought) -> Result<Model> {
    let experiment = experiment::must_write(tx, actor, experiment)?;
    let Brought { id, new, .. } = brought;
    let params = act::checked("params", &new.params, limit::PARAM_VALUE)?;
    let tags = act::checked("tags", &new.tags, limit::TAG_VALUE)?;
    let num = match store::get(tx, id)? {
        Some(model) => model.num,
        None => {
            limit::check_id("model_id", id.as_str())?;
            let name = act::checked_name(new.name.as_deref().unwrap_or_default())?;
            let num = store::add(tx, id, experiment.id, name, new)?;
            store::add_author(tx, num, &actor.user)?;
            store::set_tags(tx, num, &tags)?;
            let body = json!({ "experiment": experiment.id, "run": new.run });
            tx.emit(actor.event("model.imported", format!("model:{id}")).project(&experiment.project).body(body))?;
            num
        }
    };
    store::add_params(tx, num, &params)?;
    for measured in &brought.metrics {
        let (dataset, digest) = measured.dataset.clone().unwrap_or_default();
        let on = Measured { model: id.clone(), dataset, digest };
        store::add_metric(tx, num, &measured.run, &on, &measured.key, Kept::new(measured.point))?;
    }
    store::set_status(tx, num, brought.status)?;
    store::set_times(tx, num, brought.created_at, brought.updated_at)?;
    tx.touch(Some(&experiment.project), format!("experiment:{}", experiment.id));
    store::get(tx, id)?.ok_or_else(|| internal("the new model is gone"))
}
