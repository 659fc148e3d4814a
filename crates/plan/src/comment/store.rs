use base::{CommentId, ItemId, Result, UserId};
use db::{Query, Row, Tx, params};

use super::{Comment, Reaction};

const COMMENTS: &str = "SELECT id, item, author, body, at, edited_at, deleted_at, version FROM comment";

fn read(row: &Row) -> Result<Comment> {
    Ok(Comment {
        id: row.get(0)?,
        item: row.get(1)?,
        author: row.get(2)?,
        body: row.get(3)?,
        at: row.get(4)?,
        edited_at: row.get(5)?,
        deleted_at: row.get(6)?,
        version: row.get(7)?,
    })
}

pub fn get(tx: &mut Tx, item: ItemId, id: CommentId) -> Result<Option<Comment>> {
    tx.first(&format!("{COMMENTS} WHERE id = $1 AND item = $2"), params![id, item], read)
}

/// The oldest first.
pub fn list(tx: &mut Tx, item: ItemId, after: i64, limit: i64) -> Result<Vec<Comment>> {
    let sql = format!("{COMMENTS} WHERE item = $1 AND id > $2 ORDER BY id LIMIT $3");
    tx.all(&sql, params![item, after, limit], read)
}

pub fn add(tx: &mut Tx, item: ItemId, author: &UserId, body: &str) -> Result<CommentId> {
    let now = tx.now();
    let sql = "INSERT INTO comment (item, author, body, at, version) VALUES ($1, $2, $3, $4, 1) RETURNING id";
    tx.one(sql, params![item, author, body, now], |row| row.get(0))
}

pub fn set_body(tx: &mut Tx, id: CommentId, body: &str) -> Result<()> {
    let now = tx.now();
    let sql = "UPDATE comment SET body = $1, edited_at = $2, version = version + 1 WHERE id = $3";
    tx.run(sql, params![body, now, id]).map(drop)
}

pub fn empty(tx: &mut Tx, id: CommentId) -> Result<()> {
    let now = tx.now();
    set_mentions(tx, id, &[])?;
    tx.run("DELETE FROM reaction WHERE comment = $1", params![id])?;
    let sql = "UPDATE comment SET body = '', deleted_at = $1, version = version + 1 WHERE id = $2";
    tx.run(sql, params![now, id]).map(drop)
}

pub fn set_mentions(tx: &mut Tx, id: CommentId, people: &[UserId]) -> Result<()> {
    tx.run("DELETE FROM mention WHERE comment = $1", params![id])?;
    for user in people {
        tx.run("INSERT INTO mention (comment, user_id) VALUES ($1, $2)", params![id, user])?;
    }
    Ok(())
}

pub fn mentions(tx: &mut Tx, ids: &[CommentId]) -> Result<Vec<(CommentId, UserId)>> {
    let mut query = Query::new("SELECT comment, user_id FROM mention WHERE comment IN (");
    query.bind_all(ids.iter().copied()).push(") ORDER BY comment, user_id");
    tx.all_q(&query, |row| Ok((row.get(0)?, row.get(1)?)))
}

pub fn reactions(tx: &mut Tx, ids: &[CommentId]) -> Result<Vec<(CommentId, Reaction, UserId)>> {
    let mut query = Query::new("SELECT comment, word, user_id FROM reaction WHERE comment IN (");
    query.bind_all(ids.iter().copied()).push(") ORDER BY comment, word, user_id");
    tx.all_q(&query, |row| Ok((row.get(0)?, Reaction::stored(row.get(1)?)?, row.get(2)?)))
}

pub fn react(tx: &mut Tx, id: CommentId, user: &UserId, word: Reaction) -> Result<bool> {
    let sql = "INSERT INTO reaction (comment, user_id, word) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    Ok(tx.run(sql, params![id, user, word.as_str()])? > 0)
}

pub fn unreact(tx: &mut Tx, id: CommentId, user: &UserId, word: Reaction) -> Result<bool> {
    let sql = "DELETE FROM reaction WHERE comment = $1 AND user_id = $2 AND word = $3";
    Ok(tx.run(sql, params![id, user, word.as_str()])? > 0)
}

pub fn forget(tx: &mut Tx, item: ItemId) -> Result<()> {
    for sql in [
        "DELETE FROM reaction WHERE comment IN (SELECT id FROM comment WHERE item = $1)",
        "DELETE FROM mention WHERE comment IN (SELECT id FROM comment WHERE item = $1)",
        "DELETE FROM comment WHERE item = $1",
    ] {
        tx.run(sql, params![item])?;
    }
    Ok(())
}
