//! Logged models: create, read, finish, tag, delete.

use base::{ModelId, Result, RunId};
use db::Tx;
use lab::model::{self, Content, Model, New, Status};
use people::Actor;
use serde::Serialize;

use super::{
    answer::{Answer, Done, json},
    ask::Ask,
    refusal::Refusal,
    runs::pairs,
    shape::{self, MetricShape, Names, Pair},
    space::experiment_id,
};

#[derive(Serialize)]
pub struct One {
    model: ModelShape,
}

#[derive(Debug, Serialize)]
pub struct ModelShape {
    info: Info,
    data: Data,
}

#[derive(Debug, Serialize)]
struct Info {
    model_id: String,
    experiment_id: String,
    name: String,
    creation_timestamp_ms: i64,
    last_updated_timestamp_ms: i64,
    artifact_uri: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_run_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Pair>,
}

#[derive(Debug, Serialize)]
struct Data {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    params: Vec<Pair>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<Measured>,
}

#[derive(Debug, Serialize)]
struct Measured {
    #[serde(flatten)]
    metric: MetricShape,
    model_id: String,
    run_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset_digest: Option<String>,
}

const STATUS: &[(&str, i64, Status)] = &[
    ("LOGGED_MODEL_PENDING", 1, Status::Pending),
    ("LOGGED_MODEL_READY", 2, Status::Ready),
    ("LOGGED_MODEL_UPLOAD_FAILED", 3, Status::Failed),
];

pub fn shape(model: Model, content: Content, names: Names) -> ModelShape {
    let id = model.id.to_string();
    let measured = |measurement: model::Measurement| {
        let (dataset_name, dataset_digest) = measurement.dataset.unzip();
        let filled = |text: &String| !text.is_empty();
        Measured {
            metric: MetricShape::new(measurement.key, measurement.point),
            model_id: id.clone(),
            run_id: measurement.run.0,
            dataset_name: dataset_name.filter(filled),
            dataset_digest: dataset_digest.filter(filled),
        }
    };
    ModelShape {
        data: Data {
            params: shape::pairs(content.params),
            metrics: content.metrics.into_iter().map(measured).collect(),
        },
        info: Info {
            artifact_uri: model.artifact_uri(),
            experiment_id: names.experiment(model.experiment),
            name: model.name,
            creation_timestamp_ms: model.created_at.ms(),
            last_updated_timestamp_ms: model.updated_at.ms(),
            status: STATUS.iter().find(|(_, _, status)| *status == model.status).map_or("", |(name, _, _)| name),
            model_type: model.model_type,
            source_run_id: model.run.map(|run| run.0),
            tags: shape::pairs(content.tags),
            model_id: id,
        },
    }
}

fn one(tx: &mut Tx, actor: &Actor, model: Model) -> Result<One> {
    let content = model::content(tx, std::slice::from_ref(&model))?.pop().unwrap_or_default();
    Ok(One { model: shape(model, content, Names::of(tx, actor)?) })
}

pub async fn create(ask: Ask) -> Answer<One> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let experiment = fields.need_text("experiment_id")?;
    let new = New {
        name: fields.text("name")?,
        model_type: fields.text("model_type")?,
        run: fields.text("source_run_id")?.filter(|run| !run.is_empty()).map(RunId),
        params: pairs(&mut fields, "params")?,
        tags: pairs(&mut fields, "tags")?,
    };
    let made = db.write(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let experiment = experiment_id(tx, &actor, "experiment_id", &experiment)?;
        let model = model::create(tx, &actor, experiment, &new)?;
        one(tx, &actor, model)
    });
    Ok(json(made.await?))
}

pub async fn get(mut ask: Ask) -> Answer<One> {
    let id = model_id(&mut ask)?;
    let Ask { db, caller, space, mut fields, .. } = ask;
    let deleted_too = fields.flag("allow_deleted")?.unwrap_or_default();
    let found = db.read(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let model = model::get(tx, &actor, &id, deleted_too)?;
        one(tx, &actor, model)
    });
    Ok(json(found.await?))
}

pub async fn finish(mut ask: Ask) -> Answer<One> {
    let id = model_id(&mut ask)?;
    let Ask { db, caller, space, mut fields, .. } = ask;
    let status = fields.need_choice("status", STATUS)?;
    let finished = db.write(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let model = ship::evidence::set_model_status(tx, &actor, &id, status)?;
        one(tx, &actor, model)
    });
    Ok(json(finished.await?))
}

pub async fn delete(mut ask: Ask) -> Result<Done, Refusal> {
    let id = model_id(&mut ask)?;
    act(ask, move |tx, actor| ship::evidence::delete_model(tx, actor, &id)).await
}

pub async fn set_tags(mut ask: Ask) -> Result<Done, Refusal> {
    let id = model_id(&mut ask)?;
    let tags = pairs(&mut ask.fields, "tags")?;
    act(ask, move |tx, actor| model::set_tags(tx, actor, &id, &tags)).await
}

pub async fn delete_tag(mut ask: Ask) -> Result<Done, Refusal> {
    let id = model_id(&mut ask)?;
    let key = ask.path.take("tag_key").unwrap_or_default();
    act(ask, move |tx, actor| model::delete_tag(tx, actor, &id, &key)).await
}

pub async fn log_params(mut ask: Ask) -> Result<Done, Refusal> {
    let id = model_id(&mut ask)?;
    let params = pairs(&mut ask.fields, "params")?;
    act(ask, move |tx, actor| model::log_params(tx, actor, &id, &params)).await
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

/// The id in the address. Clients repeat it in the body, where it must not be another.
pub fn model_id(ask: &mut Ask) -> Result<ModelId> {
    let id = ask.path.take("model_id").unwrap_or_default();
    match ask.fields.text("model_id")?.filter(|repeated| !repeated.is_empty()) {
        Some(other) if other != id => Err(ask.fields.invalid("model_id", &other, "the address names another model.")),
        _ => Ok(ModelId(id)),
    }
}
