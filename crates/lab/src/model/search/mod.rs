//! Finding logged models.

mod store;

use base::{ExperimentId, Result};
use db::Tx;
use people::Actor;

use super::Model;
use crate::{
    experiment,
    search::{Found, Search},
};

/// By what a logged model can be searched and ordered; params and tags cannot be ordered by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    Attribute(Attribute),
    /// Any value with this key, measured on one of the search's datasets where it names some.
    Metric(String),
    /// For orders: the latest value with this key, measured on this dataset: name, and perhaps digest.
    MetricOn(String, OnDataset),
    Param(String),
    Tag(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attribute {
    Name,
    Id,
    ModelType,
    /// The client's number: 1 pending, 2 ready, 3 failed. Compared as a number.
    Status,
    Run,
    /// Milliseconds since 1970.
    CreatedAt,
    /// Milliseconds since 1970.
    UpdatedAt,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OnDataset {
    pub name: String,
    pub digest: Option<String>,
}

/// Models of these experiments, as far as the actor may look at them. With `datasets`, only those
/// with a value measured on one of them. The usual order is the latest first, then the id.
pub fn search(
    tx: &mut Tx,
    actor: &Actor,
    experiments: &[ExperimentId],
    datasets: &[OnDataset],
    search: &Search<Field>,
) -> Result<Found<Model>> {
    search.check()?;
    let seen = experiment::visible(tx, actor, experiments)?;
    if seen.is_empty() {
        return Ok(Found::none());
    }
    let models = store::search(tx, &seen, datasets, search)?;
    Ok(Found::cut(models, search.limit, search.after))
}
