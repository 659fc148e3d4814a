//! What those who are asked decide, and what it does to the item. They may be viewers: being asked is what lets
//! them act here, through the functions that act for everybody.

use base::{
    Kind, Result, StatusId,
    refuse::{conflict, invalid},
    text,
};
use db::Tx;
use people::{Actor, Right, member, user};
use plan::{
    backlog::Backlog,
    comment,
    item::{self, Item},
    status::{self, Category},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Checkpoint, Choice, Decision,
    asked::{check_asked, may_decide},
    check_open, find, store, touch,
};

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewCheckpointDecision")]
pub struct NewDecision {
    pub choice: Choice,
    /// Why, or what shall be different; needed to stop and to change.
    #[serde(default)]
    pub reason: String,
}

const LONGEST_REASON: usize = 2_000;

/// Decides a question of the pack. Deciding the same again changes nothing.
pub fn decide(tx: &mut Tx, actor: &Actor, id: base::CheckpointId, key: &str, new: &NewDecision) -> Result<Checkpoint> {
    let (checkpoint, backlog) = find(tx, actor, Right::Decide, id)?;
    let asked_item = checkpoint.question(key)?.item;
    check_asked(tx, actor, &checkpoint, &backlog)?;
    check_open(&checkpoint)?;
    let reason = checked_reason(new)?;
    let before = store::standing(tx, id, asked_item)?;
    if let Some(before) = &before {
        check_author(tx, actor, &checkpoint, &backlog, before, key)?;
        if (before.choice, before.reason.as_str()) == (new.choice, reason.as_str()) {
            return Ok(checkpoint);
        }
    }
    let item = present(tx, &backlog, asked_item, key)?;
    let stopped = before.as_ref().filter(|before| before.choice == Choice::Stop).and_then(|before| before.moved);
    let moved = match new.choice {
        Choice::Stop => stop(tx, actor, &item, stopped)?,
        Choice::Continue | Choice::Change => bring_back(tx, actor, &item, stopped)?,
    };
    if new.choice == Choice::Change {
        tell_owner(tx, actor, &item, &checkpoint, &reason)?;
    }
    if let Some(before) = &before {
        store::replace(tx, before.id)?;
    }
    let by = actor.user.clone();
    let decision =
        Decision { id: 0, item: item.id, choice: new.choice, reason, by, at: tx.now(), moved, replaced_at: None };
    store::add_decision(tx, id, &decision)
        .map_err(|e| e.on("checkpoint_decision_standing", || decided_already(key)))?;
    let mut body = json!({
        "key": item.key, "checkpoint": id, "title": checkpoint.title, "choice": decision.choice,
        "reason": decision.reason, "before": before.map(|before| before.choice),
    });
    if let Some(elsewhere) = elsewhere(tx, &decision, &backlog)? {
        body["brought"] = json!(elsewhere);
    }
    tx.emit(actor.event("checkpoint.decided", item.subject()).project(&backlog.project.id).body(body))?;
    tx.touch(Some(&backlog.project.id), item.subject());
    touch(tx, &checkpoint, &backlog);
    Ok(checkpoint)
}

fn checked_reason(new: &NewDecision) -> Result<String> {
    match new.choice {
        Choice::Continue => text::optional("reason", &new.reason, LONGEST_REASON),
        Choice::Stop => said(&new.reason, "must say why it stops"),
        Choice::Change => said(&new.reason, "must say what shall be different"),
    }
}

fn said(reason: &str, why: &str) -> Result<String> {
    match text::optional("reason", reason, LONGEST_REASON)? {
        reason if reason.is_empty() => Err(invalid("reason", why)),
        reason => Ok(reason),
    }
}

/// Whoever decided it, or anybody who is asked once they cannot decide here any more.
fn check_author(
    tx: &mut Tx,
    actor: &Actor,
    checkpoint: &Checkpoint,
    backlog: &Backlog,
    before: &Decision,
    key: &str,
) -> Result<()> {
    if before.by == actor.user || !may_decide(tx, checkpoint, backlog, &before.by)? {
        return Ok(());
    }
    let name = user::person(tx, &before.by)?.name;
    Err(conflict(format!("{name} decided {key} already: {}. Only they may decide it otherwise.", before.choice)))
}

fn decided_already(key: &str) -> base::Error {
    conflict(format!("{key} was decided meanwhile. Look again."))
}

/// The item, if it still lies in the project.
fn present(tx: &mut Tx, backlog: &Backlog, id: base::ItemId, key: &str) -> Result<Item> {
    let gone = || conflict(format!("{key} is gone from this project, so there is nothing to decide any more."));
    let item = item::get(tx, id).map_err(|refusal| if refusal.is(Kind::NotFound) { gone() } else { refusal })?;
    if item.backlog != backlog.id {
        return Err(gone());
    }
    match item.deleted_at {
        Some(_) => Err(conflict(format!("{key} lies in the trash. Somebody must restore it first."))),
        None => Ok(item),
    }
}

type Moved = (StatusId, StatusId);

/// Brings the item among what was given up. `stopped`: from where it was brought there before.
fn stop(tx: &mut Tx, actor: &Actor, item: &Item, stopped: Option<Moved>) -> Result<Option<Moved>> {
    let statuses = status::all(tx, item.backlog)?;
    let now = statuses.iter().find(|status| status.id == item.face.status);
    match now.map(|status| status.category) {
        Some(Category::Cancelled) => return Ok(stopped),
        Some(Category::Done) => {
            return Err(conflict(format!("{} is done already, so there is nothing to stop.", item.key)));
        }
        _ => {}
    }
    let Some(to) = statuses.iter().find(|status| status.category == Category::Cancelled) else {
        let why = "This project has no status for what is given up. An admin can add one of the category cancelled.";
        return Err(conflict(why));
    };
    bring(tx, actor, item, to.id)?;
    Ok(Some((item.face.status, to.id)))
}

/// Where it stood before this checkpoint stopped it, unless somebody brought it elsewhere since; where that status was
/// removed or is full by now, to the first of those that are open, with room. Answers the full one and where it went.
fn bring_back(tx: &mut Tx, actor: &Actor, item: &Item, stopped: Option<Moved>) -> Result<Option<Moved>> {
    let Some((from, _)) = stopped.filter(|(_, to)| item.face.status == *to) else { return Ok(None) };
    let all = status::all(tx, item.backlog)?;
    let open = all.iter().find(|status| status.category == Category::Open).map(|status| status.id);
    let stays = all.iter().any(|status| status.id == from);
    let back = if stays { from } else { open.unwrap_or(from) };
    let mut content = item::content(tx, item)?;
    content.face.status = back;
    let brought = item::put_with_room(tx, actor, item, &content)?.face.status;
    Ok(Some((back, brought)).filter(|(back, brought)| back != brought))
}

/// Where an item that goes on came back, because the status where it stood before was full.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "CheckpointBrought")]
pub struct Elsewhere {
    pub to: String,
    /// The status that was full; null when it was removed since.
    pub full: Option<String>,
}

pub(super) fn elsewhere(tx: &mut Tx, decision: &Decision, backlog: &Backlog) -> Result<Option<Elsewhere>> {
    let Some((full, to)) = decision.moved.filter(|_| decision.choice != Choice::Stop) else { return Ok(None) };
    let all = status::all(tx, backlog.id)?;
    let name = |id| all.iter().find(|status| status.id == id).map(|status| status.name.clone());
    Ok(name(to).map(|to| Elsewhere { to, full: name(full) }))
}

fn bring(tx: &mut Tx, actor: &Actor, item: &Item, to: StatusId) -> Result<()> {
    let mut content = item::content(tx, item)?;
    content.face.status = to;
    item::put(tx, actor, item, content).map(drop)
}

/// Says at the item what shall be different; whoever works on it is named, if they can still see it.
fn tell_owner(tx: &mut Tx, actor: &Actor, item: &Item, checkpoint: &Checkpoint, reason: &str) -> Result<()> {
    let owner = item.face.assignee.as_ref().unwrap_or(&item.created_by);
    let seated = member::role(tx, &item.project, owner)?.is_some();
    let named = if seated { format!("@{} ", user::person(tx, owner)?.email) } else { String::new() };
    let body = format!("{named}{}: this shall change.\n\n{reason}", checkpoint.title);
    comment::add(tx, actor, &item.key, &comment::New { body }).map(drop).map_err(|refusal| match refusal.kind() {
        Kind::Invalid => invalid("reason", refusal.detail().trim_start_matches("body: ")),
        _ => refusal,
    })
}
