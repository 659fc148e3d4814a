use std::collections::HashSet;

use base::{ProjectId, Result, UserId, refuse::internal};
use db::{Query, Row, Tx, Value, params};
use serde_json::{Value as Json, json};

use super::{Duty, Member, Seat, SeatedUser};
use crate::{Person, Role, user};

pub fn role(tx: &mut Tx, project: &ProjectId, user: &UserId) -> Result<Option<Role>> {
    let sql = "SELECT role FROM member WHERE project = $1 AND user_id = $2";
    tx.first(sql, params![project, user], |row| Role::stored(row.get(0)?))
}

pub fn among(tx: &mut Tx, project: &ProjectId, users: &[UserId]) -> Result<HashSet<UserId>> {
    let mut query = Query::new("SELECT user_id FROM member WHERE project = ");
    query.bind(project.clone()).push(" AND user_id IN (").bind_all(users.iter().cloned()).push(")");
    Ok(tx.all_q(&query, |row| row.get(0))?.into_iter().collect())
}

pub fn duties(tx: &mut Tx, project: &ProjectId, user: &UserId) -> Result<Vec<Duty>> {
    let sql = "SELECT duty FROM duty WHERE project = $1 AND user_id = $2";
    let mut duties = tx.all(sql, params![project, user], |row| Duty::stored(row.get(0)?))?;
    duties.sort();
    Ok(duties)
}

pub fn holders(tx: &mut Tx, project: &ProjectId, duty: Duty) -> Result<Vec<Person>> {
    let sql = "SELECT u.id, u.email, u.name FROM duty d JOIN \"user\" u ON u.id = d.user_id
               WHERE d.project = $1 AND d.duty = $2 AND u.disabled_at IS NULL AND u.password IS NOT NULL
               ORDER BY u.name, u.id";
    tx.all(sql, params![project, duty.as_str()], |row| {
        Ok(Person { id: row.get(0)?, email: row.get(1)?, name: row.get(2)? })
    })
}

pub fn list(tx: &mut Tx, project: &ProjectId) -> Result<Vec<Member>> {
    let sql = "SELECT u.id, u.email, u.name, u.disabled_at, u.password IS NOT NULL, m.role, m.trades
               FROM member m JOIN \"user\" u ON u.id = m.user_id WHERE m.project = $1 ORDER BY u.name, u.id";
    let mut members = tx.all(sql, params![project], |row| {
        let state = user::store::state(row.get(3)?, row.get(4)?);
        let user = SeatedUser { id: row.get(0)?, email: row.get(1)?, name: row.get(2)?, state };
        Ok(Member { user, role: Role::stored(row.get(5)?)?, trades: trades(row, 6)?, duties: Vec::new() })
    })?;
    let sql = "SELECT user_id, duty FROM duty WHERE project = $1 ORDER BY duty";
    let duties = tx.all(sql, params![project], |row| Ok((row.get::<UserId>(0)?, Duty::stored(row.get(1)?)?)))?;
    for member in &mut members {
        member.duties = duties.iter().filter(|(user, _)| *user == member.user.id).map(|(_, duty)| *duty).collect();
        member.duties.sort();
    }
    Ok(members)
}

fn trades(row: &Row, place: usize) -> Result<Vec<String>> {
    serde_json::from_value(row.get::<Json>(place)?).map_err(internal)
}

pub fn seat(tx: &mut Tx, project: &ProjectId, user: &UserId) -> Result<Option<Seat>> {
    let sql = "SELECT role, trades FROM member WHERE project = $1 AND user_id = $2";
    let found = tx.first(sql, params![project, user], |row| Ok((Role::stored(row.get(0)?)?, trades(row, 1)?)))?;
    let Some((role, trades)) = found else { return Ok(None) };
    Ok(Some(Seat { role, trades, duties: duties(tx, project, user)? }))
}

pub fn seats(tx: &mut Tx, user: &UserId) -> Result<Vec<(ProjectId, Seat)>> {
    let projects = tx.all("SELECT project FROM member WHERE user_id = $1", params![user], |row| row.get(0))?;
    let mut seats = Vec::new();
    for project in projects {
        if let Some(found) = seat(tx, &project, user)? {
            seats.push((project, found));
        }
    }
    Ok(seats)
}

/// Somebody else who is an admin of the project and can sign in.
pub fn other_admin(tx: &mut Tx, project: &ProjectId, user: &UserId) -> Result<bool> {
    let sql = "SELECT 1 FROM member m JOIN \"user\" u ON u.id = m.user_id
               WHERE m.project = $1 AND m.role = 'admin' AND m.user_id <> $2
                 AND u.disabled_at IS NULL AND u.password IS NOT NULL LIMIT 1";
    Ok(tx.first(sql, params![project, user], |_| Ok(()))?.is_some())
}

pub fn set(tx: &mut Tx, project: &ProjectId, user: &UserId, seat: &Seat) -> Result<()> {
    let now = tx.now();
    let sql = "INSERT INTO member (project, user_id, role, trades, added_at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (project, user_id) DO UPDATE SET role = $3, trades = $4";
    tx.run(sql, params![project, user, seat.role.as_str(), json!(seat.trades), now])?;
    forget_duties(tx, project, user)?;
    let mut values: Vec<Value<'_>> = Vec::new();
    for duty in &seat.duties {
        values.extend([project.into(), user.into(), duty.as_str().into()]);
    }
    if values.is_empty() {
        return Ok(());
    }
    tx.insert_many("INSERT INTO duty (project, user_id, duty) VALUES", 3, &values, "").map(drop)
}

fn forget_duties(tx: &mut Tx, project: &ProjectId, user: &UserId) -> Result<()> {
    tx.run("DELETE FROM duty WHERE project = $1 AND user_id = $2", params![project, user]).map(drop)
}

pub fn remove(tx: &mut Tx, project: &ProjectId, user: &UserId) -> Result<()> {
    forget_duties(tx, project, user)?;
    let teams = "DELETE FROM team_member WHERE user_id = $1 AND team IN (SELECT id FROM team WHERE project = $2)";
    tx.run(teams, params![user, project])?;
    tx.run("DELETE FROM member WHERE project = $1 AND user_id = $2", params![project, user]).map(drop)
}
