//! What is done with a version: create, describe, label, tag, delete.

use base::{ModelId, RegisteredModelId, Result, RunId, refuse::invalid};
use db::Tx;
use people::{Actor, Right};
use serde_json::json;

use super::{
    Stage, Version,
    source::{Origin, origin},
    store,
};
use crate::{
    limit,
    registry::{
        self, Model,
        act::{absent, check_description, emit, told},
        find, prompt,
    },
};

#[derive(Clone, Debug, Default)]
pub struct New {
    pub source: String,
    pub run: Option<RunId>,
    pub run_link: Option<String>,
    pub logged_model: Option<ModelId>,
    pub description: Option<String>,
    pub tags: Vec<(String, String)>,
}

/// The model's next version. `copied` is the version that a source like `models:/NAME/3` names.
pub fn create(
    tx: &mut Tx,
    actor: &Actor,
    model: RegisteredModelId,
    new: &New,
    copied: Option<&Version>,
) -> Result<Version> {
    let model = find(tx, actor, Right::Track, model)?;
    let tags = prompt::checked(&new.tags)?;
    let origin = origin_of(tx, actor, &model, new, copied)?;
    let number = registry::store::count_up(tx, model.id)?;
    let id = store::add(tx, &model, number, &origin, new, &actor.user)?;
    store::set_tags(tx, id, &tags)?;
    let body = json!({ "version": number, "run": origin.run, "logged_model": origin.logged_model });
    emit(tx, actor, &model, "version.created", body)?;
    store::get(tx, model.id, number)?.ok_or_else(absent)
}

/// Where the version comes from, once all but its tags is checked.
pub(super) fn origin_of(
    tx: &mut Tx,
    actor: &Actor,
    model: &Model,
    new: &New,
    copied: Option<&Version>,
) -> Result<Origin> {
    check(new)?;
    prompt::check_version(model, &new.source, &new.tags)?;
    if model.prompt { Ok(nowhere(new)) } else { origin(tx, actor, model, new, copied) }
}

pub(super) fn check(new: &New) -> Result<()> {
    check_description(new.description.as_deref())?;
    limit::check_length("run_id", new.run.as_ref().map(RunId::as_str).unwrap_or_default(), 256)?;
    limit::check_length("run_link", new.run_link.as_deref().unwrap_or_default(), limit::LOCATION)
}

/// A prompt's text is a tag; its source says nothing.
fn nowhere(new: &New) -> Origin {
    Origin { source: new.source.clone(), location: new.source.clone(), run: new.run.clone(), logged_model: None }
}

/// None takes the description away.
pub fn describe(tx: &mut Tx, actor: &Actor, version: &Version, description: Option<&str>) -> Result<Version> {
    check_description(description)?;
    let model = writable(tx, actor, version)?;
    store::set_description(tx, version.id, description)?;
    emit(tx, actor, &model, "version.described", json!({ "version": version.number }))?;
    store::get(tx, model.id, version.number)?.ok_or_else(absent)
}

/// A label of older clients. With `archive`, other versions of that label become archived.
pub fn label(tx: &mut Tx, actor: &Actor, version: &Version, stage: Stage, archive: bool) -> Result<Version> {
    if archive && !stage.is_active() {
        return Err(invalid("archive_existing_versions", "has a meaning for Staging and Production only"));
    }
    let model = writable(tx, actor, version)?;
    if archive {
        store::archive(tx, model.id, stage)?;
    }
    store::set_stage(tx, version.id, stage)?;
    registry::store::touch(tx, model.id)?;
    let body = json!({ "version": version.number, "stage": stage.as_str(), "archived_others": archive });
    emit(tx, actor, &model, "version.labelled", body)?;
    store::get(tx, model.id, version.number)?.ok_or_else(absent)
}

/// Really deletes it, and its aliases with it. Its number is not given out again.
pub fn delete(tx: &mut Tx, actor: &Actor, version: &Version) -> Result<()> {
    let model = writable(tx, actor, version)?;
    store::delete(tx, version.id)?;
    registry::store::touch(tx, model.id)?;
    emit(tx, actor, &model, "version.deleted", json!({ "version": version.number, "run": version.run }))
}

pub fn set_tag(tx: &mut Tx, actor: &Actor, version: &Version, key: &str, value: &str) -> Result<()> {
    prompt::check_pair("", key, value)?;
    let model = writable(tx, actor, version)?;
    prompt::check_tag(&model, key, value)?;
    if store::tag(tx, version.id, key)?.as_deref() == Some(value) {
        return Ok(());
    }
    store::set_tags(tx, version.id, &[(key, value)])?;
    let body = json!({ "version": version.number, "key": key, "value": told(value) });
    emit(tx, actor, &model, "version.tagged", body)
}

/// One that is not there is no obstacle.
pub fn delete_tag(tx: &mut Tx, actor: &Actor, version: &Version, key: &str) -> Result<()> {
    limit::check_key("key", key)?;
    let model = writable(tx, actor, version)?;
    prompt::check_tag_deletion(&model, key)?;
    if !store::delete_tag(tx, version.id, key)? {
        return Ok(());
    }
    emit(tx, actor, &model, "version.untagged", json!({ "version": version.number, "key": key }))
}

fn writable(tx: &mut Tx, actor: &Actor, version: &Version) -> Result<Model> {
    find(tx, actor, Right::Track, version.model)
}
