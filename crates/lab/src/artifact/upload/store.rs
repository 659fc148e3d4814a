use base::{Result, UploadId, refuse::internal};
use db::{Tx, params};

use super::Upload;

pub fn add(tx: &mut Tx, upload: &Upload) -> Result<()> {
    let now = tx.now();
    let sql = "INSERT INTO upload (id, path, parts, creator, started_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let parts = i64::from(upload.parts);
    tx.run(sql, params![&upload.id, &upload.path, parts, &upload.creator, now, upload.expires_at]).map(drop)
}

/// What is out of date is as good as gone.
pub fn get(tx: &mut Tx, id: &UploadId) -> Result<Option<Upload>> {
    let now = tx.now();
    let sql = "SELECT id, path, parts, creator, expires_at, done_at FROM upload WHERE id = $1 AND expires_at > $2";
    tx.first(sql, params![id, now], |row| {
        Ok(Upload {
            id: row.get(0)?,
            path: row.get(1)?,
            parts: u32::try_from(row.get::<i64>(2)?).map_err(internal)?,
            creator: row.get(3)?,
            expires_at: row.get(4)?,
            done_at: row.get(5)?,
        })
    })
}

pub fn set_done(tx: &mut Tx, id: &UploadId) -> Result<()> {
    let now = tx.now();
    tx.run("UPDATE upload SET done_at = $1 WHERE id = $2", params![now, id]).map(drop)
}

pub fn delete(tx: &mut Tx, id: &UploadId) -> Result<()> {
    tx.run("DELETE FROM upload WHERE id = $1", params![id]).map(drop)
}
