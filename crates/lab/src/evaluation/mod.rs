//! An evaluation dataset is a named list of inputs with what would be right for each, against which
//! an application is evaluated. It belongs to a project and may be attached to experiments of it.
//! Records with the same inputs are one record: what comes later is merged into it.

mod act;
mod bring;
mod record;
pub mod search;
mod shape;
mod store;
#[cfg(test)]
mod tests;

use base::{EvaluationDatasetId, ExperimentId, ProjectId, Result, Time, refuse::not_found};
use db::Tx;
use people::{Actor, Right};

pub use act::{New, TAG_VALUE, add_to, create, delete, delete_tag, remove_from, set_tags};
pub use bring::{Brought, bring, bring_records, check, check_record, digests, load};
pub use record::{Merged, Record, delete_records, put_records, records};
pub use search::search;

use crate::allow;

#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// The small key that the store uses.
    pub num: i64,
    pub id: EvaluationDatasetId,
    pub project: ProjectId,
    /// Not unique.
    pub name: String,
    /// Changes with the content.
    pub digest: String,
    /// JSON: the types of its fields.
    pub shape: Option<String>,
    pub created_at: Time,
    pub updated_at: Time,
    /// What clients call their user.
    pub created_by: Option<String>,
    pub updated_by: Option<String>,
    /// How many records it has.
    pub records: i64,
}

/// The dataset, for someone who may look at its project.
pub fn get(tx: &mut Tx, actor: &Actor, id: &EvaluationDatasetId) -> Result<Dataset> {
    find(tx, actor, Right::Read, id)
}

/// The tags of each dataset, in the same order, by key. Checks no right.
pub fn tags(tx: &mut Tx, datasets: &[Dataset]) -> Result<Vec<Vec<(String, String)>>> {
    datasets.iter().map(|dataset| store::tags(tx, dataset.num)).collect()
}

/// The experiments it is attached to. Checks no right.
pub fn experiments(tx: &mut Tx, dataset: &Dataset) -> Result<Vec<ExperimentId>> {
    store::experiments(tx, dataset.num)
}

fn find(tx: &mut Tx, actor: &Actor, right: Right, id: &EvaluationDatasetId) -> Result<Dataset> {
    let dataset = store::get(tx, id)?.ok_or_else(|| not_found("evaluation dataset"))?;
    allow(tx, actor, right, &dataset.project, "evaluation dataset")?;
    Ok(dataset)
}
