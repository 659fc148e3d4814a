//! What a sprint asks. While it goes on that is read from its items; the event of its close says it for good.
//!
//! A sprint about questions starts with one that is open, and keeps one of its own until it is closed or about
//! something else: one that is open, or was answered in it.

use base::{
    ItemId, Result, Time,
    refuse::{conflict, insufficient},
};
use db::Tx;
use people::Actor;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Mode, Question, Sprint, State, ending::Ending, store};
use crate::{
    item::{self, Item, Kind},
    spike,
    status::{self, Category},
};

/// A question as the log tells it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Asked {
    item: ItemId,
    key: String,
    question: String,
    answer: Option<String>,
}

/// `ending`: what the event of its close says.
pub(super) fn questions(tx: &mut Tx, actor: &Actor, sprint: &Sprint, ending: Option<&Ending>) -> Result<Vec<Question>> {
    let told = ending.and_then(|ending| ending.questions.clone());
    let asked = match (sprint.state(), told) {
        (State::Closed, Some(told)) => told,
        // It was closed before its event told them: what was in it then, as far as that is there.
        (State::Closed, None) => {
            let ids = store::questions_at_the_end(tx, sprint.id)?;
            asked(tx, &ids)?
        }
        (State::Planned | State::Running, _) => open(tx, sprint)?,
    };
    let ids: Vec<ItemId> = asked.iter().map(|asked| asked.item).collect();
    let mut briefs = item::briefs(tx, actor, &ids)?;
    let mut questions = Vec::with_capacity(asked.len());
    for Asked { item, key, question, answer } in asked {
        let brief = briefs.remove(&item);
        // What goes on elsewhere is not told here to those who may not see it there.
        if brief.is_some() || sprint.state() == State::Closed {
            questions.push(Question { key, item: brief, question, answer });
        }
    }
    Ok(questions)
}

/// What a sprint asks as long as it has not ended; its event says it then.
pub(super) fn open(tx: &mut Tx, sprint: &Sprint) -> Result<Vec<Asked>> {
    let ids = store::questions(tx, sprint.id)?;
    asked(tx, &ids)
}

fn asked(tx: &mut Tx, ids: &[ItemId]) -> Result<Vec<Asked>> {
    let mut all = Vec::with_capacity(ids.len());
    for id in ids {
        let item = item::get(tx, *id)?;
        let (question, answer) = match (item.experiment, spike::of(tx, *id)?) {
            (Some(experiment), _) => {
                let claim = lab::experiment::load(tx, experiment)?.and_then(|found| found.hypothesis);
                let verdict = lab::verdict::of(tx, experiment)?.map(|verdict| verdict.state.as_str().to_owned());
                (claim.unwrap_or(item.face.title), verdict)
            }
            (None, Some(spike)) => (spike.question, spike.answer.map(|(answer, ..)| answer.to_string())),
            (None, None) => continue,
        };
        all.push(Asked { item: *id, key: item.key, question, answer });
    }
    Ok(all)
}

/// Refused where a sprint about questions has none of its own.
pub(super) fn check_asks(tx: &mut Tx, sprint: &Sprint) -> Result<()> {
    if has_one(tx, sprint, None)? {
        return Ok(());
    }
    let instead = "or make it a delivery sprint";
    let why = match store::questions(tx, sprint.id)?.is_empty() {
        true => format!(
            "{} is about questions and holds none. Put a hypothesis or a spike into it, {instead}.",
            sprint.name
        ),
        false => format!(
            "{} is about questions, and what it asks was answered before. Put a hypothesis or a spike into it that is open, {instead}.",
            sprint.name
        ),
    };
    Err(insufficient(why, json!(["hypothesis", "spike"])))
}

/// Refuses to take the last question out of a running sprint about questions. `after`: what the item shall be; none when
/// it goes into the trash or to another project.
pub(crate) fn check_kept(tx: &mut Tx, item: &Item, after: Option<&Item>) -> Result<()> {
    let Some(id) = item.face.sprint.filter(|_| is_one(item)) else { return Ok(()) };
    let Some(sprint) = store::get(tx, id)? else { return Ok(()) };
    if sprint.mode != Mode::Experiment || sprint.state() != State::Running || is_given_up(tx, item)? {
        return Ok(());
    }
    if let Some(after) = after.filter(|after| is_one(after) && after.face.sprint == Some(id))
        && !is_given_up(tx, after)?
    {
        return Ok(());
    }
    if has_one(tx, &sprint, Some(item.id))? {
        return Ok(());
    }
    Err(conflict(format!(
        "{} is the last question of {}, which is about questions. Answer it there, or put another one that is open into the sprint first. Or close the sprint, or make it a delivery sprint.",
        item.key, sprint.name
    )))
}

fn is_one(item: &Item) -> bool {
    matches!(item.face.kind, Kind::Hypothesis | Kind::Spike)
}

fn is_given_up(tx: &mut Tx, item: &Item) -> Result<bool> {
    Ok(status::get(tx, item.face.status)?.category == Category::Cancelled)
}

/// Whether the sprint has a question of its own, `without` this one: open, or once it runs, answered since its start.
fn has_one(tx: &mut Tx, sprint: &Sprint, without: Option<ItemId>) -> Result<bool> {
    for id in store::asking(tx, sprint.id)? {
        if Some(id) != without && is_its_own(tx, sprint, id)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_its_own(tx: &mut Tx, sprint: &Sprint, id: ItemId) -> Result<bool> {
    Ok(match answered_at(tx, id)? {
        None => true,
        Some(at) => sprint.started_at.is_some_and(|start| at >= start),
    })
}

/// Since when there is a verdict or an answer. Of an experiment that was deleted there will be none.
fn answered_at(tx: &mut Tx, id: ItemId) -> Result<Option<Time>> {
    let Some(experiment) = item::get(tx, id)?.experiment else {
        return Ok(spike::of(tx, id)?.and_then(|spike| spike.answer).map(|(_, _, at, _)| at));
    };
    if let Some(deleted) = lab::experiment::load(tx, experiment)?.and_then(|found| found.deleted_at) {
        return Ok(Some(deleted));
    }
    let verdict = lab::verdict::of(tx, experiment)?.filter(|verdict| verdict.state != lab::verdict::State::Open);
    let now = tx.now();
    Ok(verdict.map(|verdict| verdict.decided_at.unwrap_or(now)))
}
