use base::{ItemId, ProjectId, Result, refuse::internal};
use db::{Query, Tx, params};
use serde_json::Value as Json;

use super::Row;

/// The last event about the item: its number, actor, kind and what it says.
pub fn last_event(tx: &mut Tx, subject: &str) -> Result<Option<(i64, String, String, Json)>> {
    let sql = "SELECT seq, actor, kind, body FROM event WHERE subject = $1 ORDER BY seq DESC LIMIT 1";
    tx.first(sql, params![subject], |row| {
        let body: String = row.get(3)?;
        let mut body: Json = serde_json::from_str(&body).map_err(internal)?;
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, body["data"].take()))
    })
}

/// Where it was before it moved to another project.
pub fn former_projects(tx: &mut Tx, item: ItemId) -> Result<Vec<ProjectId>> {
    let sql = "SELECT DISTINCT b.project FROM former_key f JOIN backlog b ON b.id = f.backlog WHERE f.item = $1";
    tx.all(sql, params![item], |row| row.get(0))
}

/// What happened to it in these projects before one event, the latest first.
pub fn events(tx: &mut Tx, subject: &str, projects: &[ProjectId], before: i64, limit: i64) -> Result<Vec<Row>> {
    let mut query = Query::new("SELECT seq, at, actor, kind, body FROM event WHERE subject = ");
    query.bind(subject.to_owned()).push(" AND seq < ").bind(before).push(" AND project IN (");
    query.bind_all(projects.iter().cloned()).push(") ORDER BY seq DESC LIMIT ").bind(limit);
    tx.all_q(&query, |row| {
        let body: String = row.get(4)?;
        let mut body: Json = serde_json::from_str(&body).map_err(internal)?;
        let (seq, at, actor, kind) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(Row { seq, at, actor, kind, body: body["data"].take() })
    })
}
