//! The one way in which an item's content changes, and undoing it.

use base::{
    ProjectId, Result, StatusId, TeamId, UserId,
    refuse::{conflict, internal},
};
use db::Tx;
use people::{Actor, Right, team};
use serde_json::{Map, Value as Json, json};

use super::{
    Content, Item, change, content, find_alive,
    flow::{self, Way},
    get, history, kin,
    moments::Moments,
    person, rank, store, touch,
};
use crate::{backlog, custom_field, hypothesis, limit::check::Labelled, measure, relation, spike, sprint, status};

/// The event of a change.
pub(super) const CHANGED: &str = "item.changed";

/// Gives the item this content: checks what depends on other things, stores, and tells the log what
/// was before and after. The caller has checked the right, and that the item is not in the trash.
pub fn put(tx: &mut Tx, actor: &Actor, item: &Item, after: Content) -> Result<Item> {
    write(tx, actor, item, after, How::default())
}

/// As [`put`]; where the status that it shall come into is full, into the first open one with room.
pub fn put_with_room(tx: &mut Tx, actor: &Actor, item: &Item, after: &Content) -> Result<Item> {
    flow::with_room(tx, item.backlog, after.face.status, |tx, status| {
        let mut after = after.clone();
        after.face.status = status;
        put(tx, actor, item, after)
    })
}

/// What else there is to say about a change.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct How<'a> {
    /// The number of the change that this one takes back, and what that said.
    pub undoes: Option<(i64, &'a Json)>,
    /// Why a column's limit shall not hold this once.
    pub overrule: Option<&'a str>,
}

/// Takes the last change of the item back: one's own, and only while nothing came after it.
pub fn undo(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Item> {
    let item = find_alive(tx, actor, Right::Plan, key)?;
    let (seq, said) = undoable(tx, actor, &item)?;
    let mut now = serde_json::to_value(content(tx, &item)?).map_err(internal)?;
    if let (Some(now), Json::Object(before)) = (now.as_object_mut(), said["before"].clone()) {
        now.extend(before);
    }
    let again = serde_json::from_value(now).map_err(internal)?;
    write(tx, actor, &item, again, How { undoes: Some((seq, &said)), overrule: None })
}

/// The number of the change that the actor may take back, and what it said.
pub(super) fn undoable(tx: &mut Tx, actor: &Actor, item: &Item) -> Result<(i64, Json)> {
    match history::last_event(tx, &item.subject())? {
        Some((seq, by, kind, said)) if kind == CHANGED && by == actor.user.as_str() => {
            check_team_is_there(tx, item, &said["before"])?;
            Ok((seq, said))
        }
        Some((_, _, kind, _)) if kind == CHANGED => Err(conflict("The last change is someone else's.")),
        _ => Err(conflict("Nothing was changed since something else happened here.")),
    }
}

/// A team that was deleted does not come back with its items.
fn check_team_is_there(tx: &mut Tx, item: &Item, before: &Json) -> Result<()> {
    let Some(id) = before["team"].as_str().map(TeamId::from) else { return Ok(()) };
    if team::exists(tx, &item.project, &id)? {
        return Ok(());
    }
    let why = format!("The team that {} had before does not exist any more. Give it another one instead.", item.key);
    Err(conflict(why))
}

/// As [`put`].
pub(super) fn write(tx: &mut Tx, actor: &Actor, item: &Item, mut after: Content, how: How) -> Result<Item> {
    let before = content(tx, item)?;
    if after == before {
        return Ok(item.clone());
    }
    spike::check_unlocked(tx, item)?;
    let mut probed = relation::probed_by(tx, item)?;
    probed.extend(Some(item.id).filter(|_| before.face.parent != after.face.parent));
    let mut wanted = item.clone();
    make_room(tx, item, &mut after)?;
    wanted.face = after.face.clone();
    check(tx, actor, item, &wanted)?;
    if before.face.blocked.is_none() || after.face.blocked.is_none() {
        wanted.blocked_at = after.face.blocked.as_ref().map(|_| tx.now());
    }
    let was = Labelled { item, labels: &before.labels };
    let way = Way::Changed { before: was, undoes: how.undoes.is_some(), overrule: how.overrule };
    flow::admit(tx, actor, way, &mut wanted, &after.labels)?;
    let undone = how.undoes.map(|(_, said)| said);
    if let Some(said) = undone {
        Moments::told(said)?.put_back(&mut wanted);
    }
    store::update(tx, &wanted)?;
    flow::check_still_probed(tx, &probed)?;
    match undone {
        Some(_) => measure::take_back(tx, item.face.status, &wanted)?,
        None => measure::follow(tx, Some(item.face.status), &wanted)?,
    }
    sprint::follow(tx, item.face.sprint, &wanted)?;
    if after.detail != before.detail {
        store::set_detail(tx, item.id, &after.detail)?;
    }
    if after.labels != before.labels {
        store::set_labels(tx, item.backlog, item.id, &after.labels)?;
    }
    if let Some(watcher) = undone.and_then(|said| said["watches"].as_str()) {
        store::unwatch(tx, item.id, &UserId::from(watcher))?;
    }
    let mut watches = None;
    if let Some(assignee) = after.face.assignee.as_ref().filter(|who| before.face.assignee.as_ref() != Some(who)) {
        let is_new = store::watch(tx, item.id, assignee)?;
        watches = Some(assignee).filter(|_| is_new);
    }
    let mut body = told(tx, item, &before, &after)?;
    Moments::before(item, &wanted).tell(&mut body);
    if let Some(watcher) = watches {
        body["watches"] = watcher.as_str().into();
    }
    if let Some((seq, _)) = how.undoes {
        body["undoes"] = seq.into();
    }
    tx.emit(actor.event(CHANGED, item.subject()).project(&item.project).body(body))?;
    touch(tx, item)?;
    let stored = get(tx, item.id)?;
    touch(tx, &stored)?;
    Ok(stored)
}

/// A rank that someone else holds by now gives way to the next free one.
fn make_room(tx: &mut Tx, item: &Item, after: &mut Content) -> Result<()> {
    if after.face.rank != item.face.rank && store::has_rank(tx, item.backlog, &after.face.rank, item.id)? {
        let next = store::rank_after(tx, item.backlog, Some(&after.face.rank))?;
        after.face.rank = rank::between(Some(&after.face.rank), next.as_deref());
    }
    Ok(())
}

/// What must hold with other things, whatever way the change came.
fn check(tx: &mut Tx, actor: &Actor, item: &Item, wanted: &Item) -> Result<()> {
    let (before, after) = (&item.face, &wanted.face);
    if before.status != after.status {
        flow::check_status(tx, wanted)?;
    }
    if (before.parent, before.kind) != (after.parent, after.kind) {
        kin::check(tx, actor, Some(item.id), after)?;
    }
    if before.kind != after.kind {
        spike::check_kind(tx, item, after.kind)?;
        hypothesis::check_kind(item, after.kind)?;
    }
    if before.sprint != after.sprint {
        flow::check_sprint(tx, wanted)?;
    } else if (before.domain, before.kind) != (after.domain, after.kind) {
        flow::check_probed(tx, wanted)?;
    }
    sprint::check_kept(tx, item, Some(wanted))?;
    if let Some(team) = after.team.as_ref().filter(|_| before.team != after.team) {
        change::check_team(tx, actor, &item.project, team)?;
    }
    match &after.assignee {
        Some(assignee) if before.assignee != after.assignee => person::check_works(tx, &item.project, assignee),
        _ => Ok(()),
    }
}

/// A change as the log tells it.
fn told(tx: &mut Tx, item: &Item, before: &Content, after: &Content) -> Result<Json> {
    let (was, is) = differences(before, after)?;
    let mut body = json!({ "key": item.key, "before": was, "after": is });
    if before.face.status != after.face.status {
        body["from"] = said(tx, before.face.status)?;
        body["to"] = said(tx, after.face.status)?;
    }
    let (was, is) = (&before.detail.custom, &after.detail.custom);
    if was != is {
        body[history::CUSTOM_NAMES] = json!(custom_field::names(tx, was.keys().chain(is.keys()))?);
    }
    Ok(body)
}

/// A status as the log says it: figures over time need its category as it was then.
pub(super) fn said(tx: &mut Tx, id: StatusId) -> Result<Json> {
    let status = status::get(tx, id)?;
    Ok(json!({ "id": status.id, "name": status.name, "category": status.category }))
}

/// What differs, as it was and as it is.
fn differences(before: &Content, after: &Content) -> Result<(Json, Json)> {
    let fields = |content: &Content| match serde_json::to_value(content).map_err(internal)? {
        Json::Object(fields) => Ok(fields),
        other => Err(internal(format!("{other} are no fields"))),
    };
    let (mut was, mut is) = (Map::new(), Map::new());
    let before = fields(before)?;
    for (name, value) in fields(after)? {
        let old = before.get(&name).cloned().unwrap_or_default();
        if old != value {
            was.insert(name.clone(), old);
            is.insert(name, value);
        }
    }
    Ok((was.into(), is.into()))
}

/// Tells the log and the pages of something about the item that is no change of its content. Its key
/// is noted, so that readers of the log need no other table to name it.
pub(crate) fn emit(tx: &mut Tx, actor: &Actor, item: &Item, kind: &'static str, mut body: Json) -> Result<()> {
    body["key"] = item.key.as_str().into();
    tx.emit(actor.event(kind, item.subject()).project(&item.project).body(body))?;
    touch(tx, item)
}

/// As [`emit`], where nobody acts.
pub(super) fn emit_by_itself(tx: &mut Tx, item: &Item, kind: &'static str, body: Json) -> Result<()> {
    tx.emit(db::Event::new("system", kind, item.subject()).project(&item.project).body(body))?;
    backlog_of(tx, &item.project)
}

fn backlog_of(tx: &mut Tx, project: &ProjectId) -> Result<()> {
    backlog::of(tx, project)?.touch(tx);
    Ok(())
}
