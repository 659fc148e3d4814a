//! Experiments that come from another tracking store.

use base::{ExperimentId, ProjectId, Result, Time, refuse::internal};
use db::Tx;
use people::{Actor, Right};
use serde_json::json;

use super::{Experiment, act, store};
use crate::allow;

/// Which experiment of which store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The address or the folder of the store.
    pub source: String,
    /// What the store calls the experiment.
    pub id: String,
}

#[derive(Clone, Debug)]
pub struct Brought {
    pub origin: Origin,
    pub name: String,
    pub tags: Vec<(String, String)>,
    pub created_at: Time,
    /// Whether it becomes the project's `Default` experiment, if the project has none yet.
    pub first: bool,
}

/// The experiment of the project that came from there, deleted or not, and whether all of it came.
pub fn brought_from(
    tx: &mut Tx,
    actor: &Actor,
    project: &ProjectId,
    origin: &Origin,
) -> Result<Option<(Experiment, bool)>> {
    allow(tx, actor, Right::Read, project, "project")?;
    store::from_origin(tx, project, origin)
}

/// Notes that all that its origin held has come. Checks no right.
pub fn note_whole(tx: &mut Tx, id: ExperimentId) -> Result<()> {
    store::note_whole(tx, id)
}

/// The actor owns it; its day of proposal is what the other store says.
pub fn bring(tx: &mut Tx, actor: &Actor, project: &ProjectId, new: &Brought) -> Result<Experiment> {
    allow(tx, actor, Right::Track, project, "project")?;
    let name = act::checked_name(&new.name)?;
    let tags = act::checked_tags(&new.tags)?;
    let first = new.first && store::first_of(tx, project)?.is_none();
    let id = store::add(tx, project, name, None, &actor.user, None, first).map_err(|e| act::taken(e, name))?;
    store::note_origin(tx, id, &new.origin, new.created_at)?;
    store::set_tags(tx, id, &tags)?;
    let body = json!({ "owner": actor.user, "source": new.origin.source, "id": new.origin.id });
    tx.emit(actor.event("experiment.imported", format!("experiment:{id}")).project(project).body(body))?;
    act::touch_project(tx, project)?;
    store::get(tx, id)?.ok_or_else(|| internal("the new experiment is gone"))
}
