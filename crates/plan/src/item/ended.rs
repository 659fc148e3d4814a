//! What items lose when their sprint or their team has ended. They leave it whatever state they are in, all in a few
//! statements; each is told by a change of its own.

use base::{BacklogId, ItemId, Kind, Result, SprintId, TeamId};
use db::Tx;
use people::Actor;
use serde_json::json;

use super::{Item, act, flow, store};
use crate::{backlog, sprint};

/// Brings the items from a sprint that has ended into another, or out of it. What is complex and has nothing any more
/// that tests it goes back into the backlog: those are answered, each with why. The caller has checked the right, and
/// forgets or closed the one that ends, so that nothing is written down there.
pub(crate) fn carry(tx: &mut Tx, actor: &Actor, items: &[Item], to: Option<SprintId>) -> Result<Vec<(ItemId, String)>> {
    let (mut carried, mut untested, mut returned) = (Vec::new(), Vec::new(), Vec::new());
    for item in items {
        let mut after = item.clone();
        after.face.sprint = to;
        match flow::check_probed(tx, &after) {
            Ok(()) => carried.push(item),
            Err(why) if why.is(Kind::Insufficient) => {
                untested.push(item);
                returned.push((item.id, why.detail().to_owned()));
            }
            Err(why) => return Err(why),
        }
    }
    for (items, to) in [(carried, to), (untested, None)] {
        if items.is_empty() {
            continue;
        }
        let ids: Vec<_> = items.iter().map(|item| item.id).collect();
        store::set_sprint(tx, &ids, to)?;
        if let Some(to) = to {
            sprint::follow_into(tx, to, &items)?;
        }
        let body = |item: &Item| json!({ "before": { "sprint": item.face.sprint }, "after": { "sprint": to } });
        tell(tx, actor, &items, body)?;
    }
    Ok(returned)
}

/// Takes a team that has ended from the items that it had, those in the trash included. The caller has checked
/// the right.
pub(crate) fn leave_team(tx: &mut Tx, actor: &Actor, backlog: BacklogId, team: &TeamId) -> Result<()> {
    let items = store::of_team(tx, backlog, team)?;
    let ids: Vec<_> = items.iter().map(|item| item.id).collect();
    store::leave_team(tx, &ids)?;
    let all: Vec<&Item> = items.iter().collect();
    tell(tx, actor, &all, |_| json!({ "before": { "team": team }, "after": { "team": null } }))
}

fn tell(tx: &mut Tx, actor: &Actor, items: &[&Item], body: impl Fn(&Item) -> serde_json::Value) -> Result<()> {
    let mut above: Vec<_> = items.iter().filter_map(|item| item.face.parent).collect();
    above.sort();
    above.dedup();
    for parent in store::some(tx, &above)? {
        tx.touch(Some(&parent.project), parent.subject());
    }
    for item in items {
        let mut body = body(item);
        body["key"] = item.key.as_str().into();
        tx.emit(actor.event(act::CHANGED, item.subject()).project(&item.project).body(body))?;
        tx.touch(Some(&item.project), item.subject());
    }
    match items.first() {
        Some(item) => {
            backlog::get(tx, item.backlog)?.touch(tx);
            Ok(())
        }
        None => Ok(()),
    }
}
