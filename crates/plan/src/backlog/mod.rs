//! A backlog is the ranked list of a project's items. It is made, with the usual statuses, when it
//! is first needed; its counter numbers the items and never goes back.

mod store;
#[cfg(test)]
mod tests;

use base::{
    BacklogId, Error, Kind, ProjectId, Result,
    refuse::{internal, not_found, stale},
};
use db::Tx;
use people::{Actor, Project, Right, project};
use serde::Serialize;

use crate::status;

/// A project's backlog, with the project it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    pub id: BacklogId,
    pub project: Project,
}

/// The backlog of the project with this key, for someone with the right; none while nobody
/// has looked at its board or written into it.
pub fn find(tx: &mut Tx, actor: &Actor, right: Right, key: &str) -> Result<(Project, Option<Backlog>)> {
    let project = project::by_key(tx, actor, key)?;
    people::require(tx, actor, right, &project.id)?;
    let id = store::of(tx, &project.id)?;
    let backlog = id.map(|id| Backlog { id, project: project.clone() });
    Ok((project, backlog))
}

/// As [`find`]; the first who needs it makes it.
pub fn open(tx: &mut Tx, actor: &Actor, right: Right, key: &str) -> Result<Backlog> {
    let (project, found) = find(tx, actor, right, key)?;
    match found {
        Some(backlog) => Ok(backlog),
        None => make(tx, project),
    }
}

/// The project's backlog, made where there is none. Checks no right.
pub fn of(tx: &mut Tx, project: &ProjectId) -> Result<Backlog> {
    let project = project::get(tx, project)?;
    match store::of(tx, &project.id)? {
        Some(id) => Ok(Backlog { id, project }),
        None => make(tx, project),
    }
}

fn make(tx: &mut Tx, project: Project) -> Result<Backlog> {
    let id = store::add(tx, &project.id)?;
    status::set_usual(tx, id)?;
    Ok(Backlog { id, project })
}

/// Checks no right: for what was reached through something that was checked.
pub fn get(tx: &mut Tx, id: BacklogId) -> Result<Backlog> {
    let project = store::project(tx, id)?.ok_or_else(|| not_found("backlog"))?;
    Ok(Backlog { id, project: project::get(tx, &project)? })
}

/// The next number of an item.
pub(crate) fn number(tx: &mut Tx, id: BacklogId) -> Result<i64> {
    store::number(tx, id)
}

/// Refuses unless the actor has the right in the project of some `thing`. To those outside the
/// project it reads as if the thing did not exist.
pub fn allow(tx: &mut Tx, actor: &Actor, right: Right, project: &ProjectId, thing: &str) -> Result<()> {
    people::require(tx, actor, right, project).map_err(|refusal: Error| match refusal.kind() {
        Kind::NotFound => not_found(thing),
        _ => refusal,
    })
}

impl Backlog {
    /// The name by which pages hear that a list of the project changed.
    pub fn touch(&self, tx: &mut Tx) {
        tx.touch(Some(&self.project.id), format!("backlog:{}", self.project.key));
    }
}

/// Settings are sent whole, so whoever sends them may say what they were made from: then nobody takes away unseen
/// what another set meanwhile.
pub(crate) fn check_unchanged<T: PartialEq + Serialize>(was: Option<&T>, is: &T) -> Result<()> {
    match was {
        Some(was) if was != is => Err(stale(serde_json::to_value(is).map_err(internal)?)),
        _ => Ok(()),
    }
}
