//! The first limit: what the drivers do when nothing stands between them and the caller. The same
//! rows as the store's points, in tables of their own.

use std::{path::Path, thread, time::Instant};

use postgres::{Client, NoTls};
use rusqlite::Connection;

use crate::{
    Result,
    load::{Bound, Figure, Tally},
};

const TABLE: &str = "CREATE TABLE bare (metric BIGINT NOT NULL, at BIGINT NOT NULL, step BIGINT NOT NULL,
    value DOUBLE PRECISION NOT NULL, odd BIGINT NOT NULL, PRIMARY KEY (metric, at, step, value, odd))";
const ROW: &str = "INSERT INTO bare (metric, at, step, value, odd) VALUES ($1, $2, $3, $4, 0)";
const COUNT: &str = "SELECT COUNT(*) FROM bare";

/// One connection, flushed at every commit, the inserts of all callers in one transaction: the most
/// that grouping them could reach.
pub fn sqlite(folder: &Path, callers: usize, points: usize, bound: Bound) -> Result<Figure> {
    let rows = callers * points;
    let file = folder.join(format!("bare-{rows}.db"));
    let conn = Connection::open(file)?;
    conn.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4000")?;
    conn.execute_batch(&format!("{TABLE} WITHOUT ROWID"))?;
    let mut insert = conn.prepare(ROW)?;
    let mut tally = Tally::start(bound);
    let mut step = 0_i64;
    while tally.goes_on() {
        let asked = Instant::now();
        conn.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..rows {
            step += 1;
            insert.execute((1, step, step, step as f64 * 0.5))?;
        }
        conn.execute_batch("COMMIT")?;
        tally.answered(asked);
    }
    let figure = Figure::of(vec![tally]);
    all_there(figure.operations * rows, conn.query_row(COUNT, (), |row| row.get(0))?)?;
    Ok(figure.times(callers))
}

/// Many connections, one statement to a transaction.
pub fn postgres(url: &str, connections: usize, rows: usize, bound: Bound) -> Result<Figure> {
    let mut client = Client::connect(url, NoTls)?;
    client.batch_execute(&format!("DROP TABLE IF EXISTS bare; {TABLE}"))?;
    let bound = bound.shared_by(connections);
    let tallies = thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .map(|number| scope.spawn(move || insert_all(url, number as i64, rows, bound).map_err(|e| e.to_string())))
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect::<std::result::Result<Vec<_>, _>>()
    })?;
    let figure = Figure::of(tallies);
    all_there(figure.operations * rows, client.query_one(COUNT, &[])?.get(0))?;
    Ok(figure)
}

const ROWS: &str = "INSERT INTO bare (metric, at, step, value, odd) SELECT $1, at, step, value, 0
    FROM unnest(CAST($2 AS BIGINT[]), CAST($3 AS BIGINT[]), CAST($4 AS DOUBLE PRECISION[])) AS given (at, step, value)";

fn insert_all(url: &str, metric: i64, rows: usize, bound: Bound) -> Result<Tally> {
    let mut client = Client::connect(url, NoTls)?;
    let (one, many) = (client.prepare(ROW)?, client.prepare(ROWS)?);
    let mut tally = Tally::start(bound);
    let mut step = 0_i64;
    while tally.goes_on() {
        let steps: Vec<i64> = (step + 1..=step + rows as i64).collect();
        let values: Vec<f64> = steps.iter().map(|step| *step as f64 * 0.5).collect();
        step += rows as i64;
        let asked = Instant::now();
        match rows {
            1 => client.execute(&one, &[&metric, &step, &step, &values[0]])?,
            _ => client.execute(&many, &[&metric, &steps, &steps, &values])?,
        };
        tally.answered(asked);
    }
    Ok(tally)
}

fn all_there(expected: usize, found: i64) -> Result<()> {
    if found == expected as i64 {
        Ok(())
    } else {
        Err(format!("{expected} rows were answered, {found} are there").into())
    }
}
