//! The start and the end of a sprint.

use base::{
    Result, SprintId, StatusId,
    refuse::{conflict, insufficient, invalid},
    text,
};
use db::Tx;
use people::{Actor, Right};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Mode, Sprint, State, Verdict, capacity, emit, find, question, store};
use crate::{
    item,
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
    /// The sprint into which unfinished items go; absent: back into the backlog.
    pub carry_to: Option<SprintId>,
}

const LONGEST_OUTCOME: usize = 10_000;

/// Starts the sprint: what is in it now is what was committed.
pub fn start(tx: &mut Tx, actor: &Actor, id: SprintId) -> Result<Sprint> {
    let (sprint, backlog) = find(tx, actor, Right::Plan, id)?;
    check_start(tx, &sprint)?;
    let now = tx.now();
    let started = Sprint { started_at: Some(now), ..sprint };
    store::update(tx, &started)?;
    let committed = store::totals(tx, id, now)?;
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
    check_ready(tx, sprint)
}

/// What a sprint has that runs.
pub(super) fn check_ready(tx: &mut Tx, sprint: &Sprint) -> Result<()> {
    if sprint.goal.is_empty() {
        let why = format!("{} has no goal. Write in one sentence what will be different at its end.", sprint.name);
        return Err(insufficient(why, json!(["goal"])));
    }
    if sprint.mode == Mode::Experiment && store::questions(tx, sprint.id)?.is_empty() {
        let why = format!(
            "{} is about questions and holds none. Put a hypothesis or a spike into it, or make it a delivery sprint.",
            sprint.name
        );
        return Err(insufficient(why, json!(["hypothesis", "spike"])));
    }
    let now = tx.now();
    if store::totals(tx, sprint.id, now)?.items == 0 {
        return Err(insufficient(format!("Nothing is in {}. Put items into it first.", sprint.name), json!(["items"])));
    }
    Ok(())
}

pub(super) fn check_close(sprint: &Sprint) -> Result<()> {
    match sprint.state() {
        State::Running => Ok(()),
        State::Planned => Err(conflict(format!("{} has not started.", sprint.name))),
        State::Closed => Err(conflict(format!("{} is closed already.", sprint.name))),
    }
}

/// Ends the sprint. Its figures stay as they are now; what is unfinished moves on.
pub fn close(tx: &mut Tx, actor: &Actor, id: SprintId, close: &Close) -> Result<Sprint> {
    let (sprint, backlog) = find(tx, actor, Right::Plan, id)?;
    check_close(&sprint)?;
    let outcome = text::optional("outcome", &close.outcome, LONGEST_OUTCOME)?;
    if close.carry_to == Some(id) {
        return Err(invalid("carry_to", "must be another sprint"));
    }
    if let Some(next) = close.carry_to {
        super::check_open(tx, backlog.id, next).map_err(|why| invalid("carry_to", why.detail()))?;
    }
    let now = tx.now();
    let totals = store::totals(tx, id, now)?;
    let questions = question::open(tx, &sprint)?;
    let closed =
        Sprint { closed_at: Some(now), verdict: Some(close.verdict), outcome: Some(outcome.clone()), ..sprint };
    store::update(tx, &closed)?;
    let left = capacity::settle(tx, &closed, &backlog.project.id)?;
    let carried = carry_unfinished(tx, actor, &closed, close.carry_to)?;
    let body = json!({
        "verdict": close.verdict, "outcome": outcome, "totals": totals, "carried": carried, "carry_to": close.carry_to,
        "left": left, "questions": questions,
    });
    emit(tx, actor, &backlog, &closed, "sprint.closed", body)?;
    Ok(Sprint { version: closed.version + 1, ..closed })
}

/// The keys of those that moved on.
fn carry_unfinished(tx: &mut Tx, actor: &Actor, from: &Sprint, to: Option<SprintId>) -> Result<Vec<String>> {
    let ended = status::all(tx, from.backlog)?.into_iter();
    let ended = ended.filter(|status| matches!(status.category, Category::Done | Category::Cancelled));
    let ended: Vec<StatusId> = ended.map(|status| status.id).collect();
    let mut unfinished = item::of_sprint(tx, from.id)?;
    unfinished.retain(|item| item.deleted_at.is_none() && !ended.contains(&item.face.status));
    item::carry(tx, actor, &unfinished, to)?;
    Ok(unfinished.into_iter().map(|item| item.key).collect())
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
