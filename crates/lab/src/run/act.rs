//! What is done with a run as a whole: create, update, tag, delete, restore.

use base::{
    ExperimentId, Result, RunId, Time,
    refuse::{conflict, invalid, not_found},
};
use db::Tx;
use people::{Actor, Right};
use serde_json::json;

use super::{
    Content, Run, Status, find, log, name, still,
    store::{self, Owner},
};
use crate::{
    experiment::{self, Experiment},
    limit, verdict,
};

/// The tag that clients keep a run's name in; it always agrees with the name.
pub(super) const NAME_TAG: &str = "mlflow.runName";

/// A run as a client begins it.
#[derive(Clone, Debug, Default)]
pub struct New {
    /// What the client calls its user; free text.
    pub user_name: String,
    /// None or empty: the server finds one.
    pub name: Option<String>,
    pub started_at: Option<Time>,
    pub tags: Vec<(String, String)>,
}

/// A run that has just begun, with what it holds: as it would be read, without reading it.
pub struct Begun {
    pub run: Run,
    pub content: Content,
    pub experiment: Experiment,
}

/// [`begin`], where the run itself is enough.
pub fn create(tx: &mut Tx, actor: &Actor, experiment: ExperimentId, new: &New) -> Result<Run> {
    Ok(begin(tx, actor, experiment, new)?.run)
}

pub fn begin(tx: &mut Tx, actor: &Actor, experiment: ExperimentId, new: &New) -> Result<Begun> {
    let experiment = experiment::must_write(tx, actor, experiment)?;
    let mut tags = checked_tags(&new.tags)?;
    let chosen = chosen_name(new)?;
    limit::check_length("user_id", &new.user_name, 256)?;
    let name = match chosen {
        Some(chosen) => chosen,
        None => name::generate(&tx.new_hex()),
    };
    limit::check_name("run_name", &name, limit::NAME)?;
    let run = add(tx, actor, &experiment, name, new)?;
    if !tags.iter().any(|(key, _)| *key == NAME_TAG) {
        tags.push((NAME_TAG, &run.name));
    }
    tags.sort_unstable();
    store::first_tags(tx, run.owner(), &tags)?;
    still::begun(tx, experiment.id, run.num)?;
    let tags = tags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let body = json!({ "experiment": experiment.id });
    tx.emit(actor.event("run.created", run.subject()).project(&experiment.project).body(body))?;
    tx.touch(Some(&experiment.project), format!("experiment:{}", experiment.id));
    Ok(Begun { run, content: Content { tags, ..Content::default() }, experiment })
}

fn add(tx: &mut Tx, actor: &Actor, experiment: &Experiment, name: String, new: &New) -> Result<Run> {
    let (id, now) = (RunId(tx.new_hex_id()), tx.now());
    let started_at = new.started_at.unwrap_or(now);
    Ok(Run {
        num: store::add(tx, &id, experiment.id, &name, &actor.user, &new.user_name, started_at)?,
        id,
        experiment: experiment.id,
        first: experiment.first,
        project: experiment.project.clone(),
        name,
        creator: actor.user.clone(),
        user_name: new.user_name.clone(),
        status: Status::Running,
        started_at,
        ended_at: None,
        created_at: now,
        settled_at: None,
        deleted_at: None,
        location: experiment.location.clone(),
        revision: 0,
    })
}

/// Tags of a new run may have keys that later ones may not: clients send what they like here.
pub(super) fn checked_tags(tags: &[(String, String)]) -> Result<Vec<(&str, &str)>> {
    let mut checked: Vec<(&str, &str)> = Vec::with_capacity(tags.len());
    for (place, (key, value)) in tags.iter().enumerate() {
        let field = format!("tags[{place}].key");
        limit::check_length(&field, key, limit::KEY)?;
        limit::check_storable(&format!("tags[{place}].value"), value)?;
        if key.is_empty() {
            return Err(invalid(&field, "must not be empty"));
        }
        if checked.iter().any(|(other, _)| other == key) {
            return Err(invalid(&field, format!("repeats the key {key:?}")));
        }
        checked.push((key, limit::cut(value, limit::TAG_VALUE)));
    }
    Ok(checked)
}

fn chosen_name(new: &New) -> Result<Option<String>> {
    let tag = new.tags.iter().find(|(key, _)| key == NAME_TAG).map(|(_, value)| value.as_str());
    let name = new.name.as_deref().filter(|name| !name.is_empty());
    match (name, tag.filter(|tag| !tag.is_empty())) {
        (Some(name), Some(tag)) if name != tag => {
            Err(invalid("run_name", format!("is {name:?} but the tag {NAME_TAG} says {tag:?}; send one of them")))
        }
        (name, tag) => Ok(name.or(tag).map(str::to_owned)),
    }
}

/// What changes; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct Update {
    pub status: Option<Status>,
    pub ended_at: Option<Time>,
    /// An empty name changes nothing.
    pub name: Option<String>,
}

/// Any status may follow any other. When a run ends without saying when, it ends now; when it is
/// taken up again, it has not ended.
pub fn update(tx: &mut Tx, actor: &Actor, id: &RunId, update: &Update) -> Result<Run> {
    let run = writable(tx, actor, id)?;
    if let Some(name) = update.name.as_deref().filter(|name| !name.is_empty()) {
        rename(tx, &run, name)?;
    }
    let status = update.status.unwrap_or(run.status);
    let now = tx.now();
    let ended_at = match update.ended_at {
        Some(at) => Some(at),
        None if update.status.is_none() => run.ended_at,
        None if status.is_final() => run.ended_at.or(Some(now)),
        None => None,
    };
    let settled_at = match run.settled_at {
        _ if !status.is_final() => None,
        Some(at) if status == run.status => Some(at),
        _ => Some(now),
    };
    store::set_status(tx, run.num, status, ended_at, settled_at)?;
    if status.is_final() {
        store::settle(tx, run.num)?;
    }
    if status != run.status {
        announce(tx, actor, &run, status)?;
    }
    touch(tx, &run);
    store::get(tx, id)?.ok_or_else(|| not_found("run"))
}

fn announce(tx: &mut Tx, actor: &Actor, run: &Run, status: Status) -> Result<()> {
    let kind = if status.is_final() { "run.finished" } else { "run.resumed" };
    let body = json!({ "experiment": run.experiment, "status": status });
    tx.emit(actor.event(kind, run.subject()).project(&run.project).body(body))?;
    verdict::announce(tx, Some(actor), run.experiment)
}

fn rename(tx: &mut Tx, run: &Run, name: &str) -> Result<()> {
    limit::check_name("run_name", name, limit::NAME)?;
    store::set_name(tx, run.num, name)?;
    store::set_tags(tx, run.owner(), &[(NAME_TAG, name)])
}

/// Hides the run; a second time it changes nothing.
pub fn delete(tx: &mut Tx, actor: &Actor, id: &RunId) -> Result<()> {
    let run = find(tx, actor, Right::Track, id)?;
    if run.deleted_at.is_some() {
        return Ok(());
    }
    let now = tx.now();
    store::set_deleted(tx, run.num, Some(now))?;
    changed(tx, actor, &run, "run.deleted")
}

/// Shows a deleted run again; one that is not deleted stays as it is.
pub fn restore(tx: &mut Tx, actor: &Actor, id: &RunId) -> Result<()> {
    let run = find(tx, actor, Right::Track, id)?;
    if run.deleted_at.is_none() {
        return Ok(());
    }
    if experiment::get(tx, actor, run.experiment)?.deleted_at.is_some() {
        return Err(conflict("The run's experiment is deleted. Restore the experiment; its runs come with it."));
    }
    store::set_deleted(tx, run.num, None)?;
    changed(tx, actor, &run, "run.restored")
}

fn changed(tx: &mut Tx, actor: &Actor, run: &Run, kind: &'static str) -> Result<()> {
    let body = json!({ "experiment": run.experiment });
    tx.emit(actor.event(kind, run.subject()).project(&run.project).body(body))?;
    tx.touch(Some(&run.project), format!("experiment:{}", run.experiment));
    verdict::announce(tx, Some(actor), run.experiment)
}

/// Writes a tag over; the tag that holds the run's name renames the run.
pub fn set_tag(tx: &mut Tx, actor: &Actor, id: &RunId, key: &str, value: &str) -> Result<()> {
    limit::check_key("key", key)?;
    limit::check_storable("value", value)?;
    let run = writable(tx, actor, id)?;
    write_tags(tx, run.owner(), &[(key, limit::cut(value, limit::TAG_VALUE))])?;
    touch(tx, &run);
    Ok(())
}

/// Tags with checked keys and values that were cut.
pub(super) fn write_tags(tx: &mut Tx, owner: Owner, tags: &[(&str, &str)]) -> Result<()> {
    let name = tags.iter().rev().find(|(key, value)| *key == NAME_TAG && !value.is_empty());
    if let Some((_, name)) = name {
        let name = limit::cut(name, limit::NAME);
        limit::check_name("run_name", name, limit::NAME)?;
        store::set_name(tx, owner.run, name)?;
    }
    store::set_tags(tx, owner, tags)
}

pub fn delete_tag(tx: &mut Tx, actor: &Actor, id: &RunId, key: &str) -> Result<()> {
    let run = writable(tx, actor, id)?;
    if !store::delete_tag(tx, run.num, key)? {
        return Err(not_found("tag"));
    }
    touch(tx, &run);
    Ok(())
}

/// The whole run for someone who may log to it.
pub(super) fn writable(tx: &mut Tx, actor: &Actor, id: &RunId) -> Result<Run> {
    let run = find(tx, actor, Right::Track, id)?;
    log::check_alive(&run.id, run.deleted_at)?;
    log::note_author(tx, actor, run.num, &run.creator)?;
    Ok(run)
}

pub(super) fn touch(tx: &mut Tx, run: &Run) {
    tx.touch(Some(&run.project), run.subject());
    tx.touch(Some(&run.project), format!("experiment:{}", run.experiment));
}
