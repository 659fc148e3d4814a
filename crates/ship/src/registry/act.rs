//! What is done with models and versions where a gate may have a say. The rest is `lab`'s alone.

use base::{
    Error, Kind, Result,
    refuse::{conflict, internal, invalid, not_found},
};
use db::Tx;
use lab::registry::{
    self, Model, Version, alias,
    version::{self, Brought, New, Source, Stage, source::Which},
};
use people::{Actor, Right};

use super::{
    Governed,
    show::{Placed, in_stages, placed},
};
use crate::environment::{fold, same};

/// The next version. A source like `models:/NAME/3` is looked up in the same project.
pub fn create_version(tx: &mut Tx, actor: &Actor, model: &Model, new: &New) -> Result<Version> {
    people::require(tx, actor, Right::Track, &model.project)?;
    let copied = match model.prompt {
        true => None,
        false => copied(tx, actor, model, &new.source)?,
    };
    version::create(tx, actor, model.id, new, copied.as_ref())
}

/// A version that comes from another tracking store, with its number, its times and its label. A
/// label that only a gate could give is refused as anybody's is.
pub fn bring_version(tx: &mut Tx, actor: &Actor, model: &Model, brought: &Brought) -> Result<Version> {
    people::require(tx, actor, Right::Track, &model.project)?;
    if brought.stage != Stage::None {
        check_free(tx, model, brought.stage.as_str())?;
    }
    let copied = match model.prompt {
        true => None,
        false => copied(tx, actor, model, &brought.new.source)?,
    };
    version::bring(tx, actor, model.id, brought, copied.as_ref())
}

fn copied(tx: &mut Tx, actor: &Actor, model: &Model, source: &str) -> Result<Option<Version>> {
    let Source::Registered { name, which } = Source::parse(source)? else { return Ok(None) };
    let from = registry::find_by_name(tx, actor, &model.project, &name)?;
    let from = from.ok_or_else(|| not_found("registered model"))?;
    let found = match which {
        Which::Number(number) => Some(version::get(tx, &from, number)?),
        Which::Alias(name) => by_alias(tx, &from, &name)?,
        Which::Word(word) if fold(&word) == alias::LATEST => version::newest(tx, &from)?,
        Which::Word(word) => {
            let stage = Stage::parse(&word).ok_or_else(|| invalid("source", "names no version and no stage"))?;
            latest(tx, &from, &[stage])?.pop().map(|placed| placed.version)
        }
    };
    found.map(Some).ok_or_else(|| not_found("model version"))
}

/// The version that the alias names: set by somebody, or deployed in the environment of this name.
/// `latest` names the highest number. Checks no right.
pub fn by_alias(tx: &mut Tx, model: &Model, name: &str) -> Result<Option<Version>> {
    alias::check(name)?;
    if fold(name) == alias::LATEST {
        return version::newest(tx, model);
    }
    if is_governed(tx, model, name)? {
        let deployed = Governed::of(tx, &model.project)?.deployed(tx, &[model.id])?;
        let there = deployed.into_iter().find(|deployed| same(&deployed.environment, name));
        let nothing = || Error::new(Kind::NotFound, format!("No version of {} is deployed in {name}.", model.name));
        return there.map(|deployed| Some(deployed.version)).ok_or_else(nothing);
    }
    match alias::get(tx, model, name)? {
        Some(number) => version::get(tx, model, number).map(Some),
        None => Ok(None),
    }
}

pub fn set_alias(tx: &mut Tx, actor: &Actor, model: &Model, name: &str, number: i64) -> Result<()> {
    people::require(tx, actor, Right::Track, &model.project)?;
    alias::check(name)?;
    check_free(tx, model, name)?;
    let version = version::get(tx, model, number)?;
    alias::set(tx, actor, model, name, &version)
}

pub fn remove_alias(tx: &mut Tx, actor: &Actor, model: &Model, name: &str) -> Result<()> {
    people::require(tx, actor, Right::Track, &model.project)?;
    alias::check(name)?;
    check_free(tx, model, name)?;
    alias::remove(tx, actor, model, name)
}

/// Older clients label versions with stages. A label named like a governed environment is refused,
/// and so is any on a version that is deployed: its stage says where.
pub fn label(tx: &mut Tx, actor: &Actor, model: &Model, number: i64, stage: Stage, archive: bool) -> Result<Placed> {
    people::require(tx, actor, Right::Track, &model.project)?;
    let version = version::get(tx, model, number)?;
    check_free(tx, model, stage.as_str())?;
    check_not_deployed(tx, model, Some(&version))?;
    let version = version::label(tx, actor, &version, stage, archive)?;
    placed(tx, vec![version])?.pop().ok_or_else(|| internal("the labelled version is gone"))
}

pub fn delete_version(tx: &mut Tx, actor: &Actor, model: &Model, number: i64) -> Result<()> {
    people::require(tx, actor, Right::Track, &model.project)?;
    let version = version::get(tx, model, number)?;
    check_not_deployed(tx, model, Some(&version))?;
    version::delete(tx, actor, &version)
}

pub fn unregister(tx: &mut Tx, actor: &Actor, model: &Model) -> Result<()> {
    people::require(tx, actor, Right::Track, &model.project)?;
    check_not_deployed(tx, model, None)?;
    registry::unregister(tx, actor, model.id)
}

/// Under another name its alias would answer what was approved for the name before.
pub fn rename(tx: &mut Tx, actor: &Actor, model: &Model, name: &str) -> Result<Model> {
    people::require(tx, actor, Right::Track, &model.project)?;
    if name != model.name {
        check_not_deployed(tx, model, None)?;
    }
    registry::rename(tx, actor, model.id, name)
}

/// The highest number in each of these stages. Checks no right.
pub fn latest(tx: &mut Tx, model: &Model, stages: &[Stage]) -> Result<Vec<Placed>> {
    let latest = in_stages(tx, std::slice::from_ref(model))?;
    Ok(latest.into_iter().filter(|placed| stages.contains(&placed.stage)).collect())
}

fn is_governed(tx: &mut Tx, model: &Model, name: &str) -> Result<bool> {
    Ok(!model.prompt && Governed::of(tx, &model.project)?.governs(name))
}

fn check_free(tx: &mut Tx, model: &Model, name: &str) -> Result<()> {
    if is_governed(tx, model, name)? { Err(governed(name)) } else { Ok(()) }
}

fn governed(name: &str) -> Error {
    conflict(format!(
        "{name} is an environment, and what is there is decided by a gate. Ask for a promotion of the run that made \
         the version into {name}; once that is deployed, the alias names the version by itself."
    ))
}

/// Of one version, or of any.
fn check_not_deployed(tx: &mut Tx, model: &Model, version: Option<&Version>) -> Result<()> {
    if model.prompt {
        return Ok(());
    }
    let deployed = Governed::of(tx, &model.project)?.deployed(tx, &[model.id])?;
    let there = deployed.iter().find(|there| version.is_none_or(|version| version.id == there.version.id));
    match there {
        None => Ok(()),
        Some(there) => Err(conflict(format!(
            "Version {} of {} is in {}. Deploy another run there first.",
            there.version.number, model.name, there.environment
        ))),
    }
}
