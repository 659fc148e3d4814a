//! A checklist is lines to tick off on an item. Each line is a row of its own, so that several people
//! can work on one list without getting in each other's way.

pub(crate) mod http;
mod store;
#[cfg(test)]
mod tests;

use base::{
    ItemId, Result, Time, UserId,
    refuse::{conflict, internal, invalid, not_found, stale},
    text,
};
use db::Tx;
use people::{Actor, Person, Right};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::item::{self, Faces, Item};

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewChecklistLine")]
pub struct New {
    pub text: String,
}

/// What is absent stays.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ChecklistLineChange")]
pub struct Change {
    pub text: Option<String>,
    pub done: Option<bool>,
    /// The text as it was read. When it is another by now, nothing is changed, and the answer is 412.
    #[serde(default)]
    pub was: Option<String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ChecklistLine")]
pub struct Shown {
    pub id: i64,
    pub text: String,
    pub done: bool,
    pub done_at: Option<Time>,
    pub done_by: Option<Person>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    id: i64,
    text: String,
    done_at: Option<Time>,
    done_by: Option<UserId>,
}

const MOST: usize = 200;
const LONGEST: usize = 500;

pub fn list(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Vec<Shown>> {
    let item = item::find(tx, actor, Right::Read, key)?;
    let mut people = Faces::default();
    let lines = store::all(tx, item.id)?.into_iter();
    lines.map(|line| show(tx, &mut people, line)).collect()
}

pub fn add(tx: &mut Tx, actor: &Actor, key: &str, new: &New) -> Result<Shown> {
    let item = item::find_alive(tx, actor, Right::Plan, key)?;
    let id = append(tx, &item, &new.text)?;
    item::emit(tx, actor, &item, "checklist.added", json!({ "line": id, "text": new.text }))?;
    shown(tx, &item, id)
}

/// Lines as an item takes them, before there is one.
pub(crate) fn checked(field: &str, lines: &[String]) -> Result<Vec<String>> {
    if lines.len() > MOST {
        return Err(invalid(field, format!("must be at most {MOST}")));
    }
    let check = |(place, line): (usize, &String)| text::line(&format!("{field}[{place}]"), line, LONGEST);
    lines.iter().enumerate().map(check).collect()
}

/// Adds a line to an item that the caller has checked; says nothing to the log.
pub(crate) fn append(tx: &mut Tx, item: &Item, line: &str) -> Result<i64> {
    let line = text::line("text", line, LONGEST)?;
    if store::all(tx, item.id)?.len() >= MOST {
        return Err(conflict(format!("A checklist has at most {MOST} lines.")));
    }
    store::add(tx, item.id, &line)
}

pub fn change(tx: &mut Tx, actor: &Actor, key: &str, id: i64, change: &Change) -> Result<Shown> {
    let item = item::find_alive(tx, actor, Right::Plan, key)?;
    let before = find(tx, &item, id)?;
    if change.was.as_ref().is_some_and(|was| *was != before.text) {
        return Err(stale(serde_json::to_value(shown(tx, &item, id)?).map_err(internal)?));
    }
    let mut after = before.clone();
    if let Some(said) = &change.text {
        after.text = text::line("text", said, LONGEST)?;
    }
    if let Some(done) = change.done.filter(|done| *done != before.done_at.is_some()) {
        (after.done_at, after.done_by) = (done.then_some(tx.now()), done.then(|| actor.user.clone()));
    }
    if after != before {
        store::update(tx, &after)?;
        let body = json!({ "line": id, "text": after.text, "done": after.done_at.is_some() });
        item::emit(tx, actor, &item, "checklist.changed", body)?;
    }
    shown(tx, &item, id)
}

pub fn remove(tx: &mut Tx, actor: &Actor, key: &str, id: i64) -> Result<()> {
    let item = item::find_alive(tx, actor, Right::Plan, key)?;
    let line = find(tx, &item, id)?;
    store::remove(tx, id)?;
    item::emit(tx, actor, &item, "checklist.removed", json!({ "line": id, "text": line.text }))
}

fn find(tx: &mut Tx, item: &Item, id: i64) -> Result<Line> {
    let found = store::all(tx, item.id)?.into_iter().find(|line| line.id == id);
    found.ok_or_else(|| not_found("line"))
}

fn shown(tx: &mut Tx, item: &Item, id: i64) -> Result<Shown> {
    let line = find(tx, item, id)?;
    show(tx, &mut Faces::default(), line)
}

fn show(tx: &mut Tx, people: &mut Faces, line: Line) -> Result<Shown> {
    let done_by = line.done_by.as_ref().map(|who| people.of(tx, who)).transpose()?;
    Ok(Shown { id: line.id, text: line.text, done: line.done_at.is_some(), done_at: line.done_at, done_by })
}

/// When the item is emptied.
pub(crate) fn forget(tx: &mut Tx, item: ItemId) -> Result<()> {
    store::forget(tx, item)
}
