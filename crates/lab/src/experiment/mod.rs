//! An experiment is a named line of inquiry: a hypothesis, the rule that decides it, and the runs
//! that are its evidence. It is proposed, runs arrive, and its verdict is computed from them. What
//! reviews and promotions make of it is its `stage`, written from outside. Deleting one deletes its
//! runs; restoring it restores them all. Its name stays taken.

mod act;
mod bring;
pub mod http;
mod list;
pub mod search;
mod show;
mod store;
#[cfg(test)]
pub(crate) mod tests;

use base::{
    ExperimentId, ProjectId, Result, Time, UserId,
    refuse::{conflict, internal, not_found},
};
use db::Tx;
use people::{Actor, Right};

pub use act::{
    Change, New, change, default_of, delete, delete_tag, propose, rename, restore, set_stage, set_tag, settle,
};
pub use bring::{Brought, Origin, bring, brought_from, note_whole};
pub use list::{Listing, list};
pub use search::search;
pub use show::{Shown, Status, show, status};

use crate::{allow, verdict};

/// The kind of the job that looks at an experiment again when its time box ends.
pub const SETTLE: &str = "experiment.settle";

#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    pub id: ExperimentId,
    pub project: ProjectId,
    pub name: String,
    pub hypothesis: Option<String>,
    /// It was written or changed when there were runs already, so it may have been chosen to fit them.
    pub hypothesis_late: bool,
    pub owner: UserId,
    /// Where a client keeps the artifacts itself; none: the server keeps them.
    pub location: Option<String>,
    /// The project's `Default` experiment, which clients call `0`.
    pub first: bool,
    /// `in_review`, `approved` or `in_production`; none before.
    pub stage: Option<String>,
    /// When it was proposed.
    pub created_at: Time,
    pub updated_at: Time,
    pub deleted_at: Option<Time>,
    /// Grows with every change of what `If-Match` guards.
    pub version: i64,
}

impl Experiment {
    /// Where its runs' artifacts lie, for clients.
    pub fn artifact_location(&self) -> String {
        self.location.clone().unwrap_or_else(|| format!("mlflow-artifacts:/{}", self.id))
    }

    pub(crate) fn subject(&self) -> String {
        format!("experiment:{}", self.id)
    }
}

/// The experiment, deleted or not, for someone who may look at its project.
pub fn get(tx: &mut Tx, actor: &Actor, id: ExperimentId) -> Result<Experiment> {
    find(tx, actor, Right::Read, id)
}

/// The experiment, deleted or not. Checks no right: for what was reached through something that was checked.
pub fn load(tx: &mut Tx, id: ExperimentId) -> Result<Option<Experiment>> {
    store::get(tx, id)
}

/// Those of the experiments that exist, deleted or not, in no order. Checks no right.
pub fn some(tx: &mut Tx, ids: &[ExperimentId]) -> Result<Vec<Experiment>> {
    store::some(tx, ids)
}

/// Everybody who owns it or ever did. Checks no right.
pub fn owners(tx: &mut Tx, id: ExperimentId) -> Result<Vec<UserId>> {
    store::owners(tx, id)
}

/// The experiment, for someone with the right; refused as absent where it is not theirs to see.
pub(crate) fn find(tx: &mut Tx, actor: &Actor, right: Right, id: ExperimentId) -> Result<Experiment> {
    let experiment = store::get(tx, id)?.ok_or_else(|| not_found("experiment"))?;
    allow(tx, actor, right, &experiment.project, "experiment")?;
    Ok(experiment)
}

/// The experiment, for someone who may log to it; refused when it is deleted.
pub fn must_write(tx: &mut Tx, actor: &Actor, id: ExperimentId) -> Result<Experiment> {
    let experiment = find(tx, actor, Right::Track, id)?;
    check_alive(&experiment)?;
    Ok(experiment)
}

pub(crate) fn check_alive(experiment: &Experiment) -> Result<()> {
    match experiment.deleted_at {
        Some(_) => Err(conflict(format!("The experiment {} is deleted. Restore it to change it.", experiment.id))),
        None => Ok(()),
    }
}

/// By its exact name, deleted or not; none when the project has no such experiment.
pub fn find_by_name(tx: &mut Tx, actor: &Actor, project: &ProjectId, name: &str) -> Result<Option<Experiment>> {
    allow(tx, actor, Right::Read, project, "project")?;
    store::by_name(tx, project, name)
}

/// The project's `Default` experiment, if it was ever used.
pub fn first_of(tx: &mut Tx, actor: &Actor, project: &ProjectId) -> Result<Option<Experiment>> {
    allow(tx, actor, Right::Read, project, "project")?;
    store::first_of(tx, project)
}

pub fn tags(tx: &mut Tx, experiments: &[ExperimentId]) -> Result<Vec<(ExperimentId, String, String)>> {
    store::tags(tx, experiments)
}

/// Those of the experiments that exist and that the actor may look at.
pub(crate) fn visible(tx: &mut Tx, actor: &Actor, ids: &[ExperimentId]) -> Result<Vec<ExperimentId>> {
    let mut seen = Vec::new();
    let mut answers: std::collections::HashMap<ProjectId, bool> = std::collections::HashMap::new();
    for (id, project) in store::projects_of(tx, ids)? {
        let may = match answers.get(&project) {
            Some(may) => *may,
            None => people::may(tx, actor, Right::Read, &project)?.is_none(),
        };
        answers.insert(project, may);
        if may {
            seen.push(id);
        }
    }
    Ok(seen)
}

/// A finished run logged more, perhaps something that the rule asks for: the verdict is looked at
/// again soon. Logging emits no events, so it cannot happen at once.
pub(crate) fn look_again<'a>(tx: &mut Tx, id: ExperimentId, mut keys: impl Iterator<Item = &'a str>) -> Result<()> {
    let Some(rule) = crate::rule::in_force(tx, id)? else { return Ok(()) };
    let conditions = rule.asks.conditions();
    if !keys.any(|key| conditions.iter().any(|condition| condition.metric == key)) {
        return Ok(());
    }
    let now = tx.now();
    tx.later(SETTLE, &serde_json::json!({ "id": id }), now)
}

/// Reads what [`SETTLE`] jobs carry.
pub fn settle_job(body: &serde_json::Value) -> Result<ExperimentId> {
    let id = body.get("id").and_then(serde_json::Value::as_i64);
    id.map(ExperimentId).ok_or_else(|| internal(format!("{body} names no experiment")))
}

/// The verdict as of now; none without a rule, or before the first run.
pub fn verdict(tx: &mut Tx, id: ExperimentId) -> Result<Option<verdict::Verdict>> {
    verdict::of(tx, id)
}
