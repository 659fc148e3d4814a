use base::{ItemId, Result, Time, UserId};
use db::{Tx, params};

use super::{Answer, Spike};

pub fn get(tx: &mut Tx, item: ItemId) -> Result<Option<Spike>> {
    let sql = "SELECT question, days, boxed_at, answer, finding, answered_at, answered_by FROM spike WHERE item = $1";
    tx.first(sql, params![item], |row| {
        let answer = match row.get::<Option<String>>(3)? {
            Some(answer) => Some((Answer::stored(answer)?, row.get(4)?, row.get(5)?, row.get(6)?)),
            None => None,
        };
        Ok(Spike { question: row.get(0)?, days: row.get(1)?, boxed_at: row.get(2)?, answer })
    })
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
