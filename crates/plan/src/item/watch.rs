//! Who wants to hear of an item: those who made it, work on it, were named, or asked for it.

use base::Result;
use db::Tx;
use people::{Actor, Right};

use super::{find, find_alive, store};

pub fn watch(tx: &mut Tx, actor: &Actor, key: &str) -> Result<()> {
    let item = find_alive(tx, actor, Right::Decide, key)?;
    if store::watch(tx, item.id, &actor.user)? {
        tx.touch(Some(&item.project), item.subject());
    }
    Ok(())
}

pub fn unwatch(tx: &mut Tx, actor: &Actor, key: &str) -> Result<()> {
    let item = find(tx, actor, Right::Decide, key)?;
    if store::unwatch(tx, item.id, &actor.user)? {
        tx.touch(Some(&item.project), item.subject());
    }
    Ok(())
}
