use base::{ItemId, Result, UserId};
use db::{Query, Row, Tx, params};

use super::{ProductKind, Relation, RelationKind, product};

const RELATIONS: &str = "SELECT id, kind, item, other, contract, at, by FROM relation";

fn read(row: &Row) -> Result<Relation> {
    Ok(Relation {
        id: row.get(0)?,
        kind: RelationKind::stored(row.get(1)?)?,
        item: row.get(2)?,
        other: row.get(3)?,
        contract: row.get(4)?,
        at: row.get(5)?,
        by: row.get(6)?,
    })
}

pub fn of(tx: &mut Tx, item: ItemId) -> Result<Vec<Relation>> {
    tx.all(&format!("{RELATIONS} WHERE item = $1 OR other = $1 ORDER BY id"), params![item], read)
}

pub fn count(tx: &mut Tx, item: ItemId) -> Result<usize> {
    let sql = "SELECT COUNT(*) FROM relation WHERE item = $1 OR other = $1";
    tx.one(sql, params![item], |row| Ok(usize::try_from(row.get::<i64>(0)?).unwrap_or(0)))
}

pub fn add(tx: &mut Tx, kind: RelationKind, item: ItemId, other: ItemId, contract: bool, by: &UserId) -> Result<i64> {
    let now = tx.now();
    let sql = "INSERT INTO relation (kind, item, other, contract, at, by) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
    tx.one(sql, params![kind.as_str(), item, other, contract, now, by], |row| row.get(0))
}

pub fn remove(tx: &mut Tx, id: i64) -> Result<()> {
    tx.run("DELETE FROM relation WHERE id = $1", params![id]).map(drop)
}

/// What the items block: each pair of who blocks and who waits.
pub fn blocked_by(tx: &mut Tx, items: &[ItemId]) -> Result<Vec<(ItemId, ItemId)>> {
    let mut pairs = Vec::new();
    for part in items.chunks(500) {
        let mut query = Query::new("SELECT item, other FROM relation WHERE kind = 'blocks' AND item IN (");
        query.bind_all(part.iter().copied()).push(") ORDER BY item, other");
        pairs.extend(tx.all_q(&query, |row| Ok((row.get(0)?, row.get(1)?)))?);
    }
    Ok(pairs)
}

pub fn products(tx: &mut Tx, item: ItemId) -> Result<Vec<product::Row>> {
    let sql = "SELECT id, kind, target, at, by FROM product WHERE item = $1 ORDER BY id";
    tx.all(sql, params![item], |row| {
        Ok(product::Row {
            id: row.get(0)?,
            kind: ProductKind::stored(row.get(1)?)?,
            target: row.get(2)?,
            at: row.get(3)?,
            by: row.get(4)?,
        })
    })
}

pub fn add_product(tx: &mut Tx, item: ItemId, kind: ProductKind, target: &str, by: &UserId) -> Result<i64> {
    let now = tx.now();
    let sql = "INSERT INTO product (item, kind, target, at, by) VALUES ($1, $2, $3, $4, $5) RETURNING id";
    tx.one(sql, params![item, kind.as_str(), target, now, by], |row| row.get(0))
}

pub fn remove_product(tx: &mut Tx, id: i64) -> Result<()> {
    tx.run("DELETE FROM product WHERE id = $1", params![id]).map(drop)
}

pub fn forget(tx: &mut Tx, item: ItemId) -> Result<()> {
    tx.run("DELETE FROM relation WHERE item = $1 OR other = $1", params![item])?;
    tx.run("DELETE FROM product WHERE item = $1", params![item]).map(drop)
}
