use std::collections::HashMap;

use base::{BacklogId, CheckpointId, Day, ItemId, Result, UserId};
use db::{Row, Tx, params};
use serde_json::json;

use super::{Checkpoint, Choice, Decision, Price, stored_pack};

const CHECKPOINTS: &str = "SELECT id, backlog, title, first_day, last_day, sprint, price, currency, created_at,
    created_by, pack, closed_at, closed_by FROM checkpoint";

fn read(row: &Row) -> Result<Checkpoint> {
    Ok(Checkpoint {
        id: row.get(0)?,
        backlog: row.get(1)?,
        title: row.get(2)?,
        first_day: row.get(3)?,
        last_day: row.get(4)?,
        sprint: row.get(5)?,
        price: match (row.get(6)?, row.get(7)?) {
            (Some(amount), Some(currency)) => Some(Price { amount, currency }),
            _ => None,
        },
        created_at: row.get(8)?,
        created_by: row.get(9)?,
        pack: stored_pack(row.get(10)?)?,
        closed: match (row.get(11)?, row.get(12)?) {
            (Some(at), Some(by)) => Some((at, by)),
            _ => None,
        },
    })
}

pub fn get(tx: &mut Tx, id: CheckpointId) -> Result<Option<Checkpoint>> {
    tx.first(&format!("{CHECKPOINTS} WHERE id = $1"), params![id], read)
}

/// The latest first: as many as a page shows.
pub fn all(tx: &mut Tx, backlog: BacklogId) -> Result<Vec<Checkpoint>> {
    let sql = format!("{CHECKPOINTS} WHERE backlog = $1 ORDER BY created_at DESC, id DESC LIMIT 100");
    tx.all(&sql, params![backlog], read)
}

/// Until which day the latest one told.
pub fn latest(tx: &mut Tx, backlog: BacklogId) -> Result<Option<Day>> {
    let sql = "SELECT last_day FROM checkpoint WHERE backlog = $1 ORDER BY created_at DESC, id DESC LIMIT 1";
    tx.first(sql, params![backlog], |row| row.get(0))
}

pub fn add(tx: &mut Tx, new: &Checkpoint) -> Result<CheckpointId> {
    let sql = "INSERT INTO checkpoint (backlog, title, first_day, last_day, sprint, price, currency, created_at,
                   created_by, pack)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id";
    let values = params![
        new.backlog,
        &new.title,
        new.first_day.as_str(),
        new.last_day.as_str(),
        new.sprint,
        new.price.as_ref().map(|price| price.amount),
        new.price.as_ref().map(|price| price.currency.as_str()),
        new.created_at,
        &new.created_by,
        json!(new.pack),
    ];
    tx.one(sql, values, |row| row.get(0))
}

pub fn set_pack(tx: &mut Tx, checkpoint: &Checkpoint) -> Result<()> {
    tx.run("UPDATE checkpoint SET pack = $1 WHERE id = $2", params![json!(checkpoint.pack), checkpoint.id]).map(drop)
}

pub fn close(tx: &mut Tx, checkpoint: &Checkpoint) -> Result<()> {
    let (at, by) = checkpoint.closed.clone().unzip();
    let sql = "UPDATE checkpoint SET closed_at = $1, closed_by = $2 WHERE id = $3";
    tx.run(sql, params![at, by.as_ref(), checkpoint.id]).map(drop)
}

pub fn remove(tx: &mut Tx, id: CheckpointId) -> Result<()> {
    tx.run("DELETE FROM checkpoint_decider WHERE checkpoint = $1", params![id])?;
    tx.run("DELETE FROM checkpoint WHERE id = $1", params![id]).map(drop)
}

pub fn set_asked(tx: &mut Tx, id: CheckpointId, asked: &[UserId]) -> Result<()> {
    for user in asked {
        let sql = "INSERT INTO checkpoint_decider (checkpoint, user_id) VALUES ($1, $2)";
        tx.run(sql, params![id, user])?;
    }
    Ok(())
}

pub fn asked(tx: &mut Tx, id: CheckpointId) -> Result<Vec<UserId>> {
    let sql = "SELECT user_id FROM checkpoint_decider WHERE checkpoint = $1 ORDER BY user_id";
    tx.all(sql, params![id], |row| row.get(0))
}

/// Of every checkpoint of the backlog.
pub fn all_asked(tx: &mut Tx, backlog: BacklogId) -> Result<HashMap<CheckpointId, Vec<UserId>>> {
    let sql = "SELECT d.checkpoint, d.user_id FROM checkpoint c JOIN checkpoint_decider d ON d.checkpoint = c.id
               WHERE c.backlog = $1 ORDER BY d.user_id";
    let mut all: HashMap<CheckpointId, Vec<UserId>> = HashMap::new();
    for (id, user) in tx.all(sql, params![backlog], |row| Ok((row.get(0)?, row.get(1)?)))? {
        all.entry(id).or_default().push(user);
    }
    Ok(all)
}

const DECISIONS: &str =
    "SELECT id, item, choice, reason, by, at, from_status, to_status, replaced_at FROM checkpoint_decision";

fn decision(row: &Row) -> Result<Decision> {
    Ok(Decision {
        id: row.get(0)?,
        item: row.get(1)?,
        choice: Choice::stored(row.get(2)?)?,
        reason: row.get(3)?,
        by: row.get(4)?,
        at: row.get(5)?,
        moved: match (row.get(6)?, row.get(7)?) {
            (Some(from), Some(to)) => Some((from, to)),
            _ => None,
        },
        replaced_at: row.get(8)?,
    })
}

/// In the order in which they were made, those that were replaced too.
pub fn decisions(tx: &mut Tx, id: CheckpointId) -> Result<Vec<Decision>> {
    tx.all(&format!("{DECISIONS} WHERE checkpoint = $1 ORDER BY id"), params![id], decision)
}

/// The one that holds.
pub fn standing(tx: &mut Tx, id: CheckpointId, item: ItemId) -> Result<Option<Decision>> {
    let sql = format!("{DECISIONS} WHERE checkpoint = $1 AND item = $2 AND replaced_at IS NULL");
    tx.first(&sql, params![id, item], decision)
}

/// How many questions of each checkpoint of the backlog are decided.
pub fn decided(tx: &mut Tx, backlog: BacklogId) -> Result<HashMap<CheckpointId, i64>> {
    let sql = "SELECT d.checkpoint, COUNT(*) FROM checkpoint c JOIN checkpoint_decision d ON d.checkpoint = c.id
               WHERE c.backlog = $1 AND d.replaced_at IS NULL GROUP BY d.checkpoint";
    Ok(tx.all(sql, params![backlog], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect())
}

pub fn replace(tx: &mut Tx, decision: i64) -> Result<()> {
    let now = tx.now();
    tx.run("UPDATE checkpoint_decision SET replaced_at = $1 WHERE id = $2", params![now, decision]).map(drop)
}

pub fn add_decision(tx: &mut Tx, id: CheckpointId, new: &Decision) -> Result<()> {
    let (from, to) = new.moved.unzip();
    let sql = "INSERT INTO checkpoint_decision (checkpoint, item, choice, reason, by, at, from_status, to_status)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = params![id, new.item, new.choice.as_str(), &new.reason, &new.by, new.at, from, to];
    tx.run(sql, values).map(drop)
}
