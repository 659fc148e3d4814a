//! The start and the end of a sprint.

use base::{
    Kind, Result, SprintId, StatusId,
    refuse::{conflict, insufficient, invalid},
    text,
};
use db::Tx;
use people::{Actor, Right};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{
    Mode, Sprint, State, Verdict, capacity, check_open, emit,
    ending::{Ending, Returned},
    find, follow, question, store,
};
use crate::{
    item::{self, Item},
    status::{self, Category},
};

/// What is said at the end.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SprintClose")]
pub struct Close {
    /// Whether the goal was met.
    pub verdict: Verdict,
    /// Why, in Markdown.
    #[serde(default)]
    pub outcome: String,
    /// The sprint into which unfinished items go, but for those that are complex and have nothing that tests them;
    /// absent: back into the backlog.
    pub carry_to: Option<SprintId>,
}

const LONGEST_OUTCOME: usize = 10_000;

/// Starts the sprint: what is in it now, and not done yet, is what was committed.
pub fn start(tx: &mut Tx, actor: &Actor, id: SprintId) -> Result<Sprint> {
    let (sprint, backlog) = find(tx, actor, Right::Plan, id)?;
    let items = item::of_sprint(tx, id)?;
    follow::follow_into(tx, id, &items.iter().collect::<Vec<_>>())?;
    check_start(tx, &sprint)?;
    let (last, at) = store::last_change(tx, id)?;
    let (now, after) = (at.max(Some(tx.now())), last.unwrap_or(0));
    let started = Sprint { started_at: now, started_after: Some(after), ..sprint };
    store::update(tx, &started)?;
    let committed = store::totals(tx, id)?;
    let body = json!({ "goal": started.goal, "mode": started.mode, "committed": committed });
    emit(tx, actor, &backlog, &started, "sprint.started", body)?;
    Ok(Sprint { version: started.version + 1, ..started })
}

pub(super) fn check_start(tx: &mut Tx, sprint: &Sprint) -> Result<()> {
    match sprint.state() {
        State::Running => return Err(conflict(format!("{} is running already.", sprint.name))),
        State::Closed => return Err(conflict(format!("{} is closed.", sprint.name))),
        State::Planned => {}
    }
    if let Some(other) = store::running(tx, sprint.backlog)? {
        return Err(conflict(format!("{} is still running. Close it first.", other.name)));
    }
    check_ready(tx, sprint)?;
    if store::totals(tx, sprint.id)?.items > 0 {
        return Ok(());
    }
    let why = match store::done_before(tx, sprint.id)? {
        0 => format!("Nothing is in {}. Put items into it first.", sprint.name),
        _ => format!("All that is in {} is done already. Put items into it that are not.", sprint.name),
    };
    Err(insufficient(why, json!(["items"])))
}

/// What a sprint has that runs.
pub(super) fn check_ready(tx: &mut Tx, sprint: &Sprint) -> Result<()> {
    if sprint.goal.is_empty() {
        let why = format!("{} has no goal. Write in one sentence what will be different at its end.", sprint.name);
        return Err(insufficient(why, json!(["goal"])));
    }
    match sprint.mode {
        Mode::Experiment => question::check_asks(tx, sprint),
        Mode::Delivery => Ok(()),
    }
}

pub(super) fn check_close(sprint: &Sprint) -> Result<()> {
    match sprint.state() {
        State::Running => Ok(()),
        State::Planned => Err(conflict(format!("{} has not started.", sprint.name))),
        State::Closed => Err(conflict(format!("{} is closed already.", sprint.name))),
    }
}

/// Ends the sprint. Its figures, its plan and its questions stay as they are now, as its event tells them; what is
/// unfinished moves on.
pub fn close(tx: &mut Tx, actor: &Actor, id: SprintId, close: &Close) -> Result<Sprint> {
    let (sprint, backlog) = find(tx, actor, Right::Plan, id)?;
    check_close(&sprint)?;
    let outcome = text::optional("outcome", &close.outcome, LONGEST_OUTCOME)?;
    if close.carry_to == Some(id) {
        return Err(invalid("carry_to", "must be another sprint"));
    }
    if let Some(next) = close.carry_to {
        check_open(tx, backlog.id, "carry_to", next).map_err(|why| match why.kind() {
            Kind::Conflict => invalid("carry_to", why.detail()),
            _ => why,
        })?;
    }
    let totals = store::totals(tx, id)?;
    let questions = question::open(tx, &sprint)?;
    let done_before = store::done_before(tx, id)?;
    let (_, at) = store::last_change(tx, id)?;
    let closed_at = at.max(Some(tx.now()));
    let closed = Sprint { closed_at, verdict: Some(close.verdict), outcome: Some(outcome.clone()), ..sprint };
    store::update(tx, &closed)?;
    let left = capacity::settle(tx, &closed, &backlog.project.id)?;
    let plan = capacity::reckon(tx, &closed)?;
    let unfinished = unfinished(tx, &closed)?;
    let (carried, returned) = carry(tx, actor, &unfinished, close.carry_to)?;
    let carry_to = close.carry_to;
    let ending = Ending {
        carried,
        carry_to,
        returned: Some(returned),
        plan: Some(plan),
        questions: Some(questions),
        done_before,
    };
    let mut body = json!(ending);
    body["verdict"] = json!(close.verdict);
    body["outcome"] = json!(outcome);
    body["totals"] = json!(totals);
    body["left"] = json!(left);
    emit(tx, actor, &backlog, &closed, "sprint.closed", body)?;
    Ok(Sprint { version: closed.version + 1, ..closed })
}

fn unfinished(tx: &mut Tx, sprint: &Sprint) -> Result<Vec<Item>> {
    let ended = status::all(tx, sprint.backlog)?.into_iter();
    let ended = ended.filter(|status| matches!(status.category, Category::Done | Category::Cancelled));
    let ended: Vec<StatusId> = ended.map(|status| status.id).collect();
    let mut unfinished = item::of_sprint(tx, sprint.id)?;
    unfinished.retain(|item| item.deleted_at.is_none() && !ended.contains(&item.face.status));
    Ok(unfinished)
}

/// The keys of those that moved into the other sprint, and what went back into the backlog.
fn carry(tx: &mut Tx, actor: &Actor, items: &[Item], to: Option<SprintId>) -> Result<(Vec<String>, Vec<Returned>)> {
    let untested = item::carry(tx, actor, items, to)?;
    let why = |item: &Item| untested.iter().find(|(id, _)| *id == item.id).map(|(_, why)| why.clone());
    let (mut carried, mut returned) = (Vec::new(), Vec::new());
    for item in items {
        match why(item) {
            None if to.is_some() => carried.push(item.key.clone()),
            why => returned.push(Returned { key: item.key.clone(), why }),
        }
    }
    Ok((carried, returned))
}

pub(super) fn check_remove(sprint: &Sprint) -> Result<()> {
    match sprint.state() {
        State::Planned => Ok(()),
        _ => Err(conflict(format!("{} has started; what happened in it stays.", sprint.name))),
    }
}

/// Gives up a sprint that has not started. Its items go back into the backlog.
pub fn remove(tx: &mut Tx, actor: &Actor, id: SprintId) -> Result<()> {
    let (sprint, backlog) = find(tx, actor, Right::Plan, id)?;
    check_remove(&sprint)?;
    let items = item::of_sprint(tx, id)?;
    item::carry(tx, actor, &items, None)?;
    store::remove(tx, id)?;
    emit(tx, actor, &backlog, &sprint, "sprint.deleted", json!({}))
}
