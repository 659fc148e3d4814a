//! What an MLflow server answers, read leniently: what is absent is empty, numbers may be texts.

use std::collections::BTreeMap;

use base::{Number, RunId, Time};
use lab::{
    dataset::{Dataset, Input},
    evaluation::Record,
    metric::Point,
    model::{self, Measurement},
    run,
};
use serde_json::Value as Json;

use super::{
    super::shape::{Dataset as EvaluationDataset, Experiment, Model, Pairs, Registered, Run, Version},
    list,
};

pub fn experiment(one: &Json) -> Option<Experiment> {
    Some(Experiment {
        id: text(one, "experiment_id").filter(|id| !id.is_empty())?,
        name: text(one, "name")?,
        tags: pairs(one, "tags"),
        created_at: whole(&one["creation_time"]),
        deleted: one["lifecycle_stage"] == "deleted",
        ..Experiment::default()
    })
}

pub fn run(one: &Json, deleted: bool) -> Result<Run, String> {
    let (info, data) = (&one["info"], &one["data"]);
    let id = text(info, "run_id").or_else(|| text(info, "run_uuid")).ok_or("the source tells no run_id")?;
    let word = info["status"].as_str().unwrap_or("RUNNING");
    let status = run::Status::parse(word).ok_or_else(|| format!("{id}: the source has the unknown status {word:?}"))?;
    let tags = pairs(data, "tags");
    let tagged = || tags.iter().find(|(key, _)| key == "mlflow.runName").map(|(_, name)| name.clone());
    let inputs = &one["inputs"];
    Ok(Run {
        name: text(info, "run_name").filter(|name| !name.is_empty()).or_else(tagged).unwrap_or_default(),
        user: text(info, "user_id").unwrap_or_default(),
        status,
        started_at: whole(&info["start_time"]).unwrap_or(0),
        ended_at: whole(&info["end_time"]),
        deleted: deleted || info["lifecycle_stage"] == "deleted",
        params: pairs(data, "params"),
        inputs: list(inputs, "dataset_inputs").iter().map(input).collect(),
        read: list(inputs, "model_inputs").iter().filter_map(|model| text(model, "model_id")).collect(),
        made: list(&one["outputs"], "model_outputs").iter().filter_map(made).collect(),
        keys: list(data, "metrics").iter().filter_map(|metric| text(metric, "key")).collect(),
        location: text(info, "artifact_uri").unwrap_or_default(),
        home: Default::default(),
        broken: Vec::new(),
        id,
        tags,
    })
}

fn made(output: &Json) -> Option<(String, i64)> {
    Some((text(output, "model_id")?, whole(&output["step"]).unwrap_or(0)))
}

fn input(one: &Json) -> Input {
    let dataset = &one["dataset"];
    let field = |name: &str| text(dataset, name).unwrap_or_default();
    let dataset = Dataset {
        name: field("name"),
        digest: field("digest"),
        source_type: field("source_type"),
        source: field("source"),
        shape: text(dataset, "schema"),
        profile: text(dataset, "profile"),
    };
    Input { dataset, tags: pairs(one, "tags") }
}

pub fn model(one: &Json) -> Result<Model, String> {
    let (info, data) = (&one["info"], &one["data"]);
    let id = text(info, "model_id").ok_or("the source tells no model_id")?;
    let status = match info["status"].as_str() {
        Some("LOGGED_MODEL_READY") => model::Status::Ready,
        Some("LOGGED_MODEL_UPLOAD_FAILED") => model::Status::Failed,
        _ => model::Status::Pending,
    };
    let created_at = whole(&info["creation_timestamp_ms"]).unwrap_or(0);
    Ok(Model {
        name: text(info, "name").unwrap_or_default(),
        model_type: text(info, "model_type").filter(|word| !word.is_empty()),
        run: text(info, "source_run_id").filter(|id| !id.is_empty()),
        status,
        created_at,
        updated_at: whole(&info["last_updated_timestamp_ms"]).unwrap_or(created_at),
        params: pairs(data, "params"),
        tags: pairs(info, "tags"),
        metrics: list(data, "metrics").iter().filter_map(measurement).collect(),
        location: text(info, "artifact_uri").unwrap_or_default(),
        home: Default::default(),
        broken: Vec::new(),
        id,
    })
}

fn measurement(one: &Json) -> Option<Measurement> {
    let dataset = text(one, "dataset_name").filter(|name| !name.is_empty());
    let dataset = dataset.map(|name| (name, text(one, "dataset_digest").unwrap_or_default()));
    let run = RunId(text(one, "run_id").unwrap_or_default());
    Some(Measurement { key: text(one, "key")?, point: point(one)?, run, dataset })
}

pub fn point(one: &Json) -> Option<Point> {
    let value = match &one["value"] {
        Json::String(word) => Number::from_word(word).map(|number| number.0).or_else(|| word.parse().ok())?,
        // Protocol buffers leave a zero away.
        Json::Null => 0.0,
        number => number.as_f64()?,
    };
    let at = Time(whole(&one["timestamp"]).unwrap_or(0));
    Some(Point { at, step: whole(&one["step"]).unwrap_or(0), value })
}

pub fn registered(one: &Json, prompt: bool) -> Option<Registered> {
    let alias = |alias: &Json| Some((text(alias, "alias")?, whole(&alias["version"])?));
    let created_at = whole(&one["creation_timestamp"]).unwrap_or(0);
    Some(Registered {
        name: text(one, "name").filter(|name| !name.is_empty())?,
        description: text(one, "description").filter(|text| !text.is_empty()),
        created_at,
        updated_at: whole(&one["last_updated_timestamp"]).unwrap_or(created_at),
        prompt,
        tags: pairs(one, "tags"),
        aliases: list(one, "aliases").iter().filter_map(alias).collect(),
        home: Default::default(),
        broken: Vec::new(),
    })
}

pub fn version(one: &Json) -> Option<Version> {
    let filled = |name: &str| text(one, name).filter(|text| !text.is_empty());
    let created_at = whole(&one["creation_timestamp"]).unwrap_or(0);
    Some(Version {
        number: whole(&one["version"])?,
        source: text(one, "source").unwrap_or_default(),
        run: filled("run_id"),
        run_link: filled("run_link"),
        logged_model: filled("model_id"),
        description: filled("description"),
        stage: text(one, "current_stage").unwrap_or_default(),
        created_at,
        updated_at: whole(&one["last_updated_timestamp"]).unwrap_or(created_at),
        tags: pairs(one, "tags"),
        broken: Vec::new(),
    })
}

/// Its tags are a text that holds an object.
pub fn dataset(one: &Json) -> Option<EvaluationDataset> {
    let created_at = whole(&one["created_time"]).unwrap_or(0);
    let tags: BTreeMap<String, Json> = serde_json::from_str(one["tags"].as_str().unwrap_or("{}")).unwrap_or_default();
    let word = |value: Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Some(EvaluationDataset {
        id: text(one, "dataset_id").filter(|id| !id.is_empty())?,
        name: text(one, "name")?,
        tags: tags.into_iter().map(|(key, value)| (key, word(value))).collect(),
        created_by: text(one, "created_by"),
        updated_by: text(one, "last_updated_by"),
        created_at,
        updated_at: whole(&one["last_update_time"]).unwrap_or(created_at),
        experiments: Vec::new(),
    })
}

pub fn record(one: Json) -> Option<Record> {
    let any = |name: &str| one.get(name).filter(|value| !value.is_null()).cloned();
    let created_at = Time(whole(&one["created_time"]).unwrap_or(0));
    Some(Record {
        id: text(&one, "dataset_record_id")?,
        inputs: any("inputs")?,
        outputs: any("outputs"),
        expectations: any("expectations"),
        tags: any("tags"),
        source_type: text(&one, "source_type"),
        source: any("source"),
        created_by: text(&one, "created_by"),
        updated_by: text(&one, "last_updated_by"),
        times: Some((created_at, whole(&one["last_update_time"]).map_or(created_at, Time))),
    })
}

/// 64-bit numbers may come as texts.
pub fn whole(value: &Json) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn text(from: &Json, name: &str) -> Option<String> {
    from[name].as_str().map(str::to_owned)
}

/// A value that is left away is empty.
fn pairs(from: &Json, name: &str) -> Pairs {
    let pair = |one: &Json| Some((text(one, "key")?, text(one, "value").unwrap_or_default()));
    list(from, name).iter().filter_map(pair).collect()
}
