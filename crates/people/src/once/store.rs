use base::{Result, Time, UserId};
use db::{Tx, params};

/// Keys are forgotten after a day.
const KEPT_DAYS: i64 = 1;

fn oldest(tx: &Tx) -> Time {
    tx.now().plus_days(-KEPT_DAYS)
}

/// The digest of the request, and its answer.
pub fn find(tx: &mut Tx, user: &UserId, key: &str) -> Result<Option<(String, String)>> {
    let sql = "SELECT request, body FROM answer WHERE user_id = $1 AND key = $2 AND at > $3";
    let oldest = oldest(tx);
    tx.first(sql, params![user, key, oldest], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub fn keep(tx: &mut Tx, user: &UserId, key: &str, request: &str, body: &str) -> Result<()> {
    let (now, oldest) = (tx.now(), oldest(tx));
    tx.run("DELETE FROM answer WHERE at <= $1", params![oldest])?;
    let sql = "INSERT INTO answer (user_id, key, request, body, at) VALUES ($1, $2, $3, $4, $5)";
    tx.run(sql, params![user, key, request, body, now]).map(drop)
}
