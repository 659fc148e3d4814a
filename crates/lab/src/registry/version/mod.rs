//! A model version is one numbered model under a registered name: where its bytes lie, which run
//! made it, and what is said about it. Nothing but that changes; another model is another version.

mod act;
mod bring;
pub mod source;
mod store;

use base::{ModelId, ProjectId, RegisteredModelId, Result, RunId, Time, UserId};
use db::Tx;

pub use act::{New, create, delete, delete_tag, describe, label, set_tag};
pub use bring::{Brought, bring, bring_tags, check};
pub use source::Source;
pub(crate) use store::{VERSIONS, read};

use super::{Model, PART, act::absent};

/// A label of older clients. It decides nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Stage {
    #[default]
    None,
    Staging,
    Production,
    Archived,
}

impl Stage {
    pub const ALL: [Self; 4] = [Self::None, Self::Staging, Self::Production, Self::Archived];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Staging => "Staging",
            Self::Production => "Production",
            Self::Archived => "Archived",
        }
    }

    /// In any case of letters.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str().eq_ignore_ascii_case(word))
    }

    /// Something is served from there.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Staging | Self::Production)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// The small key that the store uses.
    pub id: i64,
    pub model: RegisteredModelId,
    pub project: ProjectId,
    /// The model's name.
    pub name: String,
    /// It is a text.
    pub prompt: bool,
    pub number: i64,
    /// As the client gave it.
    pub source: String,
    /// Where its bytes lie, however the source was spelled.
    pub location: String,
    /// The run that made it; what lies in other stores may name any.
    pub run: Option<RunId>,
    pub run_link: Option<String>,
    pub logged_model: Option<ModelId>,
    pub description: Option<String>,
    /// What somebody labelled it.
    pub stage: Stage,
    pub creator: UserId,
    pub created_at: Time,
    pub updated_at: Time,
    /// When this server was told of it: what came from another store is older by its own word.
    pub told_at: Time,
}

/// Checks no right: for a model that was reached through a check.
pub fn get(tx: &mut Tx, model: &Model, number: i64) -> Result<Version> {
    store::get(tx, model.id, number)?.ok_or_else(absent)
}

/// [`get`], for what may be gone by now. Checks no right.
pub fn load(tx: &mut Tx, model: &Model, number: i64) -> Result<Option<Version>> {
    store::get(tx, model.id, number)
}

/// The one with the highest number, if there is any. Checks no right.
pub fn newest(tx: &mut Tx, model: &Model) -> Result<Option<Version>> {
    Ok(list(tx, model, None, 1)?.pop())
}

/// The highest numbers first, those below `before`. Checks no right.
pub fn list(tx: &mut Tx, model: &Model, before: Option<i64>, most: i64) -> Result<Vec<Version>> {
    store::list(tx, model.id, before, most)
}

/// Of each model the highest number of each label, those `apart` left out. Checks no right.
pub fn latest(tx: &mut Tx, models: &[RegisteredModelId], apart: &[i64]) -> Result<Vec<Version>> {
    let mut latest = Vec::new();
    for part in models.chunks(PART) {
        latest.extend(store::latest(tx, part, apart)?);
    }
    Ok(latest)
}

/// How many versions each of these models has; one without any is left out. Checks no right.
pub fn counts(tx: &mut Tx, models: &[RegisteredModelId]) -> Result<Vec<(RegisteredModelId, i64)>> {
    let mut counts = Vec::new();
    for part in models.chunks(PART) {
        counts.extend(store::counts(tx, part)?);
    }
    Ok(counts)
}

/// Versions in the project that name the run or a model that it made, by name and number; texts are
/// left out. Checks no right.
pub fn of_run(tx: &mut Tx, project: &ProjectId, run: &RunId) -> Result<Vec<Version>> {
    store::of_run(tx, project, run)
}

/// Versions of these models that name one of these runs or a model that one of them made, the highest
/// numbers first. Checks no right.
pub fn of_runs(tx: &mut Tx, models: &[RegisteredModelId], runs: &[RunId]) -> Result<Vec<Version>> {
    let mut versions = Vec::new();
    for part in models.chunks(PART) {
        versions.extend(store::of_runs(tx, part, runs)?);
    }
    Ok(versions)
}

/// The tags of each, by key. Checks no right.
pub fn tags(tx: &mut Tx, versions: &[i64]) -> Result<Vec<(i64, String, String)>> {
    let mut tags = Vec::new();
    for part in versions.chunks(PART) {
        tags.extend(store::tags(tx, part)?);
    }
    Ok(tags)
}
