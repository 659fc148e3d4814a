//! Finding registered models, prompts and their versions. One search finds either models or
//! prompts, never both.

mod store;

use base::{ProjectId, Result};
use db::Tx;
use people::{Actor, Right};

use super::{Model, Version};
use crate::{
    allow,
    search::{Found, Search},
};

/// By what registered models can be searched and ordered; tags cannot be ordered by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    Name,
    /// Milliseconds since 1970. Ordered by only.
    UpdatedAt,
    Tag(String),
}

/// By what versions can be searched and ordered; tags, runs and sources cannot be ordered by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum VersionField {
    Name,
    Number,
    Run,
    Source,
    /// Milliseconds since 1970. Ordered by only.
    CreatedAt,
    /// Milliseconds since 1970. Ordered by only.
    UpdatedAt,
    Tag(String),
}

/// Of these projects; the usual order is by name.
pub fn search(
    tx: &mut Tx,
    actor: &Actor,
    projects: &[ProjectId],
    prompts: bool,
    search: &Search<Field>,
) -> Result<Found<Model>> {
    if !may_search(tx, actor, projects, search)? {
        return Ok(Found::none());
    }
    let models = store::models(tx, projects, prompts, search)?;
    Ok(Found::cut(models, search.limit, search.after))
}

/// Of these projects; ties are ordered by name and the highest numbers first.
pub fn versions(
    tx: &mut Tx,
    actor: &Actor,
    projects: &[ProjectId],
    prompts: bool,
    search: &Search<VersionField>,
) -> Result<Found<Version>> {
    if !may_search(tx, actor, projects, search)? {
        return Ok(Found::none());
    }
    let versions = store::versions(tx, projects, prompts, search)?;
    Ok(Found::cut(versions, search.limit, search.after))
}

fn may_search<F: PartialEq>(tx: &mut Tx, actor: &Actor, projects: &[ProjectId], search: &Search<F>) -> Result<bool> {
    search.check()?;
    for project in projects {
        allow(tx, actor, Right::Read, project, "project")?;
    }
    Ok(!projects.is_empty())
}
