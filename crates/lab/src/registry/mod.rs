//! A registered model is a name under which a project offers a model; its versions are numbered
//! from 1, its aliases are names that people move between versions. A prompt is the same with
//! texts as versions: clients keep both in one registry, under names that both share.
//!
//! Deleting is real here: the name is free again. Numbers of deleted versions are not given out
//! again as long as the model is there.

mod act;
pub mod alias;
mod bring;
pub mod prompt;
pub mod search;
mod store;
#[cfg(test)]
mod tests;
pub mod version;

use base::{Limit, ProjectId, RegisteredModelId, Result, Time, refuse::not_found};
use db::Tx;
use people::{Actor, Right};

pub use act::{New, delete_tag, describe, register, rename, set_tag, unregister};
pub use bring::{Brought, Origin, bring, brought_from, check};
pub use search::search;
pub use version::Version;

use crate::allow;

#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub id: RegisteredModelId,
    pub project: ProjectId,
    pub name: String,
    /// Its versions are texts.
    pub prompt: bool,
    pub description: Option<String>,
    /// The highest number that a version got, deleted ones included; 0 before the first.
    pub numbered: i64,
    pub created_at: Time,
    pub updated_at: Time,
}

impl Model {
    /// As events and live pages call it.
    pub fn subject(&self) -> String {
        format!("registered_model:{}", self.id)
    }
}

/// The registered model or prompt, for someone who may look at its project.
pub fn get(tx: &mut Tx, actor: &Actor, id: RegisteredModelId) -> Result<Model> {
    find(tx, actor, Right::Read, id)
}

/// By its exact name; none when the project has no such model or prompt.
pub fn find_by_name(tx: &mut Tx, actor: &Actor, project: &ProjectId, name: &str) -> Result<Option<Model>> {
    allow(tx, actor, Right::Read, project, "project")?;
    store::by_name(tx, project, name)
}

/// Checks no right: for what already happened to it.
pub fn load(tx: &mut Tx, id: RegisteredModelId) -> Result<Option<Model>> {
    store::get(tx, id)
}

/// All models of a project, prompts left out. Checks no right.
pub fn models(tx: &mut Tx, project: &ProjectId) -> Result<Vec<RegisteredModelId>> {
    store::models(tx, project)
}

/// What a list of a project's models or prompts is narrowed by.
#[derive(Clone, Debug)]
pub struct Listing {
    pub prompts: bool,
    /// Part of the name, in any case.
    pub q: Option<String>,
    /// The last of the page before: when it was changed, and its id.
    pub after: Option<(Time, i64)>,
    pub limit: Limit,
}

/// The last changed first, one more than the limit where others follow.
pub fn list(tx: &mut Tx, actor: &Actor, project: &ProjectId, listing: &Listing) -> Result<Vec<Model>> {
    allow(tx, actor, Right::Read, project, "project")?;
    store::list(tx, project, listing)
}

pub(crate) fn find(tx: &mut Tx, actor: &Actor, right: Right, id: RegisteredModelId) -> Result<Model> {
    let model = store::get(tx, id)?.ok_or_else(|| not_found("registered model"))?;
    allow(tx, actor, right, &model.project, "registered model")?;
    Ok(model)
}

/// The tags of each, by key. Checks no right.
pub fn tags(tx: &mut Tx, models: &[RegisteredModelId]) -> Result<Vec<(RegisteredModelId, String, String)>> {
    let mut tags = Vec::new();
    for part in models.chunks(PART) {
        tags.extend(store::tags(tx, part)?);
    }
    Ok(tags)
}

/// So many are named in one statement.
const PART: usize = 500;
