use std::collections::HashMap;

use base::{ExperimentId, Result, Time, UserId, refuse::internal};
use db::{Query, Row, Tx, params};

use super::{New, Rule, stored_comparator};

const RULES: &str = "SELECT r.id, r.metric, r.comparator, r.threshold, r.constraints, r.dataset, r.time_box_days,
        r.set_at, r.set_by, r.after_first_run,
        (SELECT COUNT(*) FROM rule h WHERE h.experiment = r.experiment AND h.id <= r.id),
        (SELECT MIN(b.set_at) FROM rule b WHERE b.experiment = r.experiment AND b.time_box_days IS NOT NULL),
        r.experiment
    FROM rule r WHERE ";

pub fn latest(tx: &mut Tx, experiment: ExperimentId) -> Result<Option<Rule>> {
    tx.first(&format!("{RULES} r.experiment = $1 ORDER BY r.id DESC LIMIT 1"), params![experiment], read)
}

pub fn all(tx: &mut Tx, experiment: ExperimentId) -> Result<Vec<Rule>> {
    tx.all(&format!("{RULES} r.experiment = $1 ORDER BY r.id"), params![experiment], read)
}

/// The latest of each experiment.
pub fn latest_of(tx: &mut Tx, experiments: &[ExperimentId]) -> Result<HashMap<ExperimentId, Rule>> {
    let mut query = Query::new(RULES);
    query.push("r.experiment IN (").bind_all(experiments.iter().copied());
    query.push(") AND r.id = (SELECT MAX(l.id) FROM rule l WHERE l.experiment = r.experiment)");
    let rules = tx.all_q(&query, |row| Ok((row.get(12)?, read(row)?)))?;
    Ok(rules.into_iter().collect())
}

fn read(row: &Row) -> Result<Rule> {
    let asks = New {
        metric: row.get(1)?,
        comparator: stored_comparator(&row.get::<String>(2)?)?,
        threshold: row.get(3)?,
        constraints: serde_json::from_value(row.get(4)?).map_err(internal)?,
        dataset: row.get(5)?,
        time_box_days: row.get(6)?,
    };
    let boxed_since: Option<Time> = row.get(11)?;
    let decide_by = boxed_since.zip(asks.time_box_days).map(|(since, days)| since.plus_days(days));
    Ok(Rule {
        id: row.get(0)?,
        asks,
        set_at: row.get(7)?,
        set_by: row.get(8)?,
        after_first_run: row.get(9)?,
        history: row.get(10)?,
        decide_by,
    })
}

pub fn add(tx: &mut Tx, experiment: ExperimentId, by: &UserId, asks: &New) -> Result<()> {
    let constraints = serde_json::to_value(&asks.constraints).map_err(internal)?;
    let now = tx.now();
    let sql = "INSERT INTO rule (experiment, metric, comparator, threshold, constraints, dataset, time_box_days,
                   set_at, set_by, after_first_run)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, EXISTS (SELECT 1 FROM run WHERE experiment = $1))";
    let row = params![
        experiment,
        &asks.metric,
        asks.comparator.as_str(),
        asks.threshold,
        &constraints,
        asks.dataset.as_deref(),
        asks.time_box_days,
        now,
        by,
    ];
    tx.run(sql, row).map(drop)
}
