use base::Result;
use db::{Query, Row, Tx, Value, params};

use super::{Block, Found};
use crate::metric::{Kept, store::Extent};

const COLUMNS: usize = 10;

/// Each block with the id of its series.
pub fn add(tx: &mut Tx, blocks: &[(i64, Block)]) -> Result<()> {
    let head = "INSERT INTO point_block
                (metric, last_at, last_step, last_value, last_odd, points, first_at, min_step, max_step, body) VALUES";
    let mut values = Vec::with_capacity(blocks.len() * COLUMNS);
    for (metric, block) in blocks {
        let Block { last, points, first_at, steps, body } = block;
        let row: [Value; COLUMNS] = [
            (*metric).into(),
            last.at.into(),
            last.step.into(),
            last.value.into(),
            last.odd.into(),
            (*points).into(),
            (*first_at).into(),
            steps.0.into(),
            steps.1.into(),
            body.as_slice().into(),
        ];
        values.extend(row);
    }
    tx.insert_many(head, COLUMNS, &values, "").map(drop)
}

/// The block that ends with this point.
pub fn remove(tx: &mut Tx, metric: i64, last: Kept) -> Result<()> {
    let sql = "DELETE FROM point_block
               WHERE metric = $1 AND last_at = $2 AND last_step = $3 AND last_value = $4 AND last_odd = $5";
    tx.run(sql, params![metric, last.at, last.step, last.value, last.odd]).map(drop)
}

/// The first block that ends with this point or later.
pub fn reaching(tx: &mut Tx, metric: i64, point: Kept) -> Result<Option<Found>> {
    let sql = "SELECT last_step, last_at, last_value, last_odd, body FROM point_block
               WHERE metric = $1 AND (last_at, last_step, last_value, last_odd) >= ($2, $3, $4, $5)
               ORDER BY last_at, last_step, last_value, last_odd LIMIT 1";
    tx.first(sql, params![metric, point.at, point.step, point.value, point.odd], read)
}

/// Blocks that end after a point and may hold some of these steps, in order.
pub fn some(tx: &mut Tx, metric: i64, after: Option<Kept>, steps: (i64, i64), limit: usize) -> Result<Vec<Found>> {
    let mut query =
        Query::new("SELECT last_step, last_at, last_value, last_odd, body FROM point_block WHERE metric = ");
    query.bind(metric);
    if let Some(after) = after {
        query.push(" AND (last_at, last_step, last_value, last_odd) > (").bind(after.at).push(", ").bind(after.step);
        query.push(", ").bind(after.value).push(", ").bind(after.odd).push(")");
    }
    query.push(" AND max_step >= ").bind(steps.0).push(" AND min_step <= ").bind(steps.1);
    query.push(" ORDER BY last_at, last_step, last_value, last_odd LIMIT ").bind(limit as i64);
    tx.all_q(&query, read)
}

fn read(row: &Row) -> Result<Found> {
    let last = Kept { step: row.get(0)?, at: row.get(1)?, value: row.get(2)?, odd: row.get(3)? };
    Ok(Found { last, body: row.get(4)? })
}

/// What the blocks hold that lie wholly between two steps.
pub fn extent(tx: &mut Tx, metric: i64, steps: (i64, i64)) -> Result<Option<Extent>> {
    let sql = "SELECT CAST(SUM(points) AS BIGINT), MIN(min_step), MAX(max_step), MIN(first_at), MAX(last_at)
               FROM point_block WHERE metric = $1 AND min_step >= $2 AND max_step <= $3";
    tx.one(sql, params![metric, steps.0, steps.1], |row| {
        let Some(count) = row.get(0)? else { return Ok(None) };
        Ok(Some(Extent { count, steps: (row.get(1)?, row.get(2)?), moments: (row.get(3)?, row.get(4)?) }))
    })
}

/// Visits the blocks of which only a part lies between two steps.
pub fn each_partly(
    tx: &mut Tx,
    metric: i64,
    steps: (i64, i64),
    mut visit: impl FnMut(Found) -> Result<()>,
) -> Result<()> {
    let sql = "SELECT last_step, last_at, last_value, last_odd, body FROM point_block
               WHERE metric = $1 AND max_step >= $2 AND min_step <= $3 AND (min_step < $2 OR max_step > $3)";
    tx.each(sql, params![metric, steps.0, steps.1], |row| visit(read(row)?))
}
