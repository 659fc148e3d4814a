use base::{BacklogId, ItemId, Result, StatusId, Time};
use db::{Row, Tx, params};

/// What is said of the column of a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub status: StatusId,
    pub limit: Option<i64>,
    pub policy: String,
    pub second_half: bool,
    /// Of a second half: whether its status was marked as waiting before it became one.
    pub waited: bool,
}

/// In the order of the statuses.
pub fn frames(tx: &mut Tx, backlog: BacklogId) -> Result<Vec<Frame>> {
    let sql = "SELECT s.id, c.most, COALESCE(c.policy, ''), COALESCE(c.second_half, FALSE),
                   COALESCE(c.waited, FALSE)
               FROM status s LEFT JOIN board_column c ON c.status = s.id WHERE s.backlog = $1 ORDER BY s.place, s.id";
    let read = |row: &Row| {
        Ok(Frame {
            status: row.get(0)?,
            limit: row.get(1)?,
            policy: row.get(2)?,
            second_half: row.get(3)?,
            waited: row.get(4)?,
        })
    };
    tx.all(sql, params![backlog], read)
}

pub fn set(tx: &mut Tx, frame: &Frame) -> Result<()> {
    let sql = "INSERT INTO board_column (status, most, policy, second_half, waited) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (status) DO UPDATE SET most = excluded.most, policy = excluded.policy,
                   second_half = excluded.second_half, waited = excluded.waited";
    let Frame { status, limit, policy, second_half, waited } = frame;
    tx.run(sql, params![*status, *limit, policy.as_str(), *second_half, *waited]).map(drop)
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
pub fn first(tx: &mut Tx, status: StatusId, most: i64) -> Result<Vec<ItemId>> {
    let sql =
        "SELECT id FROM item WHERE status = $1 AND deleted_at IS NULL AND blocked_at IS NULL ORDER BY rank LIMIT $2";
    tx.all(sql, params![status, most], |row| row.get(0))
}

/// When what was done since then was begun, and when it was done; the latest first.
pub fn done_since(tx: &mut Tx, backlog: BacklogId, since: Time) -> Result<Vec<(Time, Time)>> {
    let sql = "SELECT started_at, done_at FROM item
               WHERE backlog = $1 AND done_at >= $2 AND done_at IS NOT NULL AND started_at IS NOT NULL AND deleted_at IS NULL
               ORDER BY done_at DESC LIMIT 10000";
    tx.all(sql, params![backlog, since], |row| Ok((row.get(0)?, row.get(1)?)))
}
