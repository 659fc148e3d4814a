use base::{Result, Time, UserId};
use db::{Tx, params};

use super::Purpose;

pub fn insert(tx: &mut Tx, hash: &str, purpose: Purpose, user: Option<&UserId>, expires_at: Time) -> Result<()> {
    let now = tx.now();
    let sql = "INSERT INTO link (hash, purpose, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)";
    tx.run(sql, params![hash, purpose.as_str(), user, now, expires_at]).map(drop)
}

pub fn find(tx: &mut Tx, hash: &str, purpose: Purpose) -> Result<Option<Option<UserId>>> {
    let now = tx.now();
    let sql = "SELECT user_id FROM link WHERE hash = $1 AND purpose = $2 AND expires_at > $3";
    tx.first(sql, params![hash, purpose.as_str(), now], |row| row.get(0))
}

pub fn is_out(tx: &mut Tx, purpose: Purpose, user: &UserId) -> Result<bool> {
    let now = tx.now();
    let sql = "SELECT 1 FROM link WHERE purpose = $1 AND user_id = $2 AND expires_at > $3";
    Ok(tx.first(sql, params![purpose.as_str(), user, now], |_| Ok(()))?.is_some())
}

pub fn delete(tx: &mut Tx, purpose: Purpose, user: Option<&UserId>) -> Result<()> {
    let sql = "DELETE FROM link WHERE purpose = $1 AND user_id IS NOT DISTINCT FROM $2";
    tx.run(sql, params![purpose.as_str(), user]).map(drop)
}
