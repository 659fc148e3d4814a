//! A hypothesis is an experiment, seen as work: one record, two views. Making the item proposes the
//! experiment, or takes one that exists; hypothesis, rule, runs and verdict are the experiment's, and
//! the item's page shows them. A hypothesis without the whole bet (metric, comparator, threshold,
//! dataset and time box) is no work yet and is refused.

#[cfg(test)]
mod tests;

use base::{
    ExperimentId, Result,
    refuse::{insufficient, invalid},
};
use db::Tx;
use lab::{
    experiment,
    rule::{self, Comparator, Constraint},
};
use people::Actor;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::item::{Item, Kind};

/// The bet of a new hypothesis.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewHypothesis")]
pub struct New {
    /// An experiment of the project that shall be seen as work; all else is absent then.
    pub experiment: Option<ExperimentId>,
    /// What is claimed.
    pub claim: Option<String>,
    pub metric: Option<String>,
    pub comparator: Option<Comparator>,
    pub threshold: Option<f64>,
    #[serde(default)]
    pub constraints: Vec<Constraint>,
    /// Only runs on this dataset count: a name, `name@digest`, or a name and its version.
    pub dataset: Option<String>,
    /// 1 to 3,650.
    pub time_box_days: Option<i64>,
}

/// For a new item: the experiment that it is. Nothing but a hypothesis is one.
pub(crate) fn begin(tx: &mut Tx, actor: &Actor, item: &Item, new: Option<&New>) -> Result<Option<ExperimentId>> {
    match (item.face.kind, new) {
        (Kind::Hypothesis, Some(New { experiment: Some(id), .. })) => take(tx, actor, item, *id).map(Some),
        (Kind::Hypothesis, new) => propose(tx, actor, item, &new.cloned().unwrap_or_default()).map(Some),
        (_, None) => Ok(None),
        (kind, Some(_)) => Err(invalid("hypothesis", format!("belongs to hypotheses; this is {}", kind.phrase()))),
    }
}

fn propose(tx: &mut Tx, actor: &Actor, item: &Item, new: &New) -> Result<ExperimentId> {
    let New {
        claim: Some(claim), metric: Some(metric), comparator: Some(comparator), threshold: Some(threshold), ..
    } = new.clone()
    else {
        return Err(incomplete(&lacks(new)));
    };
    let rule = rule::New {
        metric,
        comparator,
        threshold,
        constraints: new.constraints.clone(),
        dataset: new.dataset.clone(),
        time_box_days: new.time_box_days,
    };
    check_whole(&rule)?;
    let wanted = experiment::New {
        name: Some(item.face.title.clone()),
        hypothesis: Some(claim),
        owner: item.face.assignee.as_ref().map(|who| who.0.clone()),
        rule: Some(rule),
        ..experiment::New::default()
    };
    Ok(experiment::propose(tx, actor, &item.project, &wanted)?.id)
}

fn take(tx: &mut Tx, actor: &Actor, item: &Item, id: ExperimentId) -> Result<ExperimentId> {
    let absent = || invalid("hypothesis.experiment", "must be an experiment of this project that is not deleted");
    let found = experiment::get(tx, actor, id).map_err(|_| absent())?;
    if found.project != item.project || found.deleted_at.is_some() {
        return Err(absent());
    }
    match (rule::in_force(tx, id)?, found.hypothesis) {
        (Some(rule), Some(_)) => check_whole(&rule.asks).map(|()| id),
        (Some(_), None) => Err(incomplete(&["claim"])),
        (None, _) => Err(incomplete(&["rule"])),
    }
}

/// What a bet lacks that is none without it.
fn lacks(new: &New) -> Vec<&'static str> {
    let known = [
        ("claim", new.claim.is_some()),
        ("metric", new.metric.is_some()),
        ("comparator", new.comparator.is_some()),
        ("threshold", new.threshold.is_some()),
        ("dataset", new.dataset.is_some()),
        ("time_box_days", new.time_box_days.is_some()),
    ];
    known.into_iter().filter(|(_, known)| !known).map(|(what, _)| what).collect()
}

fn check_whole(rule: &rule::New) -> Result<()> {
    let known = [("dataset", rule.dataset.is_some()), ("time_box_days", rule.time_box_days.is_some())];
    let lacks: Vec<&str> = known.into_iter().filter(|(_, known)| !known).map(|(what, _)| what).collect();
    if lacks.is_empty() { Ok(()) } else { Err(incomplete(&lacks)) }
}

fn incomplete(lacks: &[&str]) -> base::Error {
    insufficient(
        format!("A hypothesis is no work before it can be decided. It lacks {}.", lacks.join(", ")),
        json!(lacks),
    )
}

/// A hypothesis is made as one, and stays one.
pub(crate) fn check_kind(item: &Item, kind: Kind) -> Result<()> {
    match (item.experiment, kind) {
        (None, Kind::Hypothesis) => {
            Err(invalid("kind", "cannot become hypothesis: a hypothesis is made with its bet, or of an experiment"))
        }
        (Some(_), kind) if kind != Kind::Hypothesis => {
            Err(invalid("kind", "stays hypothesis, as the item is an experiment, seen as work"))
        }
        _ => Ok(()),
    }
}

/// The experiment as the item's page shows it. The caller has checked that the actor may look.
pub(crate) fn show(tx: &mut Tx, actor: &Actor, item: &Item) -> Result<Option<experiment::Shown>> {
    let Some(id) = item.experiment else { return Ok(None) };
    let Some(found) = experiment::load(tx, id)? else { return Ok(None) };
    experiment::show(tx, actor, &found).map(Some)
}
