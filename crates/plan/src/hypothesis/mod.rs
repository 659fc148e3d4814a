//! A hypothesis is an experiment, seen as work: one record, two views. Making the item proposes the
//! experiment, or takes one that exists; hypothesis, rule, runs and verdict are the experiment's, and
//! the item's page shows them. A hypothesis without the whole bet (metric, comparator, threshold,
//! dataset and time box) is no work yet and is refused. As long as it is work, nothing of that is taken from its
//! experiment, which is not deleted either; and it is done with a verdict only.

pub(crate) mod http;
#[cfg(test)]
mod tests;

use base::{
    ExperimentId, Result,
    refuse::{conflict, insufficient, invalid},
};
use db::Tx;
use lab::{
    experiment::{self, Experiment},
    rule::{self, Comparator, Constraint},
    verdict,
};
use people::{Actor, Right};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::{
    item::{self, Item, Kind},
    status::{Category, Status},
};

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
    if let Some(item) = item::of_experiment(tx, id)? {
        let key = &item.key;
        return Err(conflict(match item.deleted_at {
            Some(_) => format!("This experiment is an item already: {key}, which lies in the trash. Restore {key}."),
            None => format!("This experiment is an item already: {key}."),
        }));
    }
    let lacks = lacking(tx, &found)?;
    if lacks.is_empty() { Ok(id) } else { Err(incomplete(&lacks)) }
}

/// What the experiment lacks of a whole bet.
fn lacking(tx: &mut Tx, experiment: &Experiment) -> Result<Vec<&'static str>> {
    let rule = rule::in_force(tx, experiment.id)?;
    Ok(lacks_of(experiment.hypothesis.is_some(), rule.as_ref().map(|rule| &rule.asks)))
}

fn lacks_of(claims: bool, rule: Option<&rule::New>) -> Vec<&'static str> {
    let Some(rule) = rule else { return vec!["rule"] };
    let known =
        [("claim", claims), ("dataset", rule.dataset.is_some()), ("time_box_days", rule.time_box_days.is_some())];
    known.into_iter().filter(|(_, known)| !known).map(|(what, _)| what).collect()
}

/// Refuses to take from an experiment that is work what a hypothesis cannot be without. What it lacks already is
/// not asked for.
pub(crate) fn check_change(tx: &mut Tx, actor: &Actor, id: ExperimentId, change: &experiment::Change) -> Result<()> {
    let found = experiment::get(tx, actor, id)?;
    people::require(tx, actor, Right::Plan, &found.project)?;
    let Some(item) = alive(tx, id)? else { return Ok(()) };
    let before = rule::in_force(tx, id)?.map(|rule| rule.asks);
    let claims = |hypothesis: &Option<String>| hypothesis.is_some();
    let rule = change.rule.clone().flatten().or_else(|| before.clone());
    let after = lacks_of(claims(change.hypothesis.as_ref().unwrap_or(&found.hypothesis)), rule.as_ref());
    let before = lacks_of(claims(&found.hypothesis), before.as_ref());
    let lost: Vec<&str> = after.into_iter().filter(|what| !before.contains(what)).collect();
    if lost.is_empty() {
        return Ok(());
    }
    let key = &item.key;
    let why = format!(
        "This experiment is {key}, and a hypothesis is no work without its {}. Keep that, or put {key} into the trash \
         first.",
        lost.join(", ")
    );
    Err(insufficient(why, json!(lost)))
}

/// Refuses to delete an experiment that is work.
pub fn check_deletion(tx: &mut Tx, id: ExperimentId) -> Result<()> {
    match alive(tx, id)?.map(|item| item.key) {
        Some(key) => Err(conflict(format!("This experiment is {key}. Put {key} into the trash first."))),
        None => Ok(()),
    }
}

/// The item that the experiment is, unless that lies in the trash.
fn alive(tx: &mut Tx, id: ExperimentId) -> Result<Option<Item>> {
    Ok(item::of_experiment(tx, id)?.filter(|item| item.deleted_at.is_none()))
}

/// Refuses to take out of the trash what is no whole hypothesis any more.
pub(crate) fn check_restored(tx: &mut Tx, item: &Item) -> Result<()> {
    let Some(id) = item.experiment else { return Ok(()) };
    let Some(found) = experiment::load(tx, id)? else { return Ok(()) };
    let key = &item.key;
    if found.deleted_at.is_some() {
        return Err(conflict(format!("The experiment that {key} is was deleted. Restore the experiment {id} first.")));
    }
    let lacks = lacking(tx, &found)?;
    if lacks.is_empty() {
        return Ok(());
    }
    let lacking = lacks.join(", ");
    let why = format!("{key} cannot be decided any more: its experiment {id} lacks {lacking}. Give it that first.");
    Err(insufficient(why, json!(lacks)))
}

/// Refuses to call a hypothesis done that is not decided.
pub(crate) fn check_closing(tx: &mut Tx, item: &Item, to: &Status) -> Result<()> {
    let Some(id) = item.experiment.filter(|_| to.category == Category::Done) else { return Ok(()) };
    let verdict = experiment::verdict(tx, id)?;
    if verdict.as_ref().is_some_and(|verdict| verdict.state != verdict::State::Open) {
        return Ok(());
    }
    let which = if item.key.is_empty() { "A hypothesis" } else { item.key.as_str() };
    let why = format!(
        "{which} is done with a verdict: supported or refuted. It has none yet. A run that meets its rule, or the end \
         of its time box, gives it one; what is given up is cancelled instead."
    );
    Err(insufficient(why, json!(["verdict"])))
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
