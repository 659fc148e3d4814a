use base::{ExperimentId, ModelId, Result, RunId, Time, UserId, refuse::internal};
use db::{Query, Row, Tx, Value, params};

use super::{Content, Measurement, Model, New, Status};
use crate::{
    metric::{Kept, Measured},
    run::Run,
};

pub const MODELS: &str =
    "SELECT model.num, model.id, model.experiment, experiment.project, model.name, model.model_type,
        model.run, model.status, model.created_at, model.updated_at, model.deleted_at, experiment.location
    FROM logged_model model JOIN experiment ON experiment.id = model.experiment";

pub fn read(row: &Row) -> Result<Model> {
    Ok(Model {
        num: row.get(0)?,
        id: row.get(1)?,
        experiment: row.get(2)?,
        project: row.get(3)?,
        name: row.get(4)?,
        model_type: row.get(5)?,
        run: row.get(6)?,
        status: status(row.get(7)?)?,
        created_at: row.get(8)?,
        updated_at: row.get(9)?,
        deleted_at: row.get(10)?,
        location: row.get(11)?,
    })
}

fn status(number: i64) -> Result<Status> {
    Status::from_number(number).ok_or_else(|| internal(format!("{number} is no status of a model")))
}

pub fn get(tx: &mut Tx, id: &ModelId) -> Result<Option<Model>> {
    tx.first(&format!("{MODELS} WHERE model.id = $1"), params![id], read)
}

pub fn made_by(tx: &mut Tx, run: &Run, name: &str) -> Result<Option<Model>> {
    let sql = format!(
        "{MODELS} WHERE model.experiment = $1 AND model.run = $2 AND model.name = $3 AND model.deleted_at IS NULL
         ORDER BY model.num DESC LIMIT 1"
    );
    tx.first(&sql, params![run.experiment, &run.id, name], read)
}

/// The small key of a model in the same project as the run.
pub fn beside(tx: &mut Tx, id: &ModelId, run: &RunId) -> Result<Option<i64>> {
    let sql = "SELECT model.num FROM logged_model model JOIN experiment mine ON mine.id = model.experiment
               JOIN run ON run.id = $2 JOIN experiment theirs ON theirs.id = run.experiment
               WHERE model.id = $1 AND mine.project = theirs.project AND model.deleted_at IS NULL";
    tx.first(sql, params![id, run], |row| row.get(0))
}

pub fn named(tx: &mut Tx, experiment: ExperimentId, ids: &[ModelId]) -> Result<Vec<(ModelId, String, Status)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Query::new("SELECT id, name, status FROM logged_model WHERE deleted_at IS NULL AND id IN (");
    query.bind_all(ids.iter().cloned()).push(") AND experiment = ").bind(experiment);
    tx.all_q(&query, |row| Ok((row.get(0)?, row.get(1)?, status(row.get(2)?)?)))
}

pub fn add(tx: &mut Tx, id: &ModelId, experiment: ExperimentId, name: &str, new: &New) -> Result<i64> {
    let now = tx.now();
    let sql = "INSERT INTO logged_model (id, experiment, name, model_type, run, status, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, 1, $6, $6) RETURNING num";
    let row = params![id, experiment, name, new.model_type.as_deref(), new.run.as_ref(), now];
    tx.one(sql, row, |row| row.get(0))
}

pub fn add_author(tx: &mut Tx, model: i64, user: &UserId) -> Result<()> {
    let sql = "INSERT INTO logged_model_author (model, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    tx.run(sql, params![model, user]).map(drop)
}

/// What was logged elsewhere keeps its days.
pub fn set_times(tx: &mut Tx, model: i64, created_at: Time, updated_at: Time) -> Result<()> {
    let sql = "UPDATE logged_model SET created_at = $1, updated_at = $2 WHERE num = $3";
    tx.run(sql, params![created_at, updated_at, model]).map(drop)
}

pub fn set_status(tx: &mut Tx, model: i64, status: Status) -> Result<()> {
    let now = tx.now();
    let sql = "UPDATE logged_model SET status = $1, updated_at = $2 WHERE num = $3";
    tx.run(sql, params![status.number(), now, model]).map(drop)
}

pub fn set_deleted(tx: &mut Tx, model: i64) -> Result<()> {
    let now = tx.now();
    let sql = "UPDATE logged_model SET deleted_at = $1, updated_at = $1 WHERE num = $2";
    tx.run(sql, params![now, model]).map(drop)
}

pub fn set_tags(tx: &mut Tx, model: i64, tags: &[(&str, &str)]) -> Result<()> {
    let tail = " ON CONFLICT (model, key) DO UPDATE SET value = excluded.value";
    tx.insert_many("INSERT INTO logged_model_tag (model, key, value) VALUES", 3, &rows(model, tags), tail).map(drop)
}

/// Answers how many were new.
pub fn add_params(tx: &mut Tx, model: i64, params: &[(&str, &str)]) -> Result<usize> {
    let head = "INSERT INTO logged_model_param (model, key, value) VALUES";
    tx.insert_many(head, 3, &rows(model, params), " ON CONFLICT DO NOTHING")
}

pub fn params(tx: &mut Tx, model: i64) -> Result<Vec<(String, String)>> {
    let sql = "SELECT key, value FROM logged_model_param WHERE model = $1 ORDER BY key";
    tx.all(sql, params![model], |row| Ok((row.get(0)?, row.get(1)?)))
}

fn rows<'a>(model: i64, pairs: &[(&'a str, &'a str)]) -> Vec<Value<'a>> {
    pairs.iter().flat_map(|(key, value)| [Value::from(model), Value::from(*key), Value::from(*value)]).collect()
}

pub fn delete_tag(tx: &mut Tx, model: i64, key: &str) -> Result<bool> {
    Ok(tx.run("DELETE FROM logged_model_tag WHERE model = $1 AND key = $2", params![model, key])? > 0)
}

pub fn add_metric(tx: &mut Tx, model: i64, run: &RunId, on: &Measured, key: &str, kept: Kept) -> Result<()> {
    let sql = "INSERT INTO logged_model_metric (model, key, at, step, value, odd, run, dataset, digest)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
    let row = params![model, key, kept.at, kept.step, kept.value, kept.odd, run, &on.dataset, &on.digest];
    tx.run(sql, row).map(drop)
}

pub fn content(tx: &mut Tx, model: i64) -> Result<Content> {
    let pair = |row: &Row| Ok((row.get(0)?, row.get(1)?));
    let tags = "SELECT key, value FROM logged_model_tag WHERE model = $1 ORDER BY key";
    let metrics = "SELECT key, step, at, value, odd, run, dataset, digest FROM logged_model_metric WHERE model = $1
                   ORDER BY key, at, step, value, run, dataset, digest";
    Ok(Content {
        params: params(tx, model)?,
        tags: tx.all(tags, params![model], pair)?,
        metrics: tx.all(metrics, params![model], |row| {
            let kept = Kept { step: row.get(1)?, at: row.get(2)?, value: row.get(3)?, odd: row.get(4)? };
            let (dataset, digest): (String, String) = (row.get(6)?, row.get(7)?);
            let dataset = (!dataset.is_empty()).then_some((dataset, digest));
            Ok(Measurement { key: row.get(0)?, point: kept.point(), run: row.get(5)?, dataset })
        })?,
    })
}
