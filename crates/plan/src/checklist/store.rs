use base::{ItemId, Result};
use db::{Tx, params};

use super::Line;

pub fn all(tx: &mut Tx, item: ItemId) -> Result<Vec<Line>> {
    let sql = "SELECT id, text, done_at, done_by FROM checklist_line WHERE item = $1 ORDER BY place, id";
    tx.all(sql, params![item], |row| {
        Ok(Line { id: row.get(0)?, text: row.get(1)?, done_at: row.get(2)?, done_by: row.get(3)? })
    })
}

/// At the end.
pub fn add(tx: &mut Tx, item: ItemId, text: &str) -> Result<i64> {
    let sql = "INSERT INTO checklist_line (item, text, place)
               VALUES ($1, $2, (SELECT COALESCE(MAX(place), 0) + 1 FROM checklist_line WHERE item = $1)) RETURNING id";
    tx.one(sql, params![item, text], |row| row.get(0))
}

pub fn update(tx: &mut Tx, line: &Line) -> Result<()> {
    let sql = "UPDATE checklist_line SET text = $1, done_at = $2, done_by = $3 WHERE id = $4";
    tx.run(sql, params![&line.text, line.done_at, line.done_by.as_ref(), line.id]).map(drop)
}

pub fn remove(tx: &mut Tx, id: i64) -> Result<()> {
    tx.run("DELETE FROM checklist_line WHERE id = $1", params![id]).map(drop)
}

pub fn forget(tx: &mut Tx, item: ItemId) -> Result<()> {
    tx.run("DELETE FROM checklist_line WHERE item = $1", params![item]).map(drop)
}
