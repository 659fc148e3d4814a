use std::collections::HashSet;

use base::{EvaluationDatasetId, ExperimentId, ProjectId, Result, Time, refuse::internal};
use db::{Query, Row, Tx, Value, params};
use people::Actor;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::{Brought, Dataset, Record};

pub const DATASETS: &str =
    "SELECT dataset.num, dataset.id, dataset.project, dataset.name, dataset.digest, dataset.shape,
        dataset.created_at, dataset.updated_at, dataset.created_by, dataset.updated_by,
        (SELECT COUNT(*) FROM evaluation_record WHERE evaluation_record.dataset = dataset.num)
    FROM evaluation_dataset dataset";

pub fn read(row: &Row) -> Result<Dataset> {
    Ok(Dataset {
        num: row.get(0)?,
        id: row.get(1)?,
        project: row.get(2)?,
        name: row.get(3)?,
        digest: row.get(4)?,
        shape: row.get(5)?,
        created_at: row.get(6)?,
        updated_at: row.get(7)?,
        created_by: row.get(8)?,
        updated_by: row.get(9)?,
        records: row.get(10)?,
    })
}

pub fn get(tx: &mut Tx, id: &EvaluationDatasetId) -> Result<Option<Dataset>> {
    tx.first(&format!("{DATASETS} WHERE dataset.id = $1"), params![id], read)
}

pub fn add(
    tx: &mut Tx,
    id: &EvaluationDatasetId,
    project: &ProjectId,
    name: &str,
    by: &str,
    actor: &Actor,
) -> Result<i64> {
    let now = tx.now();
    let sql = "INSERT INTO evaluation_dataset (id, project, name, digest, created_at, updated_at, created_by, updated_by, creator)
               VALUES ($1, $2, $3, $4, $5, $5, $6, $6, $7) RETURNING num";
    tx.one(sql, params![id, project, name, short_digest(name.as_bytes()), now, by, &actor.user], |row| row.get(0))
}

/// What it was before it came.
pub fn set_past(tx: &mut Tx, dataset: i64, brought: &Brought) -> Result<()> {
    let sql = "UPDATE evaluation_dataset SET created_at = $1, updated_at = $2, updated_by = $3 WHERE num = $4";
    let row = params![brought.created_at, brought.updated_at, brought.updated_by.as_deref(), dataset];
    tx.run(sql, row).map(drop)
}

fn short_digest(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes)[..4])
}

/// Renews the digest from all records, and says who changed what.
pub fn set_content(
    tx: &mut Tx,
    dataset: &Dataset,
    shape: Option<&str>,
    by: Option<&str>,
    updated_at: Time,
) -> Result<()> {
    let mut digest = Sha256::new();
    digest.update(dataset.name.as_bytes());
    let all = "SELECT inputs_sha256, outputs, expectations, tags FROM evaluation_record WHERE dataset = $1 ORDER BY inputs_sha256";
    tx.each(all, params![dataset.num], |row| {
        digest.update(row.get::<String>(0)?);
        for place in 1..4 {
            digest.update([0]);
            digest.update(row.get::<Option<String>>(place)?.unwrap_or_default());
        }
        Ok(())
    })?;
    let digest = hex::encode(&digest.finalize()[..4]);
    let sql = "UPDATE evaluation_dataset SET digest = $1, shape = $2, updated_at = $3, updated_by = $4 WHERE num = $5";
    tx.run(sql, params![digest, shape, updated_at, by, dataset.num]).map(drop)
}

pub fn delete(tx: &mut Tx, dataset: i64) -> Result<()> {
    for sql in [
        "DELETE FROM evaluation_record WHERE dataset = $1",
        "DELETE FROM evaluation_dataset_tag WHERE dataset = $1",
        "DELETE FROM evaluation_dataset_experiment WHERE dataset = $1",
        "DELETE FROM evaluation_dataset WHERE num = $1",
    ] {
        tx.run(sql, params![dataset])?;
    }
    Ok(())
}

pub fn tags(tx: &mut Tx, dataset: i64) -> Result<Vec<(String, String)>> {
    let sql = "SELECT key, value FROM evaluation_dataset_tag WHERE dataset = $1 ORDER BY key";
    tx.all(sql, params![dataset], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub fn set_tags(tx: &mut Tx, dataset: i64, tags: &[(String, String)]) -> Result<()> {
    put_tags(tx, dataset, tags, " ON CONFLICT (dataset, key) DO UPDATE SET value = excluded.value")
}

/// Those that it has stay as they are.
pub fn add_tags(tx: &mut Tx, dataset: i64, tags: &[(String, String)]) -> Result<()> {
    put_tags(tx, dataset, tags, " ON CONFLICT (dataset, key) DO NOTHING")
}

fn put_tags(tx: &mut Tx, dataset: i64, tags: &[(String, String)], tail: &str) -> Result<()> {
    let row = |(key, value): &(String, String)| [Value::from(dataset), key.clone().into(), value.clone().into()];
    let rows: Vec<Value> = tags.iter().flat_map(row).collect();
    let head = "INSERT INTO evaluation_dataset_tag (dataset, key, value) VALUES";
    tx.insert_many(head, 3, &rows, tail).map(drop)
}

pub fn delete_tag(tx: &mut Tx, dataset: i64, key: &str) -> Result<()> {
    tx.run("DELETE FROM evaluation_dataset_tag WHERE dataset = $1 AND key = $2", params![dataset, key]).map(drop)
}

pub fn experiments(tx: &mut Tx, dataset: i64) -> Result<Vec<ExperimentId>> {
    let sql = "SELECT experiment FROM evaluation_dataset_experiment WHERE dataset = $1 ORDER BY experiment";
    tx.all(sql, params![dataset], |row| row.get(0))
}

pub fn attach(tx: &mut Tx, dataset: i64, experiments: &[ExperimentId]) -> Result<()> {
    let rows: Vec<Value> = experiments.iter().flat_map(|id| [Value::from(dataset), Value::from(*id)]).collect();
    let head = "INSERT INTO evaluation_dataset_experiment (dataset, experiment) VALUES";
    tx.insert_many(head, 2, &rows, " ON CONFLICT DO NOTHING").map(drop)
}

pub fn detach(tx: &mut Tx, dataset: i64, experiments: &[ExperimentId]) -> Result<()> {
    let mut query = Query::new("DELETE FROM evaluation_dataset_experiment WHERE dataset = ");
    query.bind(dataset).push(" AND experiment IN (").bind_all(experiments.iter().copied()).push(")");
    tx.run_q(&query).map(drop)
}

const RECORDS: &str =
    "SELECT num, id, inputs, outputs, expectations, tags, source_type, source, created_by, updated_by,
        created_at, updated_at
    FROM evaluation_record";

fn read_record(row: &Row) -> Result<Record> {
    let json = |text: String| serde_json::from_str::<Json>(&text).map_err(internal);
    let maybe = |place: usize| row.get::<Option<String>>(place)?.map(json).transpose();
    Ok(Record {
        id: row.get(1)?,
        inputs: json(row.get(2)?)?,
        outputs: maybe(3)?,
        expectations: maybe(4)?,
        tags: maybe(5)?,
        source_type: row.get(6)?,
        source: maybe(7)?,
        created_by: row.get(8)?,
        updated_by: row.get(9)?,
        times: Some((row.get(10)?, row.get(11)?)),
    })
}

pub fn record(tx: &mut Tx, dataset: i64, inputs_sha256: &str) -> Result<Option<Record>> {
    let sql = format!("{RECORDS} WHERE dataset = $1 AND inputs_sha256 = $2");
    tx.first(&sql, params![dataset, inputs_sha256], read_record)
}

pub fn digests(tx: &mut Tx, dataset: i64) -> Result<HashSet<String>> {
    let sql = "SELECT inputs_sha256 FROM evaluation_record WHERE dataset = $1";
    Ok(tx.all(sql, params![dataset], |row| row.get(0))?.into_iter().collect())
}

/// In whichever dataset.
pub fn has_record(tx: &mut Tx, id: &str) -> Result<bool> {
    Ok(tx.first("SELECT 1 FROM evaluation_record WHERE id = $1", params![id], |row| row.get::<i64>(0))?.is_some())
}

pub fn records(tx: &mut Tx, dataset: i64, limit: usize, after: i64) -> Result<Vec<(i64, Record)>> {
    let sql = format!("{RECORDS} WHERE dataset = $1 AND num > $2 ORDER BY num LIMIT $3");
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.all(&sql, params![dataset, after, limit], |row| Ok((row.get(0)?, read_record(row)?)))
}

pub fn put_record(
    tx: &mut Tx,
    dataset: i64,
    inputs_sha256: &str,
    record: &Record,
    (created_at, updated_at): (Time, Time),
) -> Result<()> {
    let sql =
        "INSERT INTO evaluation_record (id, dataset, inputs_sha256, inputs, outputs, expectations, tags, source_type,
                   source, created_at, updated_at, created_by, updated_by)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
               ON CONFLICT (dataset, inputs_sha256) DO UPDATE SET outputs = excluded.outputs,
                   expectations = excluded.expectations, tags = excluded.tags, updated_at = excluded.updated_at,
                   updated_by = excluded.updated_by";
    let text = |value: &Option<Json>| value.as_ref().map(Json::to_string);
    let row = params![
        &record.id,
        dataset,
        inputs_sha256,
        record.inputs.to_string(),
        text(&record.outputs),
        text(&record.expectations),
        text(&record.tags),
        record.source_type.as_deref(),
        text(&record.source),
        created_at,
        updated_at,
        record.created_by.as_deref(),
        record.updated_by.as_deref()
    ];
    tx.run(sql, row).map(drop)
}

pub fn delete_records(tx: &mut Tx, dataset: i64, ids: &[String]) -> Result<usize> {
    let mut query = Query::new("DELETE FROM evaluation_record WHERE dataset = ");
    query.bind(dataset).push(" AND id IN (").bind_all(ids.iter().cloned()).push(")");
    tx.run_q(&query)
}
