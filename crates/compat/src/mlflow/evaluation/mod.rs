//! Evaluation datasets: create, read, search, tag, attach, and their records. Tags and records travel
//! as texts that hold JSON.

mod act;
mod records;
mod search;
mod shape;

pub use act::{add_experiments, create, delete, delete_tag, experiment_ids, get, remove_experiments, set_tags};
pub use records::{delete as delete_records, list as records, put as put_records};
pub use search::datasets as search;

use base::{EvaluationDatasetId, Result};
use serde_json::Value;

use super::{
    ask::Ask,
    fields::{Fields, parse},
};

fn dataset_id<const MOST: usize>(ask: &mut Ask<MOST>) -> EvaluationDatasetId {
    EvaluationDatasetId(ask.path.take("dataset_id").unwrap_or_default())
}

/// Values in a text that holds JSON.
const MOST_VALUES: usize = 1_000_000;

/// A field that is text and holds JSON.
fn json_text(fields: &mut Fields, name: &str) -> Result<Option<Value>> {
    let Some(text) = fields.text(name)?.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let read = parse(text.as_bytes(), MOST_VALUES).map(|value| serde_json::to_value(value).unwrap_or_default());
    let shown = || text.chars().take(100).collect::<String>();
    read.map(Some).map_err(|why| fields.invalid(name, &shown(), format!("it must hold JSON: {why}.")))
}
