//! `registered-models`: create, get, update, rename, delete, tag, latest versions.

use base::Result;
use lab::registry::{self, New, version::Stage};
use serde::Serialize;

use super::{
    act, look,
    shape::{OneModel, VersionShape, one_model, version_shape},
};
use crate::mlflow::{
    answer::{Answer, Done, json},
    ask::Ask,
    fields::refused,
    refusal::Refusal,
    runs::pairs,
    space::home,
};

pub async fn create(ask: Ask) -> Answer<OneModel> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let new = New {
        name: fields.need_text("name")?,
        description: fields.text("description")?,
        tags: pairs(&mut fields, "tags")?,
    };
    let made = db.write(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let project = home(tx, &actor)?;
        let model = registry::register(tx, &actor, &project, &new)?;
        one_model(tx, model)
    });
    Ok(json(made.await?))
}

pub async fn get(ask: Ask) -> Answer<OneModel> {
    Ok(json(look(ask, |tx, _, model| one_model(tx, model)).await?))
}

/// An absent description clears it.
pub async fn update(mut ask: Ask) -> Answer<OneModel> {
    let description = ask.fields.text("description")?;
    let updated = act(ask, move |tx, actor, model| {
        let model = registry::describe(tx, actor, model.id, description.as_deref())?;
        one_model(tx, model)
    });
    Ok(json(updated.await?))
}

pub async fn rename(mut ask: Ask) -> Answer<OneModel> {
    let name = ask.fields.need_text("new_name")?;
    let renamed = act(ask, move |tx, actor, model| {
        let model = ship::registry::rename(tx, actor, &model, &name)?;
        one_model(tx, model)
    });
    Ok(json(renamed.await?))
}

pub async fn delete(ask: Ask) -> Result<Done, Refusal> {
    act(ask, |tx, actor, model| ship::registry::unregister(tx, actor, &model)).await?;
    Ok(Done)
}

pub async fn set_tag(mut ask: Ask) -> Result<Done, Refusal> {
    let key = ask.fields.need_text("key")?;
    let value = ask.fields.text("value")?.unwrap_or_default();
    act(ask, move |tx, actor, model| registry::set_tag(tx, actor, model.id, &key, &value)).await?;
    Ok(Done)
}

pub async fn delete_tag(mut ask: Ask) -> Result<Done, Refusal> {
    let key = ask.fields.need_text("key")?;
    act(ask, move |tx, actor, model| registry::delete_tag(tx, actor, model.id, &key)).await?;
    Ok(Done)
}

#[derive(Serialize)]
pub struct Latest {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    model_versions: Vec<VersionShape>,
}

/// No stages are all stages.
pub async fn latest_versions(mut ask: Ask) -> Answer<Latest> {
    let words = ask.fields.texts("stages")?;
    let mut stages = words.iter().map(|word| stage(word)).collect::<Result<Vec<_>>>()?;
    if stages.is_empty() {
        stages = Stage::ALL.to_vec();
    }
    let latest = look(ask, move |tx, _, model| ship::registry::latest(tx, &model, &stages)).await?;
    Ok(json(Latest { model_versions: latest.into_iter().map(version_shape).collect() }))
}

pub fn stage(word: &str) -> Result<Stage> {
    Stage::parse(word).ok_or_else(|| {
        let shown: String = word.chars().take(100).collect();
        refused(format!(
            "Invalid Model Version stage: {shown}. Value must be one of None, Staging, Production, Archived."
        ))
    })
}
