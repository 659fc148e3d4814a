//! Whether there is room in a column.

use base::{Error, Result, StatusId, refuse::conflict, text};
use db::Tx;
use people::{Actor, Right};
use serde_json::{Value as Json, json};

use super::{
    half,
    store::{self, Frame},
};
use crate::{
    backlog,
    item::{self, Brief, Item},
    status::{self, Status},
};

/// Characters of a reason.
const LONGEST_REASON: usize = 500;

/// Refuses that the item comes into a full column, and says who is in it and where the item stands in
/// the queue. With a reason, someone with the right brings it in all the same. `from` is where the item
/// was, and its rank there; none when it comes in from outside.
pub(crate) fn check(
    tx: &mut Tx,
    actor: &Actor,
    item: &Item,
    from: Option<(&Status, &str)>,
    to: &Status,
    overrule: Option<&str>,
) -> Result<()> {
    let frames = store::frames(tx, item.backlog)?;
    let halves = half::of(&frames, to.id);
    let Some(limit) = halves[0].limit else { return Ok(()) };
    // From one half to the other it keeps its place.
    if from.is_some_and(|(from, _)| halves.iter().any(|half| half.status == from.id)) {
        return Ok(());
    }
    let mut count = 0;
    for half in halves {
        count += store::count(tx, half.status, Some(item.id))?;
    }
    if count < limit {
        return Ok(());
    }
    if let Some(reason) = overrule {
        let body = json!({ "status": to.name, "limit": limit, "count": count + 1 });
        return self::overrule(tx, actor, item, reason, body);
    }
    let queue = place(tx, item, from, to)?;
    let refusal = full(tx, actor, item, to, halves, (count, limit), queue)?;
    Err(refusal)
}

/// Lets the item in although a limit is reached, if the actor may, and says so in its history.
pub(crate) fn overrule(tx: &mut Tx, actor: &Actor, item: &Item, reason: &str, mut body: Json) -> Result<()> {
    people::require(tx, actor, Right::Overrule, &item.project)?;
    body["reason"] = text::line("overrule", reason, LONGEST_REASON)?.into();
    item::emit(tx, actor, item, "limit.overruled", body)
}

/// So many occupants are named in the sentence; the answer's member has more of them.
const NAMED: usize = 10;

fn full(
    tx: &mut Tx,
    actor: &Actor,
    item: &Item,
    to: &Status,
    halves: &[Frame],
    (count, limit): (i64, i64),
    queue: i64,
) -> Result<Error> {
    let mut inside = Vec::new();
    for half in halves {
        inside.extend(store::inside(tx, half.status, item.id)?);
    }
    let mut briefs = item::briefs(tx, actor, &inside)?;
    let occupants: Vec<Brief> = inside.iter().filter_map(|id| briefs.remove(id)).collect();
    let who = if item.key.is_empty() { "The new item" } else { item.key.as_str() };
    // A board may show other projects, and an item may be brought into one.
    let project = backlog::get(tx, item.backlog)?.project.key;
    let why = format!(
        "{} of {project} is full: {count} of {limit} ({}). Help to finish one of them. \
         {who} is number {queue} in the queue.",
        to.name,
        named(&occupants)
    );
    let refusal = conflict(why).with("limit", limit).with("count", count).with("queue", queue);
    let refusal = refusal.with("project", project);
    Ok(refusal.with("occupants", json!(occupants)))
}

/// The keys of the first, and that there are others.
pub(crate) fn named(occupants: &[Brief]) -> String {
    let mut named: Vec<&str> = occupants.iter().take(NAMED).map(|item| item.key.as_str()).collect();
    if occupants.len() > NAMED {
        named.push("and others");
    }
    named.join(", ")
}

/// The item's place, from 1, among those that wait in the status where it is, by rank. What comes from
/// outside waits in the status before the column.
fn place(tx: &mut Tx, item: &Item, from: Option<(&Status, &str)>, to: &Status) -> Result<i64> {
    let (waiting, rank): (Option<StatusId>, &str) = match from {
        Some((from, rank)) => (Some(from.id), rank),
        None => (before(tx, item, to)?, &item.face.rank),
    };
    match waiting {
        Some(status) => Ok(store::ahead(tx, status, rank, item.id)? + 1),
        None => Ok(1),
    }
}

fn before(tx: &mut Tx, item: &Item, to: &Status) -> Result<Option<StatusId>> {
    let all = status::all(tx, item.backlog)?;
    Ok(all.iter().take_while(|status| status.id != to.id).last().map(|status| status.id))
}
