use base::{Result, Time, UserId};
use db::{Tx, params};

use super::unseen_since;

pub fn insert(tx: &mut Tx, hash: &str, user: &UserId, expires_at: Time, agent: &str) -> Result<()> {
    let now = tx.now();
    let sql =
        "INSERT INTO session (hash, user_id, created_at, seen_at, expires_at, agent) VALUES ($1, $2, $3, $3, $4, $5)";
    tx.run(sql, params![hash, user, now, expires_at, agent]).map(drop)
}

pub fn insert_device(tx: &mut Tx, hash: &str, user: &UserId) -> Result<()> {
    let now = tx.now();
    tx.run("INSERT INTO device (hash, user_id, created_at) VALUES ($1, $2, $3)", params![hash, user, now]).map(drop)
}

pub fn knows_device(tx: &mut Tx, hash: &str, user: &UserId) -> Result<bool> {
    let sql = "SELECT 1 FROM device WHERE hash = $1 AND user_id = $2";
    Ok(tx.first(sql, params![hash, user], |_| Ok(()))?.is_some())
}

/// Whose session it was.
pub fn delete(tx: &mut Tx, hash: &str) -> Result<Option<UserId>> {
    tx.first("DELETE FROM session WHERE hash = $1 RETURNING user_id", params![hash], |row| row.get(0))
}

pub fn delete_all(tx: &mut Tx, user: &UserId) -> Result<()> {
    tx.run("DELETE FROM session WHERE user_id = $1", params![user]).map(drop)
}

pub fn forget_ended(tx: &mut Tx) -> Result<()> {
    let now = tx.now();
    let sql = "DELETE FROM session WHERE expires_at <= $1 OR seen_at <= $2";
    tx.run(sql, params![now, unseen_since(now)])?;
    tx.run("DELETE FROM device WHERE created_at <= $1", params![now.plus_days(-super::DEVICE_DAYS)]).map(drop)
}

pub fn seen(tx: &mut Tx, hash: &str) -> Result<()> {
    let now = tx.now();
    tx.run("UPDATE session SET seen_at = $1 WHERE hash = $2", params![now, hash]).map(drop)
}
