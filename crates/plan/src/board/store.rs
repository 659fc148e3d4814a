use base::{BacklogId, ItemId, Result, StatusId, Time};
use db::{Tx, params};

/// The limit and the policy of a status' column.
pub fn column(tx: &mut Tx, status: StatusId) -> Result<(Option<i64>, String)> {
    let sql = "SELECT most, policy FROM board_column WHERE status = $1";
    Ok(tx.first(sql, params![status], |row| Ok((row.get(0)?, row.get(1)?)))?.unwrap_or_default())
}

pub fn set(tx: &mut Tx, status: StatusId, most: Option<i64>, policy: &str) -> Result<()> {
    let sql = "INSERT INTO board_column (status, most, policy) VALUES ($1, $2, $3)
               ON CONFLICT (status) DO UPDATE SET most = excluded.most, policy = excluded.policy";
    tx.run(sql, params![status, most, policy]).map(drop)
}

pub fn forget(tx: &mut Tx, status: StatusId) -> Result<()> {
    tx.run("DELETE FROM board_column WHERE status = $1", params![status]).map(drop)
}

/// How many items are in the status beside this one, counted up to 10,000.
pub fn count(tx: &mut Tx, status: StatusId, except: Option<ItemId>) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM item WHERE status = $1 AND deleted_at IS NULL AND id <> $2
                   LIMIT 10000) counted";
    tx.one(sql, params![status, except.unwrap_or(ItemId(0))], |row| row.get(0))
}

/// The first of those who are in the status beside this item, by rank.
pub fn inside(tx: &mut Tx, status: StatusId, except: ItemId) -> Result<Vec<ItemId>> {
    let sql = "SELECT id FROM item WHERE status = $1 AND deleted_at IS NULL AND id <> $2 ORDER BY rank LIMIT 100";
    tx.all(sql, params![status, except], |row| row.get(0))
}

/// How many items in the status come before this rank.
pub fn ahead(tx: &mut Tx, status: StatusId, rank: &str, except: ItemId) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM item WHERE status = $1 AND deleted_at IS NULL AND rank < $2 AND id <> $3";
    tx.one(sql, params![status, rank, except], |row| row.get(0))
}

/// The first by rank that can be gone on with.
pub fn first(tx: &mut Tx, status: StatusId) -> Result<Option<ItemId>> {
    let sql =
        "SELECT id FROM item WHERE status = $1 AND deleted_at IS NULL AND blocked_at IS NULL ORDER BY rank LIMIT 1";
    tx.first(sql, params![status], |row| row.get(0))
}

/// When what was done since then was begun, and when it was done; the latest first.
pub fn done_since(tx: &mut Tx, backlog: BacklogId, since: Time) -> Result<Vec<(Time, Time)>> {
    let sql = "SELECT started_at, done_at FROM item
               WHERE backlog = $1 AND done_at >= $2 AND done_at IS NOT NULL AND started_at IS NOT NULL AND deleted_at IS NULL
               ORDER BY done_at DESC LIMIT 10000";
    tx.all(sql, params![backlog, since], |row| Ok((row.get(0)?, row.get(1)?)))
}
