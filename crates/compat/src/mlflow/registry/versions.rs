//! `model-versions`: create, get, update, delete, tag, label, and where the bytes lie.

use base::{ModelId, Result, RunId};
use lab::registry::version::{self, New};
use serde::Serialize;

use super::{
    act, look,
    models::stage,
    shape::{OneVersion, one_version},
    version_number,
};
use crate::mlflow::{
    answer::{Answer, Done, json},
    ask::Ask,
    refusal::Refusal,
    runs::pairs,
};

pub async fn create(mut ask: Ask) -> Answer<OneVersion> {
    let fields = &mut ask.fields;
    let filled = |text: &String| !text.is_empty();
    let new = New {
        source: fields.need_text("source")?,
        run: fields.text("run_id")?.filter(filled).map(RunId),
        run_link: fields.text("run_link")?.filter(filled),
        logged_model: fields.text("model_id")?.filter(filled).map(ModelId),
        description: fields.text("description")?,
        tags: pairs(fields, "tags")?,
    };
    let made = act(ask, move |tx, actor, model| {
        let version = ship::registry::create_version(tx, actor, &model, &new)?;
        one_version(tx, version)
    });
    Ok(json(made.await?))
}

pub async fn get(mut ask: Ask) -> Answer<OneVersion> {
    let number = version_number(&mut ask.fields)?;
    let found = look(ask, move |tx, _, model| {
        let version = version::get(tx, &model, number)?;
        one_version(tx, version)
    });
    Ok(json(found.await?))
}

/// An absent description clears it.
pub async fn update(mut ask: Ask) -> Answer<OneVersion> {
    let number = version_number(&mut ask.fields)?;
    let description = ask.fields.text("description")?;
    let updated = act(ask, move |tx, actor, model| {
        let version = version::get(tx, &model, number)?;
        let version = version::describe(tx, actor, &version, description.as_deref())?;
        one_version(tx, version)
    });
    Ok(json(updated.await?))
}

pub async fn delete(mut ask: Ask) -> Result<Done, Refusal> {
    let number = version_number(&mut ask.fields)?;
    act(ask, move |tx, actor, model| ship::registry::delete_version(tx, actor, &model, number)).await?;
    Ok(Done)
}

/// What older clients do; a label that only a gate could give is refused.
pub async fn transition_stage(mut ask: Ask) -> Answer<OneVersion> {
    let number = version_number(&mut ask.fields)?;
    let stage = stage(&ask.fields.need_text("stage")?)?;
    let archive = ask.fields.flag("archive_existing_versions")?.unwrap_or_default();
    let labelled = act(ask, move |tx, actor, model| ship::registry::label(tx, actor, &model, number, stage, archive));
    Ok(json(OneVersion::from(labelled.await?)))
}

pub async fn set_tag(mut ask: Ask) -> Result<Done, Refusal> {
    let number = version_number(&mut ask.fields)?;
    let key = ask.fields.need_text("key")?;
    let value = ask.fields.text("value")?.unwrap_or_default();
    act(ask, move |tx, actor, model| {
        let version = version::get(tx, &model, number)?;
        version::set_tag(tx, actor, &version, &key, &value)
    })
    .await?;
    Ok(Done)
}

pub async fn delete_tag(mut ask: Ask) -> Result<Done, Refusal> {
    let number = version_number(&mut ask.fields)?;
    let key = ask.fields.need_text("key")?;
    act(ask, move |tx, actor, model| {
        let version = version::get(tx, &model, number)?;
        version::delete_tag(tx, actor, &version, &key)
    })
    .await?;
    Ok(Done)
}

#[derive(Serialize)]
pub struct Location {
    artifact_uri: String,
}

pub async fn download_uri(mut ask: Ask) -> Answer<Location> {
    let number = version_number(&mut ask.fields)?;
    let found = look(ask, move |tx, _, model| version::get(tx, &model, number));
    Ok(json(Location { artifact_uri: found.await?.location }))
}
