//! What an item counts for in its sprint, written down whenever it changes.

use std::{collections::HashMap, ops::Sub};

use base::{ItemId, Result, SprintId, StatusId, refuse::internal};
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
        note(tx, left, item, Part::default())?;
    }
    match after {
        Some(sprint) => {
            let part = part_of(&status::get(tx, item.face.status)?, item);
            note(tx, sprint, item, part)
        }
        None => Ok(()),
    }
}

/// As [`follow`] for many that come into a sprint at once.
pub(crate) fn follow_into(tx: &mut Tx, sprint: SprintId, items: &[&Item]) -> Result<()> {
    let Some(found) = store::get(tx, sprint)?.filter(|sprint| sprint.closed_at.is_none()) else { return Ok(()) };
    let statuses: HashMap<StatusId, Status> =
        status::all(tx, found.backlog)?.into_iter().map(|status| (status.id, status)).collect();
    let ids: Vec<ItemId> = items.iter().map(|item| item.id).collect();
    let noted = store::parts(tx, sprint, &ids)?;
    let mut changes = Vec::new();
    for item in items {
        let status = statuses.get(&item.face.status);
        let status = status.ok_or_else(|| internal(format!("{} has a status of another backlog", item.key)))?;
        let by = part_of(status, item) - noted.get(&item.id).copied().unwrap_or_default();
        if !by.is_nothing() {
            changes.push((item.id, by));
        }
    }
    if !changes.is_empty() {
        store::add_changes(tx, sprint, &changes)?;
        touch(tx, &found)?;
    }
    Ok(())
}

fn touch(tx: &mut Tx, sprint: &Sprint) -> Result<()> {
    let project = backlog::get(tx, sprint.backlog)?.project.id;
    tx.touch(Some(&project), sprint.subject());
    Ok(())
}

/// What is cancelled or in the trash is no part of a sprint, wherever it says that it is.
fn part_of(status: &Status, item: &Item) -> Part {
    if item.deleted_at.is_some() || status.category == Category::Cancelled {
        return Part::default();
    }
    let points = item.face.estimate.unwrap_or(0.0);
    let open = Part { items: 1, points, ..Part::default() };
    if status.category == Category::Done { Part { items_done: 1, points_done: points, ..open } } else { open }
}

/// What was closed keeps its figures.
fn note(tx: &mut Tx, sprint: SprintId, item: &Item, part: Part) -> Result<()> {
    let Some(found) = store::get(tx, sprint)?.filter(|sprint| sprint.closed_at.is_none()) else { return Ok(()) };
    let by = part - store::part(tx, sprint, item.id)?;
    if !by.is_nothing() {
        store::add_changes(tx, sprint, &[(item.id, by)])?;
        touch(tx, &found)?;
    }
    Ok(())
}
