//! An item is anything to be done: an epic, a story, a task, a bug, a question, a risk. It has a
//! key (`CHURN-12`) that is never given to another and that finds it even after it moved to another
//! project; it lies in its project's backlog at a rank, and in one status. What is deleted lies in
//! the trash for 30 days, can be restored until then, and is emptied after.
//!
//! Whoever changes an item says which version they read; what changed, from what to what, is an
//! event, from which its history is read and the last change is undone.

mod act;
mod change;
mod ended;
pub mod flow;
mod history;
pub(crate) mod http;
mod kin;
pub(crate) mod list;
mod moments;
mod new;
mod person;
mod place;
mod rank;
mod show;
mod store;
#[cfg(test)]
pub(crate) mod tests;
mod transfer;
mod trash;
mod watch;
mod words;

use std::collections::{BTreeMap, HashMap};

use base::{
    BacklogId, Day, ExperimentId, ItemId, LabelId, ProjectId, Result, SprintId, StatusId, TeamId, Time, UserId,
    refuse::{conflict, not_found},
};
use db::Tx;
use people::{Actor, Right};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use act::emit;
pub use act::{put, put_with_room, undo};
pub use change::{Change, change};
pub(crate) use change::{LONGEST_TEXT, checked_lines};
pub(crate) use ended::{carry, leave_team};
pub(crate) use flow::check_still_probed;
pub use history::{Happening, history};
pub(crate) use kin::capital;
pub use list::{List, Sort, list};
pub(crate) use new::add_component;
pub use new::{New, batch, create};
pub use person::{Faces, worker};
pub(crate) use person::{named, workers, works};
pub use place::{Move, Target, r#move};
pub use show::{Brief, Line, Restored, Shown, briefs, line, lines, show};
pub use transfer::transfer;
pub use trash::{EMPTY, KEPT_DAYS, delete, empty, empty_job, restore};
pub use watch::{unwatch, watch};
pub use words::{Class, Domain, DoneProfile, Kind, Priority};

use crate::backlog::{self, allow};

/// An item as lists read it.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub id: ItemId,
    pub backlog: BacklogId,
    pub project: ProjectId,
    /// The project's key and the number: `CHURN-12`.
    pub key: String,
    pub face: Face,
    /// The experiment that a hypothesis is, seen as work.
    pub experiment: Option<ExperimentId>,
    /// Since when it is blocked.
    pub blocked_at: Option<Time>,
    /// When it came into its status.
    pub status_at: Time,
    /// When work on it first began.
    pub started_at: Option<Time>,
    /// When it was last done; none while it is not.
    pub done_at: Option<Time>,
    pub created_at: Time,
    pub created_by: UserId,
    pub updated_at: Time,
    pub deleted_at: Option<Time>,
    /// Grows with every change of its content.
    pub version: i64,
}

/// What people change of an item and lists show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Face {
    pub kind: Kind,
    pub title: String,
    pub status: StatusId,
    pub rank: String,
    pub estimate: Option<f64>,
    pub assignee: Option<UserId>,
    pub trade: Option<String>,
    pub priority: Priority,
    pub parent: Option<ItemId>,
    /// The story that was split into it. It is a component of that story while it lies under it.
    pub component_of: Option<ItemId>,
    pub sprint: Option<SprintId>,
    pub team: Option<TeamId>,
    pub due: Option<Day>,
    pub domain: Option<Domain>,
    pub class: Class,
    pub done_profile: Option<DoneProfile>,
    /// Why nobody can go on with it.
    pub blocked: Option<String>,
}

/// What people change of an item and only its page shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    /// Markdown as written.
    pub description: String,
    pub acceptance: Vec<String>,
    pub story: Option<Sentence>,
    /// The agreed shape at the item's boundary; others may wait for it alone.
    pub contract: Option<String>,
    /// Custom field's id → value.
    pub custom: BTreeMap<String, serde_json::Value>,
}

/// A story in its three parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "StorySentence")]
pub struct Sentence {
    /// As who: `marketing analyst`.
    pub who: String,
    /// What they want: `to see a risk score`.
    pub want: String,
    /// What for: `I can intervene`.
    pub benefit: String,
}

/// All that people change of an item. Its JSON is what events say was before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Content {
    #[serde(flatten)]
    pub face: Face,
    #[serde(flatten)]
    pub detail: Detail,
    pub labels: Vec<String>,
}

impl Face {
    /// The part of its parent that one trade does.
    pub fn is_component(&self) -> bool {
        self.component_of.is_some() && self.component_of == self.parent
    }
}

impl Item {
    /// How events and pages name it.
    pub fn subject(&self) -> String {
        subject(self.id)
    }
}

pub(crate) fn subject(id: ItemId) -> String {
    format!("item:{id}")
}

/// The item with this key, in the trash or not, for someone with the right; refused as absent
/// where it is not theirs to see.
pub fn find(tx: &mut Tx, actor: &Actor, right: Right, key: &str) -> Result<Item> {
    let item = by_key(tx, key)?.ok_or_else(|| not_found("item"))?;
    allow(tx, actor, right, &item.project, "item")?;
    Ok(item)
}

/// As [`find`], and not in the trash.
pub fn find_alive(tx: &mut Tx, actor: &Actor, right: Right, key: &str) -> Result<Item> {
    let item = find(tx, actor, right, key)?;
    check_alive(&item)?;
    Ok(item)
}

/// Checks no right: for what was reached through something that was checked.
pub fn get(tx: &mut Tx, id: ItemId) -> Result<Item> {
    store::get(tx, id)?.ok_or_else(|| not_found("item"))
}

/// What lies directly under the item and not in the trash, by rank. Checks no right.
pub fn children(tx: &mut Tx, id: ItemId) -> Result<Vec<Item>> {
    store::children(tx, id)
}

/// What is in the sprint, those in the trash too, by rank. Checks no right.
pub(crate) fn of_sprint(tx: &mut Tx, sprint: SprintId) -> Result<Vec<Item>> {
    store::of_sprint(tx, sprint)
}

/// The stories in the status that have components, by rank. Checks no right.
pub(crate) fn split_in(tx: &mut Tx, status: StatusId) -> Result<Vec<Item>> {
    store::split_in(tx, status)
}

/// The item that the experiment is, in the trash or not. Checks no right.
pub(crate) fn of_experiment(tx: &mut Tx, experiment: ExperimentId) -> Result<Option<Item>> {
    store::of_experiment(tx, experiment)
}

/// The backlog's hypotheses and spikes that were open between the moments or closed there, by rank, at most
/// so many. Checks no right.
pub fn questions(tx: &mut Tx, backlog: BacklogId, from: Time, until: Time, most: i64) -> Result<Vec<Item>> {
    store::questions(tx, backlog, from, until, most)
}

/// What was done between the moments and still is, in that order, at most so many. Checks no right.
pub fn done_between(tx: &mut Tx, backlog: BacklogId, from: Time, until: Time, most: i64) -> Result<Vec<Item>> {
    store::done_between(tx, backlog, from, until, most)
}

/// Somebody hears of the item from now on.
pub(crate) fn note_watcher(tx: &mut Tx, id: ItemId, user: &UserId) -> Result<()> {
    store::watch(tx, id, user).map(drop)
}

/// All that people change of it. Checks no right.
pub fn content(tx: &mut Tx, item: &Item) -> Result<Content> {
    Ok(Content { face: item.face.clone(), detail: store::detail(tx, item.id)?, labels: store::labels(tx, item.id)? })
}

/// All labels of the backlog, by name. Checks no right.
pub(crate) fn labels(tx: &mut Tx, backlog: BacklogId) -> Result<Vec<String>> {
    store::all_labels(tx, backlog)
}

/// The custom fields' values of each of the items. Checks no right.
fn custom_of(tx: &mut Tx, ids: &[ItemId]) -> Result<HashMap<ItemId, BTreeMap<String, serde_json::Value>>> {
    store::custom_of(tx, ids)
}

/// The label of this name, in any case.
pub(crate) fn label(tx: &mut Tx, backlog: BacklogId, name: &str) -> Result<Option<LabelId>> {
    store::label(tx, backlog, name)
}

/// By a key that it has or had. Checks no right.
pub(crate) fn by_key(tx: &mut Tx, key: &str) -> Result<Option<Item>> {
    let Some((project, number)) = parse_key(key) else { return Ok(None) };
    store::by_number(tx, project, number)
}

/// `CHURN-12` is the 12th of CHURN.
fn parse_key(key: &str) -> Option<(&str, i64)> {
    let (project, number) = key.rsplit_once('-')?;
    let plain = !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit());
    Some((project, number.parse().ok().filter(|_| plain)?))
}

pub(crate) fn check_alive(item: &Item) -> Result<()> {
    match item.deleted_at {
        Some(_) => Err(conflict(format!("{} lies in the trash. Restore it first.", item.key))),
        None => Ok(()),
    }
}

/// Those who look at the item, at its family or at lists of its project read again.
pub(crate) fn touch(tx: &mut Tx, item: &Item) -> Result<()> {
    tx.touch(Some(&item.project), item.subject());
    if let Some(parent) = item.face.parent {
        let parent = get(tx, parent)?;
        tx.touch(Some(&parent.project), parent.subject());
    }
    backlog::get(tx, item.backlog)?.touch(tx);
    Ok(())
}
