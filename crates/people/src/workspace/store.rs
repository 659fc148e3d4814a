use base::Result;
use db::{Tx, params};

pub fn name(tx: &mut Tx) -> Result<Option<String>> {
    let id = tx.workspace();
    tx.first("SELECT name FROM workspace WHERE id = $1", params![&*id], |row| row.get(0))
}

pub fn insert(tx: &mut Tx, name: &str) -> Result<()> {
    let (id, now) = (tx.workspace(), tx.now());
    let sql = "INSERT INTO workspace (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING";
    tx.run(sql, params![&*id, name, now]).map(drop)
}

pub fn rename(tx: &mut Tx, name: &str) -> Result<()> {
    let id = tx.workspace();
    tx.run("UPDATE workspace SET name = $1 WHERE id = $2", params![name, &*id]).map(drop)
}
