use base::{ProjectId, Result, TeamId, UserId};
use db::{Tx, Value, params};

use super::Team;
use crate::Person;

pub fn list(tx: &mut Tx, project: &ProjectId) -> Result<Vec<Team>> {
    let sql = "SELECT id, name FROM team WHERE project = $1 ORDER BY name";
    let teams = tx.all(sql, params![project], |row| Ok((row.get(0)?, row.get(1)?)))?;
    teams.into_iter().map(|(id, name)| with_members(tx, id, name)).collect()
}

pub fn get(tx: &mut Tx, project: &ProjectId, id: &TeamId) -> Result<Option<Team>> {
    let sql = "SELECT name FROM team WHERE project = $1 AND id = $2";
    let Some(name) = tx.first(sql, params![project, id], |row| row.get(0))? else { return Ok(None) };
    with_members(tx, id.clone(), name).map(Some)
}

fn with_members(tx: &mut Tx, id: TeamId, name: String) -> Result<Team> {
    let sql = "SELECT u.id, u.email, u.name FROM team_member t JOIN \"user\" u ON u.id = t.user_id
               WHERE t.team = $1 ORDER BY u.name, u.id";
    let members =
        tx.all(sql, params![&id], |row| Ok(Person { id: row.get(0)?, email: row.get(1)?, name: row.get(2)? }))?;
    Ok(Team { id, name, members })
}

pub fn insert(tx: &mut Tx, id: &TeamId, project: &ProjectId, name: &str) -> Result<()> {
    let now = tx.now();
    let sql = "INSERT INTO team (id, project, name, created_at) VALUES ($1, $2, $3, $4)";
    tx.run(sql, params![id, project, name, now]).map(drop)
}

pub fn rename(tx: &mut Tx, id: &TeamId, name: &str) -> Result<()> {
    tx.run("UPDATE team SET name = $1 WHERE id = $2", params![name, id]).map(drop)
}

pub fn set_members(tx: &mut Tx, id: &TeamId, members: &[UserId]) -> Result<()> {
    tx.run("DELETE FROM team_member WHERE team = $1", params![id])?;
    let values: Vec<Value<'_>> = members.iter().flat_map(|user| [Value::from(id), Value::from(user)]).collect();
    if values.is_empty() {
        return Ok(());
    }
    tx.insert_many("INSERT INTO team_member (team, user_id) VALUES", 2, &values, "").map(drop)
}

pub fn delete(tx: &mut Tx, id: &TeamId) -> Result<()> {
    tx.run("DELETE FROM team WHERE id = $1", params![id]).map(drop)
}
