//! Finding runs by what they hold.

mod among;
mod store;
#[cfg(test)]
mod tests;

use base::{ExperimentId, Result, refuse::invalid};
use db::Tx;
use people::Actor;

use among::Among;

use super::Run;
use crate::{
    experiment,
    search::{Found, Search},
};

/// By what a run can be searched and ordered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    Attribute(Attribute),
    /// The latest value of this key. Ordered: numbers, not-a-number, none.
    Metric(String),
    Param(String),
    Tag(String),
    /// Some dataset that the run read. Cannot be ordered by.
    Dataset(DatasetField),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attribute {
    Id,
    Name,
    UserName,
    Status,
    ArtifactUri,
    /// Milliseconds since 1970.
    StartedAt,
    /// Milliseconds since 1970; running ones have none.
    EndedAt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DatasetField {
    Name,
    Digest,
    Context,
}

const STARTED_AT: Field = Field::Attribute(Attribute::StartedAt);

const MOST_EXPERIMENTS: usize = 10_000;

/// Runs of these experiments, as far as the actor may look at them; others are passed over. The
/// usual order is the latest start first, then the id.
pub fn search(tx: &mut Tx, actor: &Actor, experiments: &[ExperimentId], search: &Search<Field>) -> Result<Found<Run>> {
    if experiments.len() > MOST_EXPERIMENTS {
        return Err(invalid("experiment_ids", format!("must hold at most {MOST_EXPERIMENTS}")));
    }
    search.check()?;
    let seen = experiment::visible(tx, actor, experiments)?;
    if seen.is_empty() {
        return Ok(Found::none());
    }
    let runs = among::page(tx, &seen, search)?;
    Ok(Found::cut(runs, search.limit, search.after))
}
