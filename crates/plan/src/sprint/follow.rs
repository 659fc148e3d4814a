//! What an item counts for in its sprint, written down whenever it changes.

use std::{collections::HashMap, ops::Sub};

use base::{ItemId, Result, SprintId, StatusId, Time, refuse::internal};
use db::Tx;

use super::{Sprint, store};
use crate::{
    backlog,
    item::Item,
    status::{self, Category, Status},
};

/// What one item adds to a sprint.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Part {
    pub items: i64,
    pub points: f64,
    pub items_done: i64,
    pub points_done: f64,
}

/// Sums of fractions are not exact; estimates are given in steps far above this.
const NOTHING: f64 = 1e-9;

/// What was written down of an item in a sprint so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Noted {
    pub part: Part,
    /// It was done in it at some time after the start.
    pub was_done: bool,
}

impl Part {
    fn is_nothing(&self) -> bool {
        (self.items, self.items_done) == (0, 0) && self.points.abs() < NOTHING && self.points_done.abs() < NOTHING
    }
}

impl Sub for Part {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            items: self.items - other.items,
            points: self.points - other.points,
            items_done: self.items_done - other.items_done,
            points_done: self.points_done - other.points_done,
        }
    }
}

/// Writes down what the item, as it is now, adds to its sprint, and that it left the one where it was.
/// Done again with nothing changed, it writes nothing.
pub(crate) fn follow(tx: &mut Tx, before: Option<SprintId>, item: &Item) -> Result<()> {
    let after = item.face.sprint;
    let left = before.filter(|sprint| Some(*sprint) != after);
    if let Some(left) = left {
        note(tx, left, &[item], false)?;
    }
    match after {
        Some(sprint) => note(tx, sprint, &[item], true),
        None => Ok(()),
    }
}

/// As [`follow`] for many that come into a sprint at once.
pub(crate) fn follow_into(tx: &mut Tx, sprint: SprintId, items: &[&Item]) -> Result<()> {
    note(tx, sprint, items, true)
}

/// What was closed keeps its figures.
fn note(tx: &mut Tx, sprint: SprintId, items: &[&Item], inside: bool) -> Result<()> {
    let Some(found) = store::get(tx, sprint)?.filter(|sprint| sprint.closed_at.is_none()) else { return Ok(()) };
    let statuses: HashMap<StatusId, Status> =
        status::all(tx, found.backlog)?.into_iter().map(|status| (status.id, status)).collect();
    let ids: Vec<ItemId> = items.iter().map(|item| item.id).collect();
    let noted = store::noted(tx, &found, &ids)?;
    let (mut changes, now) = (Vec::new(), tx.now());
    for item in items {
        let noted = noted.get(&item.id).copied().unwrap_or_default();
        let part = if inside {
            let status = statuses.get(&item.face.status);
            let status = status.ok_or_else(|| internal(format!("{} has a status of another backlog", item.key)))?;
            part_of(&found, status, item, &noted, now)
        } else {
            Part::default()
        };
        let by = part - noted.part;
        if !by.is_nothing() {
            changes.push((item.id, by));
        }
    }
    if !changes.is_empty() {
        store::add_changes(tx, &found, &changes)?;
        let project = backlog::get(tx, found.backlog)?.project.id;
        tx.touch(Some(&project), found.subject());
    }
    Ok(())
}

/// What is cancelled or in the trash is no part of a sprint, wherever it says that it is, and neither is what was done
/// before the sprint began.
fn part_of(sprint: &Sprint, status: &Status, item: &Item, noted: &Noted, now: Time) -> Part {
    let points = item.face.estimate.unwrap_or(0.0);
    let open = Part { items: 1, points, ..Part::default() };
    match status.category {
        _ if item.deleted_at.is_some() => Part::default(),
        Category::Cancelled => Part::default(),
        Category::Done if !is_done_in(sprint, item.done_at, noted, now) => Part::default(),
        Category::Done => Part { items_done: 1, points_done: points, ..open },
        Category::Open | Category::Doing => open,
    }
}

/// Whether an item that is done was done in the sprint: after its start or, whatever the clock says, open in it until now.
/// What is put back as it was before the start was not.
fn is_done_in(sprint: &Sprint, done_at: Option<Time>, noted: &Noted, now: Time) -> bool {
    let (Some(start), Some(done)) = (sprint.started_at, done_at) else { return false };
    done > start || noted.was_done || (noted.part.items > 0 && done == now)
}
