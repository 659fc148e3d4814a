use std::collections::BTreeMap;

use base::{ExperimentId, Result};
use db::Tx;
use lab::evaluation::{self, Dataset, Record};
use people::Actor;
use serde::Serialize;
use serde_json::{Value, json};

use crate::mlflow::shape::Names;

#[derive(Serialize)]
pub struct One {
    pub dataset: DatasetShape,
}

#[derive(Serialize)]
pub struct DatasetShape {
    dataset_id: String,
    name: String,
    tags: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    digest: String,
    created_time: i64,
    last_update_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated_by: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    experiment_ids: Vec<String>,
}

/// Without their experiments, which clients ask for when they need them.
pub fn datasets(tx: &mut Tx, datasets: Vec<Dataset>) -> Result<Vec<DatasetShape>> {
    let tags = evaluation::tags(tx, &datasets)?;
    Ok(datasets.into_iter().zip(tags).map(|(dataset, tags)| shape(dataset, tags)).collect())
}

/// With its experiments.
pub fn whole(tx: &mut Tx, actor: &Actor, dataset: Dataset) -> Result<One> {
    let names = Names::of(tx, actor)?;
    let experiments = evaluation::experiments(tx, &dataset)?;
    let tags = evaluation::tags(tx, std::slice::from_ref(&dataset))?.pop().unwrap_or_default();
    Ok(One { dataset: DatasetShape { experiment_ids: named(&experiments, names), ..shape(dataset, tags) } })
}

pub fn named(experiments: &[ExperimentId], names: Names) -> Vec<String> {
    experiments.iter().map(|id| names.experiment(*id)).collect()
}

fn shape(dataset: Dataset, tags: Vec<(String, String)>) -> DatasetShape {
    DatasetShape {
        dataset_id: dataset.id.0,
        name: dataset.name,
        tags: json!(tags.into_iter().collect::<BTreeMap<_, _>>()).to_string(),
        schema: dataset.shape,
        profile: (dataset.records > 0).then(|| json!({ "num_records": dataset.records }).to_string()),
        digest: dataset.digest,
        created_time: dataset.created_at.ms(),
        last_update_time: dataset.updated_at.ms(),
        created_by: dataset.created_by,
        last_updated_by: dataset.updated_by,
        experiment_ids: Vec::new(),
    }
}

pub fn record(dataset: &str, record: Record) -> Value {
    let (created, updated) = record.times.map_or((0, 0), |(created, updated)| (created.ms(), updated.ms()));
    let mut shape = json!({
        "dataset_record_id": record.id, "dataset_id": dataset, "inputs": record.inputs,
        "created_time": created, "last_update_time": updated,
    });
    let texts = [
        ("source_type", record.source_type),
        ("created_by", record.created_by),
        ("last_updated_by", record.updated_by),
    ];
    let texts = texts.into_iter().map(|(name, text)| (name, text.map(Value::String)));
    let values = [
        ("outputs", record.outputs),
        ("expectations", record.expectations),
        ("tags", record.tags),
        ("source", record.source),
    ];
    for (name, value) in texts.chain(values) {
        if let Some(value) = value {
            shape[name] = value;
        }
    }
    shape
}
