//! Dependencies that would run in a circle.

use std::collections::HashMap;

use base::{ItemId, Result, refuse::conflict};
use db::Tx;
use people::Actor;
use serde_json::json;

use super::store;
use crate::item::{self, Item};

/// So many dependencies are followed at most.
const FAR: usize = 100_000;

/// Refuses that `first` blocks `last` where `last` blocks `first` already, perhaps through others, and
/// names the way. Writes run one after the other, so nobody adds a piece of the circle meanwhile.
pub fn check(tx: &mut Tx, actor: &Actor, first: &Item, last: &Item) -> Result<()> {
    let Some(way) = way(tx, last.id, first.id)? else { return Ok(()) };
    let briefs = item::briefs(tx, actor, &way)?;
    let name =
        |id: &ItemId| briefs.get(id).map_or("an item that is not yours to see".to_owned(), |item| item.key.clone());
    // From who would wait to what it waits for.
    let mut keys: Vec<String> = std::iter::once(&last.id).chain(way.iter().rev()).map(name).collect();
    keys.dedup();
    let why = format!("{} would wait for itself: {}.", last.key, keys.join(" waits for "));
    Err(conflict(why).with("path", json!(keys)))
}

/// From an item along what it blocks to another, both included; the shortest way.
fn way(tx: &mut Tx, from: ItemId, to: ItemId) -> Result<Option<Vec<ItemId>>> {
    let mut came: HashMap<ItemId, ItemId> = HashMap::new();
    let mut edge = vec![from];
    while !edge.is_empty() && came.len() < FAR {
        let mut next = Vec::new();
        for (item, other) in store::blocked_by(tx, &edge)? {
            if other == from || came.contains_key(&other) {
                continue;
            }
            came.insert(other, item);
            if other == to {
                return Ok(Some(back(&came, from, to)));
            }
            next.push(other);
        }
        edge = next;
    }
    Ok(None)
}

fn back(came: &HashMap<ItemId, ItemId>, from: ItemId, to: ItemId) -> Vec<ItemId> {
    let mut way = vec![to];
    let mut here = to;
    while let Some(before) = came.get(&here) {
        way.push(*before);
        here = *before;
        if here == from {
            break;
        }
    }
    way.reverse();
    way
}
