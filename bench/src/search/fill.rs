//! Runs by the hundred thousand, written straight into the tables: as they lie there after their
//! training, with the latest point of each series and no history.

use base::Result;
use db::{Tx, params};
use lab::run;

/// Five metrics, five params and three tags a run. Of a hundred runs one failed, of a thousand one goes on.
pub fn fill(tx: &mut Tx, template: &run::Run, from: i64, to: i64) -> Result<()> {
    const RUNS: &str =
        "INSERT INTO run (id, experiment, name, creator, user_name, status, started_at, ended_at, created_at, settled_at)
         SELECT 'filled' || CAST(i AS TEXT), $3, 'run-' || CAST(i % 100 AS TEXT) || '-' || CAST(i AS TEXT), $4, 'dana',
                CASE WHEN i % 1000 = 0 THEN 'RUNNING' WHEN i % 100 = 50 THEN 'FAILED' ELSE 'FINISHED' END,
                $5 + i * 1000, CASE i % 1000 WHEN 0 THEN NULL ELSE $5 + i * 1000 + 900 END, $5 + i * 1000,
                CASE i % 1000 WHEN 0 THEN NULL ELSE $5 + i * 1000 + 900 END FROM i";
    const NUMBERS: &str =
        "WITH RECURSIVE i (i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM i WHERE i + 1 < $2)";
    let (experiment, start) = (template.experiment, template.started_at);
    tx.run(&format!("{NUMBERS} {RUNS}"), params![from, to, experiment, &template.creator, start])?;
    let spread = "(i.i * 7919 % 1000003) / 1000003.0";
    for (key, value) in [
        ("loss", spread.to_owned()),
        ("auc", format!("1.0 - {spread}")),
        ("f1", format!("{spread} / 2.0")),
        ("latency", format!("10.0 + {spread}")),
        ("size", format!("100.0 * {spread}")),
    ] {
        let values = format!("CAST({value} AS DOUBLE PRECISION)");
        let sql = format!(
            "{NUMBERS} INSERT INTO metric (experiment, run, key, step, at, value, odd, points, raised_at, settled)
             SELECT $3, run.num, '{key}', 0, run.started_at, {values}, 0, 1, run.started_at,
                    CASE i % 1000 WHEN 0 THEN NULL ELSE {values} END
             FROM i JOIN run ON run.id = 'filled' || CAST(i AS TEXT)"
        );
        tx.run(&sql, params![from, to, experiment])?;
    }
    for (table, key, value) in [
        ("param", "depth", "CAST(i % 5 AS TEXT)".to_owned()),
        ("param", "rate", format!("CAST({spread} AS TEXT)")),
        ("param", "seed", "CAST(i AS TEXT)".to_owned()),
        ("param", "model", "'forest'".to_owned()),
        ("param", "data", "'wine'".to_owned()),
        ("run_tag", "team", "CASE i % 3 WHEN 0 THEN 'growth' ELSE 'risk' END".to_owned()),
        ("run_tag", "try", "CAST(i / 4 AS TEXT)".to_owned()),
        ("run_tag", "mlflow.user", "'dana'".to_owned()),
    ] {
        let sql = format!(
            "{NUMBERS} INSERT INTO {table} (experiment, run, key, value) SELECT $3, run.num, '{key}', {value}
             FROM i JOIN run ON run.id = 'filled' || CAST(i AS TEXT)"
        );
        tx.run(&sql, params![from, to, experiment])?;
    }
    Ok(())
}
