//! Runs: create, read, update, delete, restore, tag.

use base::{Result, RunId, Time};
use db::Tx;
use lab::run::{self, Begun, New, Status, Update};
use people::Actor;
use serde::Serialize;
use serde_json::Value;

use super::{
    answer::{Answer, Done, json},
    ask::Ask,
    fields::{Fields, refused},
    refusal::Refusal,
    shape::{self, Names, RunInfo, RunShape},
    space::{Keys, Space, experiment_id},
};

#[derive(Serialize)]
pub struct One {
    run: RunShape,
}

#[derive(Serialize)]
pub struct Updated {
    run_info: RunInfo,
}

const STATUS: &[(&str, i64, Status)] = &[
    ("RUNNING", 1, Status::Running),
    ("SCHEDULED", 2, Status::Scheduled),
    ("FINISHED", 3, Status::Finished),
    ("FAILED", 4, Status::Failed),
    ("KILLED", 5, Status::Killed),
];

/// Clients send the id under its new name, its old name or both.
pub fn run_id(fields: &mut Fields) -> Result<RunId> {
    let (new, old) = (fields.text("run_id")?, fields.text("run_uuid")?);
    let id = new.filter(|id| !id.is_empty()).or(old.filter(|id| !id.is_empty()));
    id.map(RunId).ok_or_else(|| fields.missing("run_id"))
}

/// Scripts that try many things begin hundreds of runs a second.
pub async fn create(ask: Ask, keys: Keys) -> Answer<One> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let experiment = fields.need_text("experiment_id")?;
    let new = New {
        user_name: fields.text("user_id")?.unwrap_or_default(),
        name: fields.text("run_name")?,
        started_at: Some(Time(fields.int("start_time")?.unwrap_or_default())),
        tags: pairs(&mut fields, "tags")?,
    };
    let caller = keys.enter(&space, &db, &caller).await?;
    let made = db.write(move |tx| {
        let actor = Space::default().settle(tx, &caller)?;
        let experiment = experiment_id(tx, &actor, "experiment_id", &experiment)?;
        let Begun { run, content, experiment } = run::begin(tx, &actor, experiment, &new)?;
        Ok(shape::run(run, content, Names::of_one(&actor, &experiment)))
    });
    Ok(json(One { run: made.await? }))
}

pub async fn get(ask: Ask) -> Answer<One> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let id = run_id(&mut fields)?;
    let found = db.read(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let run = run::get(tx, &actor, &id)?;
        let content = run::content(tx, std::slice::from_ref(&run))?.pop().unwrap_or_default();
        let names = Names::of_run(&actor, &run);
        Ok(shape::run(run, content, names))
    });
    Ok(json(One { run: found.await? }))
}

pub async fn update(ask: Ask) -> Answer<Updated> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let id = run_id(&mut fields)?;
    let update = Update {
        status: fields.choice("status", STATUS)?,
        ended_at: fields.int("end_time")?.map(Time),
        name: fields.text("run_name")?,
    };
    let run_info = db.write(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let run = ship::evidence::update_run(tx, &actor, &id, &update)?;
        let names = Names::of_run(&actor, &run);
        Ok(shape::run_info(run, names))
    });
    Ok(json(Updated { run_info: run_info.await? }))
}

pub async fn delete(ask: Ask) -> Result<Done, Refusal> {
    act(ask, ship::evidence::delete_run).await
}

pub async fn restore(ask: Ask) -> Result<Done, Refusal> {
    act(ask, run::restore).await
}

async fn act(ask: Ask, act: fn(&mut Tx, &Actor, &RunId) -> Result<()>) -> Result<Done, Refusal> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let id = RunId(fields.need_text("run_id")?);
    db.write(move |tx| {
        let actor = space.enter(tx, &caller)?;
        act(tx, &actor, &id)
    })
    .await?;
    Ok(Done)
}

pub async fn set_tag(ask: Ask) -> Result<Done, Refusal> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let id = run_id(&mut fields)?;
    let key = fields.need_text("key")?;
    let value = fields.text("value")?.unwrap_or_default();
    db.write(move |tx| {
        let actor = space.enter(tx, &caller)?;
        run::set_tag(tx, &actor, &id, &key, &value)
    })
    .await?;
    Ok(Done)
}

pub async fn delete_tag(ask: Ask) -> Result<Done, Refusal> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let id = RunId(fields.need_text("run_id")?);
    let key = fields.need_text("key")?;
    db.write(move |tx| {
        let actor = space.enter(tx, &caller)?;
        run::delete_tag(tx, &actor, &id, &key)
    })
    .await?;
    Ok(Done)
}

/// What clients before logged models wrote about a model of a run: a list in one tag.
const MODEL_HISTORY: &str = "mlflow.log-model.history";

pub async fn log_model(ask: Ask) -> Result<Done, Refusal> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let id = run_id(&mut fields)?;
    let text = fields.need_text("model_json")?;
    let model = model_of(&fields, &text)?;
    db.write(move |tx| remember_model(tx, &space, &caller, &id, &model)).await?;
    Ok(Done)
}

fn model_of(fields: &Fields, text: &str) -> Result<Value> {
    let wrong = |why: &str| fields.invalid("model_json", &text.chars().take(100).collect::<String>(), why);
    let model: Value = serde_json::from_str(text).map_err(|_| wrong("it is no JSON."))?;
    for member in ["artifact_path", "flavors", "run_id", "utc_time_created"] {
        if model.get(member).is_none() {
            return Err(wrong(&format!("it must be an object with the member {member}.")));
        }
    }
    Ok(model)
}

fn remember_model(tx: &mut Tx, space: &Space, caller: &Actor, id: &RunId, model: &Value) -> Result<()> {
    let actor = space.enter(tx, caller)?;
    let run = run::get(tx, &actor, id)?;
    let content = run::content(tx, std::slice::from_ref(&run))?.pop().unwrap_or_default();
    let known = content.tags.iter().find(|(key, _)| key == MODEL_HISTORY);
    let mut history: Vec<Value> = known.and_then(|(_, value)| serde_json::from_str(value).ok()).unwrap_or_default();
    history.push(model.clone());
    let value = Value::from(history).to_string();
    if value.chars().count() > lab::limit::TAG_VALUE {
        return Err(refused("The history of this run's models is full. Log models with MLflow 3.".to_owned()));
    }
    run::set_tag(tx, &actor, id, MODEL_HISTORY, &value)
}

/// A list of objects with a key and a value, where the value may be absent.
pub fn pairs(fields: &mut Fields, name: &str) -> Result<Vec<(String, String)>> {
    let read = |mut pair: Fields| Ok((pair.need_text("key")?, pair.text("value")?.unwrap_or_default()));
    fields.objects(name)?.into_iter().map(read).collect()
}
