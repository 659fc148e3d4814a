use base::{ExperimentId, Result};
use db::Tx;
use lab::evaluation::{self, New};
use people::Actor;
use serde::Serialize;
use serde_json::Value;

use super::{
    dataset_id, json_text,
    shape::{One, datasets, named, whole},
};
use crate::mlflow::{
    answer::{Answer, Done, json},
    ask::Ask,
    fields::Fields,
    refusal::Refusal,
    shape::Names,
    space::{experiment_id, home},
};

pub async fn create(ask: Ask) -> Answer<One> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let experiments = fields.texts("experiment_ids")?;
    let tags = tags(&mut fields)?.unwrap_or_default().into_iter();
    let new = New {
        name: fields.need_text("name")?,
        experiments: Vec::new(),
        tags: tags.filter_map(|(key, value)| Some((key, value?))).collect(),
        created_by: fields.text("created_by")?.filter(|by| !by.is_empty()),
    };
    let made = db.write(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let project = home(tx, &actor)?;
        let experiments = writable(tx, &actor, &experiments)?;
        let dataset = evaluation::create(tx, &actor, &project, &New { experiments, ..new.clone() })?;
        whole(tx, &actor, dataset)
    });
    Ok(json(made.await?))
}

fn writable(tx: &mut Tx, actor: &Actor, experiments: &[String]) -> Result<Vec<ExperimentId>> {
    experiments.iter().map(|id| experiment_id(tx, actor, "experiment_ids", id)).collect()
}

pub async fn get(mut ask: Ask) -> Answer<One> {
    let id = dataset_id(&mut ask);
    let Ask { db, caller, space, .. } = ask;
    let found = db.read(move |tx| {
        let actor = space.enter(tx, &caller)?;
        let dataset = evaluation::get(tx, &actor, &id)?;
        datasets(tx, vec![dataset])
    });
    let dataset = found.await?.pop().ok_or_else(|| base::refuse::not_found("evaluation dataset"))?;
    Ok(json(One { dataset }))
}

pub async fn delete(mut ask: Ask) -> Result<Done, Refusal> {
    let id = dataset_id(&mut ask);
    act(ask, move |tx, actor| evaluation::delete(tx, actor, &id)).await
}

pub async fn set_tags(mut ask: Ask) -> Result<Done, Refusal> {
    let id = dataset_id(&mut ask);
    let tags = tags(&mut ask.fields)?.ok_or_else(|| ask.fields.missing("tags"))?;
    act(ask, move |tx, actor| evaluation::set_tags(tx, actor, &id, &tags)).await
}

pub async fn delete_tag(mut ask: Ask) -> Result<Done, Refusal> {
    let id = dataset_id(&mut ask);
    let key = ask.path.take("tag_key").unwrap_or_default();
    act(ask, move |tx, actor| evaluation::delete_tag(tx, actor, &id, &key)).await
}

async fn act(ask: Ask, act: impl Fn(&mut Tx, &Actor) -> Result<()> + Send + 'static) -> Result<Done, Refusal> {
    let Ask { db, caller, space, .. } = ask;
    db.write(move |tx| {
        let actor = space.enter(tx, &caller)?;
        act(tx, &actor)
    })
    .await?;
    Ok(Done)
}

/// Tags by key; none takes one away.
type Tags = Vec<(String, Option<String>)>;

/// An object in a text: numbers and truth values become texts, null is none.
fn tags(fields: &mut Fields) -> Result<Option<Tags>> {
    const MOST: usize = 1_000;
    let Some(value) = json_text(fields, "tags")? else { return Ok(None) };
    let Value::Object(members) = value else {
        return Err(fields.invalid("tags", &value.to_string(), "it must hold an object."));
    };
    if members.len() > MOST {
        return Err(fields.invalid("tags", "more", format!("it may hold at most {MOST}.")));
    }
    let text = |value| match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    };
    Ok(Some(members.into_iter().map(|(key, value)| (key, text(value))).collect()))
}

#[derive(Serialize)]
pub struct Experiments {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    experiment_ids: Vec<String>,
}

pub async fn experiment_ids(mut ask: Ask) -> Answer<Experiments> {
    let id = dataset_id(&mut ask);
    let Ask { db, caller, space, .. } = ask;
    let found = db.read(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let dataset = evaluation::get(tx, &actor, &id)?;
        let experiments = evaluation::experiments(tx, &dataset)?;
        Ok(named(&experiments, Names::of(tx, &actor)?))
    });
    Ok(json(Experiments { experiment_ids: found.await? }))
}

type Attach = fn(&mut Tx, &Actor, &base::EvaluationDatasetId, &[ExperimentId]) -> Result<evaluation::Dataset>;

pub async fn add_experiments(ask: Ask) -> Answer<One> {
    attach(ask, evaluation::add_to).await
}

pub async fn remove_experiments(ask: Ask) -> Answer<One> {
    attach(ask, evaluation::remove_from).await
}

async fn attach(mut ask: Ask, act: Attach) -> Answer<One> {
    let id = dataset_id(&mut ask);
    let experiments = ask.fields.texts("experiment_ids")?;
    let Ask { db, caller, space, .. } = ask;
    let changed = db.write(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let experiments = writable(tx, &actor, &experiments)?;
        let dataset = act(tx, &actor, &id, &experiments)?;
        whole(tx, &actor, dataset)
    });
    Ok(json(changed.await?))
}
