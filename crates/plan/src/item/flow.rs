//! How an item comes into a status. Every path there is leads through [`admit`]: making, changing,
//! moving, restoring and transferring an item. A limit that must hold for all of them belongs here.

use base::{Result, refuse::conflict};
use db::Tx;
use people::Actor;

use super::Item;
use crate::status::{self, Category, Status};

/// Lets the item be as it shall be, or refuses. `before` is what it was in the lists; none when it
/// comes in: made, restored, or from another project. Notes in `after` when it changed its status, when
/// work began and when it was done.
pub(super) fn admit(tx: &mut Tx, _actor: &Actor, before: Option<&Item>, after: &mut Item) -> Result<()> {
    let to = status::get(tx, after.face.status)?;
    let from = match before {
        Some(before) if before.face.status == after.face.status => return Ok(()),
        Some(before) => Some(status::get(tx, before.face.status)?),
        None => None,
    };
    if let Some(from) = &from {
        status::check_step(tx, after.backlog, after.face.kind, from, &to)?;
        note_times(tx, &to, after);
    }
    Ok(())
}

/// When it came into the status that it is in, when work began and when it was done.
pub(super) fn note_times(tx: &Tx, to: &Status, item: &mut Item) {
    let now = tx.now();
    item.status_at = now;
    if matches!(to.category, Category::Doing | Category::Done) {
        item.started_at = item.started_at.or(Some(now));
    }
    item.done_at = match to.category {
        Category::Done => item.done_at.or(Some(now)),
        _ => None,
    };
}

/// Refused where the status belongs to another backlog or was removed.
pub(super) fn check_status(tx: &mut Tx, item: &Item) -> Result<()> {
    let known = status::all(tx, item.backlog)?.iter().any(|status| status.id == item.face.status);
    if known { Ok(()) } else { Err(conflict("That status does not exist any more. Choose another.")) }
}
