//! What an item counts for in its sprint, written down whenever it changes.

use std::ops::Sub;

use base::{Result, SprintId};
use db::Tx;

use super::store;
use crate::{
    backlog,
    item::Item,
    status::{self, Category},
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
            let part = part_of(tx, item)?;
            note(tx, sprint, item, part)
        }
        None => Ok(()),
    }
}

/// What is cancelled or in the trash is no part of a sprint, wherever it says that it is.
fn part_of(tx: &mut Tx, item: &Item) -> Result<Part> {
    let category = status::get(tx, item.face.status)?.category;
    if item.deleted_at.is_some() || category == Category::Cancelled {
        return Ok(Part::default());
    }
    let points = item.face.estimate.unwrap_or(0.0);
    let open = Part { items: 1, points, ..Part::default() };
    Ok(if category == Category::Done { Part { items_done: 1, points_done: points, ..open } } else { open })
}

/// What was closed keeps its figures.
fn note(tx: &mut Tx, sprint: SprintId, item: &Item, part: Part) -> Result<()> {
    let Some(found) = store::get(tx, sprint)?.filter(|sprint| sprint.closed_at.is_none()) else { return Ok(()) };
    let by = part - store::part(tx, sprint, item.id)?;
    if !by.is_nothing() {
        store::add_change(tx, sprint, item.id, by)?;
        let project = backlog::get(tx, found.backlog)?.project.id;
        tx.touch(Some(&project), found.subject());
    }
    Ok(())
}
