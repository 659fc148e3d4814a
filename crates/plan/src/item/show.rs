//! An item as lists and its page show it.

use std::collections::{BTreeMap, HashMap};

use base::{Day, ExperimentId, ItemId, ProjectId, Result, SprintId, StatusId, TeamId, Time};
use db::Tx;
use people::{Actor, Can, Person, Right, project};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::{Class, Domain, DoneProfile, Item, Kind, Priority, Sentence, act, person::Faces, store};
use crate::{
    custom_field, hypothesis, spike,
    status::{self, Category, Status},
    story,
};

/// An item in a list or on a board.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ItemLine")]
pub struct Line {
    pub id: ItemId,
    pub key: String,
    /// The project's key.
    pub project: String,
    pub kind: Kind,
    pub title: String,
    pub status: Status,
    /// Sorts by bytes as the items of the project are ranked.
    pub rank: String,
    pub estimate: Option<f64>,
    pub assignee: Option<Person>,
    pub trade: Option<String>,
    pub priority: Priority,
    pub labels: Vec<String>,
    pub parent: Option<Brief>,
    /// The part of its parent that one trade does.
    pub component: bool,
    pub sprint: Option<SprintId>,
    pub team: Option<TeamId>,
    pub due: Option<Day>,
    pub domain: Option<Domain>,
    pub class: Class,
    pub done_profile: Option<DoneProfile>,
    pub blocked: Option<Blocked>,
    pub experiment: Option<ExperimentId>,
    /// When it came into its status.
    pub status_at: Time,
    /// When work on it first began.
    pub started_at: Option<Time>,
    pub done_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
    /// Lies in the trash.
    pub deleted: bool,
    /// Send it back in `If-Match` with a change.
    pub version: i64,
    /// Verbs: edit, comment.
    pub can: Can,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Blocked {
    pub reason: String,
    pub since: Option<Time>,
}

/// Another item, as much of it as one needs to recognise it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ItemBrief")]
pub struct Brief {
    pub id: ItemId,
    pub key: String,
    pub kind: Kind,
    pub title: String,
    pub status: Status,
    pub deleted: bool,
}

/// An item as its page shows it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Item")]
pub struct Shown {
    #[serde(flatten)]
    pub line: Line,
    /// Markdown as written.
    pub description: String,
    pub acceptance: Vec<String>,
    pub story: Option<Sentence>,
    /// The story's parts as one sentence.
    pub sentence: Option<String>,
    pub contract: Option<String>,
    pub created_by: Person,
    /// Custom fields of the project that hold something, by name.
    #[schemars(with = "BTreeMap<String, Json>")]
    pub custom: BTreeMap<String, Json>,
    /// The question of a spike.
    pub spike: Option<spike::Shown>,
    /// The experiment that a hypothesis is.
    pub bet: Option<lab::experiment::Shown>,
    /// Of a split story: what each component lacks before the story is ready.
    pub lacks: Vec<Lack>,
    /// By rank.
    pub children: Vec<Line>,
    /// What the children's estimates come to; null while none is estimated.
    pub children_estimate: Option<f64>,
    pub watchers: Vec<Person>,
    /// The caller is one of them.
    pub watching: bool,
    /// Null, or why the caller cannot take the last change back.
    pub undo: Option<String>,
}

/// An item that came out of the trash.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "RestoredItem")]
pub struct Restored {
    #[serde(flatten)]
    pub item: Shown,
    /// The status where it should have come, when that is full; it came into the first open one with room.
    pub full: Option<String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ComponentLack")]
pub struct Lack {
    pub item: String,
    /// Of owner, estimate, done profile.
    pub missing: Vec<&'static str>,
}

/// What is the same for many lines, looked up once.
#[derive(Default)]
struct Known {
    people: Faces,
    statuses: HashMap<StatusId, Status>,
    projects: HashMap<ProjectId, (String, Option<String>, Option<String>)>,
    readable: HashMap<ProjectId, bool>,
}

pub fn line(tx: &mut Tx, actor: &Actor, item: &Item) -> Result<Line> {
    Ok(lines(tx, actor, std::slice::from_ref(item))?.remove(0))
}

/// The items as a list shows them. The caller has checked that the actor may look at them.
pub fn lines(tx: &mut Tx, actor: &Actor, items: &[Item]) -> Result<Vec<Line>> {
    let mut known = Known::default();
    let ids: Vec<ItemId> = items.iter().map(|item| item.id).collect();
    let mut labels = store::labels_of(tx, &ids)?;
    let mut above: Vec<ItemId> = items.iter().filter_map(|item| item.face.parent).collect();
    above.sort();
    above.dedup();
    let parents: HashMap<ItemId, Item> = store::some(tx, &above)?.into_iter().map(|item| (item.id, item)).collect();
    let mut lines = Vec::with_capacity(items.len());
    for item in items {
        let labels = labels.remove(&item.id).unwrap_or_default();
        let parent = item.face.parent.and_then(|id| parents.get(&id));
        lines.push(known.line(tx, actor, item, labels, parent)?);
    }
    Ok(lines)
}

impl Known {
    fn line(
        &mut self,
        tx: &mut Tx,
        actor: &Actor,
        item: &Item,
        labels: Vec<String>,
        parent: Option<&Item>,
    ) -> Result<Line> {
        let face = &item.face;
        let parent = match parent {
            Some(parent) if self.may_read(tx, actor, &parent.project)? => Some(self.brief(tx, parent)?),
            _ => None,
        };
        let (project, cannot_edit, cannot_comment) = self.project(tx, actor, &item.project)?;
        let trashed = item.deleted_at.map(|_| "It lies in the trash. Restore it first.".to_owned());
        let locked = spike::why_locked(tx, item)?;
        let can = Can::new()
            .with("edit", cannot_edit.or_else(|| trashed.clone()).or(locked))
            .with("comment", cannot_comment.or(trashed));
        Ok(Line {
            id: item.id,
            key: item.key.clone(),
            project,
            kind: face.kind,
            title: face.title.clone(),
            status: self.status(tx, item)?,
            rank: face.rank.clone(),
            estimate: face.estimate,
            assignee: face.assignee.as_ref().map(|id| self.people.of(tx, id)).transpose()?,
            trade: face.trade.clone(),
            priority: face.priority,
            labels,
            parent,
            component: face.is_component(),
            sprint: face.sprint,
            team: face.team.clone(),
            due: face.due.clone(),
            domain: face.domain,
            class: face.class,
            done_profile: face.done_profile,
            blocked: face.blocked.clone().map(|reason| Blocked { reason, since: item.blocked_at }),
            experiment: item.experiment,
            status_at: item.status_at,
            started_at: item.started_at,
            done_at: item.done_at,
            created_at: item.created_at,
            updated_at: item.updated_at,
            deleted: item.deleted_at.is_some(),
            version: item.version,
            can,
        })
    }

    fn brief(&mut self, tx: &mut Tx, item: &Item) -> Result<Brief> {
        let Item { id, key, .. } = item.clone();
        let status = self.status(tx, item)?;
        Ok(Brief {
            id,
            key,
            kind: item.face.kind,
            title: item.face.title.clone(),
            status,
            deleted: item.deleted_at.is_some(),
        })
    }

    fn status(&mut self, tx: &mut Tx, item: &Item) -> Result<Status> {
        let id = item.face.status;
        if let Some(known) = self.statuses.get(&id) {
            return Ok(known.clone());
        }
        let status = status::get(tx, id)?;
        self.statuses.insert(id, status.clone());
        Ok(status)
    }

    /// The project's key, and why the actor may not edit and not comment there.
    fn project(
        &mut self,
        tx: &mut Tx,
        actor: &Actor,
        id: &ProjectId,
    ) -> Result<(String, Option<String>, Option<String>)> {
        if let Some(known) = self.projects.get(id) {
            return Ok(known.clone());
        }
        let key = project::get(tx, id)?.key;
        let edit = people::may(tx, actor, Right::Plan, id)?;
        let comment = people::may(tx, actor, Right::Decide, id)?;
        self.projects.insert(id.clone(), (key.clone(), edit.clone(), comment.clone()));
        Ok((key, edit, comment))
    }

    fn may_read(&mut self, tx: &mut Tx, actor: &Actor, id: &ProjectId) -> Result<bool> {
        if let Some(may) = self.readable.get(id) {
            return Ok(*may);
        }
        let may = people::may(tx, actor, Right::Read, id)?.is_none();
        self.readable.insert(id.clone(), may);
        Ok(may)
    }
}

/// Items of which those are left away that the actor may not look at.
pub fn briefs(tx: &mut Tx, actor: &Actor, ids: &[ItemId]) -> Result<HashMap<ItemId, Brief>> {
    let mut known = Known::default();
    let mut briefs = HashMap::new();
    for item in store::some(tx, ids)? {
        if known.may_read(tx, actor, &item.project)? {
            briefs.insert(item.id, known.brief(tx, &item)?);
        }
    }
    Ok(briefs)
}

/// The item as its page shows it. The caller has checked that the actor may look.
pub fn show(tx: &mut Tx, actor: &Actor, item: &Item) -> Result<Shown> {
    let detail = store::detail(tx, item.id)?;
    let mut people = Faces::default();
    let watching = store::watchers(tx, item.id)?;
    let below = store::children(tx, item.id)?;
    let below = visible(tx, actor, below)?;
    let children = lines(tx, actor, &below)?;
    let counted = children.iter().filter(|child| child.status.category != Category::Cancelled);
    let lacks = story::missing(tx, item)?.into_iter();
    let undo = act::undoable(tx, actor, item).err().map(|refusal| refusal.detail().to_owned());
    Ok(Shown {
        line: line(tx, actor, item)?,
        description: detail.description,
        acceptance: detail.acceptance,
        sentence: detail.story.as_ref().map(Sentence::read_out),
        story: detail.story,
        contract: detail.contract,
        custom: custom_field::show(tx, item.backlog, &detail.custom)?,
        spike: spike::show(tx, item.id)?,
        bet: hypothesis::show(tx, actor, item)?,
        lacks: lacks.map(|(item, missing)| Lack { item, missing }).collect(),
        created_by: people.of(tx, &item.created_by)?,
        children_estimate: counted.filter_map(|child| child.estimate).reduce(|sum, estimate| sum + estimate),
        children,
        watching: watching.contains(&actor.user),
        watchers: watching.iter().map(|id| people.of(tx, id)).collect::<Result<_>>()?,
        undo,
    })
}

fn visible(tx: &mut Tx, actor: &Actor, items: Vec<Item>) -> Result<Vec<Item>> {
    let mut known = Known::default();
    let mut seen = Vec::new();
    for item in items {
        if known.may_read(tx, actor, &item.project)? {
            seen.push(item);
        }
    }
    Ok(seen)
}

impl Sentence {
    /// "As a marketing analyst, I want to see a risk score so I can intervene."
    fn read_out(&self) -> String {
        let article = if self.who.starts_with(|c: char| "aeiouAEIOU".contains(c)) { "an" } else { "a" };
        let benefit = self.benefit.trim_end_matches('.');
        format!("As {article} {}, I want {} so {benefit}.", self.who, self.want)
    }
}
