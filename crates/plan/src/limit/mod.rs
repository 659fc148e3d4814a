//! A limit says how many items may be begun at once: in one lane of the board (all of a kind, of a
//! person, under a story, …), for each person alike, or on a resource of which there are so many (three
//! GPUs). It holds across the columns that it names, beside the columns' own limits, and whatever way
//! an item comes under it: by its status, its assignee, its labels, or out of the trash.
//!
//! A limit that is lowered expels nobody, and whoever may overrule does so with a reason, as for a column.

pub(crate) mod check;
pub(crate) mod http;
mod store;
#[cfg(test)]
mod tests;

use base::{
    Result, StatusId, UserId,
    refuse::{conflict, invalid},
    text, words,
};
use db::Tx;
use people::{Actor, Person, Right};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    backlog::{self, Backlog},
    item::{self, Brief, Class, Faces, Kind, Priority},
    status,
};

words! {
    /// Whose items a limit counts together.
    Per {
        /// Those of one lane.
        Lane = "lane",
        /// Each person's by themselves; what nobody has is not counted.
        Person = "person",
        /// All in the statuses: each takes one piece of the resource.
        Pool = "pool",
    }
}

words! {
    /// What the items of a lane have in common.
    LaneField {
        Assignee = "assignee",
        Parent = "parent",
        Kind = "kind",
        Trade = "trade",
        Label = "label",
        Class = "class",
        Priority = "priority",
    }
}

/// A limit as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Limit {
    pub id: i64,
    pub name: String,
    pub per: Per,
    pub field: Option<LaneField>,
    /// Of a person or an item: the id.
    pub value: Option<String>,
    pub most: i64,
    pub statuses: Vec<StatusId>,
}

/// A limit as people read it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "BoardLimit")]
pub struct Shown {
    pub id: i64,
    pub name: String,
    pub per: Per,
    /// Of a lane: what its items have in common.
    pub field: Option<LaneField>,
    /// Of a lane: an e-mail address, an item's key, or the word; null when the item is gone or not to be seen.
    pub value: Option<String>,
    /// Items that may be begun at once.
    pub most: i64,
    /// In which an item counts; empty: all in which work is done.
    pub statuses: Vec<StatusId>,
    /// How many are under it now; of a limit for each person, those of all.
    pub count: usize,
    /// Who they are, by rank: the first 100.
    pub occupants: Vec<Brief>,
    /// Of a limit for each person: how many each has.
    pub people: Vec<Held>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "BoardLimitHeld")]
pub struct Held {
    pub person: Person,
    pub count: i64,
}

/// A limit as someone wants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewBoardLimit")]
pub struct New {
    /// Of the limit that this shall be from now on; absent for a new one.
    pub id: Option<i64>,
    pub name: String,
    pub per: Per,
    /// Of a lane, with the value.
    pub field: Option<LaneField>,
    /// A member's e-mail address, an item's key, a kind, a trade, a label, a class of service or a priority.
    pub value: Option<String>,
    /// 1 to 1,000.
    pub most: i64,
    /// Ids of statuses; absent or empty: all in which work is done.
    #[serde(default)]
    pub statuses: Vec<StatusId>,
}

impl From<Shown> for New {
    fn from(shown: Shown) -> Self {
        let Shown { id, name, per, field, value, most, statuses, .. } = shown;
        Self { id: Some(id), name, per, field, value, most, statuses }
    }
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewBoardLimits")]
pub struct NewLimits {
    /// In their order. One that is missing is taken away.
    pub limits: Vec<New>,
    /// The limits as they were read. When others are there by now, nothing is changed, and the answer is 412.
    #[serde(default)]
    pub was: Option<Vec<New>>,
}

const MOST: usize = 50;
const LARGEST: i64 = 1_000;

pub fn list(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Vec<Shown>> {
    match backlog::find(tx, actor, Right::Read, key)?.1 {
        Some(backlog) => shown(tx, actor, &backlog),
        None => Ok(Vec::new()),
    }
}

/// Gives the project these limits.
pub fn set(tx: &mut Tx, actor: &Actor, key: &str, wanted: &NewLimits) -> Result<Vec<Shown>> {
    let backlog = backlog::open(tx, actor, Right::Administer, key)?;
    if wanted.was.is_some() {
        let is = shown(tx, actor, &backlog)?.into_iter().map(New::from).collect();
        backlog::check_unchanged(wanted.was.as_ref(), &is)?;
    }
    let before = store::all(tx, backlog.id)?;
    let checked = checked(tx, actor, &backlog, &before, &wanted.limits)?;
    for gone in before.iter().filter(|limit| !checked.iter().any(|kept| kept.id == limit.id)) {
        store::remove(tx, gone.id)?;
    }
    for (place, limit) in (0_i64..).zip(&checked) {
        store::put(tx, backlog.id, limit, place)?;
    }
    let after = store::all(tx, backlog.id)?;
    if after != before {
        let subject = format!("limits:{}", backlog.project.key);
        let body = json!({ "before": before, "after": after });
        tx.emit(actor.event("limits.set", subject).project(&backlog.project.id).body(body))?;
        backlog.touch(tx);
    }
    shown(tx, actor, &backlog)
}

fn checked(tx: &mut Tx, actor: &Actor, backlog: &Backlog, before: &[Limit], wanted: &[New]) -> Result<Vec<Limit>> {
    if wanted.len() > MOST {
        return Err(invalid("limits", format!("must be at most {MOST}")));
    }
    let statuses: Vec<StatusId> = status::all(tx, backlog.id)?.into_iter().map(|status| status.id).collect();
    let mut limits: Vec<Limit> = Vec::new();
    for (place, new) in wanted.iter().enumerate() {
        let at = |part: &str| format!("limits[{place}].{part}");
        let name = text::key(&at("name"), &new.name, 60)?;
        if limits.iter().any(|other| other.name.to_lowercase() == name.to_lowercase()) {
            return Err(invalid(&at("name"), "is there twice"));
        }
        if new.id.is_some_and(|id| !before.iter().any(|old| old.id == id)) {
            return Err(invalid(&at("id"), "is no limit here"));
        }
        if new.id.is_some_and(|id| limits.iter().any(|other| other.id == id)) {
            return Err(invalid(&at("id"), "is there twice"));
        }
        if !(1..=LARGEST).contains(&new.most) {
            return Err(invalid(&at("most"), format!("must be between 1 and {LARGEST}")));
        }
        if let Some(place) =
            (1..new.statuses.len()).find(|place| new.statuses[..*place].contains(&new.statuses[*place]))
        {
            return Err(invalid(&at("statuses"), format!("hold {} twice", new.statuses[place])));
        }
        if let Some(strange) = new.statuses.iter().find(|id| !statuses.contains(id)) {
            return Err(invalid(&at("statuses"), format!("hold {strange}, which is no status here")));
        }
        let lane = match (new.per, new.field, &new.value) {
            (Per::Lane, Some(field), Some(value)) => {
                // What was chosen once stays, also when somebody has left since.
                let old = before.iter().find(|old| new.id == Some(old.id) && old.field == Some(field));
                let known = old.map(|old| shown_value(tx, actor, old)).transpose()?.flatten();
                let kept = old.filter(|_| known.as_ref() == Some(value)).and_then(|old| old.value.clone());
                Some((field, kept.map_or_else(|| lane_value(tx, actor, backlog, &at("value"), field, value), Ok)?))
            }
            (Per::Lane, Some(field), None) => {
                let old = before.iter().find(|old| new.id == Some(old.id) && old.field == Some(field));
                let kept = old.and_then(|old| old.value.clone());
                Some((field, kept.ok_or_else(|| invalid(&at("value"), "is needed for a lane"))?))
            }
            (Per::Lane, ..) => return Err(invalid(&at("field"), "and value are needed for a lane")),
            (_, None, None) => None,
            _ => return Err(invalid(&at("field"), "and value belong to a lane only")),
        };
        let (field, value) = lane.unzip();
        let id = new.id.unwrap_or(0);
        limits.push(Limit { id, name, per: new.per, field, value, most: new.most, statuses: new.statuses.clone() });
    }
    Ok(limits)
}

/// What is kept of a lane's value: an id, or the word.
fn lane_value(tx: &mut Tx, actor: &Actor, backlog: &Backlog, at: &str, field: LaneField, word: &str) -> Result<String> {
    let known = |all: Vec<&'static str>| match all.contains(&word) {
        true => Ok(word.to_owned()),
        false => Err(invalid(at, format!("must be one of {}", all.join(", ")))),
    };
    match field {
        LaneField::Assignee => {
            let who = item::worker(tx, actor, &backlog.project.id, at, word)?;
            Ok(who.as_str().to_owned())
        }
        LaneField::Parent => {
            let parent = item::by_key(tx, word)?.filter(|parent| parent.backlog == backlog.id);
            parent
                .map(|parent| parent.id.to_string())
                .ok_or_else(|| invalid(at, "must be the key of an item of this project"))
        }
        LaneField::Kind => known(Kind::ALL.iter().map(|kind| kind.as_str()).collect()),
        LaneField::Class => known(Class::ALL.iter().map(|class| class.as_str()).collect()),
        LaneField::Priority => known(Priority::ALL.iter().map(|priority| priority.as_str()).collect()),
        LaneField::Trade | LaneField::Label => text::key(at, word, 60),
    }
}

/// A lane's value as people write it; none of an item that one cannot see.
fn shown_value(tx: &mut Tx, actor: &Actor, limit: &Limit) -> Result<Option<String>> {
    Ok(match (limit.field, &limit.value) {
        (Some(LaneField::Assignee), Some(id)) => Some(Faces::default().of(tx, &UserId::from(id.as_str()))?.email),
        (Some(LaneField::Parent), Some(id)) => {
            let id = id.parse().map(base::ItemId).map_err(base::refuse::internal)?;
            item::briefs(tx, actor, &[id])?.remove(&id).map(|parent| parent.key)
        }
        (_, value) => value.clone(),
    })
}

fn shown(tx: &mut Tx, actor: &Actor, backlog: &Backlog) -> Result<Vec<Shown>> {
    let mut faces = Faces::default();
    let mut all = Vec::new();
    for limit in store::all(tx, backlog.id)? {
        let counted = check::statuses(tx, backlog.id, &limit)?;
        let inside = store::inside(tx, backlog.id, &counted, &limit, None, None)?;
        let first = &inside[..inside.len().min(100)];
        let mut briefs = item::briefs(tx, actor, first)?;
        let occupants = first.iter().filter_map(|id| briefs.remove(id)).collect();
        let mut people = Vec::new();
        if limit.per == Per::Person {
            for (who, count) in store::by_person(tx, &counted)? {
                people.push(Held { person: faces.of(tx, &who)?, count });
            }
        }
        let value = shown_value(tx, actor, &limit)?;
        let Limit { id, name, per, field, most, statuses, .. } = limit;
        let count = inside.len();
        all.push(Shown { id, name, per, field, value, most, statuses, count, occupants, people });
    }
    Ok(all)
}

/// A status that a limit names stays.
pub(crate) fn check_unnamed(tx: &mut Tx, backlog: &Backlog, status: StatusId, name: &str) -> Result<()> {
    match store::all(tx, backlog.id)?.into_iter().find(|limit| limit.statuses.contains(&status)) {
        Some(limit) => {
            Err(conflict(format!("The limit {} counts what is in {name}. Change the limit first.", limit.name)))
        }
        None => Ok(()),
    }
}
