//! Registered models and prompts that come from another tracking store: their versions keep their
//! numbers, and all keep their times.

use base::{ProjectId, Result, Time};
use db::Tx;
use people::{Actor, Right};

use super::{Model, New, act, prompt, store};
use crate::allow;

/// Which registered model of which store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The address or the folder of the store.
    pub source: String,
    /// What the store calls the model.
    pub name: String,
}

#[derive(Clone, Debug)]
pub struct Brought {
    pub origin: Origin,
    pub new: New,
    pub created_at: Time,
    pub updated_at: Time,
}

/// The registered model or prompt of the project that came from there.
pub fn brought_from(tx: &mut Tx, actor: &Actor, project: &ProjectId, origin: &Origin) -> Result<Option<Model>> {
    allow(tx, actor, Right::Read, project, "project")?;
    store::from_origin(tx, project, origin)
}

/// Refuses what could be registered in no project.
pub fn check(new: &New) -> Result<()> {
    act::check_name("name", &new.name)?;
    act::check_description(new.description.as_deref())?;
    prompt::checked(&new.tags).map(drop)
}

/// Makes it where it is new; what it has already stays as it is.
pub fn bring(tx: &mut Tx, actor: &Actor, project: &ProjectId, brought: &Brought) -> Result<Model> {
    let Brought { origin, new, .. } = brought;
    if let Some(model) = brought_from(tx, actor, project, origin)? {
        allow(tx, actor, Right::Track, project, "project")?;
        store::add_tags(tx, model.id, &prompt::checked(&new.tags)?)?;
        tx.touch(Some(project), model.subject());
        return Ok(model);
    }
    let model = act::register(tx, actor, project, new)?;
    store::note_origin(tx, model.id, origin)?;
    store::set_times(tx, model.id, brought.created_at, brought.updated_at)?;
    act::loaded(tx, model.id)
}
