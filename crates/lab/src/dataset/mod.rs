//! A dataset is a named, versioned input: known by experiment, name and digest. Its content stays
//! where it is; only what identifies it is logged.

mod store;

use base::{ExperimentId, Result, refuse::invalid};
use db::Tx;

use crate::{limit, run};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dataset {
    /// At most 500 characters.
    pub name: String,
    /// At most 36 characters.
    pub digest: String,
    pub source_type: String,
    /// At most 65,535 characters.
    pub source: String,
    /// Columns and types as the client writes them; at most 1,048,575 characters.
    pub shape: Option<String>,
    /// Counts and the like as the client writes them; at most 16,777,215 characters.
    pub profile: Option<String>,
}

/// A dataset as a run read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    pub dataset: Dataset,
    /// The tag `mlflow.data.context` says what for: `training`, `eval`.
    pub tags: Vec<(String, String)>,
}

const CONTEXT: &str = "mlflow.data.context";

impl Input {
    pub fn context(&self) -> Option<&str> {
        self.tags.iter().find(|(key, _)| key == CONTEXT).map(|(_, value)| value.as_str())
    }
}

/// Refuses what cannot be an input.
pub fn check(inputs: &[Input]) -> Result<()> {
    for (place, input) in inputs.iter().enumerate() {
        let field = |name: &str| format!("datasets[{place}].dataset.{name}");
        let dataset = &input.dataset;
        for (name, text, most) in [
            ("name", &dataset.name, 500),
            ("digest", &dataset.digest, 36),
            ("source_type", &dataset.source_type, 500),
            ("source", &dataset.source, 65_535),
        ] {
            limit::check_length(&field(name), text, most)?;
            if text.is_empty() {
                return Err(invalid(&field(name), "must not be empty"));
            }
        }
        limit::check_length(&field("schema"), dataset.shape.as_deref().unwrap_or_default(), 1_048_575)?;
        limit::check_length(&field("profile"), dataset.profile.as_deref().unwrap_or_default(), 16_777_215)?;
        for (tag, (key, value)) in input.tags.iter().enumerate() {
            let field = format!("datasets[{place}].tags[{tag}]");
            limit::check_length(&format!("{field}.key"), key, 255)?;
            limit::check_length(&format!("{field}.value"), value, 500)?;
        }
    }
    Ok(())
}

/// Links checked datasets to a run.
pub(crate) fn log(tx: &mut Tx, experiment: ExperimentId, run: i64, inputs: &[Input]) -> Result<()> {
    for input in inputs {
        let dataset = store::ensure(tx, experiment, &input.dataset)?;
        store::link(tx, run, dataset, input)?;
    }
    if inputs.is_empty() { Ok(()) } else { run::note_change(tx, run) }
}

/// The inputs of these runs, by the runs' small keys, ordered by name and digest.
pub(crate) fn of_runs(tx: &mut Tx, runs: &[i64]) -> Result<Vec<(i64, Input)>> {
    store::of_runs(tx, runs)
}
