//! What the end of a team means for its work. People know nothing of items, so a team is deleted here: its
//! items lose it in the same moment, which their history tells, and none of them names what is no more.

pub(crate) mod http;
#[cfg(test)]
mod tests;

use base::{Result, TeamId};
use db::Tx;
use people::{Actor, Right, team};

use crate::{backlog, item};

/// Deletes the team. Its items stay, whatever state they are in, and have none any more.
pub fn delete(tx: &mut Tx, actor: &Actor, key: &str, id: &TeamId) -> Result<()> {
    team::delete(tx, actor, key, id)?;
    match backlog::find(tx, actor, Right::Read, key)?.1 {
        Some(backlog) => item::leave_team(tx, actor, backlog.id, id),
        None => Ok(()),
    }
}
