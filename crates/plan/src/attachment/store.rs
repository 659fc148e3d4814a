use base::{AttachmentId, ItemId, Result, UserId};
use db::{Tx, params};

use super::Attachment;

/// The oldest first.
pub fn all(tx: &mut Tx, item: ItemId) -> Result<Vec<Attachment>> {
    tx.all("SELECT id, name, size, sha256, by, at FROM attachment WHERE item = $1 ORDER BY id", params![item], |row| {
        Ok(Attachment {
            id: row.get(0)?,
            name: row.get(1)?,
            size: row.get(2)?,
            sha256: row.get(3)?,
            by: row.get(4)?,
            at: row.get(5)?,
        })
    })
}

pub fn add(tx: &mut Tx, item: ItemId, name: &str, size: i64, sha256: &str, by: &UserId) -> Result<AttachmentId> {
    let now = tx.now();
    let sql = "INSERT INTO attachment (item, name, size, sha256, by, at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
    tx.one(sql, params![item, name, size, sha256, by, now], |row| row.get(0))
}

pub fn remove(tx: &mut Tx, id: AttachmentId) -> Result<()> {
    tx.run("DELETE FROM attachment WHERE id = $1", params![id]).map(drop)
}
