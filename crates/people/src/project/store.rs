use base::{ProjectId, Result, UserId};
use db::{Query, Row, Tx, Value, params};

use super::{Milestone, Project, Workstream};
use crate::Actor;

const SELECT: &str = "SELECT p.id, p.key, p.name, p.workstream, p.created_at, p.version FROM project p";

fn read(row: &Row) -> Result<Project> {
    let workstream = Workstream::stored(row.get(3)?)?;
    let (id, key, name) = (row.get(0)?, row.get(1)?, row.get(2)?);
    Ok(Project { id, key, name, workstream, created_at: row.get(4)?, version: row.get(5)? })
}

pub fn by_key(tx: &mut Tx, key: &str) -> Result<Option<Project>> {
    tx.first(&format!("{SELECT} WHERE p.key = $1"), params![key], read)
}

pub fn get(tx: &mut Tx, id: &ProjectId) -> Result<Option<Project>> {
    tx.first(&format!("{SELECT} WHERE p.id = $1"), params![id], read)
}

pub fn visible(tx: &mut Tx, actor: &Actor) -> Result<Vec<Project>> {
    let mut query = Query::new(SELECT);
    query.push(" WHERE 1 = 1");
    if !actor.admin {
        query.push(" AND EXISTS (SELECT 1 FROM member m WHERE m.project = p.id AND m.user_id = ");
        query.bind(actor.user.clone()).push(")");
    }
    if let Some(bound) = &actor.project {
        query.push(" AND p.id = ").bind(bound.clone());
    }
    query.push(" ORDER BY p.key");
    tx.all_q(&query, read)
}

pub fn insert(tx: &mut Tx, project: &Project, by: &UserId) -> Result<()> {
    let Project { id, key, name, workstream, created_at, version } = project;
    let sql = "INSERT INTO project (id, key, name, workstream, created_at, created_by, version)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    tx.run(sql, params![id, key, name, workstream.as_str(), *created_at, by, *version]).map(drop)
}

pub fn update(tx: &mut Tx, project: &Project) -> Result<()> {
    let Project { id, name, workstream, version, .. } = project;
    let sql = "UPDATE project SET name = $1, workstream = $2, version = $3 WHERE id = $4";
    tx.run(sql, params![name, workstream.as_str(), *version, id]).map(drop)
}

pub fn milestones(tx: &mut Tx, project: &ProjectId) -> Result<Vec<Milestone>> {
    let sql = "SELECT name, day FROM milestone WHERE project = $1 ORDER BY place";
    tx.all(sql, params![project], |row| Ok(Milestone { name: row.get(0)?, date: row.get(1)? }))
}

pub fn set_milestones(tx: &mut Tx, project: &ProjectId, milestones: &[Milestone]) -> Result<()> {
    tx.run("DELETE FROM milestone WHERE project = $1", params![project])?;
    let mut values = Vec::new();
    for (place, milestone) in (0_i64..).zip(milestones) {
        let row: [Value<'_>; 4] = [project.into(), place.into(), (&milestone.name).into(), (&milestone.date).into()];
        values.extend(row);
    }
    if values.is_empty() {
        return Ok(());
    }
    tx.insert_many("INSERT INTO milestone (project, place, name, day) VALUES", 4, &values, "").map(drop)
}
