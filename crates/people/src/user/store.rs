use base::{Result, Time, UserId};
use db::{Query, Row, Tx, params};

use super::{State, User};
use crate::Actor;

const SELECT: &str =
    "SELECT u.id, u.email, u.name, u.admin, u.created_at, u.password IS NOT NULL, u.disabled_at FROM \"user\" u";

fn read(row: &Row) -> Result<User> {
    let state = state(row.get(6)?, row.get(5)?);
    let (id, email, name) = (row.get(0)?, row.get(1)?, row.get(2)?);
    Ok(User { id, email, name, admin: row.get(3)?, created_at: row.get(4)?, state })
}

pub fn state(disabled_at: Option<Time>, has_password: bool) -> State {
    match (disabled_at, has_password) {
        (Some(_), _) => State::Disabled,
        (None, false) => State::Invited,
        (None, true) => State::Active,
    }
}

pub fn get(tx: &mut Tx, id: &UserId) -> Result<Option<User>> {
    tx.first(&format!("{SELECT} WHERE u.id = $1"), params![id], read)
}

pub fn some(tx: &mut Tx, ids: &[UserId]) -> Result<Vec<User>> {
    let mut query = Query::new(SELECT);
    query.push(" WHERE u.id IN (").bind_all(ids.iter().cloned()).push(")");
    tx.all_q(&query, read)
}

pub fn by_folded(tx: &mut Tx, folded: &str) -> Result<Option<User>> {
    tx.first(&format!("{SELECT} WHERE u.folded = $1"), params![folded], read)
}

pub fn visible(tx: &mut Tx, actor: &Actor) -> Result<Vec<User>> {
    let mut query = Query::new(SELECT);
    query.push(" WHERE 1 = 1");
    if !actor.admin || actor.project.is_some() {
        query.push(" AND (u.id = ").bind(actor.user.clone());
        query.push(" OR EXISTS (SELECT 1 FROM member m WHERE m.user_id = u.id AND ");
        shared_with(&mut query, actor);
        query.push("))");
    }
    query.push(" ORDER BY u.name, u.id");
    tx.all_q(&query, read)
}

/// The projects of member `m` that the actor may look at.
fn shared_with(query: &mut Query, actor: &Actor) {
    match (&actor.project, actor.admin) {
        (Some(bound), true) => query.push("m.project = ").bind(bound.clone()),
        (bound, _) => {
            query.push("m.project IN (SELECT o.project FROM member o WHERE o.user_id = ").bind(actor.user.clone());
            if let Some(bound) = bound {
                query.push(" AND o.project = ").bind(bound.clone());
            }
            query.push(")")
        }
    };
}

pub fn any(tx: &mut Tx) -> Result<bool> {
    Ok(tx.first("SELECT 1 FROM \"user\" LIMIT 1", params![], |_| Ok(()))?.is_some())
}

pub fn first_admin(tx: &mut Tx) -> Result<Option<User>> {
    let active = "u.admin = TRUE AND u.disabled_at IS NULL AND u.password IS NOT NULL";
    tx.first(&format!("{SELECT} WHERE {active} ORDER BY u.created_at, u.id LIMIT 1"), params![], read)
}

/// Somebody else who is an active administrator of the workspace.
pub fn other_admin(tx: &mut Tx, id: &UserId) -> Result<bool> {
    let sql = "SELECT 1 FROM \"user\" WHERE admin = TRUE AND disabled_at IS NULL AND password IS NOT NULL AND id <> $1 LIMIT 1";
    Ok(tx.first(sql, params![id], |_| Ok(()))?.is_some())
}

pub fn insert(
    tx: &mut Tx,
    id: &UserId,
    email: &str,
    folded: &str,
    name: &str,
    admin: bool,
    password: Option<&str>,
) -> Result<()> {
    let now = tx.now();
    let sql = "INSERT INTO \"user\" (id, email, folded, name, password, admin, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    tx.run(sql, params![id, email, folded, name, password, admin, now]).map(drop)
}

pub fn join(tx: &mut Tx, id: &UserId, name: &str, password: &str) -> Result<()> {
    tx.run("UPDATE \"user\" SET name = $1, password = $2 WHERE id = $3", params![name, password, id]).map(drop)
}

pub fn rename(tx: &mut Tx, id: &UserId, name: &str) -> Result<()> {
    tx.run("UPDATE \"user\" SET name = $1 WHERE id = $2", params![name, id]).map(drop)
}

pub fn set_password(tx: &mut Tx, id: &UserId, password: &str) -> Result<()> {
    tx.run("UPDATE \"user\" SET password = $1 WHERE id = $2", params![password, id]).map(drop)
}

pub fn change(tx: &mut Tx, id: &UserId, admin: bool, disabled: bool) -> Result<()> {
    let disabled_at = disabled.then_some(tx.now());
    tx.run("UPDATE \"user\" SET admin = $1, disabled_at = $2 WHERE id = $3", params![admin, disabled_at, id]).map(drop)
}
