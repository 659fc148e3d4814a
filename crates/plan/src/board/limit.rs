//! Whether there is room in a column.

use base::{Error, Result, StatusId, refuse::conflict, text};
use db::Tx;
use people::{Actor, Right};
use serde_json::{Value as Json, json};

use super::store;
use crate::{
    item::{self, Brief, Item},
    status::{self, Status},
};

/// Characters of a reason.
const LONGEST_REASON: usize = 500;

/// Refuses that the item comes into a full column, and says who is in it and where the item stands in
/// the queue. With a reason, someone with the right brings it in all the same. `from` is where the item
/// was; none when it comes in from outside.
pub(crate) fn check(
    tx: &mut Tx,
    actor: &Actor,
    item: &Item,
    from: Option<&Status>,
    to: &Status,
    overrule: Option<&str>,
) -> Result<()> {
    let Some(limit) = store::column(tx, to.id)?.0 else { return Ok(()) };
    let count = store::count(tx, to.id, Some(item.id))?;
    if count < limit {
        return Ok(());
    }
    if let Some(reason) = overrule {
        let body = json!({ "status": to.name, "limit": limit, "count": count + 1 });
        return self::overrule(tx, actor, item, reason, body);
    }
    let queue = place(tx, item, from, to)?;
    let refusal = full(tx, actor, item, to, (count, limit), queue)?;
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

fn full(tx: &mut Tx, actor: &Actor, item: &Item, to: &Status, (count, limit): (i64, i64), queue: i64) -> Result<Error> {
    let inside = store::inside(tx, to.id, item.id)?;
    let mut briefs = item::briefs(tx, actor, &inside)?;
    let occupants: Vec<Brief> = inside.iter().filter_map(|id| briefs.remove(id)).collect();
    let who = if item.key.is_empty() { "The new item" } else { item.key.as_str() };
    let why = format!(
        "{} is full: {count} of {limit} ({}). Help to finish one of them. {who} is number {queue} in the queue.",
        to.name,
        named(&occupants)
    );
    let refusal = conflict(why).with("limit", limit).with("count", count).with("queue", queue);
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
fn place(tx: &mut Tx, item: &Item, from: Option<&Status>, to: &Status) -> Result<i64> {
    let waiting: Option<StatusId> = match from {
        Some(from) => Some(from.id),
        None => before(tx, item, to)?,
    };
    match waiting {
        Some(status) => Ok(store::ahead(tx, status, &item.face.rank, item.id)? + 1),
        None => Ok(1),
    }
}

fn before(tx: &mut Tx, item: &Item, to: &Status) -> Result<Option<StatusId>> {
    let all = status::all(tx, item.backlog)?;
    Ok(all.iter().take_while(|status| status.id != to.id).last().map(|status| status.id))
}
