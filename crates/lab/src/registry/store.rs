use base::{ProjectId, RegisteredModelId, Result, Time, UserId};
use db::{Query, Row, Tx, Value, params};

use super::{Listing, Model, New, Origin};
use crate::search::store::push_contains;

pub const MODELS: &str =
    "SELECT m.id, m.project, m.name, m.prompt, m.description, m.numbered, m.created_at, m.updated_at
    FROM registered_model m";

pub fn read(row: &Row) -> Result<Model> {
    Ok(Model {
        id: row.get(0)?,
        project: row.get(1)?,
        name: row.get(2)?,
        prompt: row.get(3)?,
        description: row.get(4)?,
        numbered: row.get(5)?,
        created_at: row.get(6)?,
        updated_at: row.get(7)?,
    })
}

pub fn get(tx: &mut Tx, id: RegisteredModelId) -> Result<Option<Model>> {
    tx.first(&format!("{MODELS} WHERE m.id = $1"), params![id], read)
}

pub fn by_name(tx: &mut Tx, project: &ProjectId, name: &str) -> Result<Option<Model>> {
    tx.first(&format!("{MODELS} WHERE m.project = $1 AND m.name = $2"), params![project, name], read)
}

pub fn models(tx: &mut Tx, project: &ProjectId) -> Result<Vec<RegisteredModelId>> {
    let sql = "SELECT id FROM registered_model WHERE project = $1 AND prompt = $2";
    tx.all(sql, params![project, false], |row| row.get(0))
}

pub fn from_origin(tx: &mut Tx, project: &ProjectId, origin: &Origin) -> Result<Option<Model>> {
    let sql = format!(
        "{MODELS} JOIN registered_model_origin o ON o.model = m.id WHERE o.source = $1 AND o.name = $2 AND m.project = $3"
    );
    tx.first(&sql, params![&origin.source, &origin.name, project], read)
}

pub fn note_origin(tx: &mut Tx, id: RegisteredModelId, origin: &Origin) -> Result<()> {
    let sql = "INSERT INTO registered_model_origin (model, source, name) VALUES ($1, $2, $3)";
    tx.run(sql, params![id, &origin.source, &origin.name]).map(drop)
}

pub fn set_times(tx: &mut Tx, id: RegisteredModelId, created_at: Time, updated_at: Time) -> Result<()> {
    let sql = "UPDATE registered_model SET created_at = $1, updated_at = $2 WHERE id = $3";
    tx.run(sql, params![created_at, updated_at, id]).map(drop)
}

pub fn list(tx: &mut Tx, project: &ProjectId, listing: &Listing) -> Result<Vec<Model>> {
    let mut query = Query::new(MODELS);
    query.push(" WHERE m.project = ").bind(project.clone()).push(" AND m.prompt = ").bind(listing.prompts);
    if let Some(q) = &listing.q {
        query.push(" AND ");
        push_contains(&mut query, "m.name", q);
    }
    if let Some((updated_at, id)) = listing.after {
        query.push(" AND (m.updated_at, m.id) < (").bind(updated_at).push(", ").bind(id).push(")");
    }
    query.push(" ORDER BY m.updated_at DESC, m.id DESC LIMIT ").bind(listing.limit.plus_one());
    tx.all_q(&query, read)
}

pub fn add(tx: &mut Tx, project: &ProjectId, new: &New, prompt: bool, by: &UserId) -> Result<RegisteredModelId> {
    let now = tx.now();
    let sql =
        "INSERT INTO registered_model (project, name, prompt, description, numbered, creator, created_at, updated_at)
               VALUES ($1, $2, $3, $4, 0, $5, $6, $6) RETURNING id";
    tx.one(sql, params![project, &new.name, prompt, new.description.as_deref(), by, now], |row| row.get(0))
}

pub fn set_description(tx: &mut Tx, id: RegisteredModelId, description: Option<&str>) -> Result<()> {
    let now = tx.now();
    let sql = "UPDATE registered_model SET description = $1, updated_at = $2 WHERE id = $3";
    tx.run(sql, params![description, now, id]).map(drop)
}

/// Its versions count as changed too: clients see the name on each.
pub fn rename(tx: &mut Tx, id: RegisteredModelId, name: &str) -> Result<()> {
    let now = tx.now();
    tx.run("UPDATE registered_model SET name = $1, updated_at = $2 WHERE id = $3", params![name, now, id])?;
    tx.run("UPDATE model_version SET updated_at = $1 WHERE model = $2", params![now, id]).map(drop)
}

pub fn touch(tx: &mut Tx, id: RegisteredModelId) -> Result<()> {
    let now = tx.now();
    tx.run("UPDATE registered_model SET updated_at = $1 WHERE id = $2", params![now, id]).map(drop)
}

/// The next number for a version.
pub fn count_up(tx: &mut Tx, id: RegisteredModelId) -> Result<i64> {
    let now = tx.now();
    let sql = "UPDATE registered_model SET numbered = numbered + 1, updated_at = $1 WHERE id = $2 RETURNING numbered";
    tx.one(sql, params![now, id], |row| row.get(0))
}

/// The number is taken, and those below it.
pub fn count_to(tx: &mut Tx, id: RegisteredModelId, number: i64) -> Result<()> {
    let sql = "UPDATE registered_model SET numbered = $1 WHERE id = $2 AND numbered < $1";
    tx.run(sql, params![number, id]).map(drop)
}

pub fn delete(tx: &mut Tx, id: RegisteredModelId) -> Result<()> {
    let tags = "DELETE FROM model_version_tag WHERE version IN (SELECT id FROM model_version WHERE model = $1)";
    tx.run("DELETE FROM model_alias WHERE model = $1", params![id])?;
    tx.run(tags, params![id])?;
    tx.run("DELETE FROM model_version WHERE model = $1", params![id])?;
    tx.run("DELETE FROM registered_model_tag WHERE model = $1", params![id])?;
    tx.run("DELETE FROM registered_model_origin WHERE model = $1", params![id])?;
    tx.run("DELETE FROM registered_model WHERE id = $1", params![id]).map(drop)
}

pub fn tags(tx: &mut Tx, models: &[RegisteredModelId]) -> Result<Vec<(RegisteredModelId, String, String)>> {
    let mut query = Query::new("SELECT model, key, value FROM registered_model_tag WHERE model IN (");
    query.bind_all(models.iter().copied()).push(") ORDER BY model, key");
    tx.all_q(&query, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

pub fn set_tags(tx: &mut Tx, id: RegisteredModelId, tags: &[(&str, &str)]) -> Result<()> {
    put_tags(tx, id, tags, " ON CONFLICT (model, key) DO UPDATE SET value = excluded.value")
}

/// Those that it has stay as they are.
pub fn add_tags(tx: &mut Tx, id: RegisteredModelId, tags: &[(&str, &str)]) -> Result<()> {
    put_tags(tx, id, tags, " ON CONFLICT (model, key) DO NOTHING")
}

fn put_tags(tx: &mut Tx, id: RegisteredModelId, tags: &[(&str, &str)], tail: &str) -> Result<()> {
    let row = |(key, value): &(&'_ str, &'_ str)| {
        [Value::from(id), Value::from((*key).to_owned()), Value::from((*value).to_owned())]
    };
    let rows: Vec<Value> = tags.iter().flat_map(row).collect();
    tx.insert_many("INSERT INTO registered_model_tag (model, key, value) VALUES", 3, &rows, tail).map(drop)
}

pub fn tag(tx: &mut Tx, id: RegisteredModelId, key: &str) -> Result<Option<String>> {
    let sql = "SELECT value FROM registered_model_tag WHERE model = $1 AND key = $2";
    tx.first(sql, params![id, key], |row| row.get(0))
}

/// Whether there was one.
pub fn delete_tag(tx: &mut Tx, id: RegisteredModelId, key: &str) -> Result<bool> {
    let gone = tx.run("DELETE FROM registered_model_tag WHERE model = $1 AND key = $2", params![id, key])?;
    Ok(gone > 0)
}
