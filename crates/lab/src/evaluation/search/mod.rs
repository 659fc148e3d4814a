//! Finding evaluation datasets.

mod store;

use base::{ExperimentId, ProjectId, Result, refuse::invalid};
use db::Tx;
use people::{Actor, Right};

use super::Dataset;
use crate::{
    allow, experiment,
    search::{Found, Search},
};

/// By what a dataset can be searched; tags and people cannot be ordered by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    Name,
    CreatedBy,
    UpdatedBy,
    /// Milliseconds since 1970.
    CreatedAt,
    /// Milliseconds since 1970.
    UpdatedAt,
    Tag(String),
}

impl Field {
    pub fn is_ordered(&self) -> bool {
        matches!(self, Self::Name | Self::CreatedAt | Self::UpdatedAt)
    }
}

const MOST_EXPERIMENTS: usize = 10_000;

/// Datasets of these projects; only those attached to one of the experiments, where some are named.
/// The usual order is the latest first.
pub fn search(
    tx: &mut Tx,
    actor: &Actor,
    projects: &[ProjectId],
    experiments: Option<&[ExperimentId]>,
    search: &Search<Field>,
) -> Result<Found<Dataset>> {
    for project in projects {
        allow(tx, actor, Right::Read, project, "project")?;
    }
    if experiments.is_some_and(|experiments| experiments.len() > MOST_EXPERIMENTS) {
        return Err(invalid("experiment_ids", format!("must hold at most {MOST_EXPERIMENTS}")));
    }
    search.check()?;
    let seen = experiments.map(|experiments| experiment::visible(tx, actor, experiments)).transpose()?;
    let datasets = store::search(tx, projects, seen.as_deref(), search)?;
    Ok(Found::cut(datasets, search.limit, search.after))
}
