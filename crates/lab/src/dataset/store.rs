use std::collections::BTreeMap;

use base::{ExperimentId, Result, refuse::internal};
use db::{Query, Tx, params};

use super::{Dataset, Input};

/// The dataset's id; it is added where it is new.
pub fn ensure(tx: &mut Tx, experiment: ExperimentId, dataset: &Dataset) -> Result<i64> {
    let find = "SELECT id FROM dataset WHERE experiment = $1 AND name = $2 AND digest = $3";
    if let Some(id) = tx.first(find, params![experiment, &dataset.name, &dataset.digest], |row| row.get(0))? {
        return Ok(id);
    }
    let sql = "INSERT INTO dataset (experiment, name, digest, source_type, source, shape, profile)
               VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
    let row = params![
        experiment,
        &dataset.name,
        &dataset.digest,
        &dataset.source_type,
        &dataset.source,
        dataset.shape.as_deref(),
        dataset.profile.as_deref(),
    ];
    tx.one(sql, row, |row| row.get(0))
}

pub fn link(tx: &mut Tx, run: i64, dataset: i64, input: &Input) -> Result<()> {
    let tags: BTreeMap<&str, &str> = input.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let tags = serde_json::to_value(tags).map_err(internal)?;
    let sql = "INSERT INTO input (run, dataset, tags, context) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    tx.run(sql, params![run, dataset, &tags, input.context()]).map(drop)
}

pub fn of_runs(tx: &mut Tx, runs: &[i64]) -> Result<Vec<(i64, Input)>> {
    let mut query = Query::new(
        "SELECT input.run, d.name, d.digest, d.source_type, d.source, d.shape, d.profile, input.tags
         FROM input JOIN dataset d ON d.id = input.dataset WHERE input.run IN (",
    );
    query.bind_all(runs.iter().copied()).push(") ORDER BY input.run, d.name, d.digest");
    tx.all_q(&query, |row| {
        let dataset = Dataset {
            name: row.get(1)?,
            digest: row.get(2)?,
            source_type: row.get(3)?,
            source: row.get(4)?,
            shape: row.get(5)?,
            profile: row.get(6)?,
        };
        let tags: BTreeMap<String, String> = serde_json::from_value(row.get(7)?).map_err(internal)?;
        Ok((row.get(0)?, Input { dataset, tags: tags.into_iter().collect() }))
    })
}
