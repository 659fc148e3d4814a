//! Moving an item to another project. It gets the next key there; the old one still finds it.

use base::{Result, refuse::conflict};
use db::Tx;
use people::{Actor, Right};
use serde_json::json;

use super::{Content, Item, act, content, find_alive, flow, get, person, place, store};
use crate::{
    backlog::{self, Backlog},
    measure, spike, sprint,
    status::{self, Category, Status},
};

/// Moves the item to the end of the other project's backlog, into the first status of the same
/// category; what is begun begins anew where nothing can be. Who came from there returns to the key it had. Its sprint, its team and custom fields
/// belong to the old project and stay behind; so do an assignee who is no member of the new one and watchers who cannot see it. While it
/// is away it is no component of a story that stayed, whose people could not complete it.
pub fn transfer(tx: &mut Tx, actor: &Actor, key: &str, to: &str) -> Result<Item> {
    let item = find_alive(tx, actor, Right::Plan, key)?;
    let goal = backlog::open(tx, actor, Right::Plan, to)?;
    if goal.id == item.backlog {
        return Err(conflict(format!("{} is in {to} already.", item.key)));
    }
    if item.experiment.is_some() {
        return Err(conflict("An experiment belongs to its project, and so does the hypothesis that it is."));
    }
    spike::check_unlocked(tx, &item)?;
    sprint::check_kept(tx, &item, None)?;
    let was = content(tx, &item)?;
    let number = match store::former_number(tx, item.id, goal.id)? {
        Some(number) => number,
        None => backlog::number(tx, goal.id)?,
    };
    let mut moved = item.clone();
    moved.backlog = goal.id;
    moved.project = goal.project.id.clone();
    let place = place_for(tx, &item, &goal)?;
    moved.face.status = place.id;
    if place.category != status::get(tx, item.face.status)?.category {
        flow::note_times(tx, &place, &mut moved);
    }
    moved.face.rank = place::rank_last(tx, goal.id)?;
    (moved.face.sprint, moved.face.team) = (None, None);
    for watcher in store::watchers(tx, item.id)? {
        if !person::sees(tx, &moved.project, &watcher)? {
            store::unwatch(tx, item.id, &watcher)?;
        }
    }
    let stays = moved.face.assignee.clone();
    moved.face.assignee = stays.filter(|who| person::check_works(tx, &moved.project, who).is_ok());
    flow::admit(tx, actor, flow::Way::Brought { left: &item }, &mut moved, &was.labels)?;
    moved.key = format!("{}-{number}", goal.project.key);

    let old_number = store::number(tx, item.id)?;
    store::set_backlog(tx, &item, old_number, goal.id, number, &moved.face.rank)?;
    store::update(tx, &moved)?;
    measure::follow(tx, Some(item.face.status), &moved)?;
    sprint::follow(tx, item.face.sprint, &moved)?;
    let detail = super::Detail { custom: Default::default(), ..was.detail.clone() };
    store::set_detail(tx, item.id, &detail)?;
    store::set_labels(tx, goal.id, item.id, &was.labels)?;

    let after = Content { face: moved.face.clone(), detail, labels: was.labels.clone() };
    // Where it went is told there: who reads this log may not know of that project.
    let from = json!({ "status": act::said(tx, item.face.status)? });
    act::emit(tx, actor, &item, "item.left", from)?;
    let to = act::said(tx, moved.face.status)?;
    // Nor is what belongs to the old project told in the new one, or who is no member of it.
    let mut before = Content { detail: super::Detail { custom: Default::default(), ..was.detail.clone() }, ..was };
    (before.face.sprint, before.face.team) = (None, None);
    (before.face.status, before.face.assignee) = (moved.face.status, moved.face.assignee.clone());
    let body = json!({ "before": before, "after": after, "to": to });
    act::emit(tx, actor, &moved, "item.arrived", body)?;
    get(tx, item.id)
}

/// Where it comes in: what has ended has ended there, too.
fn place_for(tx: &mut Tx, item: &Item, goal: &Backlog) -> Result<Status> {
    let category = status::get(tx, item.face.status)?.category;
    match status::of_category(tx, goal.id, category)? {
        Some(place) => Ok(place),
        None if matches!(category, Category::Done | Category::Cancelled) => Err(conflict(format!(
            "{} has no status for what is {category}, as {} is. Bring it back to an open status first.",
            goal.project.key, item.key
        ))),
        None => status::first(tx, goal.id),
    }
}
