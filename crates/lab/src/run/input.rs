//! What a run read and made: datasets and logged models.

use base::{ModelId, Result, RunId};
use db::Tx;
use people::Actor;

use super::{
    act::{touch, writable},
    store,
};
use crate::{
    dataset::{self, Input},
    limit, verdict,
};

/// A model that a run made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    pub model: ModelId,
    pub step: i64,
}

/// Logging an input again changes nothing; the tags of its first link stay. May change the
/// verdict, so callers bring it through `Db::write`.
pub fn log_inputs(tx: &mut Tx, actor: &Actor, id: &RunId, datasets: &[Input], models: &[ModelId]) -> Result<()> {
    dataset::check(datasets)?;
    for (place, model) in models.iter().enumerate() {
        limit::check_id(&format!("models[{place}].model_id"), model.as_str())?;
    }
    let run = writable(tx, actor, id)?;
    dataset::log(tx, run.experiment, run.num, datasets)?;
    store::add_models(tx, run.num, &models.iter().map(|model| (model, 0)).collect::<Vec<_>>(), false)?;
    touch(tx, &run);
    if run.status.is_success() {
        verdict::announce(tx, Some(actor), run.experiment)?;
    }
    Ok(())
}

/// The models need not be known here.
pub fn log_outputs(tx: &mut Tx, actor: &Actor, id: &RunId, models: &[Output]) -> Result<()> {
    for (place, output) in models.iter().enumerate() {
        limit::check_id(&format!("models[{place}].model_id"), output.model.as_str())?;
    }
    let run = writable(tx, actor, id)?;
    store::add_models(tx, run.num, &models.iter().map(|o| (&o.model, o.step)).collect::<Vec<_>>(), true)?;
    touch(tx, &run);
    Ok(())
}
