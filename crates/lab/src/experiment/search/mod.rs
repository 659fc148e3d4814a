//! Finding experiments as clients do.

mod store;

use base::{ProjectId, Result};
use db::Tx;
use people::{Actor, Right};

use super::Experiment;
use crate::{
    allow,
    search::{Found, Search},
};

/// By what an experiment can be searched and ordered; tags cannot be ordered by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    Attribute(Attribute),
    Tag(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attribute {
    Name,
    /// Compared as text: equal, or in a list.
    Id,
    /// Milliseconds since 1970.
    CreatedAt,
    /// Milliseconds since 1970.
    UpdatedAt,
}

/// Experiments of these projects; the usual order is the latest first, then the id.
pub fn search(tx: &mut Tx, actor: &Actor, projects: &[ProjectId], search: &Search<Field>) -> Result<Found<Experiment>> {
    search.check()?;
    for project in projects {
        allow(tx, actor, Right::Read, project, "project")?;
    }
    if projects.is_empty() {
        return Ok(Found::none());
    }
    let experiments = store::search(tx, projects, search)?;
    Ok(Found::cut(experiments, search.limit, search.after))
}
