use base::{ExperimentId, Result};
use db::{Tx, params};

use super::Named;

pub fn next_run(tx: &mut Tx, experiment: ExperimentId, after: i64) -> Result<Option<Named>> {
    let sql = "SELECT num, id, name FROM run WHERE experiment = $1 AND num > $2 AND deleted_at IS NULL
               ORDER BY num LIMIT 1";
    tx.first(sql, params![experiment, after], |row| Ok(Named { num: row.get(0)?, id: row.get(1)?, name: row.get(2)? }))
}

pub fn next_key(tx: &mut Tx, run: i64, after: &str) -> Result<Option<String>> {
    let sql = "SELECT key FROM metric WHERE run = $1 AND key > $2 ORDER BY key LIMIT 1";
    tx.first(sql, params![run, after], |row| row.get(0))
}
