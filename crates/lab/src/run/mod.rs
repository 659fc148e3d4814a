//! A run is one execution with its params, metrics, tags, inputs and outputs. It begins `RUNNING`
//! and ends `FINISHED`, `FAILED` or `KILLED`; a client may take it up again. Deleting one hides it
//! and refuses every write until it is restored; reading still works.

mod act;
mod bring;
mod content;
pub mod csv;
pub mod http;
mod input;
mod log;
mod name;
pub mod search;
mod show;
mod still;
mod store;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashMap;

use base::{ExperimentId, ModelId, ProjectId, Result, RunId, Time, UserId, refuse::not_found};
use db::Tx;
use people::{Actor, Right};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use act::{Begun, New, Update, begin, create, delete, delete_tag, restore, set_tag, update};
pub use bring::{Brought, bring, end};
pub use content::{Content, Made, Stamp, content, stamps};
pub use input::{Output, log_inputs, log_outputs};
pub use log::{Batch, log_batch, log_metric, log_param};
pub use search::search;
pub use show::{Shown, columns, show};
pub use still::{SETTLE, settle};

pub(crate) use name::generate;
pub(crate) use store::note_change;

use crate::{allow, verdict::RunName};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(rename = "RunStatus")]
pub enum Status {
    Running,
    Scheduled,
    Finished,
    Failed,
    Killed,
}

impl Status {
    pub const ALL: [Self; 5] = [Self::Running, Self::Scheduled, Self::Finished, Self::Failed, Self::Killed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Scheduled => "SCHEDULED",
            Self::Finished => "FINISHED",
            Self::Failed => "FAILED",
            Self::Killed => "KILLED",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    pub fn is_final(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Killed)
    }

    /// Only such a run is evidence.
    pub fn is_success(self) -> bool {
        self == Self::Finished
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The small key that the store uses.
    pub num: i64,
    pub id: RunId,
    pub experiment: ExperimentId,
    /// The experiment is its project's Default one.
    pub first: bool,
    pub project: ProjectId,
    pub name: String,
    /// Who logged it.
    pub creator: UserId,
    /// What the client calls its user.
    pub user_name: String,
    pub status: Status,
    /// As the client says.
    pub started_at: Time,
    /// As the client says.
    pub ended_at: Option<Time>,
    pub created_at: Time,
    /// When the server was told that it ended.
    pub settled_at: Option<Time>,
    pub deleted_at: Option<Time>,
    /// Where a client of the experiment keeps artifacts itself, if not here.
    pub location: Option<String>,
    /// Another one with everything that the run holds besides metrics.
    revision: i64,
}

impl Run {
    pub fn reference(&self) -> RunName {
        RunName { id: self.id.clone(), name: self.name.clone() }
    }

    /// Where its artifacts lie, for clients.
    pub fn artifact_uri(&self) -> String {
        let root = self.location.clone().unwrap_or_else(|| format!("mlflow-artifacts:/{}", self.experiment));
        format!("{}/{}/artifacts", root.trim_end_matches('/'), self.id)
    }

    fn owner(&self) -> store::Owner {
        store::Owner { experiment: self.experiment, run: self.num }
    }

    pub(crate) fn subject(&self) -> String {
        format!("run:{}", self.id)
    }
}

/// The run, deleted or not, for someone who may look at its project.
pub fn get(tx: &mut Tx, actor: &Actor, id: &RunId) -> Result<Run> {
    find(tx, actor, Right::Read, id)
}

/// The run, deleted or not. Checks no right: for what was reached through something that was checked.
pub fn load(tx: &mut Tx, id: &RunId) -> Result<Option<Run>> {
    store::get(tx, id)
}

/// The run, for someone with the right; refused as absent where it is not theirs to see.
pub(crate) fn find(tx: &mut Tx, actor: &Actor, right: Right, id: &RunId) -> Result<Run> {
    let run = store::get(tx, id)?.ok_or_else(|| not_found("run"))?;
    allow(tx, actor, right, &run.project, "run")?;
    Ok(run)
}

/// How many runs of an experiment are in which state, deleted ones left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "RunCounts")]
pub struct Counts {
    pub total: i64,
    pub running: i64,
    pub finished: i64,
    pub failed: i64,
}

impl Counts {
    fn add(&mut self, status: Status, count: i64) {
        self.total += count;
        match status {
            Status::Running | Status::Scheduled => self.running += count,
            Status::Finished => self.finished += count,
            Status::Failed | Status::Killed => self.failed += count,
        }
    }
}

pub fn counts(tx: &mut Tx, experiment: ExperimentId) -> Result<Counts> {
    let mut counts = Counts::default();
    for (status, count) in store::count_by_status(tx, experiment)? {
        counts.add(status, count);
    }
    Ok(counts)
}

/// What the runs of an experiment were and took in a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub runs: Counts,
    /// How long they ran within it, together.
    pub ms: i64,
}

/// Of each experiment that had runs between the two moments, deleted ones left out; what has not ended
/// runs until the second one. Checks no right.
pub fn usage(
    tx: &mut Tx,
    experiments: &[ExperimentId],
    from: Time,
    until: Time,
) -> Result<HashMap<ExperimentId, Usage>> {
    let mut found: HashMap<ExperimentId, Usage> = HashMap::new();
    for (experiment, status, count, ms) in store::usage(tx, experiments, from, until)? {
        let usage = found.entry(experiment).or_default();
        usage.runs.add(status, count);
        usage.ms += ms;
    }
    Ok(found)
}

/// Everybody who made what the run says: its creator, who else wrote to it or stored its artifacts,
/// and who made its models. Checks no right.
pub fn authors(tx: &mut Tx, run: &Run) -> Result<Vec<UserId>> {
    store::authors(tx, &run.id)
}

/// The runs that say that they made the model, with their experiments. Checks no right.
pub fn makers(tx: &mut Tx, model: &ModelId) -> Result<Vec<(RunId, ExperimentId)>> {
    store::makers(tx, model)
}

/// Whoever stores or deletes artifacts of a run of the experiment has made its evidence too.
pub(crate) fn note_author(tx: &mut Tx, actor: &Actor, experiment: ExperimentId, id: &RunId) -> Result<()> {
    let run = of(tx, experiment, id)?;
    log::note_author(tx, actor, run.num, &run.creator)
}

/// Refuses where the experiment has no such run, or it is deleted.
pub(crate) fn check_writable(tx: &mut Tx, experiment: ExperimentId, id: &RunId) -> Result<()> {
    let run = of(tx, experiment, id)?;
    log::check_alive(id, run.deleted_at)
}

/// Whether the run of the experiment is finished, failed or killed.
pub(crate) fn has_ended(tx: &mut Tx, experiment: ExperimentId, id: &RunId) -> Result<bool> {
    Ok(of(tx, experiment, id)?.status.is_final())
}

/// Refuses where the experiment has no such run; a deleted one may be read.
pub(crate) fn check_known(tx: &mut Tx, experiment: ExperimentId, id: &RunId) -> Result<()> {
    of(tx, experiment, id).map(drop)
}

fn of(tx: &mut Tx, experiment: ExperimentId, id: &RunId) -> Result<log::Target> {
    let run = store::target(tx, id)?.filter(|run| run.experiment == experiment);
    run.ok_or_else(|| not_found("run"))
}
