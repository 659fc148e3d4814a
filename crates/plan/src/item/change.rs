//! What people ask to be changed, checked and laid over what there is.

use std::collections::BTreeMap;

use base::{
    Day, ItemId, ProjectId, Result, SprintId, TeamId,
    refuse::{internal, invalid, stale},
    text,
};
use db::Tx;
use people::{Actor, Right, door::present, project, team};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{
    Class, Content, Domain, DoneProfile, Face, Item, Kind, Priority, Sentence, by_key, check_alive, content, find,
    person, put, show,
};
use crate::{backlog::allow, custom_field, status};

/// Characters of a description, a contract or a comment.
pub(crate) const LONGEST_TEXT: usize = 100_000;
pub(super) const LONGEST_TITLE: usize = 300;
const LONGEST_LINE: usize = 2_000;
const MOST_CRITERIA: usize = 100;
const MOST_LABELS: usize = 30;
const LARGEST_ESTIMATE: f64 = 1_000.0;

/// What is absent stays. What can be empty is taken away by null.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ItemChange")]
pub struct Change {
    pub kind: Option<Kind>,
    /// One line, up to 300 characters.
    pub title: Option<String>,
    /// The name or the id of a status of the project.
    pub status: Option<String>,
    /// 0 to 1,000; fractions are fine.
    #[serde(default, deserialize_with = "present")]
    pub estimate: Option<Option<f64>>,
    /// A member's e-mail address or id, or `me`.
    #[serde(default, deserialize_with = "present")]
    pub assignee: Option<Option<String>>,
    /// Whose work it is, a word like `data_scientist`.
    #[serde(default, deserialize_with = "present")]
    pub trade: Option<Option<String>>,
    pub priority: Option<Priority>,
    /// All of them; a name that is new makes a new label.
    pub labels: Option<Vec<String>>,
    /// The key of an item of a greater level.
    #[serde(default, deserialize_with = "present")]
    pub parent: Option<Option<String>>,
    /// The id of a sprint of the project that is not closed.
    #[serde(default, deserialize_with = "present")]
    pub sprint: Option<Option<SprintId>>,
    #[serde(default, deserialize_with = "present")]
    pub team: Option<Option<TeamId>>,
    #[serde(default, deserialize_with = "present")]
    pub due: Option<Option<Day>>,
    #[serde(default, deserialize_with = "present")]
    pub domain: Option<Option<Domain>>,
    pub class: Option<Class>,
    #[serde(default, deserialize_with = "present")]
    pub done_profile: Option<Option<DoneProfile>>,
    /// Why nobody can go on with it; null when they can again.
    #[serde(default, deserialize_with = "present")]
    pub blocked: Option<Option<String>>,
    /// Markdown.
    pub description: Option<String>,
    pub acceptance: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    pub story: Option<Option<Sentence>>,
    /// Markdown: the agreed shape at the item's boundary.
    #[serde(default, deserialize_with = "present")]
    pub contract: Option<Option<String>>,
    /// Custom fields of the project, by name; null empties one, one that is missing stays.
    #[schemars(with = "Option<BTreeMap<String, Json>>")]
    pub custom: Option<BTreeMap<String, Json>>,
}

/// Changes the item. `version` is the one that the actor read; when it is another by now, the answer
/// shows the current values.
pub fn change(tx: &mut Tx, actor: &Actor, key: &str, version: i64, change: &Change) -> Result<Item> {
    let item = find(tx, actor, Right::Plan, key)?;
    if item.version != version {
        let current = show(tx, actor, &item)?;
        return Err(stale(serde_json::to_value(current).map_err(internal)?));
    }
    check_alive(&item)?;
    let mut wanted = content(tx, &item)?;
    lay_over(tx, actor, &item, &mut wanted, change)?;
    put(tx, actor, &item, wanted)
}

/// Lays the change over the content, whatever can be checked of it alone.
pub(super) fn lay_over(tx: &mut Tx, actor: &Actor, item: &Item, to: &mut Content, change: &Change) -> Result<()> {
    lay_over_face(tx, actor, item, &mut to.face, change)?;
    if let Some(description) = &change.description {
        to.detail.description = text::optional("description", description, LONGEST_TEXT)?;
    }
    if let Some(acceptance) = &change.acceptance {
        to.detail.acceptance = checked_lines("acceptance", acceptance)?;
    }
    if let Some(story) = &change.story {
        to.detail.story = story.as_ref().map(checked_story).transpose()?;
    }
    if let Some(contract) = &change.contract {
        to.detail.contract = filled("contract", contract.as_deref(), LONGEST_TEXT)?;
    }
    if let Some(custom) = &change.custom {
        custom_field::lay_over(tx, item.backlog, &mut to.detail.custom, custom)?;
    }
    if let Some(labels) = &change.labels {
        to.labels = checked_labels(labels)?;
    }
    if to.detail.story.is_some() && to.face.kind != Kind::Story {
        return Err(invalid("story", format!("belongs to stories; this is {}", to.face.kind.phrase())));
    }
    Ok(())
}

fn lay_over_face(tx: &mut Tx, actor: &Actor, item: &Item, face: &mut Face, change: &Change) -> Result<()> {
    if let Some(title) = &change.title {
        face.title = text::line("title", title, LONGEST_TITLE)?;
    }
    if let Some(status) = &change.status {
        face.status = status::named(&status::all(tx, item.backlog)?, "status", status)?.id;
    }
    if let Some(estimate) = change.estimate {
        face.estimate = estimate.map(checked_estimate).transpose()?;
    }
    if let Some(assignee) = &change.assignee {
        face.assignee = assignee.as_deref().map(|who| person::named(tx, actor, who)).transpose()?;
    }
    if let Some(trade) = &change.trade {
        face.trade = trade.as_deref().map(|trade| text::key("trade", trade, 60)).transpose()?;
    }
    if let Some(parent) = &change.parent {
        let parent = parent.as_deref().map(|key| parent_id(tx, actor, key)).transpose()?;
        face.parent = parent;
    }
    if let Some(team) = &change.team {
        face.team = team.clone();
    }
    if let Some(blocked) = &change.blocked {
        face.blocked = filled("blocked", blocked.as_deref(), LONGEST_LINE)?;
    }
    face.sprint = change.sprint.unwrap_or(face.sprint);
    face.kind = change.kind.unwrap_or(face.kind);
    face.priority = change.priority.unwrap_or(face.priority);
    face.class = change.class.unwrap_or(face.class);
    if let Some(due) = &change.due {
        due.as_ref().map_or(Ok(()), |day| day.check("due"))?;
        face.due = due.clone();
    }
    face.domain = change.domain.unwrap_or(face.domain);
    face.done_profile = change.done_profile.unwrap_or(face.done_profile);
    Ok(())
}

fn parent_id(tx: &mut Tx, actor: &Actor, key: &str) -> Result<ItemId> {
    let absent =
        || invalid("parent", format!("must be the key of an item; there is no {key}, or it is not yours to see"));
    let parent = by_key(tx, key)?.ok_or_else(absent)?;
    allow(tx, actor, Right::Read, &parent.project, "item").map_err(|_| absent())?;
    Ok(parent.id)
}

pub(super) fn check_team(tx: &mut Tx, actor: &Actor, project: &ProjectId, id: &TeamId) -> Result<()> {
    let key = project::get(tx, project)?.key;
    let known = team::list(tx, actor, &key)?.iter().any(|team| team.id == *id);
    if known { Ok(()) } else { Err(invalid("team", "must be the id of a team of this project")) }
}

fn checked_estimate(estimate: f64) -> Result<f64> {
    if (0.0..=LARGEST_ESTIMATE).contains(&estimate) {
        return Ok(estimate);
    }
    Err(invalid("estimate", format!("must be between 0 and {LARGEST_ESTIMATE}")))
}

/// Nothing where there is nothing to read.
fn filled(field: &str, said: Option<&str>, most: usize) -> Result<Option<String>> {
    let said = said.map(|said| text::filled(field, said, most)).transpose()?;
    Ok(said.filter(|said| !said.is_empty()))
}

pub(crate) fn checked_lines(field: &str, lines: &[String]) -> Result<Vec<String>> {
    if lines.len() > MOST_CRITERIA {
        return Err(invalid(field, format!("must be at most {MOST_CRITERIA}")));
    }
    let check = |(place, line): (usize, &String)| text::required(&format!("{field}[{place}]"), line, LONGEST_LINE);
    lines.iter().enumerate().map(check).collect()
}

fn checked_story(story: &Sentence) -> Result<Sentence> {
    let part = |name: &str, said: &str| text::line(&format!("story.{name}"), said, LONGEST_LINE);
    Ok(Sentence {
        who: part("who", &story.who)?,
        want: part("want", &story.want)?,
        benefit: part("benefit", &story.benefit)?,
    })
}

fn checked_labels(labels: &[String]) -> Result<Vec<String>> {
    if labels.len() > MOST_LABELS {
        return Err(invalid("labels", format!("must be at most {MOST_LABELS}")));
    }
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for (place, label) in labels.iter().enumerate() {
        let field = format!("labels[{place}]");
        let label = text::key(&field, label, 60)?;
        if label.contains(',') {
            return Err(invalid(&field, "must not contain a comma"));
        }
        names.entry(label.to_lowercase()).or_insert(label);
    }
    Ok(names.into_values().collect())
}
