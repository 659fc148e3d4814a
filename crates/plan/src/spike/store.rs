use std::collections::HashMap;

use base::{ItemId, Result, Time, UserId};
use db::{Query, Row, Tx, params};

use super::{Answer, Spike};

pub fn get(tx: &mut Tx, item: ItemId) -> Result<Option<Spike>> {
    tx.first(&format!("{SPIKES} item = $1"), params![item], read)
}

pub fn some(tx: &mut Tx, items: &[ItemId]) -> Result<HashMap<ItemId, Spike>> {
    let mut query = Query::new(SPIKES);
    query.push(" item IN (").bind_all(items.iter().copied()).push(")");
    Ok(tx.all_q(&query, |row| Ok((row.get(7)?, read(row)?)))?.into_iter().collect())
}

const SPIKES: &str =
    "SELECT question, days, boxed_at, answer, finding, answered_at, answered_by, item FROM spike WHERE";

fn read(row: &Row) -> Result<Spike> {
    let answer = match row.get::<Option<String>>(3)? {
        Some(answer) => Some((Answer::stored(answer)?, row.get(4)?, row.get(5)?, row.get(6)?)),
        None => None,
    };
    Ok(Spike { question: row.get(0)?, days: row.get(1)?, boxed_at: row.get(2)?, answer })
}

pub fn set(tx: &mut Tx, item: ItemId, question: &str, days: i64, boxed_at: Time) -> Result<()> {
    let sql = "INSERT INTO spike (item, question, days, boxed_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (item) DO UPDATE SET question = excluded.question, days = excluded.days";
    tx.run(sql, params![item, question, days, boxed_at]).map(drop)
}

pub fn set_answer(tx: &mut Tx, item: ItemId, answer: Answer, finding: &str, by: &UserId) -> Result<()> {
    let now = tx.now();
    let sql = "UPDATE spike SET answer = $1, finding = $2, answered_at = $3, answered_by = $4 WHERE item = $5";
    tx.run(sql, params![answer.as_str(), finding, now, by, item]).map(drop)
}

pub fn forget(tx: &mut Tx, item: ItemId) -> Result<()> {
    tx.run("DELETE FROM spike WHERE item = $1", params![item]).map(drop)
}
