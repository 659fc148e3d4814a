//! An item's place among the others.

use base::{BacklogId, Result, refuse::invalid};
use db::Tx;
use people::{Actor, Right};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value as Json;

use super::{
    Change, Item,
    act::{self, How},
    by_key,
    change::lay_over,
    content, find_alive, rank, store,
};
use crate::{backlog::allow, status};

/// Where an item shall go: into a status, to a place, into another lane, or all of it at once.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ItemMove")]
pub struct Move {
    /// The name or the id of a status of the project.
    pub status: Option<String>,
    /// Where in the backlog.
    #[serde(default)]
    pub to: Option<Target>,
    /// What else becomes of it, as another lane says: who works on it, its trade, its labels. `status` is said beside it.
    pub change: Option<Change>,
    /// Why a limit that is reached shall not hold this once, in one line: for those who may overrule.
    pub overrule: Option<String>,
}

/// A place in the backlog; keys are those of items of the same project.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename = "ItemPlace", rename_all = "snake_case")]
pub enum Target {
    First,
    Last,
    /// Directly after the item with this key.
    After(String),
    /// Directly before the item with this key.
    Before(String),
}

const FORMS: &str = r#"must be "first", "last", {"after": KEY} or {"before": KEY}, with one key of another item"#;

/// By hand, so that whoever says it otherwise is told how it is said.
impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let said = Json::deserialize(from)?;
        let place = match &said {
            Json::String(word) => Some((word.as_str(), None)),
            Json::Object(place) if place.len() == 1 => {
                place.iter().next().map(|(word, key)| (word.as_str(), key.as_str()))
            }
            _ => None,
        };
        match place {
            Some(("first", None)) if said.is_string() => Ok(Self::First),
            Some(("last", None)) if said.is_string() => Ok(Self::Last),
            Some(("after", Some(key))) => Ok(Self::After(key.to_owned())),
            Some(("before", Some(key))) => Ok(Self::Before(key.to_owned())),
            _ => Err(D::Error::custom(FORMS)),
        }
    }
}

/// Moves an item, as dragging it does. Whoever moves it means it as it is now, so no version is asked.
pub fn r#move(tx: &mut Tx, actor: &Actor, key: &str, wanted: &Move) -> Result<Item> {
    let item = find_alive(tx, actor, Right::Plan, key)?;
    let mut after = content(tx, &item)?;
    if let Some(change) = &wanted.change {
        if change.status.is_some() {
            return Err(invalid("change.status", "is said in `status`"));
        }
        lay_over(tx, actor, &item, &mut after, change)?;
    }
    if let Some(status) = &wanted.status {
        after.face.status = status::named(&status::all(tx, item.backlog)?, "status", status)?.id;
    }
    if let Some(target) = &wanted.to {
        after.face.rank = rank_at(tx, actor, &item, target)?;
    }
    act::write(tx, actor, &item, after, How { overrule: wanted.overrule.as_deref(), ..How::default() })
}

fn rank_at(tx: &mut Tx, actor: &Actor, item: &Item, target: &Target) -> Result<String> {
    let own = Some(item.face.rank.as_str());
    let (after, before) = match target {
        Target::First => (None, store::rank_after(tx, item.backlog, None)?),
        Target::Last => (store::rank_before(tx, item.backlog, None)?, None),
        Target::After(key) => {
            let after = neighbour(tx, actor, item.backlog, "to", key)?;
            let before = store::rank_after(tx, item.backlog, Some(&after))?;
            (Some(after), before)
        }
        Target::Before(key) => {
            let before = neighbour(tx, actor, item.backlog, "to", key)?;
            (store::rank_before(tx, item.backlog, Some(&before))?, Some(before))
        }
    };
    if after.as_deref() == own || before.as_deref() == own {
        return Ok(item.face.rank.clone());
    }
    roomy(tx, item.backlog, after, before)
}

/// The rank after the item with this key.
pub(super) fn rank_after(tx: &mut Tx, actor: &Actor, backlog: BacklogId, key: &str) -> Result<String> {
    let after = neighbour(tx, actor, backlog, "after", key)?;
    let before = store::rank_after(tx, backlog, Some(&after))?;
    roomy(tx, backlog, Some(after), before)
}

pub(super) fn rank_last(tx: &mut Tx, backlog: BacklogId) -> Result<String> {
    let last = store::rank_before(tx, backlog, None)?;
    Ok(rank::between(last.as_deref(), None))
}

fn neighbour(tx: &mut Tx, actor: &Actor, backlog: BacklogId, field: &str, key: &str) -> Result<String> {
    let absent = || invalid(field, format!("must name an item of the same project; {key} is none"));
    let found = by_key(tx, key)?.filter(|item| item.backlog == backlog).ok_or_else(absent)?;
    allow(tx, actor, Right::Read, &found.project, "item").map_err(|_| absent())?;
    Ok(found.face.rank)
}

/// So many items get new ranks at first when there is no room; four times as many when that does not
/// do, and so on.
const SPREAD: i64 = 32;

/// A rank between two neighbours. Where it would grow long, their surroundings are spread first.
fn roomy(tx: &mut Tx, backlog: BacklogId, after: Option<String>, before: Option<String>) -> Result<String> {
    let found = rank::between(after.as_deref(), before.as_deref());
    let Some(pivot) = before.filter(|_| found.len() >= rank::LONG) else { return Ok(found) };
    let mut most = SPREAD;
    loop {
        let low = store::near(tx, backlog, &pivot, true, most + 1)?;
        let high = store::near(tx, backlog, &pivot, false, most + 1)?;
        let cut = |side: &[_], most: usize| {
            (side.len().min(most), side.get(most).map(|(_, rank): &(_, String)| rank.clone()))
        };
        let (left, start) = cut(&low, most as usize);
        let (right, end) = cut(&high, most as usize);
        // One more than there are: the place that is asked for.
        if let Some(mut ranks) = rank::spread(start.as_deref(), end.as_deref(), left + right + 1) {
            let free = ranks.remove(left);
            let ids = low[..left].iter().rev().chain(&high[..right]).map(|(id, _)| *id);
            let given: Vec<_> = ids.zip(ranks).collect();
            store::set_ranks(tx, &given)?;
            return Ok(free);
        }
        most *= 4;
    }
}
