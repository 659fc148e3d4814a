//! What an MLflow server answers, read leniently: what is absent is empty, numbers may be texts.

use base::{Number, RunId, Time};
use lab::{
    dataset::{Dataset, Input},
    metric::Point,
    model::{self, Measurement},
    run,
};
use serde_json::Value as Json;

use super::{
    super::shape::{Experiment, Model, Pairs, Run},
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
