//! What happened in the registry, as receivers read it.

use std::collections::BTreeMap;

use base::{ProjectId, PromotionId, RegisteredModelId, Result, Time};
use db::Tx;
use feed::webhook::{Happened, Told};
use lab::registry::{self, Model, Version, prompt, version};
use serde_json::{Value as Json, json};

use super::words::{self, halves};

/// The kinds of our events that mean something to receivers.
pub const KINDS: &[&str] = &[
    "model.registered",
    "prompt.registered",
    "model.tagged",
    "model.untagged",
    "version.created",
    "version.tagged",
    "version.untagged",
    "alias.set",
    "alias.removed",
    "deployment.started",
];

/// Says what a prompt's text is made of; clients read it from other places.
const PROMPT_TYPE: &str = "_mlflow_prompt_type";

/// What is gone by now is told to nobody: there is nothing left that a receiver could look at.
pub fn tell(tx: &mut Tx, event: &Happened) -> Result<Vec<Told>> {
    if event.kind == "deployment.started" {
        return deployed(tx, event);
    }
    let Some(model) = model_of(tx, event)? else { return Ok(Vec::new()) };
    let told = match event.kind.as_str() {
        "model.registered" | "prompt.registered" => Some(registered(tx, &model)?),
        "model.tagged" | "model.untagged" if model.prompt => prompt_tag(tx, event, &model)?,
        "version.created" => created(tx, event, &model)?,
        "version.tagged" | "version.untagged" => version_tag(tx, event, &model)?,
        "alias.set" | "alias.removed" => Some(alias(event, &model)),
        _ => None,
    };
    Ok(told.map(|(word, data)| told_at(event.at, word, data)).into_iter().collect())
}

type Word = (&'static str, Json);

fn told_at(at: Time, word: &'static str, data: Json) -> Told {
    Told { word, body: body(word, at, data) }
}

fn body(word: &str, at: Time, data: Json) -> Json {
    let (entity, action) = halves(word);
    json!({ "entity": entity, "action": action, "timestamp": at, "data": data })
}

fn model_of(tx: &mut Tx, event: &Happened) -> Result<Option<Model>> {
    let id = event.subject.strip_prefix("registered_model:").and_then(|id| id.parse().ok());
    id.map_or(Ok(None), |id| registry::load(tx, RegisteredModelId(id)))
}

fn registered(tx: &mut Tx, model: &Model) -> Result<Word> {
    let tags = registry::tags(tx, &[model.id])?.into_iter().map(|(_, key, value)| (key, value));
    let word = if model.prompt { words::PROMPT_CREATED } else { words::MODEL_CREATED };
    Ok((word, json!({ "name": model.name, "tags": shown(model, tags), "description": model.description })))
}

/// Without the tags that only say that it is a prompt.
fn shown(model: &Model, tags: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let inner = |key: &str| model.prompt && [prompt::IS_PROMPT, prompt::TEXT, PROMPT_TYPE].contains(&key);
    tags.filter(|(key, _)| !inner(key)).collect()
}

fn created(tx: &mut Tx, event: &Happened, model: &Model) -> Result<Option<Word>> {
    let Some(version) = version_of(tx, event, model)? else { return Ok(None) };
    let tags: Vec<(String, String)> =
        version::tags(tx, &[version.id])?.into_iter().map(|(_, key, value)| (key, value)).collect();
    let template = tags.iter().find(|(key, _)| key == prompt::TEXT).map(|(_, text)| text.clone());
    let mut data = json!({
        "name": model.name, "version": version.number.to_string(), "tags": shown(model, tags.into_iter()),
        "description": version.description,
    });
    if model.prompt {
        data["template"] = json!(template);
        return Ok(Some((words::PROMPT_VERSION_CREATED, data)));
    }
    data["source"] = json!(version.source);
    data["run_id"] = json!(version.run);
    Ok(Some((words::VERSION_CREATED, data)))
}

fn version_of(tx: &mut Tx, event: &Happened, model: &Model) -> Result<Option<Version>> {
    event.data["version"].as_i64().map_or(Ok(None), |number| version::load(tx, model, number))
}

fn prompt_tag(tx: &mut Tx, event: &Happened, model: &Model) -> Result<Option<Word>> {
    let key = &event.data["key"];
    if event.kind == "model.untagged" {
        return Ok(Some((words::PROMPT_TAG_DELETED, json!({ "name": model.name, "key": key }))));
    }
    let tags = registry::tags(tx, &[model.id])?.into_iter().map(|(_, key, value)| (key, value));
    let value = value_of(event, tags);
    Ok(value.map(|value| (words::PROMPT_TAG_SET, json!({ "name": model.name, "key": key, "value": value }))))
}

fn version_tag(tx: &mut Tx, event: &Happened, model: &Model) -> Result<Option<Word>> {
    let Some(version) = version_of(tx, event, model)? else { return Ok(None) };
    let mut data = json!({ "name": model.name, "version": version.number.to_string(), "key": event.data["key"] });
    if event.kind == "version.untagged" {
        let word = if model.prompt { words::PROMPT_VERSION_TAG_DELETED } else { words::VERSION_TAG_DELETED };
        return Ok(Some((word, data)));
    }
    let tags = version::tags(tx, &[version.id])?.into_iter().map(|(_, key, value)| (key, value));
    let Some(value) = value_of(event, tags) else { return Ok(None) };
    data["value"] = json!(value);
    Ok(Some((if model.prompt { words::PROMPT_VERSION_TAG_SET } else { words::VERSION_TAG_SET }, data)))
}

/// The value that the tag got; of one that is too long for the log, the value that it has.
fn value_of(event: &Happened, mut tags: impl Iterator<Item = (String, String)>) -> Option<String> {
    if let Some(value) = event.data["value"].as_str() {
        return Some(value.to_owned());
    }
    let key = event.data["key"].as_str()?;
    tags.find(|(known, _)| known == key).map(|(_, value)| value)
}

fn alias(event: &Happened, model: &Model) -> Word {
    let alias = &event.data["alias"];
    if event.kind == "alias.removed" {
        let word = if model.prompt { words::PROMPT_ALIAS_DELETED } else { words::ALIAS_DELETED };
        return (word, json!({ "name": model.name, "alias": alias }));
    }
    let word = if model.prompt { words::PROMPT_ALIAS_CREATED } else { words::ALIAS_CREATED };
    (word, json!({ "name": model.name, "alias": alias, "version": event.data["version"].to_string() }))
}

/// A deployment moves the alias that is called like its environment.
fn deployed(tx: &mut Tx, event: &Happened) -> Result<Vec<Told>> {
    let Some(promotion) = event.subject.strip_prefix("promotion:") else { return Ok(Vec::new()) };
    let project: &ProjectId = &event.project;
    let brought = ship::registry::brought(tx, project, &PromotionId::from(promotion))?;
    let told = brought.into_iter().map(|deployed| {
        let version = deployed.version;
        let data =
            json!({ "name": version.name, "alias": deployed.environment, "version": version.number.to_string() });
        told_at(event.at, words::ALIAS_CREATED, data)
    });
    Ok(told.collect())
}

/// The same members as the event itself would have.
pub fn example(word: &str, at: Time) -> Json {
    let (entity, _) = halves(word);
    let name = if entity.starts_with("prompt") { "example_prompt" } else { "example_model" };
    let mut data = json!({ "name": name });
    let mut add = |more: &[(&str, Json)]| more.iter().for_each(|(key, value)| data[*key] = value.clone());
    let (key, value) = (("key", json!("example_key")), ("value", json!("example_value")));
    let version = ("version", json!("1"));
    let (tags, description) =
        (("tags", json!({ "example_key": "example_value" })), ("description", json!("An example")));
    match word {
        words::MODEL_CREATED | words::PROMPT_CREATED => add(&[tags, description]),
        words::VERSION_CREATED => {
            let source = ("source", json!("models:/m-0123456789abcdef0123456789abcdef"));
            add(&[version, source, ("run_id", json!("0123456789abcdef0123456789abcdef")), tags, description]);
        }
        words::PROMPT_VERSION_CREATED => add(&[version, ("template", json!("Hello {{name}}!")), tags, description]),
        words::VERSION_TAG_SET | words::PROMPT_VERSION_TAG_SET => add(&[version, key, value]),
        words::VERSION_TAG_DELETED | words::PROMPT_VERSION_TAG_DELETED => add(&[version, key]),
        words::PROMPT_TAG_SET => add(&[key, value]),
        words::PROMPT_TAG_DELETED => add(&[key]),
        words::ALIAS_CREATED | words::PROMPT_ALIAS_CREATED => add(&[("alias", json!("example_alias")), version]),
        _ => add(&[("alias", json!("example_alias"))]),
    }
    body(word, at, data)
}
