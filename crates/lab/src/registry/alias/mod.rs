//! An alias is a name that people move between the versions of one model: `champion`. Addresses
//! like `models:/NAME@champion` use it.

mod store;

use base::{RegisteredModelId, Result, refuse::invalid, text};
use db::Tx;
use people::{Actor, Right};
use serde_json::json;

use super::{Model, PART, Version, act::emit, find};
use crate::limit;

/// Stands for the highest number; nobody can set it.
pub const LATEST: &str = "latest";

/// Points the alias to the version, wherever it pointed before.
pub fn set(tx: &mut Tx, actor: &Actor, model: &Model, alias: &str, version: &Version) -> Result<()> {
    check_new(alias)?;
    let model = find(tx, actor, Right::Track, model.id)?;
    let before = store::get(tx, model.id, alias)?;
    if before == Some(version.number) {
        return Ok(());
    }
    store::set(tx, alias, version, &actor.user)?;
    let body = json!({ "alias": alias, "version": version.number, "before": before });
    emit(tx, actor, &model, "alias.set", body)
}

/// One that is not there is no obstacle.
pub fn remove(tx: &mut Tx, actor: &Actor, model: &Model, alias: &str) -> Result<()> {
    check(alias)?;
    let model = find(tx, actor, Right::Track, model.id)?;
    let Some(before) = store::get(tx, model.id, alias)? else { return Ok(()) };
    store::remove(tx, model.id, alias)?;
    emit(tx, actor, &model, "alias.removed", json!({ "alias": alias, "version": before }))
}

/// The number of the version that it points to. Checks no right.
pub fn get(tx: &mut Tx, model: &Model, alias: &str) -> Result<Option<i64>> {
    store::get(tx, model.id, alias)
}

/// All aliases of each model with the numbers that they point to, by name. Checks no right.
pub fn of(tx: &mut Tx, models: &[RegisteredModelId]) -> Result<Vec<(RegisteredModelId, String, i64)>> {
    let mut aliases = Vec::new();
    for part in models.chunks(PART) {
        aliases.extend(store::of(tx, part)?);
    }
    Ok(aliases)
}

/// How an alias is spelled.
pub fn check(alias: &str) -> Result<()> {
    limit::check_length("alias", alias, limit::ALIAS)?;
    if alias.is_empty() {
        return Err(invalid("alias", "must not be empty"));
    }
    match alias.chars().find(|c| !c.is_alphanumeric() && !matches!(c, '_' | '-')) {
        Some(odd) => Err(invalid("alias", format!("contains {odd:?}; use letters, digits, _ and -"))),
        None => Ok(()),
    }
}

/// How an alias is spelled that people may set.
pub fn check_new(alias: &str) -> Result<()> {
    check(alias)?;
    // Some letters cannot be seen.
    text::check_shown("alias", alias)?;
    if alias.to_lowercase() == LATEST {
        return Err(invalid("alias", "is reserved: latest always names the highest version"));
    }
    let number = alias.strip_prefix(['v', 'V']).unwrap_or_default();
    if !number.is_empty() && number.chars().all(char::is_numeric) {
        return Err(invalid("alias", "is reserved: it reads like the number of a version"));
    }
    Ok(())
}
