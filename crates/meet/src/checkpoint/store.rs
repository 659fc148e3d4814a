use std::collections::HashMap;

use base::{BacklogId, CheckpointId, Day, ItemId, Limit, Result, UserId};
use db::{Query, Row, Tx, params};
use serde_json::json;

use super::{Checkpoint, Choice, Decision, Line, Price, stored_pack};

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

/// Where a page of the list begins: after the checkpoint that was made then.
pub type Place = (i64, i64);

/// The latest first, without who is asked; packs are not read.
pub fn lines(tx: &mut Tx, backlog: BacklogId, after: Option<Place>, limit: Limit) -> Result<Vec<Line>> {
    let mut query = Query::new(
        "SELECT id, title, first_day, last_day, created_at, closed_at, questions, answered, (
             SELECT COUNT(*) FROM checkpoint_decision d WHERE d.checkpoint = c.id AND d.replaced_at IS NULL)
         FROM checkpoint c WHERE backlog = ",
    );
    query.bind(backlog);
    if let Some((at, id)) = after {
        query.push(" AND (created_at < ").bind(at).push(" OR (created_at = ").bind(at);
        query.push(" AND id < ").bind(id).push("))");
    }
    query.push(" ORDER BY created_at DESC, id DESC LIMIT ").bind(limit.plus_one());
    tx.all_q(&query, |row| {
        Ok(Line {
            id: row.get(0)?,
            title: row.get(1)?,
            first_day: row.get(2)?,
            last_day: row.get(3)?,
            created_at: row.get(4)?,
            closed_at: row.get(5)?,
            asked: Vec::new(),
            questions: row.get(6)?,
            answered: row.get(7)?,
            decided: row.get(8)?,
        })
    })
}

/// Until which day the latest one told.
pub fn latest(tx: &mut Tx, backlog: BacklogId) -> Result<Option<Day>> {
    let sql = "SELECT last_day FROM checkpoint WHERE backlog = $1 ORDER BY created_at DESC, id DESC LIMIT 1";
    tx.first(sql, params![backlog], |row| row.get(0))
}

pub fn add(tx: &mut Tx, new: &Checkpoint) -> Result<CheckpointId> {
    let sql = "INSERT INTO checkpoint (backlog, title, first_day, last_day, sprint, price, currency, created_at,
                   created_by, pack, questions, answered)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id";
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
        new.pack.questions.len() as i64,
        new.pack.answered(),
    ];
    tx.one(sql, values, |row| row.get(0))
}

pub fn set_pack(tx: &mut Tx, checkpoint: &Checkpoint) -> Result<()> {
    let Checkpoint { id, pack, .. } = checkpoint;
    let sql = "UPDATE checkpoint SET pack = $1, questions = $2, answered = $3 WHERE id = $4";
    tx.run(sql, params![json!(pack), pack.questions.len() as i64, pack.answered(), *id]).map(drop)
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

/// These, and nobody who was asked before.
pub fn set_asked(tx: &mut Tx, id: CheckpointId, asked: &[UserId]) -> Result<()> {
    tx.run("DELETE FROM checkpoint_decider WHERE checkpoint = $1", params![id])?;
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

/// Who is asked at each of these.
pub fn all_asked(tx: &mut Tx, lines: &[Line]) -> Result<HashMap<CheckpointId, Vec<UserId>>> {
    let mut query = Query::new("SELECT checkpoint, user_id FROM checkpoint_decider WHERE checkpoint IN (");
    query.bind_all(lines.iter().map(|line| line.id)).push(") ORDER BY user_id");
    let mut all: HashMap<CheckpointId, Vec<UserId>> = HashMap::new();
    for (id, user) in tx.all_q(&query, |row| Ok((row.get(0)?, row.get(1)?)))? {
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

#[cfg(test)]
mod tests {
    use people::testing::each_world;

    use super::*;
    use crate::checkpoint::{New, create, draft, tests::one_of_each};

    /// The migration, on rows as they were before it: what it counts is what is counted when a pack is stored.
    #[test]
    fn what_was_made_before_is_counted_in_its_pack() {
        each_world(|world| {
            one_of_each(world);
            let sam = world.actor("Sam");
            let made = move |tx: &mut Tx| {
                let new = New::default();
                let draft = draft(tx, &sam, "CHURN", &new)?;
                create(tx, &sam, "CHURN", &new, &draft)
            };
            let made = world.db.write_blocking(made).unwrap();
            let read = move |tx: &mut Tx| {
                let line = lines(tx, made.backlog, None, Limit(1))?.remove(0);
                Ok((line.questions, line.answered))
            };
            let counted = world.db.read_blocking(read).unwrap();
            assert_eq!(counted, (4, 2));
            let anew = |tx: &mut Tx| {
                tx.run("UPDATE checkpoint SET questions = 0, answered = 0", &[])?;
                let migration = include_str!("../../../../migrations/0033_counted.sql");
                for statement in migration.split(';').map(str::trim).filter(|text| text.starts_with("UPDATE")) {
                    tx.run(statement, &[])?;
                }
                Ok(())
            };
            world.db.write_blocking(anew).unwrap();
            assert_eq!(world.db.read_blocking(read).unwrap(), counted);
        });
    }
}
