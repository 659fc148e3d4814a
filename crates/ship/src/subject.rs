//! The experiment that is judged: what the gate needs to know of it.

use base::{
    Error, ExperimentId, ProjectId, Result, UserId,
    refuse::{conflict, not_found},
};
use db::Tx;
use lab::{experiment, run::Run, verdict};
use people::{Actor, Person, project, user};
use schemars::JsonSchema;
use serde::Serialize;

use crate::review::State;

#[derive(Clone, Debug)]
pub struct Subject {
    pub id: ExperimentId,
    pub name: String,
    pub project: ProjectId,
    /// The project's key.
    pub key: String,
    pub owner: UserId,
    /// Everybody who owns it or ever did.
    pub owners: Vec<UserId>,
    pub deleted: bool,
}

/// An experiment in the words that a link needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ExperimentRef {
    pub id: ExperimentId,
    pub name: String,
    /// The project's key.
    pub project: String,
}

impl Subject {
    /// Checks no right: for what was reached through something that was checked.
    pub fn of(tx: &mut Tx, id: ExperimentId) -> Result<Subject> {
        let experiment = experiment::load(tx, id)?.ok_or_else(|| not_found("experiment"))?;
        let key = project::get(tx, &experiment.project)?.key;
        Ok(Subject {
            id,
            name: experiment.name,
            project: experiment.project,
            key,
            owner: experiment.owner,
            owners: experiment::owners(tx, id)?,
            deleted: experiment.deleted_at.is_some(),
        })
    }

    /// For someone who may look at it.
    pub fn seen(tx: &mut Tx, actor: &Actor, id: ExperimentId) -> Result<Subject> {
        Subject::seen_as(tx, actor, id, "experiment")
    }

    /// To those outside the project it reads as if the `thing`, through which the experiment was
    /// reached, did not exist.
    pub fn seen_as(tx: &mut Tx, actor: &Actor, id: ExperimentId, thing: &str) -> Result<Subject> {
        let subject = Subject::of(tx, id).map_err(|refusal| match refusal.status() {
            404 => not_found(thing),
            _ => refusal,
        })?;
        match people::standing(tx, actor, &subject.project)? {
            Some(_) => Ok(subject),
            None => Err(not_found(thing)),
        }
    }

    /// Nothing is decided about what is deleted.
    pub fn gone(&self) -> Option<Error> {
        self.deleted.then(|| conflict("The experiment is deleted. Restore it first."))
    }

    pub fn reference(&self) -> ExperimentRef {
        ExperimentRef { id: self.id, name: self.name.clone(), project: self.key.clone() }
    }

    /// As events and live pages call it.
    pub fn name_of(&self) -> String {
        format!("experiment:{}", self.id)
    }
}

pub fn person(tx: &mut Tx, id: Option<&UserId>) -> Result<Option<Person>> {
    id.map(|id| user::person(tx, id)).transpose()
}

/// Whether any run meets the rule: the computed point of a review request.
pub fn performance(tx: &mut Tx, experiment: ExperimentId) -> Result<(State, String)> {
    if lab::rule::in_force(tx, experiment)?.is_none() {
        return Ok((State::Open, NO_RULE.to_owned()));
    }
    Ok(match verdict::of(tx, experiment)? {
        None => (State::Open, "No run has been logged yet.".to_owned()),
        Some(verdict) => {
            let state = match verdict.state {
                verdict::State::Supported => State::Pass,
                verdict::State::Refuted => State::Fail,
                verdict::State::Open => State::Open,
            };
            (state, verdict.reason)
        }
    })
}

/// Whether this run meets the rule: the computed point of a promotion.
pub fn performance_of(tx: &mut Tx, run: &Run) -> Result<(State, String)> {
    let Some(rule) = lab::rule::in_force(tx, run.experiment)? else { return Ok((State::Open, NO_RULE.to_owned())) };
    let Some(evidence) = verdict::evidence(tx, run)? else { return Ok((State::Open, NO_RULE.to_owned())) };
    if evidence.meets {
        let asked: Vec<String> = rule.asks.conditions().iter().map(goal).collect();
        return Ok((State::Pass, format!("{} meets {}.", run.name, asked.join(" and "))));
    }
    if let Some(why_not) = evidence.why_not {
        return Ok((State::Open, why_not));
    }
    let absent = evidence.broken.iter().find(|broken| broken.value.is_none());
    if let Some(absent) = absent {
        return Ok((State::Open, format!("{} did not log {}.", run.name, absent.metric)));
    }
    let broken: Vec<String> = evidence.broken.iter().map(shortfall).collect();
    Ok((State::Fail, format!("{} has {}.", run.name, broken.join(" and "))))
}

const NO_RULE: &str = "The experiment has no rule, so nothing says what is good enough. Set one.";

fn goal(condition: &lab::rule::Constraint) -> String {
    format!("{} {} {}", condition.metric, condition.comparator.sign(), condition.threshold)
}

fn shortfall(broken: &verdict::Broken) -> String {
    let value = broken.value.map_or(f64::NAN, |value| value.0);
    format!("{} {value} where {} {} is asked", broken.metric, broken.comparator.sign(), broken.threshold)
}
