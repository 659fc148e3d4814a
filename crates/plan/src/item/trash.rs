//! What is deleted lies in the trash, can be restored for 30 days, and is emptied after.

use base::{
    ItemId, Result,
    refuse::{conflict, internal},
};
use db::Tx;
use people::{Actor, Right};
use serde_json::{Value as Json, json};

use super::{Item, act, check_alive, find, flow, get, kin, store, touch};
use crate::{attachment, checklist, comment, hypothesis, measure, relation, spike, sprint, status};

/// The kind of the job that empties what lay in the trash long enough.
pub const EMPTY: &str = "item.empty";
pub const KEPT_DAYS: i64 = 30;

/// Puts the item into the trash. What lies under it stays where it is. A question whose time box has ended does not
/// vanish without an answer.
pub fn delete(tx: &mut Tx, actor: &Actor, key: &str) -> Result<()> {
    let item = find(tx, actor, Right::Plan, key)?;
    check_alive(&item)?;
    sprint::check_kept(tx, &item, None)?;
    spike::check_unlocked(tx, &item)?;
    let now = tx.now();
    store::set_deleted(tx, item.id, Some(now))?;
    let probed = relation::probed_by(tx, &item)?;
    flow::check_still_probed(tx, &probed)?;
    measure::leave(tx, item.id)?;
    sprint::follow(tx, item.face.sprint, &Item { deleted_at: Some(now), ..item.clone() })?;
    tx.later(EMPTY, &json!({ "id": item.id }), now.plus_days(KEPT_DAYS))?;
    let from = act::said(tx, item.face.status)?;
    act::emit(tx, actor, &item, "item.deleted", json!({ "from": from }))
}

/// Takes it out again, into the status where it was. Where that is full by now, it comes into the first open one with
/// room, and the name of the full one is answered, too.
pub fn restore(tx: &mut Tx, actor: &Actor, key: &str) -> Result<(Item, Option<String>)> {
    let mut item = find(tx, actor, Right::Plan, key)?;
    if item.deleted_at.is_none() {
        return Err(conflict(format!("{} does not lie in the trash.", item.key)));
    }
    // Meanwhile its sprint may have ended without it or what tests it be gone, and its parent may be of another kind.
    if !sprint::was_there(tx, &item)? && flow::check_sprint(tx, &item).is_err() {
        item.face.sprint = None;
    }
    item.deleted_at = None;
    if !kin::fits(tx, &item.face)? {
        item.face.parent = None;
    }
    hypothesis::check_restored(tx, &item)?;
    let was = status::get(tx, item.face.status)?;
    // A verdict may have been lost with its runs.
    let begins = match hypothesis::check_closing(tx, &item, &was) {
        Ok(()) => was.clone(),
        Err(_) => status::first(tx, item.backlog)?,
    };
    let labels = store::labels(tx, item.id)?;
    let mut item = flow::with_room(tx, item.backlog, begins.id, |tx, status| {
        let mut back = item.clone();
        back.face.status = status;
        flow::admit(tx, actor, flow::Way::Restored, &mut back, &labels)?;
        Ok(back)
    })?;
    let now = status::get(tx, item.face.status)?;
    if now.id != was.id {
        flow::note_times(tx, &now, &mut item);
    }
    store::update(tx, &item)?;
    measure::follow(tx, None, &item)?;
    sprint::follow(tx, item.face.sprint, &item)?;
    let mut body = json!({ "to": act::said(tx, now.id)? });
    let full = Some(begins).filter(|begins| begins.id != now.id);
    if let Some(full) = &full {
        body["full"] = act::said(tx, full.id)?;
    }
    act::emit(tx, actor, &item, "item.restored", body)?;
    Ok((get(tx, item.id)?, full.map(|full| full.name)))
}

/// Reads what [`EMPTY`] jobs carry.
pub fn empty_job(body: &Json) -> Result<ItemId> {
    let id = body.get("id").and_then(Json::as_i64);
    id.map(ItemId).ok_or_else(|| internal(format!("{body} names no item")))
}

/// For the job: leaves nothing of the item but its number, so that its key is never given again. One
/// that was restored, or deleted again later, is passed over.
pub fn empty(tx: &mut Tx, id: ItemId) -> Result<()> {
    let oldest = tx.now().plus_days(-KEPT_DAYS);
    let Some(item) = store::get(tx, id)?.filter(|item| item.deleted_at.is_some_and(|at| at <= oldest)) else {
        return Ok(());
    };
    touch(tx, &item)?;
    let forgets =
        [comment::forget, relation::forget, checklist::forget, attachment::forget, spike::forget, measure::forget];
    for forget in forgets {
        forget(tx, id)?;
    }
    store::empty(tx, id)?;
    act::emit_by_itself(tx, &item, "item.emptied", json!({ "key": item.key }))
}
