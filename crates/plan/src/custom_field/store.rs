use base::{BacklogId, Result, refuse::internal};
use db::{Query, Tx, params};
use serde_json::json;

use super::{Field, Holds, New};

pub fn all(tx: &mut Tx, backlog: BacklogId) -> Result<Vec<Field>> {
    let sql = "SELECT id, name, holds, choices FROM custom_field WHERE backlog = $1 AND place >= 0
               ORDER BY place, id";
    tx.all(sql, params![backlog], |row| {
        let choices = serde_json::from_value(row.get(3)?).map_err(internal)?;
        Ok(Field { id: row.get(0)?, name: row.get(1)?, holds: Holds::stored(row.get(2)?)?, choices })
    })
}

/// What the fields are called, those that were removed included.
pub fn names(tx: &mut Tx, ids: Vec<i64>) -> Result<Vec<(i64, String)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Query::new("SELECT id, name FROM custom_field WHERE id IN (");
    query.bind_all(ids).push(")");
    tx.all_q(&query, |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Takes the names away, so that they can be given anew in any order.
pub fn set_aside(tx: &mut Tx, backlog: BacklogId) -> Result<()> {
    let sql = "UPDATE custom_field SET folded = ',' || CAST(id AS TEXT) WHERE backlog = $1";
    tx.run(sql, params![backlog]).map(drop)
}

/// Its row stays, so that no other field gets its id and shows its values.
pub fn remove(tx: &mut Tx, id: i64) -> Result<()> {
    tx.run("UPDATE custom_field SET place = -1 WHERE id = $1", params![id]).map(drop)
}

pub fn put(tx: &mut Tx, backlog: BacklogId, field: &New, place: i64) -> Result<()> {
    let (folded, choices) = (field.name.to_lowercase(), json!(field.choices));
    if let Some(id) = field.id {
        let sql = "UPDATE custom_field SET name = $1, folded = $2, choices = $3, place = $4 WHERE id = $5";
        return tx.run(sql, params![&field.name, folded, choices, place, id]).map(drop);
    }
    let sql = "INSERT INTO custom_field (backlog, name, folded, holds, choices, place) VALUES ($1, $2, $3, $4, $5, $6)";
    tx.run(sql, params![backlog, &field.name, folded, field.holds.as_str(), choices, place]).map(drop)
}
