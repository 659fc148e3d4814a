use base::Result;
use db::{Tx, params};

pub fn key(tx: &mut Tx) -> Result<Option<String>> {
    tx.first("SELECT secret FROM signing_key WHERE id = 1", &[], |row| row.get(0))
}

/// 256 random bits; those that are there already, where another was faster.
pub fn make_key(tx: &mut Tx) -> Result<String> {
    let secret = tx.new_hex() + &tx.new_hex();
    tx.run("INSERT INTO signing_key (id, secret) VALUES (1, $1) ON CONFLICT (id) DO NOTHING", params![secret])?;
    tx.one("SELECT secret FROM signing_key WHERE id = 1", &[], |row| row.get(0))
}
