use base::{BacklogId, Result, StatusId};
use db::{Query, Row, Tx, params};

use super::{Category, New, Status, Step};
use crate::item::Kind;

const STATUSES: &str = "SELECT id, name, category, ready, waiting FROM status";

fn read(row: &Row) -> Result<Status> {
    let category = Category::stored(row.get(2)?)?;
    Ok(Status { id: row.get(0)?, name: row.get(1)?, category, ready: row.get(3)?, waiting: row.get(4)? })
}

pub fn all(tx: &mut Tx, backlog: BacklogId) -> Result<Vec<Status>> {
    tx.all(&format!("{STATUSES} WHERE backlog = $1 ORDER BY place, id"), params![backlog], read)
}

pub fn get(tx: &mut Tx, id: StatusId) -> Result<Status> {
    tx.one(&format!("{STATUSES} WHERE id = $1"), params![id], read)
}

pub fn add(tx: &mut Tx, backlog: BacklogId, new: &New, place: i64) -> Result<()> {
    let New { name, category, ready, waiting, .. } = new;
    let sql = "INSERT INTO status (backlog, name, folded, category, ready, waiting, place)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    tx.run(sql, params![backlog, name, super::fold(name), category.as_str(), *ready, *waiting, place]).map(drop)
}

/// Takes the names away, so that they can be given anew in any order.
pub fn set_aside(tx: &mut Tx, backlog: BacklogId) -> Result<()> {
    let sql = "UPDATE status SET folded = ',' || CAST(id AS TEXT) WHERE backlog = $1";
    tx.run(sql, params![backlog]).map(drop)
}

pub fn update(tx: &mut Tx, id: StatusId, wanted: &New, place: i64) -> Result<()> {
    let New { name, category, ready, waiting, .. } = wanted;
    let sql = "UPDATE status SET name = $1, folded = $2, category = $3, ready = $4, waiting = $5, place = $6
               WHERE id = $7";
    tx.run(sql, params![name, super::fold(name), category.as_str(), *ready, *waiting, place, id]).map(drop)
}

pub fn mark_waiting(tx: &mut Tx, id: StatusId, waiting: bool) -> Result<()> {
    tx.run("UPDATE status SET waiting = $1 WHERE id = $2", params![waiting, id]).map(drop)
}

/// How many items are in it, those in the trash included, but not what the trash was emptied of.
pub fn held(tx: &mut Tx, id: StatusId) -> Result<i64> {
    tx.one("SELECT COUNT(*) FROM item WHERE status = $1 AND emptied_at IS NULL", params![id], |row| row.get(0))
}

pub fn remove(tx: &mut Tx, backlog: BacklogId, id: StatusId) -> Result<()> {
    let steps = "DELETE FROM transition WHERE backlog = $1 AND (from_status = $2 OR to_status = $2)";
    tx.run(steps, params![backlog, id])?;
    // What was emptied keeps nothing but its number, yet stands in some status.
    let emptied = "UPDATE item SET status = (SELECT MIN(s.id) FROM status s WHERE s.backlog = $1 AND s.id <> $2)
                   WHERE status = $2 AND emptied_at IS NOT NULL";
    tx.run(emptied, params![backlog, id])?;
    tx.run("DELETE FROM status WHERE id = $1", params![id]).map(drop)
}

pub fn steps(tx: &mut Tx, backlog: BacklogId, kind: Option<Kind>) -> Result<Vec<(Kind, Step)>> {
    let mut query = Query::new("SELECT kind, from_status, to_status FROM transition WHERE backlog = ");
    query.bind(backlog);
    if let Some(kind) = kind {
        query.push(" AND kind = ").bind(kind.as_str());
    }
    query.push(" ORDER BY kind, from_status, to_status");
    tx.all_q(&query, |row| Ok((Kind::stored(row.get(0)?)?, Step { from: row.get(1)?, to: row.get(2)? })))
}

pub fn forget_steps(tx: &mut Tx, backlog: BacklogId) -> Result<()> {
    tx.run("DELETE FROM transition WHERE backlog = $1", params![backlog]).map(drop)
}

pub fn add_step(tx: &mut Tx, backlog: BacklogId, kind: Kind, step: Step) -> Result<()> {
    let sql = "INSERT INTO transition (backlog, kind, from_status, to_status) VALUES ($1, $2, $3, $4)
               ON CONFLICT DO NOTHING";
    tx.run(sql, params![backlog, kind.as_str(), step.from, step.to]).map(drop)
}
