//! Versions that come from another tracking store: they keep their numbers and their times.

use base::{RegisteredModelId, Result, Time, refuse::conflict};
use db::Tx;
use people::{Actor, Right};
use serde_json::json;

use super::{New, Stage, Version, act, store};
use crate::registry::{
    self,
    act::{absent, emit},
    find, prompt,
};

#[derive(Clone, Debug)]
pub struct Brought {
    pub number: i64,
    pub new: New,
    pub stage: Stage,
    pub created_at: Time,
    pub updated_at: Time,
}

/// Refuses what could be a version of no model, as far as this can be told without looking at
/// where its bytes lie.
pub fn check(new: &New) -> Result<()> {
    act::check(new)?;
    prompt::checked(&new.tags).map(drop)
}

/// Makes the version; its origin is checked as that of any. Who calls this has made sure that the
/// stage may be given. `copied` is the version that a source like `models:/NAME/3` names.
pub fn bring(
    tx: &mut Tx,
    actor: &Actor,
    model: RegisteredModelId,
    brought: &Brought,
    copied: Option<&Version>,
) -> Result<Version> {
    let Brought { number, new, .. } = brought;
    let model = find(tx, actor, Right::Track, model)?;
    if store::get(tx, model.id, *number)?.is_some() {
        return Err(conflict(format!("{} has another version {number} here.", model.name)));
    }
    let tags = prompt::checked(&new.tags)?;
    let origin = act::origin_of(tx, actor, &model, new, copied)?;
    let id = store::add(tx, &model, *number, &origin, new, &actor.user)?;
    store::set_tags(tx, id, &tags)?;
    store::set_past(tx, id, brought)?;
    registry::store::count_to(tx, model.id, *number)?;
    let body = json!({ "version": number, "run": origin.run, "logged_model": origin.logged_model });
    emit(tx, actor, &model, "version.created", body)?;
    store::get(tx, model.id, *number)?.ok_or_else(absent)
}

/// Adds the tags that the version does not have.
pub fn bring_tags(tx: &mut Tx, actor: &Actor, version: &Version, tags: &[(String, String)]) -> Result<()> {
    let model = find(tx, actor, Right::Track, version.model)?;
    store::add_tags(tx, version.id, &prompt::checked(tags)?)?;
    tx.touch(Some(&model.project), model.subject());
    Ok(())
}
