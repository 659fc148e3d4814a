//! A board shows a project's items in columns, one for each status. A column may have a limit: so
//! many items at once, whoever brings them and in whatever way. It is checked where items come into a
//! status ([`limit::check`], asked by `item::flow`), and as writes run one after the other, one free
//! place is taken by exactly one of many who want it. Lowering a limit expels nobody: the column is
//! over it then, and nothing comes in until it is below.
//!
//! Whoever may overrule can bring an item in although the column is full, and says why; the log tells.

pub(crate) mod half;
pub(crate) mod http;
pub(crate) mod limit;
mod pace;
mod store;
#[cfg(test)]
mod tests;

use base::{
    Result, StatusId,
    refuse::{invalid, not_found},
    text,
};
use db::Tx;
use people::{Actor, Can, Right};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

pub use pace::Pace;
use store::Frame;

use crate::{
    backlog::{self, Backlog},
    item::{self, Brief},
    limit::check::{self as limits, Labelled},
    status::{self, Status},
};

/// A project's columns in the order of its statuses: the usual ones, until it sets others.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Board {
    pub columns: Vec<Column>,
    /// How long items take; null while too few are done.
    pub pace: Option<Pace>,
    /// Verbs: edit (items), limit, overrule.
    pub can: Can,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "BoardColumn")]
pub struct Column {
    pub status: Status,
    /// Items that may be in it at once, in both halves together.
    pub limit: Option<i64>,
    /// What is done in the column before it waits here for the next step. Both are one column, and share the limit
    /// of the first half.
    pub second_half: bool,
    /// What people agreed about the step, in Markdown.
    pub policy: Option<String>,
    /// Items that are in it, whatever a filter shows; counted up to 10,000.
    pub count: i64,
    /// Items that count against the limit: those of both halves. Each is counted up to 10,000.
    pub held: i64,
    /// Who is offered the free place of a column with a limit: the first by rank of those that wait in the status
    /// before it, are not blocked, and come under no limit that is reached. Ten are looked at.
    pub next: Option<Brief>,
}

/// What a column shall be. What is absent is taken away.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewBoardColumn")]
pub struct Change {
    /// 1 to 1,000.
    pub limit: Option<i64>,
    pub policy: Option<String>,
    /// It is the second half of the column before it, and has no limit of its own.
    #[serde(default)]
    pub second_half: bool,
    /// What held as it was read. When something else holds by now, nothing is changed, and the answer is 412.
    #[serde(default)]
    pub was: Option<Agreed>,
}

/// What is agreed about a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BoardColumnAgreed")]
pub struct Agreed {
    pub limit: Option<i64>,
    pub policy: Option<String>,
    pub second_half: bool,
}

impl From<&Frame> for Agreed {
    fn from(frame: &Frame) -> Self {
        let policy = Some(frame.policy.clone()).filter(|policy| !policy.is_empty());
        Self { limit: frame.limit, policy, second_half: frame.second_half }
    }
}

const LARGEST: i64 = 1_000;
/// Of those who wait for a free place.
const LOOKED_AT: i64 = 10;
const LONGEST_POLICY: usize = 2_000;

pub fn show(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Board> {
    let (project, backlog) = backlog::find(tx, actor, Right::Read, key)?;
    let mut can = Can::new();
    for (verb, right) in [("edit", Right::Plan), ("limit", Right::Administer), ("overrule", Right::Overrule)] {
        can = can.with(verb, people::may(tx, actor, right, &project.id)?);
    }
    let Some(backlog) = backlog else { return Ok(Board { columns: Vec::new(), pace: None, can }) };
    Ok(Board { columns: columns(tx, actor, &backlog)?, pace: pace::of(tx, backlog.id)?, can })
}

fn columns(tx: &mut Tx, actor: &Actor, backlog: &Backlog) -> Result<Vec<Column>> {
    let statuses = status::all(tx, backlog.id)?;
    let frames = store::frames(tx, backlog.id)?;
    (0..statuses.len()).map(|place| column(tx, actor, &statuses, &frames, place)).collect()
}

fn column(tx: &mut Tx, actor: &Actor, statuses: &[Status], frames: &[Frame], place: usize) -> Result<Column> {
    let status = statuses[place].clone();
    let Frame { limit, policy, second_half, .. } = frames[place].clone();
    let count = store::count(tx, status.id, None)?;
    let mut held = count;
    for other in half::of(frames, status.id).iter().filter(|other| other.status != status.id) {
        held += store::count(tx, other.status, None)?;
    }
    let waiting = place.checked_sub(1).filter(|_| limit.is_some_and(|limit| held < limit));
    let next = match waiting {
        Some(before) => next(tx, actor, statuses[before].id, status.id)?,
        None => None,
    };
    let policy = Some(policy).filter(|policy| !policy.is_empty());
    Ok(Column { status, limit, second_half, policy, count, held, next })
}

/// The first by rank of those that wait whom no limit across the columns keeps out.
fn next(tx: &mut Tx, actor: &Actor, from: StatusId, to: StatusId) -> Result<Option<Brief>> {
    for id in store::first(tx, from, LOOKED_AT)? {
        let was = item::get(tx, id)?;
        let labels = item::content(tx, &was)?.labels;
        let mut comes = was.clone();
        comes.face.status = to;
        let (before, after) = (Labelled { item: &was, labels: &labels }, Labelled { item: &comes, labels: &labels });
        if limits::check(tx, actor, Some(before), after, None).is_ok() {
            return Ok(item::briefs(tx, actor, &[id])?.remove(&id));
        }
    }
    Ok(None)
}

/// Says what holds for the column of a status.
pub fn set(tx: &mut Tx, actor: &Actor, key: &str, id: StatusId, change: &Change) -> Result<Column> {
    let backlog = backlog::open(tx, actor, Right::Administer, key)?;
    let mut statuses = status::all(tx, backlog.id)?;
    let place = statuses.iter().position(|status| status.id == id).ok_or_else(|| not_found("status"))?;
    if change.limit.is_some_and(|limit| !(1..=LARGEST).contains(&limit)) {
        return Err(invalid("limit", format!("must be between 1 and {LARGEST}; leave it away for none")));
    }
    let policy = text::optional("policy", change.policy.as_deref().unwrap_or_default(), LONGEST_POLICY)?;
    let mut frames = store::frames(tx, backlog.id)?;
    backlog::check_unchanged(change.was.as_ref(), &Agreed::from(&frames[place]))?;
    half::check(&statuses, &frames, place, change)?;
    let mut after = Frame { status: id, limit: change.limit, policy, ..frames[place].clone() };
    half::set(tx, &mut after, &mut statuses[place], change.second_half)?;
    let before = std::mem::replace(&mut frames[place], after.clone());
    if after != before {
        store::set(tx, &after)?;
        event(tx, actor, &backlog, &statuses[place], &before, &after)?;
    }
    column(tx, actor, &statuses, &frames, place)
}

fn event(tx: &mut Tx, actor: &Actor, backlog: &Backlog, status: &Status, before: &Frame, after: &Frame) -> Result<()> {
    let body = json!({ "status": status.name, "before": Agreed::from(before), "after": Agreed::from(after) });
    let subject = format!("column:{}", status.id);
    tx.emit(actor.event("column.set", subject).project(&backlog.project.id).body(body))?;
    backlog.touch(tx);
    Ok(())
}

/// When the status is removed.
pub(crate) fn forget(tx: &mut Tx, status: StatusId) -> Result<()> {
    store::forget(tx, status)
}
