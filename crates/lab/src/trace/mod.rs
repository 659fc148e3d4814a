//! A trace is what one request did inside an application: a tree of spans, each with a name, a time
//! and attributes. Two writers bring it, in either order and at the same time: spans as they end,
//! and the client's word on the whole. They merge; neither ever fails because of the other, and
//! what a client told stands above what can be derived from spans.
//!
//! Traces belong to an experiment. Like points they are evidence and come by the thousand, so they
//! are no events; deleting them is one.

mod act;
mod bring;
mod link;
pub mod measure;
pub mod search;
mod span;
mod store;
#[cfg(test)]
pub(crate) mod tests;
mod usage;

use base::{ExperimentId, Kind, ProjectId, Result, Time, TraceId, refuse::not_found};
use db::Tx;
use people::{Actor, Right};

pub use act::{Chosen, Told, delete, delete_tag, set_tag, tell};
pub(crate) use act::{touch_trace as touch, writable};
pub use bring::{Brought, bring, check, in_project, span_ids};
pub use link::{link_prompts, link_to_run, linked};
pub use search::search;
pub use span::{Arrived, SEARCHED, Span, take};

use crate::allow;

/// Metadata that names the run in which the traced code ran.
pub const SOURCE_RUN: &str = "mlflow.sourceRun";
/// The tag in which clients keep the name.
pub const NAME_TAG: &str = "mlflow.traceName";
/// Metadata that holds the tokens that were used, as a JSON object.
pub const TOKENS: &str = "mlflow.trace.tokenUsage";
/// Metadata that holds what it cost, as a JSON object.
pub const COST: &str = "mlflow.trace.cost";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Unspecified,
    InProgress,
    Ok,
    Error,
}

impl State {
    pub const ALL: [Self; 4] = [Self::Unspecified, Self::InProgress, Self::Ok, Self::Error];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "STATE_UNSPECIFIED",
            Self::InProgress => "IN_PROGRESS",
            Self::Ok => "OK",
            Self::Error => "ERROR",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The small key that the store uses.
    pub num: i64,
    pub id: TraceId,
    pub experiment: ExperimentId,
    pub project: ProjectId,
    /// What the traced application calls the request.
    pub client_id: Option<String>,
    pub name: Option<String>,
    pub state: State,
    /// When the request began.
    pub at: Time,
    /// Milliseconds.
    pub duration: Option<i64>,
    /// The beginning of what was asked.
    pub request: Option<String>,
    /// The beginning of what was answered.
    pub response: Option<String>,
    /// A client told what it is; before, all is derived from spans.
    pub told: bool,
    /// Some of its spans are here.
    pub spanned: bool,
    /// Where a client of the experiment keeps artifacts itself, if not here.
    pub location: Option<String>,
}

impl Trace {
    /// Where its artifacts lie, for clients.
    pub fn artifact_uri(&self) -> String {
        let root = self.location.clone().unwrap_or_else(|| format!("mlflow-artifacts:/{}", self.experiment));
        format!("{}/traces/{}/artifacts", root.trim_end_matches('/'), self.id)
    }
}

/// What a trace holds besides; lists are ordered by key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    pub tags: Vec<(String, String)>,
    pub metadata: Vec<(String, String)>,
    /// Name and version.
    pub prompts: Vec<(String, String)>,
}

/// The trace, for someone who may look at its project.
pub fn get(tx: &mut Tx, actor: &Actor, id: &TraceId) -> Result<Trace> {
    find(tx, actor, Right::Read, id)
}

/// Those of the traces that exist and that the actor may look at, in the order of the ids; only of
/// the experiments, where some are named.
pub fn several(tx: &mut Tx, actor: &Actor, ids: &[TraceId], within: Option<&[ExperimentId]>) -> Result<Vec<Trace>> {
    let mut found = Vec::new();
    for trace in store::several(tx, ids)? {
        let inside = within.is_none_or(|experiments| experiments.contains(&trace.experiment));
        if inside && people::may(tx, actor, Right::Read, &trace.project)?.is_none() {
            found.push(trace);
        }
    }
    found.sort_by_key(|trace| ids.iter().position(|id| *id == trace.id));
    found.dedup_by(|next, before| next.id == before.id);
    Ok(found)
}

/// The content of each trace, in the same order. Checks no right.
pub fn content(tx: &mut Tx, traces: &[Trace]) -> Result<Vec<Content>> {
    store::content(tx, traces)
}

/// Its spans as clients read them: the JSON of each, roots first, then by their beginning. Checks no
/// right.
pub fn spans(tx: &mut Tx, trace: &Trace) -> Result<Vec<String>> {
    store::spans(tx, trace.num)
}

/// Refuses where the experiment has no such trace.
pub(crate) fn check_known(tx: &mut Tx, experiment: ExperimentId, id: &TraceId) -> Result<()> {
    let known = !store::of_experiment(tx, experiment, std::slice::from_ref(id))?.is_empty();
    if known { Ok(()) } else { Err(not_found("trace")) }
}

/// The trace, for someone with the right; refused as absent where it is not theirs to see. Of several
/// with this id, in as many projects, the first that is theirs.
pub(crate) fn find(tx: &mut Tx, actor: &Actor, right: Right, id: &TraceId) -> Result<Trace> {
    let mut refusal = not_found("trace");
    for trace in store::named(tx, id)? {
        match allow(tx, actor, right, &trace.project, "trace") {
            Ok(()) => return Ok(trace),
            Err(other) if other.is(Kind::NotFound) => {}
            Err(other) => refusal = other,
        }
    }
    Err(refusal)
}
