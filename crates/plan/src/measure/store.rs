use base::{BacklogId, ItemId, Result, StatusId, Time};
use db::{Row, Tx, params};

use crate::status::{Category, Status};

/// What was last done in the stretch of time and is not in the trash. The words on `done_at` are those of the
/// index `item_pace`.
const FINISHED: &str = "FROM item WHERE backlog = $1 AND done_at >= $2 AND done_at < $3 AND done_at IS NOT NULL
    AND started_at IS NOT NULL AND deleted_at IS NULL";

/// The item leaves the status where it was and comes into this one, at a moment when it was there.
pub fn add_stay(tx: &mut Tx, item: ItemId, status: &Status, at: Time) -> Result<()> {
    let sql = "UPDATE item_stay SET left_at = $1 WHERE item = $2 AND left_at IS NULL AND at <= $1";
    let at = if tx.run(sql, params![at, item])? > 0 { at } else { tx.now() };
    end_stay(tx, item)?;
    let sql = "INSERT INTO item_stay (item, at, status, category, waiting) VALUES ($1, $2, $3, $4, $5)";
    tx.run(sql, params![item, at, status.id, status.category.as_str(), status.waiting]).map(drop)
}

pub fn end_stay(tx: &mut Tx, item: ItemId) -> Result<()> {
    let now = tx.now();
    tx.run("UPDATE item_stay SET left_at = $1 WHERE item = $2 AND left_at IS NULL", params![now, item]).map(drop)
}

/// Where the item came directly from this status, it never left. Whether it did.
pub fn rejoin_stay(tx: &mut Tx, item: ItemId, status: StatusId) -> Result<bool> {
    let sql =
        "SELECT s.id, n.id FROM item_stay n JOIN item_stay s ON s.item = n.item AND s.left_at = n.at AND s.id < n.id
               WHERE n.item = $1 AND n.left_at IS NULL AND s.status = $2 ORDER BY s.id DESC LIMIT 1";
    let found = tx.first(sql, params![item, status], |row| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?)))?;
    let Some((stayed, mistaken)) = found else { return Ok(false) };
    tx.run("DELETE FROM item_stay WHERE id = $1", params![mistaken])?;
    tx.run("UPDATE item_stay SET left_at = NULL WHERE id = $1", params![stayed])?;
    Ok(true)
}

pub fn forget(tx: &mut Tx, item: ItemId) -> Result<()> {
    tx.run("DELETE FROM item_stay WHERE item = $1", params![item]).map(drop)
}

/// The day's number since 1970, and how many were done on it.
pub fn done_by_day(tx: &mut Tx, backlog: BacklogId, from: Time, until: Time) -> Result<Vec<(i64, i64)>> {
    let sql = format!("SELECT done_at / 86400000, COUNT(*) {FINISHED} GROUP BY 1 ORDER BY 1");
    tx.all(&sql, params![backlog, from, until], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// How many were done so many days after the one when work began.
pub fn days_taken(tx: &mut Tx, backlog: BacklogId, from: Time, until: Time) -> Result<Vec<(i64, i64)>> {
    let sql = format!("SELECT done_at / 86400000 - started_at / 86400000, COUNT(*) {FINISHED} GROUP BY 1 ORDER BY 1");
    tx.all(&sql, params![backlog, from, until], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Those that took longest, with when they were begun and when done.
pub fn slowest(
    tx: &mut Tx,
    backlog: BacklogId,
    from: Time,
    until: Time,
    most: i64,
) -> Result<Vec<(ItemId, Time, Time)>> {
    let sql = format!(
        "SELECT id, started_at, done_at {FINISHED} ORDER BY done_at / 86400000 - started_at / 86400000 DESC, id LIMIT $4"
    );
    tx.all(&sql, params![backlog, from, until, most], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

/// Items in statuses in which work is done. One whose beginning is not known began when it came there.
const BEGUN: &str = "FROM item WHERE status IN (SELECT id FROM status WHERE backlog = $1 AND category = 'doing')
    AND deleted_at IS NULL";

/// How many are begun, and how many of them before that moment.
pub fn count_begun(tx: &mut Tx, backlog: BacklogId, before: Time) -> Result<(i64, i64)> {
    let sql = format!(
        "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN COALESCE(started_at, status_at) < $2 THEN 1 ELSE 0 END), 0)
            AS BIGINT) {BEGUN}"
    );
    tx.one(&sql, params![backlog, before], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The first begun first.
pub fn begun(tx: &mut Tx, backlog: BacklogId, most: i64) -> Result<Vec<(ItemId, Time)>> {
    let sql = format!(
        "SELECT id, COALESCE(started_at, status_at) {BEGUN} ORDER BY COALESCE(started_at, status_at), id LIMIT $2"
    );
    tx.all(&sql, params![backlog, most], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// How long items were in a status between their beginning and their end.
#[derive(Clone, Debug, PartialEq)]
pub struct Stay {
    /// None where the status was removed since.
    pub name: Option<String>,
    pub category: Category,
    /// As the status is marked now; where it was removed, as it was then.
    pub marked: bool,
    pub ms: i64,
}

fn stay(row: &Row) -> Result<Stay> {
    let category = Category::stored(row.get(1)?)?;
    Ok(Stay { name: row.get(0)?, category, marked: row.get(2)?, ms: row.get(3)? })
}

/// The latest done of the stretch of time whose stays from the beginning on are known, as the CTE `finished`.
fn with_finished(rest: &str) -> String {
    format!(
        "WITH finished AS (SELECT id, started_at {FINISHED}
             AND EXISTS (SELECT 1 FROM item_stay s WHERE s.item = item.id AND s.at <= item.started_at)
             ORDER BY done_at DESC, id LIMIT $4) {rest}"
    )
}

pub fn count_known(tx: &mut Tx, backlog: BacklogId, from: Time, until: Time, most: i64) -> Result<i64> {
    let sql = with_finished("SELECT COUNT(*) FROM finished");
    tx.one(&sql, params![backlog, from, until, most], |row| row.get(0))
}

/// Where those spent their time from beginning to end: the stays that began when work had, or later, and are over.
/// What is done or cancelled and is taken up again neither worked nor waited meanwhile.
pub fn stays(tx: &mut Tx, backlog: BacklogId, from: Time, until: Time, most: i64) -> Result<Vec<Stay>> {
    let sql = with_finished(
        ", spent AS (
             SELECT s.status, s.category, s.waiting, SUM(s.left_at - s.at) AS ms
             FROM finished f JOIN item_stay s ON s.item = f.id
             WHERE s.left_at IS NOT NULL AND s.at >= f.started_at AND s.category IN ('open', 'doing')
             GROUP BY s.status, s.category, s.waiting)
         SELECT meant.name, spent.category, COALESCE(meant.waiting, spent.waiting), CAST(SUM(spent.ms) AS BIGINT)
         FROM spent LEFT JOIN status meant ON meant.id = spent.status
         GROUP BY spent.status, meant.name, spent.category, COALESCE(meant.waiting, spent.waiting)
         ORDER BY 4 DESC, spent.status",
    );
    tx.all(&sql, params![backlog, from, until, most], stay)
}

/// Whether the project has a status in which work is done and that is marked as waiting.
pub fn any_waiting(tx: &mut Tx, backlog: BacklogId) -> Result<bool> {
    let sql = "SELECT id FROM status WHERE backlog = $1 AND category = 'doing' AND waiting = $2 LIMIT 1";
    Ok(tx.first(sql, params![backlog, true], |row| row.get::<StatusId>(0))?.is_some())
}
