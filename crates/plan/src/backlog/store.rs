use base::{BacklogId, ProjectId, Result};
use db::{Tx, params};

pub fn of(tx: &mut Tx, project: &ProjectId) -> Result<Option<BacklogId>> {
    tx.first("SELECT id FROM backlog WHERE project = $1", params![project], |row| row.get(0))
}

pub fn project(tx: &mut Tx, id: BacklogId) -> Result<Option<ProjectId>> {
    tx.first("SELECT project FROM backlog WHERE id = $1", params![id], |row| row.get(0))
}

pub fn add(tx: &mut Tx, project: &ProjectId) -> Result<BacklogId> {
    let sql = "INSERT INTO backlog (project, numbered) VALUES ($1, 0) RETURNING id";
    tx.one(sql, params![project], |row| row.get(0))
}

pub fn number(tx: &mut Tx, id: BacklogId) -> Result<i64> {
    let sql = "UPDATE backlog SET numbered = numbered + 1 WHERE id = $1 RETURNING numbered";
    tx.one(sql, params![id], |row| row.get(0))
}
