//! An experiment with everything that is computed for it, as the interface shows it.

use base::{ExperimentId, Result, Time};
use db::Tx;
use people::{Actor, Can, Person, Right, project, user};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Experiment;
use crate::{
    metric::{Summary, summary},
    rule::{self, Rule},
    run::{self, Counts},
    verdict::{self, Estimate, Verdict},
};

/// Where an experiment is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ExperimentStatus")]
pub enum Status {
    Proposed,
    Running,
    InReview,
    Approved,
    InProduction,
}

/// The reviews that every experiment needs before it may be promoted.
const REQUIRED_REVIEWS: [&str; 3] = ["technical", "ethics", "business"];

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Experiment")]
pub struct Shown {
    pub id: ExperimentId,
    /// The project's key.
    pub project: String,
    pub name: String,
    pub hypothesis: Option<String>,
    /// It was written or changed when there were runs already, so it may have been chosen to fit them.
    pub hypothesis_changed_after_first_run: bool,
    pub owner: Person,
    pub status: Status,
    pub required_reviews: [&'static str; 3],
    /// What the runs have logged; in lists only what the rule names.
    pub metrics: Vec<Summary>,
    pub rule: Option<ShownRule>,
    pub timeline: Timeline,
    pub verdict: Option<Verdict>,
    pub runs: Counts,
    pub version: i64,
    pub deleted: bool,
    pub created_at: Time,
    pub updated_at: Time,
    pub can: Can,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Rule")]
pub struct ShownRule {
    #[serde(flatten)]
    pub asks: rule::New,
    pub set_at: Time,
    pub set_by: Person,
    /// It was set when there were runs already, so it may have been chosen to fit them.
    pub changed_after_first_run: bool,
    /// How many rules there have been, this one included.
    pub history: i64,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Timeline {
    pub proposed_at: Time,
    pub time_box_days: Option<i64>,
    /// The end of the time box.
    pub decide_by: Option<Time>,
    pub estimate: Estimate,
}

/// Where it is in its life.
pub fn status(tx: &mut Tx, experiment: &Experiment) -> Result<Status> {
    let counts = run::counts(tx, experiment.id)?;
    Ok(status_of(experiment, counts))
}

pub(super) fn status_of(experiment: &Experiment, runs: Counts) -> Status {
    match experiment.stage.as_deref() {
        Some("in_review") => Status::InReview,
        Some("approved") => Status::Approved,
        Some("in_production") => Status::InProduction,
        _ if runs.total > 0 => Status::Running,
        _ => Status::Proposed,
    }
}

/// The experiment as its page shows it. The caller has checked that the actor may look.
pub fn show(tx: &mut Tx, actor: &Actor, experiment: &Experiment) -> Result<Shown> {
    show_some(tx, actor, experiment, false)
}

/// As a list shows it: of the metrics only those that the rule names.
pub(super) fn show_in_list(tx: &mut Tx, actor: &Actor, experiment: &Experiment) -> Result<Shown> {
    show_some(tx, actor, experiment, true)
}

fn show_some(tx: &mut Tx, actor: &Actor, experiment: &Experiment, rule_only: bool) -> Result<Shown> {
    let rule = rule::in_force(tx, experiment.id)?;
    let runs = run::counts(tx, experiment.id)?;
    let verdict = match &rule {
        Some(rule) => verdict::by_rule(tx, experiment.id, rule)?,
        None => None,
    };
    Ok(Shown {
        id: experiment.id,
        project: project::get(tx, &experiment.project)?.key,
        name: experiment.name.clone(),
        hypothesis: experiment.hypothesis.clone(),
        hypothesis_changed_after_first_run: experiment.hypothesis_late,
        owner: user::person(tx, &experiment.owner)?,
        status: status_of(experiment, runs),
        required_reviews: REQUIRED_REVIEWS,
        metrics: summary(tx, experiment.id, rule.as_ref(), rule_only)?,
        timeline: timeline(tx, experiment, rule.as_ref())?,
        rule: rule.map(|rule| show_rule(tx, rule)).transpose()?,
        verdict,
        runs,
        version: experiment.version,
        deleted: experiment.deleted_at.is_some(),
        created_at: experiment.created_at,
        updated_at: experiment.updated_at,
        can: can(tx, actor, experiment, runs)?,
    })
}

fn show_rule(tx: &mut Tx, rule: Rule) -> Result<ShownRule> {
    Ok(ShownRule {
        set_at: rule.set_at,
        set_by: user::person(tx, &rule.set_by)?,
        changed_after_first_run: rule.after_first_run,
        history: rule.history,
        asks: rule.asks,
    })
}

fn timeline(tx: &mut Tx, experiment: &Experiment, rule: Option<&Rule>) -> Result<Timeline> {
    Ok(Timeline {
        proposed_at: experiment.created_at,
        time_box_days: rule.and_then(|rule| rule.asks.time_box_days),
        decide_by: rule.and_then(|rule| rule.decide_by),
        estimate: verdict::estimate(tx, &experiment.project, experiment.id)?,
    })
}

fn can(tx: &mut Tx, actor: &Actor, experiment: &Experiment, runs: Counts) -> Result<Can> {
    let deleted = experiment.deleted_at.map(|_| "The experiment is deleted. Restore it first.".to_owned());
    let plan = people::may(tx, actor, Right::Plan, &experiment.project)?.or_else(|| deleted.clone());
    let track = people::may(tx, actor, Right::Track, &experiment.project)?.or(deleted);
    let finished = (runs.finished == 0).then(|| "No run is finished yet.".to_owned());
    Ok(Can::new()
        .with("edit", plan.clone())
        .with("delete", track.clone())
        .with("track", track)
        .with("ask_review", plan.clone())
        .with("ask_promotion", plan.or(finished)))
}
