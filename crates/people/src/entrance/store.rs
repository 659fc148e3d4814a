use base::{Result, Time, TokenId, UserId};
use db::{Tx, params};

use crate::{Actor, Scope, session};

/// A user who may come in with this password.
pub struct Candidate {
    pub actor: Actor,
    pub password: String,
    pub knows_device: bool,
}

pub fn by_session(tx: &mut Tx, hash: &str) -> Result<Option<(Actor, Time)>> {
    let now = tx.now();
    let sql = "SELECT u.id, u.name, u.admin, s.seen_at FROM session s JOIN \"user\" u ON u.id = s.user_id
               WHERE s.hash = $1 AND s.expires_at > $2 AND s.seen_at > $3 AND u.disabled_at IS NULL";
    tx.first(sql, params![hash, now, session::unseen_since(now)], |row| {
        let (user, name, admin) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok((Actor { user, name, admin, token: None, scope: Scope::Full, project: None }, row.get(3)?))
    })
}

pub fn by_token(tx: &mut Tx, hash: &str) -> Result<Option<(Actor, Option<Time>)>> {
    let now = tx.now();
    let sql = "SELECT u.id, u.name, u.admin, t.id, t.scope, t.project, t.used_at
               FROM token t JOIN \"user\" u ON u.id = t.user_id
               WHERE t.hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2)
                 AND u.disabled_at IS NULL";
    tx.first(sql, params![hash, now], |row| {
        let (user, name, admin) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (token, scope) = (Some(row.get(3)?), Scope::stored(row.get(4)?)?);
        Ok((Actor { user, name, admin, token, scope, project: row.get(5)? }, row.get(6)?))
    })
}

pub fn candidate(tx: &mut Tx, account: &str, device: Option<&str>) -> Result<Option<Candidate>> {
    let sql = "SELECT id, name, admin, password FROM \"user\"
               WHERE folded = $1 AND password IS NOT NULL AND disabled_at IS NULL";
    let found = tx.first(sql, params![account], |row| {
        let (user, name, admin) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok((Actor { user, name, admin, token: None, scope: Scope::Full, project: None }, row.get(3)?))
    })?;
    let Some((actor, password)) = found else { return Ok(None) };
    let knows_device = match device {
        Some(device) => session::store::knows_device(tx, device, &actor.user)?,
        None => false,
    };
    Ok(Some(Candidate { actor, password, knows_device }))
}

pub fn password(tx: &mut Tx, user: &UserId) -> Result<Option<String>> {
    tx.one("SELECT password FROM \"user\" WHERE id = $1", params![user], |row| row.get(0))
}

/// A user as they are now, through the token if they act through one.
pub fn again(tx: &mut Tx, user: &UserId, token: Option<&TokenId>) -> Result<Option<Actor>> {
    let now = tx.now();
    let Some(token) = token else {
        let sql = "SELECT id, name, admin FROM \"user\" WHERE id = $1 AND disabled_at IS NULL";
        return tx.first(sql, params![user], |row| {
            let (user, name, admin) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Actor { user, name, admin, token: None, scope: Scope::Full, project: None })
        });
    };
    let sql = "SELECT u.id, u.name, u.admin, t.id, t.scope, t.project
               FROM token t JOIN \"user\" u ON u.id = t.user_id
               WHERE t.id = $1 AND u.id = $2 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $3)
                 AND u.disabled_at IS NULL";
    tx.first(sql, params![token, user, now], |row| {
        let (user, name, admin) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (token, scope) = (Some(row.get(3)?), Scope::stored(row.get(4)?)?);
        Ok(Actor { user, name, admin, token, scope, project: row.get(5)? })
    })
}
