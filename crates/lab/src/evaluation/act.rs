//! What is done with a dataset as a whole.

use base::{
    EvaluationDatasetId, ExperimentId, Kind, ProjectId, Result,
    refuse::{internal, invalid, not_found},
};
use db::Tx;
use people::{Actor, Right};
use serde_json::json;

use super::{Dataset, find, store};
use crate::{allow, experiment, limit};

#[derive(Clone, Debug, Default)]
pub struct New {
    pub name: String,
    pub experiments: Vec<ExperimentId>,
    pub tags: Vec<(String, String)>,
    /// What the client calls its user.
    pub created_by: Option<String>,
}

/// The tag that names the client's user.
pub(super) const USER_TAG: &str = "mlflow.user";
/// Characters of a name, and of what a client calls its user.
pub(super) const NAME: usize = 255;
const MOST_EXPERIMENTS: usize = 1_000;
/// Characters of a tag's value.
pub const TAG_VALUE: usize = 5_000;

pub fn create(tx: &mut Tx, actor: &Actor, project: &ProjectId, new: &New) -> Result<Dataset> {
    allow(tx, actor, Right::Track, project, "project")?;
    check(new)?;
    let tagged = new.tags.iter().find(|(key, _)| key == USER_TAG).map(|(_, user)| user.as_str());
    let by = new.created_by.as_deref().or(tagged).unwrap_or(&actor.name);
    limit::check_length("created_by", by, NAME)?;
    check_experiments(tx, actor, project, &new.experiments)?;
    let id = EvaluationDatasetId(format!("d-{}", tx.new_hex()));
    let num = store::add(tx, &id, project, &new.name, by, actor)?;
    store::set_tags(tx, num, &new.tags)?;
    if tagged.is_none() {
        store::set_tags(tx, num, &[(USER_TAG.to_owned(), by.to_owned())])?;
    }
    store::attach(tx, num, &new.experiments)?;
    let event = actor.event("evaluation_dataset.created", format!("evaluation_dataset:{id}"));
    tx.emit(event.project(project).body(json!({ "name": new.name })))?;
    store::get(tx, &id)?.ok_or_else(|| internal("the new dataset is gone"))
}

pub(super) fn check(new: &New) -> Result<()> {
    if new.name.trim().is_empty() {
        return Err(invalid("name", "must not be empty"));
    }
    limit::check_length("name", &new.name, NAME)?;
    limit::check_length("created_by", new.created_by.as_deref().unwrap_or_default(), NAME)?;
    check_tags(&new.tags)
}

fn check_tags(tags: &[(String, String)]) -> Result<()> {
    tags.iter().try_for_each(|(key, value)| {
        limit::check_key("tags", key)?;
        limit::check_length(&format!("tags.{key}"), value, TAG_VALUE)
    })
}

/// What is attached must be there: a dataset of nobody's experiment would never be found again.
pub(super) fn check_experiments(tx: &mut Tx, actor: &Actor, project: &ProjectId, ids: &[ExperimentId]) -> Result<()> {
    if ids.len() > MOST_EXPERIMENTS {
        return Err(invalid("experiment_ids", format!("must hold at most {MOST_EXPERIMENTS}")));
    }
    for id in ids {
        if experiment::get(tx, actor, *id)?.project != *project {
            return Err(not_found("experiment"));
        }
    }
    Ok(())
}

/// Deletes it with its records; a second time it changes nothing.
pub fn delete(tx: &mut Tx, actor: &Actor, id: &EvaluationDatasetId) -> Result<()> {
    let dataset = match find(tx, actor, Right::Track, id) {
        Err(error) if error.is(Kind::NotFound) => return Ok(()),
        found => found?,
    };
    store::delete(tx, dataset.num)?;
    let event = actor.event("evaluation_dataset.deleted", format!("evaluation_dataset:{id}"));
    let body = json!({ "name": dataset.name, "records": dataset.records });
    tx.emit(event.project(&dataset.project).body(body)).map(drop)
}

/// None takes the tag away.
pub fn set_tags(tx: &mut Tx, actor: &Actor, id: &EvaluationDatasetId, tags: &[(String, Option<String>)]) -> Result<()> {
    let dataset = find(tx, actor, Right::Track, id)?;
    let (set, gone): (Vec<_>, Vec<_>) = tags.iter().partition(|(_, value)| value.is_some());
    let set: Vec<_> = set.into_iter().map(|(key, value)| (key.clone(), value.clone().unwrap_or_default())).collect();
    check_tags(&set)?;
    store::set_tags(tx, dataset.num, &set)?;
    for (key, _) in gone {
        store::delete_tag(tx, dataset.num, key)?;
    }
    touch(tx, &dataset);
    Ok(())
}

/// A tag that is not there is no obstacle.
pub fn delete_tag(tx: &mut Tx, actor: &Actor, id: &EvaluationDatasetId, key: &str) -> Result<()> {
    let dataset = find(tx, actor, Right::Track, id)?;
    store::delete_tag(tx, dataset.num, key)?;
    touch(tx, &dataset);
    Ok(())
}

/// Attaches it to experiments of its project.
pub fn add_to(tx: &mut Tx, actor: &Actor, id: &EvaluationDatasetId, experiments: &[ExperimentId]) -> Result<Dataset> {
    let dataset = find(tx, actor, Right::Track, id)?;
    check_experiments(tx, actor, &dataset.project, experiments)?;
    store::attach(tx, dataset.num, experiments)?;
    touch(tx, &dataset);
    Ok(dataset)
}

/// What it is not attached to is no obstacle.
pub fn remove_from(
    tx: &mut Tx,
    actor: &Actor,
    id: &EvaluationDatasetId,
    experiments: &[ExperimentId],
) -> Result<Dataset> {
    let dataset = find(tx, actor, Right::Track, id)?;
    store::detach(tx, dataset.num, experiments)?;
    touch(tx, &dataset);
    Ok(dataset)
}

pub(super) fn touch(tx: &mut Tx, dataset: &Dataset) {
    tx.touch(Some(&dataset.project), format!("evaluation_dataset:{}", dataset.id));
}
