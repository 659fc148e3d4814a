//! Background work: wanted in the transaction that needs it, done at least once, later.

use base::{Result, Time};
use serde_json::Value as Json;

use crate::{Tx, params};

/// Work that was claimed and must be finished before its claim runs out.
#[derive(Clone, Debug)]
pub struct Job {
    pub id: i64,
    pub kind: String,
    pub body: Json,
    pub attempts: i64,
}

/// Which jobs someone does: work that waits for others outside must not hold up what does not.
#[derive(Clone, Copy, Debug)]
pub enum Lane {
    Only(&'static str),
    AllBut(&'static str),
}

impl Lane {
    fn condition(self) -> (&'static str, &'static str) {
        match self {
            Self::Only(kind) => ("kind =", kind),
            Self::AllBut(kind) => ("kind <>", kind),
        }
    }
}

/// A claim holds for a minute; then another node may try.
const CLAIM_MS: i64 = 60_000;

/// After a failure the next try waits 2, 4, 8 … seconds, at most an hour.
const LONGEST_WAIT_MS: i64 = 3_600_000;

pub(crate) fn add(tx: &mut Tx, kind: &str, body: &Json, due: Time) -> Result<()> {
    let sql = "INSERT INTO job (kind, body, due, attempts, claimed_to) VALUES ($1, $2, $3, 0, 0)";
    tx.run(sql, params![kind, body, due]).map(drop)
}

/// Whether something is due, so that an idle server writes nothing.
pub fn any_due(tx: &mut Tx, lane: Lane) -> Result<bool> {
    let (now, (is, kind)) = (tx.now(), lane.condition());
    let sql = format!("SELECT EXISTS (SELECT 1 FROM job WHERE due <= $1 AND claimed_to <= $1 AND {is} $2)");
    tx.one(&sql, params![now, kind], |row| row.get(0))
}

/// Takes the job that has been due the longest, if there is one. Writing transactions run one
/// after the other, so no two nodes take the same.
pub fn claim(tx: &mut Tx, lane: Lane) -> Result<Option<Job>> {
    let (now, (is, kind)) = (tx.now(), lane.condition());
    let sql = format!(
        "UPDATE job SET claimed_to = $1, attempts = attempts + 1
         WHERE id = (SELECT id FROM job WHERE due <= $2 AND claimed_to <= $2 AND {is} $3 ORDER BY due, id LIMIT 1)
         RETURNING id, kind, body, attempts"
    );
    tx.first(&sql, params![now.plus_ms(CLAIM_MS), now, kind], |row| {
        Ok(Job { id: row.get(0)?, kind: row.get(1)?, body: row.get(2)?, attempts: row.get(3)? })
    })
}

pub fn done(tx: &mut Tx, job: &Job) -> Result<()> {
    tx.run("DELETE FROM job WHERE id = $1", params![job.id]).map(drop)
}

pub fn failed(tx: &mut Tx, job: &Job) -> Result<()> {
    let wait = (2_000 << job.attempts.clamp(0, 20)).min(LONGEST_WAIT_MS);
    let due = tx.now().plus_ms(wait);
    tx.run("UPDATE job SET due = $1, claimed_to = 0 WHERE id = $2", params![due, job.id]).map(drop)
}
