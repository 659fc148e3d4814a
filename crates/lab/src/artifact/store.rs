use base::{Result, UserId};
use db::{Query, Row, Tx, params};

use super::{File, Path};

const FILES: &str = "SELECT path, experiment, size, sha256, creator, at FROM artifact";

fn read(row: &Row) -> Result<File> {
    Ok(File {
        path: row.get(0)?,
        experiment: row.get(1)?,
        size: row.get(2)?,
        sha256: row.get(3)?,
        creator: row.get(4)?,
        at: row.get(5)?,
    })
}

pub fn get(tx: &mut Tx, path: &str) -> Result<Option<File>> {
    tx.first(&format!("{FILES} WHERE path = $1"), params![path], read)
}

/// All files below the folder, by path.
pub fn tree(tx: &mut Tx, folder: &str) -> Result<Vec<File>> {
    let (from, to) = below(folder);
    tx.all(&format!("{FILES} WHERE path > $1 AND path < $2 ORDER BY path"), params![from, to], read)
}

pub fn has_tree(tx: &mut Tx, folder: &str) -> Result<bool> {
    let (from, to) = below(folder);
    let sql = "SELECT 1 FROM artifact WHERE path > $1 AND path < $2 LIMIT 1";
    Ok(tx.first(sql, params![from, to], |_| Ok(()))?.is_some())
}

/// What begins with `folder/` lies between these: `0` follows `/`.
fn below(folder: &str) -> (String, String) {
    (format!("{folder}/"), format!("{folder}0"))
}

pub fn has_file_among<'a>(tx: &mut Tx, paths: impl Iterator<Item = &'a str>) -> Result<bool> {
    let mut query = Query::new("SELECT 1 FROM artifact WHERE path IN (");
    query.bind_all(paths.map(str::to_owned)).push(") LIMIT 1");
    Ok(tx.first_q(&query, |_| Ok(()))?.is_some())
}

pub fn put(tx: &mut Tx, path: &Path, size: i64, sha256: &str, creator: &UserId) -> Result<()> {
    let now = tx.now();
    let sql = "INSERT INTO artifact (path, experiment, size, sha256, creator, at) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (path) DO UPDATE SET size = excluded.size, sha256 = excluded.sha256,
                   creator = excluded.creator, at = excluded.at";
    tx.run(sql, params![path.as_str(), path.experiment(), size, sha256, creator, now]).map(drop)
}

/// Deletes the file or the tree and answers what its bytes are called.
pub fn delete(tx: &mut Tx, path: &str) -> Result<Vec<String>> {
    let (from, to) = below(path);
    let sql = "DELETE FROM artifact WHERE path = $1 OR (path > $2 AND path < $3) RETURNING sha256";
    tx.all(sql, params![path, from, to], |row| row.get(0))
}

pub fn is_used(tx: &mut Tx, sha256: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM artifact WHERE sha256 = $1 UNION ALL SELECT 1 FROM blob_hold WHERE sha256 = $1 LIMIT 1";
    Ok(tx.first(sql, params![sha256], |_| Ok(()))?.is_some())
}

pub fn hold(tx: &mut Tx, sha256: &str, holder: &str) -> Result<()> {
    let sql = "INSERT INTO blob_hold (sha256, holder) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    tx.run(sql, params![sha256, holder]).map(drop)
}

pub fn release(tx: &mut Tx, sha256: &str, holder: &str) -> Result<()> {
    tx.run("DELETE FROM blob_hold WHERE sha256 = $1 AND holder = $2", params![sha256, holder]).map(drop)
}
