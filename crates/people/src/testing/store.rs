//! What stories look up behind the rules' backs.

use base::Result;
use db::Tx;
use serde_json::Value;

/// A row of the log.
#[derive(Clone, Debug)]
pub struct Logged {
    pub actor: String,
    pub kind: String,
    pub subject: String,
    /// What the event says beyond its columns.
    pub data: Value,
}

pub fn events(tx: &mut Tx) -> Result<Vec<Logged>> {
    tx.all("SELECT actor, kind, subject, body FROM event ORDER BY seq", &[], |row| {
        let body: String = row.get(3)?;
        let mut body: Value = serde_json::from_str(&body).unwrap_or_default();
        Ok(Logged { actor: row.get(0)?, kind: row.get(1)?, subject: row.get(2)?, data: body["data"].take() })
    })
}

#[cfg(test)]
pub fn token_hashes(tx: &mut Tx) -> Result<Vec<String>> {
    tx.all("SELECT hash FROM token", &[], |row| row.get(0))
}
