//! What is done with a registered model: register, describe, rename, tag, unregister.

use base::{
    Error, ProjectId, RegisteredModelId, Result,
    refuse::{conflict, internal, invalid, not_found},
    text,
};
use db::Tx;
use people::{Actor, Right, project};
use serde_json::json;

use super::{Model, find, prompt, store};
use crate::{allow, limit};

#[derive(Clone, Debug, Default)]
pub struct New {
    pub name: String,
    pub description: Option<String>,
    /// The tag [`prompt::IS_PROMPT`] makes it a prompt.
    pub tags: Vec<(String, String)>,
}

pub fn register(tx: &mut Tx, actor: &Actor, project: &ProjectId, new: &New) -> Result<Model> {
    allow(tx, actor, Right::Track, project, "project")?;
    check_name("name", &new.name)?;
    text::check_shown("name", &new.name)?;
    check_description(new.description.as_deref())?;
    let tags = prompt::checked(&new.tags)?;
    let is_prompt = prompt::is_prompt(&new.tags);
    check_free(tx, project, &new.name, is_prompt)?;
    let id = store::add(tx, project, new, is_prompt, &actor.user).map_err(|e| clash(e, &new.name))?;
    store::set_tags(tx, id, &tags)?;
    let model = loaded(tx, id)?;
    let kind = if is_prompt { "prompt.registered" } else { "model.registered" };
    emit(tx, actor, &model, kind, json!({ "name": model.name }))?;
    Ok(model)
}

/// None takes the description away.
pub fn describe(tx: &mut Tx, actor: &Actor, id: RegisteredModelId, description: Option<&str>) -> Result<Model> {
    check_description(description)?;
    let model = find(tx, actor, Right::Track, id)?;
    store::set_description(tx, id, description)?;
    emit(tx, actor, &model, "model.described", json!({}))?;
    loaded(tx, id)
}

/// Versions, tags and aliases stay with it.
pub fn rename(tx: &mut Tx, actor: &Actor, id: RegisteredModelId, name: &str) -> Result<Model> {
    check_name("new_name", name)?;
    let model = find(tx, actor, Right::Track, id)?;
    if name != model.name {
        text::check_shown("new_name", name)?;
        check_free(tx, &model.project, name, model.prompt)?;
    }
    store::rename(tx, id, name).map_err(|e| clash(e, name))?;
    emit(tx, actor, &model, "model.renamed", json!({ "from": model.name, "to": name }))?;
    loaded(tx, id)
}

/// Really deletes it with all that belongs to it; the name is free again.
pub fn unregister(tx: &mut Tx, actor: &Actor, id: RegisteredModelId) -> Result<()> {
    let model = find(tx, actor, Right::Track, id)?;
    store::delete(tx, id)?;
    let kind = if model.prompt { "prompt.unregistered" } else { "model.unregistered" };
    emit(tx, actor, &model, kind, json!({ "name": model.name, "versions": model.numbered }))
}

pub fn set_tag(tx: &mut Tx, actor: &Actor, id: RegisteredModelId, key: &str, value: &str) -> Result<()> {
    prompt::check_pair("", key, value)?;
    let model = find(tx, actor, Right::Track, id)?;
    prompt::check_tag(&model, key, value)?;
    if store::tag(tx, id, key)?.as_deref() == Some(value) {
        return Ok(());
    }
    store::set_tags(tx, id, &[(key, value)])?;
    emit(tx, actor, &model, "model.tagged", json!({ "key": key, "value": told(value) }))
}

/// One that is not there is no obstacle.
pub fn delete_tag(tx: &mut Tx, actor: &Actor, id: RegisteredModelId, key: &str) -> Result<()> {
    limit::check_key("key", key)?;
    let model = find(tx, actor, Right::Track, id)?;
    prompt::check_tag_deletion(&model, key)?;
    if !store::delete_tag(tx, id, key)? {
        return Ok(());
    }
    emit(tx, actor, &model, "model.untagged", json!({ "key": key }))
}

/// A tag's value as the log tells it: it is kept for ever, so whole texts are left to the tag itself.
pub(super) fn told(value: &str) -> Option<&str> {
    (value.len() <= MOST_TOLD).then_some(value)
}

const MOST_TOLD: usize = 1_000;

/// Writes the event, and has lists of the project's models read again.
pub(super) fn emit(
    tx: &mut Tx,
    actor: &Actor,
    model: &Model,
    kind: &'static str,
    body: serde_json::Value,
) -> Result<()> {
    let key = project::get(tx, &model.project)?.key;
    tx.touch(Some(&model.project), format!("project:{key}"));
    tx.emit(actor.event(kind, model.subject()).project(&model.project).body(body)).map(drop)
}

pub(super) fn loaded(tx: &mut Tx, id: RegisteredModelId) -> Result<Model> {
    store::get(tx, id)?.ok_or_else(|| internal("the registered model is gone"))
}

/// Addresses like `models:/NAME/3` and `models:/NAME@champion` name it.
pub(super) fn check_name(field: &str, name: &str) -> Result<()> {
    limit::check_name(field, name, limit::REGISTERED_NAME)?;
    if name.trim().is_empty() {
        return Err(invalid(field, "must not be empty"));
    }
    if let Some(odd) = name.chars().find(|c| matches!(c, '/' | ':') || c.is_control()) {
        return Err(invalid(field, format!("contains {odd:?}; it must have no / and no :")));
    }
    if matches!(name, "." | "..") {
        return Err(invalid(field, "must not be . or .."));
    }
    Ok(())
}

pub(super) fn check_description(description: Option<&str>) -> Result<()> {
    limit::check_length("description", description.unwrap_or_default(), limit::DESCRIPTION)
}

fn check_free(tx: &mut Tx, project: &ProjectId, name: &str, wants_prompt: bool) -> Result<()> {
    let Some(known) = store::by_name(tx, project, name)? else { return Ok(()) };
    Err(taken(name, if known.prompt { "prompt" } else { "registered model" }, known.prompt != wants_prompt))
}

fn clash(error: Error, name: &str) -> Error {
    error.on("registered_model_name", || taken(name, "registered model or prompt", false))
}

fn taken(name: &str, what: &str, is_other: bool) -> Error {
    let mut detail = format!("A {what} named {name:?} exists already in this project.");
    if is_other {
        detail += " A model and a prompt cannot share a name: choose another.";
    }
    conflict(detail).with("taken", name)
}

pub(super) fn absent() -> Error {
    not_found("model version")
}
