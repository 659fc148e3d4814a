use base::{ProjectId, Result, Time, TokenId, UserId};
use db::{Query, Row, Tx, params};

use super::Token;
use crate::Scope;

const SELECT: &str = "SELECT t.id, t.name, t.scope, p.key, t.created_at, t.expires_at, t.used_at
                      FROM token t LEFT JOIN project p ON p.id = t.project";

fn read(row: &Row) -> Result<Token> {
    let (id, name, scope) = (row.get(0)?, row.get(1)?, Scope::stored(row.get(2)?)?);
    let (project, created_at) = (row.get(3)?, row.get(4)?);
    Ok(Token { id, name, scope, project, created_at, expires_at: row.get(5)?, used_at: row.get(6)? })
}

pub fn get(tx: &mut Tx, id: &TokenId) -> Result<Token> {
    tx.one(&format!("{SELECT} WHERE t.id = $1"), params![id], read)
}

pub fn list(tx: &mut Tx, user: &UserId, project: Option<&ProjectId>) -> Result<Vec<Token>> {
    let mut query = Query::new(SELECT);
    query.push(" WHERE t.revoked_at IS NULL AND t.user_id = ").bind(user.clone());
    if let Some(project) = project {
        query.push(" AND t.project = ").bind(project.clone());
    }
    query.push(" ORDER BY t.created_at DESC, t.id DESC");
    tx.all_q(&query, read)
}

#[expect(clippy::too_many_arguments, reason = "one for each column")]
pub fn insert(
    tx: &mut Tx,
    id: &TokenId,
    hash: &str,
    user: &UserId,
    name: &str,
    scope: Scope,
    project: Option<&ProjectId>,
    expires_at: Time,
) -> Result<()> {
    let now = tx.now();
    let sql = "INSERT INTO token (id, hash, user_id, name, scope, project, created_at, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    tx.run(sql, params![id, hash, user, name, scope.as_str(), project, now, expires_at]).map(drop)
}

/// Whose it is, and the project that it opens, while it is not revoked.
pub fn owner(tx: &mut Tx, id: &TokenId) -> Result<Option<(UserId, Option<ProjectId>)>> {
    let sql = "SELECT user_id, project FROM token WHERE id = $1 AND revoked_at IS NULL";
    tx.first(sql, params![id], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub fn expires_at(tx: &mut Tx, id: &TokenId) -> Result<Option<Time>> {
    tx.one("SELECT expires_at FROM token WHERE id = $1", params![id], |row| row.get(0))
}

pub fn revoke(tx: &mut Tx, id: &TokenId) -> Result<()> {
    let now = tx.now();
    tx.run("UPDATE token SET revoked_at = $1 WHERE id = $2", params![now, id]).map(drop)
}

pub fn used(tx: &mut Tx, id: &TokenId) -> Result<()> {
    let now = tx.now();
    tx.run("UPDATE token SET used_at = $1 WHERE id = $2", params![now, id]).map(drop)
}
