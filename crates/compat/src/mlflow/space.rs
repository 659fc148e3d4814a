//! Which project a request is about. Clients know no projects, so it is chosen by the address
//! (`/p/KEY/…`), else by the token, else by the caller having one only. Reads of a caller with
//! several projects go over all of them; creations must choose.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use base::{Error, ExperimentId, Kind, ProjectId, Result, refuse::not_found};
use db::{Db, Tx};
use lab::experiment;
use people::{Actor, door::Caller, project};

use super::fields::refused;

/// The key in the address, if there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Space(pub Option<String>);

impl Space {
    /// The caller within the space: bound to the project that the address names, as a token can be,
    /// so that everything elsewhere is absent.
    pub fn enter<'a>(&self, tx: &mut Tx, caller: &'a Actor) -> Result<Cow<'a, Actor>> {
        let Some(key) = &self.0 else { return Ok(Cow::Borrowed(caller)) };
        let project = project::by_key(tx, caller, key).map_err(|refusal| spelled(key, refusal))?;
        Ok(Cow::Owned(Actor { project: Some(project.id), ..caller.clone() }))
    }

    /// [`Space::enter`] for what takes several transactions.
    pub async fn walk_in(&self, db: &Db, caller: &Caller) -> Result<Actor> {
        let (space, caller) = (self.clone(), caller.clone());
        db.read(move |tx| space.enter(tx, &caller).map(Cow::into_owned)).await
    }

    /// [`Space::enter`]; a caller with one project only is bound to that.
    pub fn settle<'a>(&self, tx: &mut Tx, caller: &'a Actor) -> Result<Cow<'a, Actor>> {
        let actor = self.enter(tx, caller)?;
        if actor.project.is_some() {
            return Ok(actor);
        }
        let mut visible = project::visible(tx, &actor)?;
        match (visible.pop(), visible.is_empty()) {
            (Some(only), true) => Ok(Cow::Owned(Actor { project: Some(only.id), ..actor.into_owned() })),
            _ => Ok(actor),
        }
    }
}

/// Keys are upper case, and an address is quickly typed otherwise. The hint knows of no project.
fn spelled(key: &str, refusal: Error) -> Error {
    let upper = key.to_uppercase();
    if !refusal.is(Kind::NotFound) || upper == key {
        return refusal;
    }
    let shown: String = upper.chars().take(20).collect();
    Error::new(Kind::NotFound, format!("No such project. Keys are upper case: did you mean /p/{shown}?"))
}

/// Keys whose projects were found before. A key never changes its project, so logging, which asks
/// thousands of times a second, need not look again; whether the caller may is asked each time.
#[derive(Clone, Debug, Default)]
pub struct Keys(Arc<RwLock<HashMap<String, ProjectId>>>);

impl Keys {
    /// [`Space::enter`] outside a transaction.
    pub async fn enter(&self, space: &Space, db: &Db, caller: &Caller) -> Result<Actor> {
        let Some(key) = &space.0 else { return Ok(Actor::clone(caller)) };
        if let Some(project) = self.known(key) {
            return match &caller.project {
                Some(bound) if *bound != project => Err(not_found("project")),
                _ => Ok(Actor { project: Some(project), ..Actor::clone(caller) }),
            };
        }
        let actor = space.walk_in(db, caller).await?;
        if let Some(project) = &actor.project {
            let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
            known.insert(key.clone(), project.clone());
        }
        Ok(actor)
    }

    fn known(&self, key: &str) -> Option<ProjectId> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }
}

/// The project that a settled actor works in; a refusal names the choices.
pub fn home(tx: &mut Tx, actor: &Actor) -> Result<ProjectId> {
    if let Some(project) = &actor.project {
        return Ok(project.clone());
    }
    let visible = project::visible(tx, actor)?;
    if visible.is_empty() {
        return Err(refused("You are in no project yet. Ask an admin of one to add you, or create one.".to_owned()));
    }
    let keys: Vec<&str> = visible.iter().map(|project| project.key.as_str()).collect();
    Err(refused(format!(
        "You are in several projects ({}). Choose one: end MLFLOW_TRACKING_URI with /p/{}, or use a token that is \
         bound to a project.",
        keys.join(", "),
        keys[0]
    )))
}

/// The projects that a settled actor reads from.
pub fn reach(tx: &mut Tx, actor: &Actor) -> Result<Vec<ProjectId>> {
    match &actor.project {
        Some(project) => Ok(vec![project.clone()]),
        None => Ok(project::visible(tx, actor)?.into_iter().map(|project| project.id).collect()),
    }
}

/// What clients call the experiment that is always there.
pub const DEFAULT: &str = "0";

/// An id as clients write it, for someone who is about to write: the project's Default experiment
/// answers to `"0"` and is made when it is first needed.
pub fn experiment_id(tx: &mut Tx, actor: &Actor, name: &str, text: &str) -> Result<ExperimentId> {
    if text != DEFAULT {
        return number(name, text);
    }
    let project = home(tx, actor)?;
    Ok(experiment::default_of(tx, actor, &project)?.id)
}

/// [`experiment_id`] for reading: nothing is made.
pub fn known_experiment(tx: &mut Tx, actor: &Actor, name: &str, text: &str) -> Result<Option<ExperimentId>> {
    if text != DEFAULT {
        return number(name, text).map(Some);
    }
    let project = home(tx, actor)?;
    Ok(experiment::first_of(tx, actor, &project)?.map(|experiment| experiment.id))
}

fn number(name: &str, text: &str) -> Result<ExperimentId> {
    let id = text.parse().map(ExperimentId);
    id.map_err(|_| {
        let shown: String = text.chars().take(100).collect();
        refused(format!(
            "Invalid value {shown:?} for parameter '{name}' supplied: an experiment's id is a whole number."
        ))
    })
}
