//! Logging to a run: metrics, params, batches, inputs, outputs. Metrics and batches come thousands
//! of times a second.

use base::{ModelId, Result, RunId};
use lab::{
    dataset::{Dataset, Input},
    metric,
    run::{self, Batch, Output},
};

use super::{
    answer::Done,
    ask::{Ask, Bare, LARGE},
    fields::{Fields, refused},
    quick,
    refusal::Refusal,
    runs::{pairs, run_id},
    space::Keys,
};

pub async fn metric(bare: Bare, keys: Keys) -> Result<Done, Refusal> {
    let Bare { db, caller, space, body } = bare;
    let (id, new) = match quick::metric(&body) {
        Some(read) => read,
        None => {
            let mut fields = Fields::from_body(&body)?;
            (run_id(&mut fields)?, point(&mut fields)?)
        }
    };
    let actor = keys.enter(&space, &db, &caller).await?;
    let to = id.clone();
    db.append_to(to.as_str(), move |tx| run::log_metric(tx, &actor, &id, &new)).await?;
    Ok(Done)
}

pub async fn param(ask: Ask) -> Result<Done, Refusal> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let id = run_id(&mut fields)?;
    let key = fields.need_text("key")?;
    let value = fields.text("value")?.unwrap_or_default();
    let to = id.clone();
    db.append_to(to.as_str(), move |tx| {
        let actor = space.enter(tx, &caller)?;
        run::log_param(tx, &actor, &id, &key, &value)
    })
    .await?;
    Ok(Done)
}

pub async fn batch(bare: Bare, keys: Keys) -> Result<Done, Refusal> {
    let Bare { db, caller, space, body } = bare;
    let (id, batch) = match quick::batch(&body) {
        Some(read) => read,
        None => {
            let mut fields = Fields::from_body(&body)?;
            (plain_id(&mut fields)?, batch_of(&mut fields)?)
        }
    };
    let actor = keys.enter(&space, &db, &caller).await?;
    let to = id.clone();
    db.append_to(to.as_str(), move |tx| run::log_batch(tx, &actor, &id, &batch)).await?;
    Ok(Done)
}

fn batch_of(fields: &mut Fields) -> Result<Batch> {
    let metrics = fields.objects("metrics")?;
    Ok(Batch {
        metrics: metrics.into_iter().map(|mut item| point(&mut item)).collect::<Result<_>>()?,
        params: pairs(fields, "params")?,
        tags: pairs(fields, "tags")?,
    })
}

fn point(fields: &mut Fields) -> Result<metric::New> {
    let key = fields.need_text("key")?;
    let value = fields.need_double("value")?;
    let at = fields.need_int("timestamp")?;
    let step = fields.int("step")?.unwrap_or_default();
    let model = fields.text("model_id")?;
    let (dataset, digest) = (fields.text("dataset_name")?, fields.text("dataset_digest")?);
    Ok(quick::point(key.into(), value, at, step, model, dataset, digest))
}

pub async fn inputs(ask: Ask<LARGE>) -> Result<Done, Refusal> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let id = plain_id(&mut fields)?;
    let datasets = fields.objects("datasets")?.into_iter().map(input).collect::<Result<Vec<_>>>()?;
    let read = |mut item: Fields| item.need_text("model_id").map(ModelId);
    let models = fields.objects("models")?.into_iter().map(read).collect::<Result<Vec<_>>>()?;
    db.write(move |tx| {
        let actor = space.enter(tx, &caller)?;
        run::log_inputs(tx, &actor, &id, &datasets, &models)
    })
    .await?;
    Ok(Done)
}

fn input(mut fields: Fields) -> Result<Input> {
    let mut dataset = fields.object("dataset")?.ok_or_else(|| fields.missing("dataset"))?;
    let dataset = Dataset {
        name: dataset.need_text("name")?,
        digest: dataset.need_text("digest")?,
        source_type: dataset.need_text("source_type")?,
        source: dataset.need_text("source")?,
        shape: dataset.text("schema")?,
        profile: dataset.text("profile")?,
    };
    Ok(Input { dataset, tags: pairs(&mut fields, "tags")? })
}

pub async fn outputs(ask: Ask) -> Result<Done, Refusal> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let id = plain_id(&mut fields)?;
    let read = |mut item: Fields| {
        Ok(Output { model: ModelId(item.need_text("model_id")?), step: item.int("step")?.unwrap_or_default() })
    };
    let models = fields.objects("models")?.into_iter().map(read).collect::<Result<Vec<_>>>()?;
    db.write(move |tx| {
        let actor = space.enter(tx, &caller)?;
        run::log_outputs(tx, &actor, &id, &models)
    })
    .await?;
    Ok(Done)
}

/// Batches, inputs and outputs look at the id's form before they look for the run.
fn plain_id(fields: &mut Fields) -> Result<RunId> {
    let id = fields.need_text("run_id")?;
    if is_plain(&id) {
        return Ok(RunId(id));
    }
    Err(refused(format!(
        "Invalid value {:?} for parameter 'run_id' supplied: an id is a letter or digit, then up to 255 letters, \
         digits, _ and -.",
        id.chars().take(100).collect::<String>()
    )))
}

pub fn is_plain(id: &str) -> bool {
    let mut characters = id.chars();
    let first = characters.next().is_some_and(|c| c.is_ascii_alphanumeric());
    first && id.len() <= 256 && characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}
