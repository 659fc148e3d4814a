//! A verdict is computed from the rule in force, the latest metric values of finished runs, and
//! the time: `supported` when a run meets the threshold and keeps every constraint, `refuted` when
//! the time box ended without one, `open` until then. Runs that finished after the time box do not
//! count, and neither do those with a value that came after it. Not-a-number meets nothing.
//!
//! The store remembers only which verdict was announced last, so that the log tells when it changed.

pub mod figures;
mod judge;
mod overview;
mod store;
#[cfg(test)]
mod tests;

use base::{ExperimentId, Number, Result, RunId, Time};
use db::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use judge::{Candidate, beside, broken, exact, judge};
pub use overview::{Overview, PassedOver, WhyNot, overview};

use crate::{
    rule::{self, Comparator, Rule},
    run::{self, Content, Run},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "VerdictState")]
pub enum State {
    Supported,
    Refuted,
    Open,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Refuted => "refuted",
            Self::Open => "open",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Verdict {
    pub state: State,
    /// One plain sentence.
    pub reason: String,
    /// The run that decided; while none did, the best of those that kept every constraint.
    pub run: Option<RunName>,
    /// That run's value of the rule's metric, in the metric's own unit.
    pub value: Option<Number>,
    pub threshold: f64,
    /// Runs that met the threshold but broke a constraint, the best first, at most 20.
    pub near_misses: Vec<NearMiss>,
    /// When the deciding run finished, or when the time box ended; when the rule in force was set, if
    /// that was later.
    pub decided_at: Option<Time>,
}

/// A run in the words that a sentence or a link needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunName {
    pub id: RunId,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct NearMiss {
    pub run: RunName,
    pub value: Number,
    pub broken: Vec<Broken>,
}

/// A condition that a run did not meet.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Broken {
    pub metric: String,
    pub comparator: Comparator,
    pub threshold: f64,
    /// Null when the run did not log the metric.
    pub value: Option<Number>,
}

/// What one run says about the rule in force.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Evidence {
    /// It is finished, in time, on the rule's dataset, and meets the threshold and all constraints.
    pub meets: bool,
    /// What it misses, the rule's own threshold included.
    pub broken: Vec<Broken>,
    /// Why it does not count although nothing is broken; null when it does.
    pub why_not: Option<String>,
}

/// The verdict as of now; none without a rule, or while there is no run and the time box is open.
pub fn of(tx: &mut Tx, experiment: ExperimentId) -> Result<Option<Verdict>> {
    let Some(rule) = rule::in_force(tx, experiment)? else { return Ok(None) };
    by_rule(tx, experiment, &rule)
}

/// [`of`], for a caller that has read the rule already.
pub fn by_rule(tx: &mut Tx, experiment: ExperimentId, rule: &Rule) -> Result<Option<Verdict>> {
    let candidates = store::candidates(tx, experiment, &rule.asks)?;
    let any_run = !candidates.is_empty() || store::any_run(tx, experiment)?;
    Ok(judge(rule, tx.now(), any_run, &candidates))
}

/// What this run says about the rule; none when the experiment has no rule.
pub fn evidence(tx: &mut Tx, run: &Run) -> Result<Option<Evidence>> {
    let Some(rule) = rule::in_force(tx, run.experiment)? else { return Ok(None) };
    let contents = run::content(tx, std::slice::from_ref(run))?;
    Ok(contents.first().map(|content| evidence_of(run, content, &rule)))
}

/// [`evidence`], from what was read already.
pub fn evidence_of(run: &Run, content: &Content, rule: &Rule) -> Evidence {
    let values = content.metrics.iter().map(|latest| (latest.key.clone(), latest.point.value)).collect();
    let broken = broken(&rule.asks.conditions(), &values);
    let why_not = why_not(run, content, rule);
    Evidence { meets: broken.is_empty() && why_not.is_none(), broken, why_not }
}

fn why_not(run: &Run, content: &Content, rule: &Rule) -> Option<String> {
    if run.deleted_at.is_some() {
        return Some("The run is deleted.".to_owned());
    }
    if !run.status.is_success() {
        return Some(format!("The run is {}, not finished.", run.status.as_str().to_lowercase()));
    }
    if let (Some(end), Some(settled)) = (rule.decide_by, run.settled_at)
        && settled > end
    {
        return Some(format!("The run finished after the time box ended on {}.", judge::day(end)));
    }
    if let Some(end) = rule.decide_by
        && let Some(late) = late(content, rule, end)
    {
        return Some(format!("The value of {late} came after the time box ended on {}.", judge::day(end)));
    }
    let dataset = rule.asks.dataset.as_deref()?;
    let counts = content.inputs.iter().any(|input| rule.asks.counts_on(&input.dataset.name, &input.dataset.digest));
    (!counts).then(|| format!("The run did not log the dataset {dataset} as its input."))
}

/// A metric that the rule names and whose latest point came after the end.
fn late<'c>(content: &'c Content, rule: &Rule, end: Time) -> Option<&'c str> {
    let named = |key: &str| rule.asks.conditions().iter().any(|condition| condition.metric == key);
    let mut late = content.metrics.iter().filter(|latest| latest.raised_at > Some(end));
    late.find(|latest| named(&latest.key)).map(|latest| latest.key.as_str())
}

/// Writes into the log that the verdict changed since it was last announced, if it did. To be
/// called in every transaction that may have changed it, and when a time box ends.
pub(crate) fn announce(tx: &mut Tx, actor: Option<&people::Actor>, experiment: ExperimentId) -> Result<()> {
    let verdict = of(tx, experiment)?;
    let decided = verdict.as_ref().filter(|verdict| verdict.state != State::Open);
    let (before, project) = store::announced(tx, experiment)?;
    let state = decided.map(|verdict| verdict.state.as_str());
    if before.as_deref() == state {
        return Ok(());
    }
    let now = tx.now();
    store::note(tx, experiment, state, decided.and_then(|verdict| verdict.decided_at.or(Some(now))))?;
    let subject = format!("experiment:{experiment}");
    let event = match actor {
        Some(actor) => actor.event("verdict.changed", subject),
        None => db::Event::new("system", "verdict.changed", subject),
    };
    let run = decided.and_then(|verdict| verdict.run.as_ref()).map(|run| &run.id);
    let body = serde_json::json!({ "from": before, "to": verdict.as_ref().map(|v| v.state.as_str()), "run": run });
    tx.emit(event.project(&project).body(body)).map(drop)
}

/// How long experiments of the project took from proposal to verdict, as a guess for the next one.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Estimate {
    /// Days, to one decimal; null when nothing can be said.
    pub days: Option<f64>,
    /// Where the number comes from.
    pub basis: String,
}

/// The median of the project's decided experiments other than `experiment`.
pub fn estimate(tx: &mut Tx, project: &base::ProjectId, experiment: ExperimentId) -> Result<Estimate> {
    let mut days = store::days_to_verdict(tx, project, experiment)?;
    days.sort_by(f64::total_cmp);
    Ok(judge::estimate(&days))
}
