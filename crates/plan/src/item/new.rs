//! New items, one by one or as pasted lines.

use std::collections::BTreeMap;

use base::{
    Day, ItemId, Result, SprintId, TeamId,
    refuse::{conflict, invalid},
    text,
};
use db::Tx;
use people::{Actor, Right};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{
    Change, Class, Content, Detail, Domain, DoneProfile, Face, Item, Kind, Priority, Sentence, act, change, flow, get,
    history, kin, person, place, store, touch,
};
use crate::{
    backlog::{self, Backlog},
    checklist, custom_field, hypothesis, measure, spike, sprint, status, template,
};

/// An item as someone wants it. What is absent is as the kind's template has it, or empty.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewItem")]
pub struct New {
    /// One line, up to 300 characters.
    pub title: String,
    /// Absent: a task.
    pub kind: Option<Kind>,
    /// The name or the id of a status of the project; absent: the first open one.
    pub status: Option<String>,
    /// The key of the item that it shall come after; absent: at the end of the backlog.
    pub after: Option<String>,
    pub estimate: Option<f64>,
    /// A member's e-mail address or id, or `me`.
    pub assignee: Option<String>,
    pub trade: Option<String>,
    pub priority: Option<Priority>,
    #[serde(default)]
    pub labels: Vec<String>,
    /// The key of an item of a greater level.
    pub parent: Option<String>,
    /// The id of a sprint of the project that is not closed.
    pub sprint: Option<SprintId>,
    pub team: Option<TeamId>,
    pub due: Option<Day>,
    pub domain: Option<Domain>,
    pub class: Option<Class>,
    pub done_profile: Option<DoneProfile>,
    /// Markdown.
    pub description: Option<String>,
    pub acceptance: Option<Vec<String>>,
    pub story: Option<Sentence>,
    pub contract: Option<String>,
    /// Custom fields of the project, by name.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Json>")]
    pub custom: BTreeMap<String, Json>,
    /// Of a spike, which must have one: its question and time box.
    pub spike: Option<spike::New>,
    /// Of a hypothesis, which must have one: its bet, or the experiment that it is.
    pub hypothesis: Option<hypothesis::New>,
}

impl New {
    fn as_change(&self) -> Change {
        let new = self.clone();
        Change {
            kind: new.kind,
            title: Some(new.title),
            status: new.status,
            estimate: Some(new.estimate),
            assignee: Some(new.assignee),
            trade: Some(new.trade),
            priority: new.priority,
            labels: Some(new.labels),
            parent: Some(new.parent),
            sprint: Some(new.sprint),
            team: Some(new.team),
            due: Some(new.due),
            domain: Some(new.domain),
            class: new.class,
            done_profile: Some(new.done_profile),
            blocked: None,
            description: new.description,
            acceptance: new.acceptance,
            story: Some(new.story),
            contract: Some(new.contract),
            custom: Some(new.custom),
        }
    }
}

/// Makes an item in the project.
pub fn create(tx: &mut Tx, actor: &Actor, key: &str, new: &New) -> Result<Item> {
    let backlog = backlog::open(tx, actor, Right::Plan, key)?;
    add(tx, actor, &backlog, new)
}

/// Makes an item. The caller has checked the right.
fn add(tx: &mut Tx, actor: &Actor, backlog: &Backlog, new: &New) -> Result<Item> {
    add_as(tx, actor, backlog, new, None)
}

/// Makes the part of the story that one trade does; `new` lies under it. The caller has checked the right.
pub(crate) fn add_component(tx: &mut Tx, actor: &Actor, backlog: &Backlog, story: &Item, new: &New) -> Result<Item> {
    add_as(tx, actor, backlog, new, Some(story.id))
}

fn add_as(tx: &mut Tx, actor: &Actor, backlog: &Backlog, new: &New, component_of: Option<ItemId>) -> Result<Item> {
    let template = template::of(tx, backlog.id, new.kind.unwrap_or(Kind::Task))?;
    let mut item = blank(tx, actor, backlog, new)?;
    let detail = Detail { description: template.description, acceptance: template.acceptance, ..Detail::default() };
    let mut wanted = Content { face: item.face.clone(), detail, labels: Vec::new() };
    change::lay_over(tx, actor, &item, &mut wanted, &new.as_change())?;
    wanted.face.component_of = component_of;
    item.face = wanted.face.clone();
    kin::check(tx, actor, None, &item.face)?;
    flow::check_sprint(tx, &item)?;
    if let Some(team) = &item.face.team {
        change::check_team(tx, actor, &item.project, team)?;
    }
    if let Some(assignee) = &item.face.assignee {
        person::check_works(tx, &item.project, assignee)?;
    }
    item.experiment = hypothesis::begin(tx, actor, &item, new.hypothesis.as_ref())?;
    flow::admit(tx, actor, flow::Way::Made, &mut item, &wanted.labels)?;
    let status = status::get(tx, item.face.status)?;
    flow::note_times(tx, &status, &mut item);
    let number = backlog::number(tx, backlog.id)?;
    item.key = format!("{}-{number}", backlog.project.key);
    item.id = store::insert(tx, &item, number)
        .map_err(|e| e.on("item_experiment", || conflict("This experiment is an item already.")))?;
    measure::follow(tx, None, &item)?;
    sprint::follow(tx, None, &item)?;
    spike::begin(tx, &item, new.spike.as_ref())?;
    for line in &template.checklist {
        checklist::append(tx, &item, line)?;
    }
    store::set_detail(tx, item.id, &wanted.detail)?;
    store::set_labels(tx, backlog.id, item.id, &wanted.labels)?;
    for watcher in std::iter::once(&actor.user).chain(&item.face.assignee) {
        store::watch(tx, item.id, watcher)?;
    }
    let mut body = json!({ "key": item.key, "after": wanted, "to": act::said(tx, item.face.status)? });
    if !wanted.detail.custom.is_empty() {
        body[history::CUSTOM_NAMES] = json!(custom_field::names(tx, wanted.detail.custom.keys())?);
    }
    tx.emit(actor.event("item.created", item.subject()).project(&item.project).body(body))?;
    touch(tx, &item)?;
    get(tx, item.id)
}

fn blank(tx: &mut Tx, actor: &Actor, backlog: &Backlog, new: &New) -> Result<Item> {
    let now = tx.now();
    let status = status::first(tx, backlog.id)?.id;
    let rank = match &new.after {
        Some(key) => place::rank_after(tx, actor, backlog.id, key)?,
        None => place::rank_last(tx, backlog.id)?,
    };
    let face = Face {
        kind: Kind::Task,
        title: String::new(),
        status,
        rank,
        estimate: None,
        assignee: None,
        trade: None,
        priority: Priority::None,
        parent: None,
        component_of: None,
        sprint: None,
        team: None,
        due: None,
        domain: None,
        class: Class::Standard,
        done_profile: None,
        blocked: None,
    };
    Ok(Item {
        id: ItemId(0),
        backlog: backlog.id,
        project: backlog.project.id.clone(),
        key: String::new(),
        face,
        experiment: None,
        blocked_at: None,
        status_at: now,
        started_at: None,
        done_at: None,
        created_at: now,
        created_by: actor.user.clone(),
        updated_at: now,
        deleted_at: None,
        version: 1,
    })
}

/// Lines of one paste at most.
const MOST_LINES: usize = 500;

/// Makes an item of each line that is not empty, all or none, with what the other fields say for all.
/// Marks of lists before a line (`-`, `*`, `[ ]`) are left away.
pub fn batch(tx: &mut Tx, actor: &Actor, key: &str, lines: &str, for_all: &New) -> Result<Vec<Item>> {
    let backlog = backlog::open(tx, actor, Right::Plan, key)?;
    let titles: Vec<(usize, &str)> =
        lines.lines().map(unmarked).enumerate().filter(|(_, title)| !title.is_empty()).collect();
    if titles.is_empty() || titles.len() > MOST_LINES {
        return Err(invalid("lines", format!("must hold 1 to {MOST_LINES} lines with text")));
    }
    let mut made: Vec<Item> = Vec::with_capacity(titles.len());
    for (place, title) in titles {
        let title = text::line(&format!("lines[{place}]"), title, change::LONGEST_TITLE)?;
        let after = made.last().map(|last| last.key.clone()).or_else(|| for_all.after.clone());
        let after = after.filter(|_| for_all.after.is_some());
        made.push(add(tx, actor, &backlog, &New { title, after, ..for_all.clone() })?);
    }
    Ok(made)
}

/// Without the mark that a list or a heading begins its lines with, as `-`, `2.`, `2)`, `##` and `[ ]`.
fn unmarked(line: &str) -> &str {
    let line = line.trim();
    let numbered = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = [
        line.strip_prefix(['-', '*', '•']),
        numbered.strip_prefix(['.', ')']).filter(|_| numbered.len() < line.len()),
        Some(line.trim_start_matches('#')).filter(|rest| rest.len() < line.len()),
    ];
    let marked = rest.into_iter().flatten().find(|rest| rest.starts_with(' '));
    let line = marked.unwrap_or(line).trim();
    ["[ ]", "[x]", "[X]"].iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line).trim()
}

#[cfg(test)]
mod tests {
    #[test]
    fn marks_of_lists_are_left_away() {
        let plain = ["- Join", "* [ ] Join", "• Join", "1. Join", "12) Join", "## Join", "[x] Join", "  Join "];
        assert!(plain.iter().all(|line| super::unmarked(line) == "Join"));
        for kept in ["-5 degrees", "3.5 GPUs", "2 teams join", "#42 again", "1.", "…"] {
            assert_eq!(super::unmarked(kept), kept);
        }
    }
}
