//! A sprint day by day, as of each day's end.

use base::{Day, Result, Time};
use db::Tx;
use people::Actor;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Sprint, store};
use crate::item::{self, Brief};

/// What is in a sprint. What is cancelled is not, nor is what was done before the sprint began, unless it was opened
/// again in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "SprintTotals")]
pub struct Totals {
    pub items: i64,
    /// The sum of the estimates; an item without one counts nothing.
    pub points: f64,
    /// Done in the sprint.
    pub items_done: i64,
    pub points_done: f64,
}

/// When a sprint started, and the last change of it that came before: what else happened in the same millisecond came
/// after.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    pub at: Time,
    pub after: i64,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Burndown {
    /// What was in it when it started; null before.
    pub committed: Option<Totals>,
    /// Of the items committed, those that are done by now, or were at its end.
    pub committed_done: Option<i64>,
    /// The start, then each day's end until today, its last day or its close, whatever is later of the
    /// last two. Empty before the start.
    pub days: Vec<DayEnd>,
    /// What came and left after the start, the latest first, at most 100.
    pub changes: Vec<Change>,
}

/// A day as it ended in UTC; the first of all is the moment of the start.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "SprintDay")]
pub struct DayEnd {
    pub day: Day,
    /// Estimates in the sprint.
    pub scope: f64,
    pub done: f64,
    /// `scope` without `done`.
    pub remaining: f64,
    /// The scope at the start, less an equal part for each working day that has passed.
    pub ideal: f64,
    /// By so much the scope grew on that day.
    pub added: f64,
    pub removed: f64,
    pub items: i64,
    pub items_done: i64,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "SprintScopeChange")]
pub struct Change {
    /// Null where the caller may not see it.
    pub item: Option<Brief>,
    pub at: Time,
    /// 1 came, -1 left, 0 was estimated anew.
    pub items: i64,
    /// By so much the estimates in the sprint grew.
    pub points: f64,
}

/// What moved on one day.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Movement {
    pub items: i64,
    pub added: f64,
    pub removed: f64,
    pub items_done: i64,
    pub points_done: f64,
}

pub(super) fn of(tx: &mut Tx, actor: &Actor, sprint: &Sprint) -> Result<Burndown> {
    let Some(start) = sprint.start() else {
        return Ok(Burndown { committed: None, committed_done: None, days: Vec::new(), changes: Vec::new() });
    };
    let end = sprint.closed_at.unwrap_or(tx.now()).max(start.at);
    let committed = store::committed(tx, sprint.id, start)?;
    let moved = store::by_day(tx, sprint.id, start, end, MOST)?;
    let committed_done = store::kept(tx, sprint.id, start)?;
    let noted = store::scope_changes(tx, sprint.id, start)?;
    let ids: Vec<_> = noted.iter().map(|(id, _)| *id).collect();
    let briefs = item::briefs(tx, actor, &ids)?;
    let changes = noted.into_iter().map(|(id, change)| Change { item: briefs.get(&id).cloned(), ..change }).collect();
    Ok(Burndown {
        committed: Some(committed),
        committed_done: Some(committed_done),
        days: days(sprint, start.at, end, committed, &moved),
        changes,
    })
}

/// As `planning` tools draw it: remaining(d) = scope(d) − done(d) at the end of day d, and an ideal line
/// that is flat on days when nobody works.
fn days(sprint: &Sprint, start: Time, end: Time, committed: Totals, moved: &[Movement]) -> Vec<DayEnd> {
    let working = sprint.working_days();
    let first = Day::of(start);
    let whole = working.iter().filter(|day| **day >= first).count();
    let ideal = |left: usize| if whole == 0 { 0.0 } else { committed.points * left as f64 / whole as f64 };
    let mut now = DayEnd {
        day: first.clone(),
        scope: committed.points,
        done: committed.points_done,
        remaining: committed.points - committed.points_done,
        ideal: committed.points,
        added: 0.0,
        removed: 0.0,
        items: committed.items,
        items_done: committed.items_done,
    };
    let mut days = vec![now.clone()];
    let last = Day::of(end);
    let all = std::iter::successors(Some(first), |day| Some(day.next())).take_while(|day| *day <= last);
    for (day, movement) in all.zip(moved) {
        now.scope += movement.added - movement.removed;
        now.done += movement.points_done;
        now.remaining = now.scope - now.done;
        now.ideal = ideal(working.iter().filter(|left| **left > day).count());
        (now.added, now.removed) = (movement.added, movement.removed);
        now.items += movement.items;
        now.items_done += movement.items_done;
        now.day = day;
        days.push(now.clone());
    }
    days
}

/// Days that are drawn: a sprint that nobody closes is drawn no longer.
const MOST: usize = 366;
