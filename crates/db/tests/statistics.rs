//! PostgreSQL knows what lies in a table soon after it was filled, without having looked by itself.

use std::{thread, time::Duration};

use db::{
    Value,
    testing::{TestDb, postgres},
};

/// How many rows the engine plans with.
fn known(db: &TestDb) -> i64 {
    let sql = "SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE oid = CAST('param' AS REGCLASS)";
    db.read_blocking(move |tx| tx.one(sql, &[], |row| row.get(0))).unwrap()
}

fn fill(db: &TestDb, runs: std::ops::Range<i64>) {
    let fill = move |tx: &mut db::Tx| {
        let row = |run| [Value::from(1_i64), Value::from(run), Value::from("depth"), Value::from("3")];
        let rows: Vec<Value> = runs.clone().flat_map(row).collect();
        tx.insert_many("INSERT INTO param (experiment, run, key, value) VALUES", 4, &rows, "")
    };
    db.write_blocking(fill).unwrap();
}

fn wait_until_known(db: &TestDb, rows: i64) {
    for _ in 0..600 {
        if known(db) == rows {
            return;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("{} rows are known instead of {rows}", known(db));
}

#[test]
fn a_table_that_was_just_filled_is_counted() {
    let Some(db) = postgres() else { return };
    let alone = "ALTER TABLE param SET (autovacuum_enabled = false)";
    db.write_blocking(move |tx| tx.run(alone, &[])).unwrap();
    fill(&db, 0..1_000);
    wait_until_known(&db, 1_000);
    fill(&db, 1_000..2_000);
    wait_until_known(&db, 2_000);
}
