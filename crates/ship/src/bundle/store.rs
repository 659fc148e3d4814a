use base::Result;
use db::{Tx, params};

/// The same bytes under the same digest are kept once.
pub fn keep(tx: &mut Tx, digest: &str, body: &str) -> Result<()> {
    let sql = "INSERT INTO bundle (digest, body, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    tx.run(sql, params![digest, body, tx.now()]).map(drop)
}

pub fn body(tx: &mut Tx, digest: &str) -> Result<String> {
    tx.one("SELECT body FROM bundle WHERE digest = $1", params![digest], |row| row.get(0))
}
