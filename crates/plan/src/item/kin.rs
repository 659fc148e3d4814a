//! Who lies under whom: of a greater level only, and never in a circle.

use base::{
    ItemId, Result,
    refuse::{conflict, invalid},
};
use db::Tx;
use people::{Actor, Right};
use serde_json::json;

use super::{Face, Item, check_alive, get, store};
/// So deep at most; levels allow far less.
const DEEPEST: usize = 100;

/// Refuses a parent that the item cannot lie under, and a kind that its children cannot lie under.
/// `id` is none while the item is being made. Whoever set the parent could see it; others may meet it here.
pub(super) fn check(tx: &mut Tx, actor: &Actor, id: Option<ItemId>, face: &Face) -> Result<()> {
    if let Some(parent) = face.parent {
        let parent = get(tx, parent)?;
        let is_seen = is_seen(tx, actor, &parent)?;
        if is_seen {
            check_alive(&parent)?;
        }
        if let Some(id) = id {
            check_circle(tx, actor, id, &parent)?;
        }
        if !is_above(&parent, face) {
            let why = format!(
                "{} cannot lie under {} ({})",
                capital(&face.kind.phrase()),
                parent.face.kind.phrase(),
                if is_seen { &parent.key } else { "its parent, which is not yours to see" }
            );
            return Err(invalid("parent", why));
        }
    }
    let Some(id) = id else { return Ok(()) };
    for child in store::children(tx, id)? {
        if face.kind.level() <= child.face.kind.level() {
            let why = format!("{} cannot lie under {}", capital(&child.face.kind.phrase()), face.kind.phrase());
            let which = if is_seen(tx, actor, &child)? { &child.key } else { "what is not yours to see" };
            return Err(invalid("kind", format!("{why}; give {which} another parent first")));
        }
    }
    Ok(())
}

/// Whether the kind of its parent lets it lie there.
pub(super) fn fits(tx: &mut Tx, face: &Face) -> Result<bool> {
    let Some(parent) = face.parent else { return Ok(true) };
    Ok(is_above(&get(tx, parent)?, face))
}

fn is_above(parent: &Item, face: &Face) -> bool {
    parent.face.kind.level() > face.kind.level()
}

fn is_seen(tx: &mut Tx, actor: &Actor, item: &Item) -> Result<bool> {
    Ok(people::may(tx, actor, Right::Read, &item.project)?.is_none())
}

fn check_circle(tx: &mut Tx, actor: &Actor, id: ItemId, parent: &Item) -> Result<()> {
    let mut path = Vec::new();
    let mut above = parent.clone();
    for _ in 0..DEEPEST {
        path.push(if is_seen(tx, actor, &above)? { above.key.clone() } else { "an item elsewhere".to_owned() });
        if above.id == id {
            let why = format!("{} would lie under itself: {}.", above.key, path.join(" under "));
            return Err(conflict(why).with("path", json!(path)));
        }
        let Some(next) = above.face.parent else { return Ok(()) };
        above = get(tx, next)?;
    }
    Err(conflict("The items lie too deep under one another."))
}

pub(crate) fn capital(phrase: &str) -> String {
    let mut letters = phrase.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
