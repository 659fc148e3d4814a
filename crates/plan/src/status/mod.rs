//! A status is a named step of a project's work, in an order. Its category says what it means for
//! the figures: open, doing, done, or cancelled, which leaves the scope and never counts as done.
//! An item is always in one status of its project. The steps of a kind can be restricted.

pub(crate) mod http;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use base::{
    BacklogId, Result, StatusId,
    refuse::{conflict, internal, invalid},
    text, words,
};
use db::Tx;
use people::{Actor, Right};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    backlog::{self, Backlog},
    board,
    item::{self, Kind},
    limit, story,
};

words! {
    /// What a status means for the figures.
    Category {
        Open = "open",
        Doing = "doing",
        Done = "done",
        /// Given up: neither scope nor throughput.
        Cancelled = "cancelled",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ItemStatus")]
pub struct Status {
    pub id: StatusId,
    pub name: String,
    pub category: Category,
    /// Open, and asks for all that must be known before work begins.
    pub ready: bool,
    /// Doing, but items only wait in it, as for a review; so the flow efficiency counts it.
    pub waiting: bool,
}

/// A project's statuses in their order, and the steps of those kinds that are restricted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Workflow {
    pub statuses: Vec<Status>,
    /// Statuses whose columns are the second half of the one before.
    #[serde(default)]
    pub second_halves: Vec<StatusId>,
    pub transitions: BTreeMap<String, Vec<Step>>,
}

/// From a status to a status, each by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    pub from: StatusId,
    pub to: StatusId,
}

/// A status as someone wants it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewStatus")]
pub struct New {
    /// Of the status that this shall be from now on; absent for a new one.
    pub id: Option<StatusId>,
    /// One line without commas, unlike the others in any case.
    pub name: String,
    pub category: Category,
    /// Only open ones can be.
    #[serde(default)]
    pub ready: bool,
    /// Items only wait in it. Only those of the category doing can be marked so.
    #[serde(default)]
    pub waiting: bool,
}

/// A step by the names of its statuses.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewStep")]
pub struct NewStep {
    pub from: String,
    pub to: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewWorkflow")]
pub struct NewWorkflow {
    /// In their order; one that is missing is removed, if no item is in it.
    pub statuses: Vec<New>,
    /// The only steps that items of a kind may take. A kind that is missing may take every step.
    #[serde(default)]
    pub transitions: BTreeMap<Kind, Vec<NewStep>>,
    /// The statuses and steps as they were read. When they are others by now, nothing is changed, and the answer is 412.
    #[serde(default)]
    pub was: Option<Workflow>,
}

const MOST: usize = 50;
const MOST_STEPS: usize = 500;

/// What a backlog begins with.
const USUAL: [(&str, Category, bool); 6] = [
    ("Backlog", Category::Open, false),
    ("Ready", Category::Open, true),
    ("In progress", Category::Doing, false),
    ("In review", Category::Doing, false),
    ("Done", Category::Done, false),
    ("Cancelled", Category::Cancelled, false),
];

pub(crate) fn set_usual(tx: &mut Tx, backlog: BacklogId) -> Result<()> {
    for (place, (name, category, ready)) in (0_i64..).zip(USUAL) {
        let name = name.to_owned();
        store::add(tx, backlog, &New { id: None, name, category, ready, waiting: false }, place)?;
    }
    Ok(())
}

/// The backlog's statuses in their order. Checks no right.
pub fn all(tx: &mut Tx, backlog: BacklogId) -> Result<Vec<Status>> {
    store::all(tx, backlog)
}

/// Checks no right.
pub fn get(tx: &mut Tx, id: StatusId) -> Result<Status> {
    store::get(tx, id)
}

/// Whether work waits in it, which flow efficiency counts. Says nothing to the log: the caller does.
pub(crate) fn mark_waiting(tx: &mut Tx, id: StatusId, waiting: bool) -> Result<()> {
    store::mark_waiting(tx, id, waiting)
}

/// Where items begin: the first open status.
pub(crate) fn first(tx: &mut Tx, backlog: BacklogId) -> Result<Status> {
    of_category(tx, backlog, Category::Open)?.ok_or_else(|| internal("a backlog has no open status"))
}

/// The backlog's first status of the category, if there is one.
pub(crate) fn of_category(tx: &mut Tx, backlog: BacklogId, category: Category) -> Result<Option<Status>> {
    Ok(store::all(tx, backlog)?.into_iter().find(|status| status.category == category))
}

/// The status that is meant by a name, in any case, or by an id.
pub fn named(statuses: &[Status], field: &str, word: &str) -> Result<Status> {
    let folded = fold(word);
    let meant = |status: &&Status| fold(&status.name) == folded || status.id.to_string() == folded;
    let found = statuses.iter().find(meant);
    found.cloned().ok_or_else(|| {
        if statuses.is_empty() {
            return invalid(
                field,
                "names no status; this project has none yet. Its board or its first item makes them",
            );
        }
        let names: Vec<&str> = statuses.iter().map(|status| status.name.as_str()).collect();
        invalid(field, format!("must be one of {}", names.join(", ")))
    })
}

/// Whether items of the kind may step there, and if not, where they may.
pub(crate) fn check_step(tx: &mut Tx, backlog: BacklogId, kind: Kind, from: &Status, to: &Status) -> Result<()> {
    let steps = store::steps(tx, backlog, Some(kind))?;
    if steps.is_empty() || steps.iter().any(|(_, step)| (step.from, step.to) == (from.id, to.id)) {
        return Ok(());
    }
    let all = store::all(tx, backlog)?;
    let onwards = steps.iter().filter(|(_, step)| step.from == from.id);
    let names: Vec<&str> =
        onwards.filter_map(|(_, step)| all.iter().find(|s| s.id == step.to)).map(|s| s.name.as_str()).collect();
    let may = if names.is_empty() { "nowhere".to_owned() } else { format!("to {}", names.join(", ")) };
    let why = format!("From {} {} may go {may}, not to {}.", from.name, kind.phrase(), to.name);
    Err(conflict(why).with("allowed", json!(names)))
}

/// Whether the steps of the kind are set.
pub(crate) fn has_steps(tx: &mut Tx, backlog: BacklogId, kind: Kind) -> Result<bool> {
    Ok(!store::steps(tx, backlog, Some(kind))?.is_empty())
}

/// An item of a kind whose steps are set begins in the first status; refused where that is none of these.
/// `then` says what to do, given that status.
pub(crate) fn check_begin(
    tx: &mut Tx,
    backlog: BacklogId,
    kind: Kind,
    at: &Status,
    then: impl Fn(&Status) -> String,
) -> Result<()> {
    if !has_steps(tx, backlog, kind)? {
        return Ok(());
    }
    let first = first(tx, backlog)?;
    if at.id == first.id {
        return Ok(());
    }
    let what = item::capital(&kind.phrase());
    let why = format!("{what} begins in {}, not in {}, as its steps are set. {}", first.name, at.name, then(&first));
    Err(conflict(why).with("allowed", json!([first.name])))
}

pub fn show(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Workflow> {
    match backlog::find(tx, actor, Right::Read, key)?.1 {
        Some(backlog) => workflow(tx, backlog.id),
        None => Ok(Workflow { statuses: Vec::new(), second_halves: Vec::new(), transitions: BTreeMap::new() }),
    }
}

fn workflow(tx: &mut Tx, backlog: BacklogId) -> Result<Workflow> {
    let statuses = store::all(tx, backlog)?;
    let second_halves = board::half::all(tx, backlog)?;
    let mut transitions: BTreeMap<String, Vec<Step>> = BTreeMap::new();
    for (kind, step) in store::steps(tx, backlog, None)? {
        transitions.entry(kind.to_string()).or_default().push(step);
    }
    Ok(Workflow { statuses, second_halves, transitions })
}

/// Gives the project these statuses and steps. Items keep their statuses; one that holds items
/// cannot be removed, nor can its category change, as the figures would change with it.
pub fn set(tx: &mut Tx, actor: &Actor, key: &str, wanted: &NewWorkflow) -> Result<Workflow> {
    let backlog = backlog::open(tx, actor, Right::Administer, key)?;
    check(&wanted.statuses)?;
    let before = workflow(tx, backlog.id)?;
    backlog::check_unchanged(wanted.was.as_ref(), &before)?;
    remove_missing(tx, &backlog, &before.statuses, &wanted.statuses)?;
    store::set_aside(tx, backlog.id)?;
    for (place, status) in (0_i64..).zip(&wanted.statuses) {
        write(tx, &backlog, &before.statuses, place, status)?;
    }
    let statuses = store::all(tx, backlog.id)?;
    board::half::settle(tx, actor, &backlog, &before.statuses)?;
    store::forget_steps(tx, backlog.id)?;
    for (kind, steps) in &wanted.transitions {
        set_steps(tx, &backlog, &statuses, *kind, steps)?;
    }
    let after = workflow(tx, backlog.id)?;
    if after != before {
        let body = json!({ "before": before, "after": after });
        let subject = format!("workflow:{}", backlog.project.key);
        tx.emit(actor.event("workflow.set", subject).project(&backlog.project.id).body(body))?;
        backlog.touch(tx);
    }
    Ok(after)
}

fn check(statuses: &[New]) -> Result<()> {
    if statuses.len() > MOST {
        return Err(invalid("statuses", format!("must be at most {MOST}")));
    }
    let mut seen = Vec::new();
    let mut kept = Vec::new();
    for (place, status) in statuses.iter().enumerate() {
        let field = format!("statuses[{place}].name");
        let folded = fold(&text::key(&field, &status.name, 60)?);
        if folded.contains(',') || folded.parse::<i64>().is_ok() {
            return Err(invalid(&field, "must be a name without commas, and no number"));
        }
        if seen.contains(&folded) {
            return Err(invalid(&field, "is there twice"));
        }
        seen.push(folded);
        if status.id.is_some() && kept.contains(&status.id) {
            return Err(invalid(&format!("statuses[{place}].id"), "is there twice"));
        }
        kept.push(status.id);
        if status.ready && status.category != Category::Open {
            return Err(invalid(&format!("statuses[{place}].ready"), "can be said of open statuses only"));
        }
        if status.waiting && status.category != Category::Doing {
            let why = "can be said only of statuses in which work is done; in open ones items wait anyway";
            return Err(invalid(&format!("statuses[{place}].waiting"), why));
        }
    }
    for needed in [Category::Open, Category::Done] {
        if !statuses.iter().any(|status| status.category == needed && !status.ready) {
            return Err(invalid("statuses", format!("must hold one of the category {needed} that is not ready")));
        }
    }
    Ok(())
}

fn remove_missing(tx: &mut Tx, backlog: &Backlog, before: &[Status], wanted: &[New]) -> Result<()> {
    for status in before {
        if wanted.iter().any(|kept| kept.id == Some(status.id)) {
            continue;
        }
        let held = store::held(tx, status.id)?;
        if held > 0 {
            let are = if held == 1 { "1 item is".to_owned() } else { format!("{held} items are") };
            let why = format!("{are} in {}, those in the trash included. Move them first.", status.name);
            return Err(conflict(why).with("items", held));
        }
        limit::check_unnamed(tx, backlog, status.id, &status.name)?;
        board::forget(tx, status.id)?;
        store::remove(tx, backlog.id, status.id)?;
    }
    Ok(())
}

fn write(tx: &mut Tx, backlog: &Backlog, before: &[Status], place: i64, wanted: &New) -> Result<()> {
    let wanted = &New { name: text::key("name", &wanted.name, 60)?, ..wanted.clone() };
    let Some(id) = wanted.id else { return store::add(tx, backlog.id, wanted, place) };
    let field = format!("statuses[{place}].id");
    let old = before.iter().find(|status| status.id == id).ok_or_else(|| invalid(&field, "is no status here"))?;
    if old.category != wanted.category && store::held(tx, id)? > 0 {
        return Err(conflict(format!("Items are in {}, so it stays {}. Move them first.", old.name, old.category)));
    }
    if wanted.ready && !old.ready {
        story::check_all_ready(tx, old)?;
    }
    store::update(tx, id, wanted, place)
}

fn set_steps(tx: &mut Tx, backlog: &Backlog, statuses: &[Status], kind: Kind, steps: &[NewStep]) -> Result<()> {
    if steps.is_empty() || steps.len() > MOST_STEPS {
        let why = format!("must be 1 to {MOST_STEPS} steps; leave the kind away to allow all");
        return Err(invalid(&format!("transitions.{kind}"), why));
    }
    for (place, step) in steps.iter().enumerate() {
        let field = format!("transitions.{kind}[{place}]");
        let from = named(statuses, &format!("{field}.from"), &step.from)?;
        let to = named(statuses, &format!("{field}.to"), &step.to)?;
        store::add_step(tx, backlog.id, kind, Step { from: from.id, to: to.id })?;
    }
    Ok(())
}

fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}
