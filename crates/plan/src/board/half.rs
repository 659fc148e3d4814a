//! A column of two halves: in the first, people work; in the second, what is done there waits for the
//! next step. Each half is a status of its own, and both share the limit of the first. So what is done
//! keeps its place until somebody pulls it on.

use base::{
    BacklogId, Result, StatusId,
    refuse::{conflict, invalid},
};
use db::Tx;
use people::Actor;

use super::{
    Change, event,
    store::{self, Frame},
};
use crate::{
    backlog::Backlog,
    status::{self, Category, Status},
};

/// The halves of the column of a status, the first one first; a column that is not split has one.
pub(super) fn of(frames: &[Frame], status: StatusId) -> &[Frame] {
    let place = frames.iter().position(|frame| frame.status == status).unwrap_or_default();
    let first = place - usize::from(frames[place].second_half && place > 0);
    let more = frames[first + 1..].iter().take_while(|frame| frame.second_half).count();
    &frames[first..=first + more]
}

/// Whether a status can be the second half of the column before it.
pub(super) fn check(statuses: &[Status], frames: &[Frame], place: usize, change: &Change) -> Result<()> {
    if !change.second_half {
        return Ok(());
    }
    if change.limit.is_some() {
        return Err(invalid("limit", "is that of the first half, which holds for both; leave it away here"));
    }
    if !follows(statuses, place) {
        let why = "needs a status in which work is done, right after another one";
        return Err(invalid("second_half", why));
    }
    if frames[place - 1].second_half {
        return Err(conflict(format!("{} is a second half itself.", statuses[place - 1].name)));
    }
    if let Some(after) = frames.get(place + 1).filter(|after| after.second_half) {
        let second = statuses.iter().find(|status| status.id == after.status);
        let name = second.map(|status| status.name.as_str()).unwrap_or_default();
        return Err(conflict(format!("{} has a second half itself: {name}. Part them first.", statuses[place].name)));
    }
    Ok(())
}

/// Work is done in both halves.
fn follows(statuses: &[Status], place: usize) -> bool {
    let does = |place: usize| statuses[place].category == Category::Doing;
    place > 0 && does(place) && does(place - 1)
}

/// Makes the column a second half, in which work waits, or one of its own, whose status is marked as it was before.
/// The frame is left to the caller to store.
pub(super) fn set(tx: &mut Tx, frame: &mut Frame, status: &mut Status, second_half: bool) -> Result<()> {
    if frame.second_half == second_half {
        return Ok(());
    }
    let was = status.waiting;
    status.waiting = second_half || frame.waited;
    status::mark_waiting(tx, status.id, status.waiting)?;
    (frame.second_half, frame.waited) = (second_half, second_half && was);
    Ok(())
}

/// Those that are second halves. Checks no right.
pub(crate) fn all(tx: &mut Tx, backlog: BacklogId) -> Result<Vec<StatusId>> {
    let halves = store::frames(tx, backlog)?.into_iter().filter(|frame| frame.second_half);
    Ok(halves.map(|frame| frame.status).collect())
}

/// After the statuses have another order than `before`: a half that does not follow its first one any more is a
/// column of its own.
pub(crate) fn settle(tx: &mut Tx, actor: &Actor, backlog: &Backlog, before: &[Status]) -> Result<()> {
    let statuses = status::all(tx, backlog.id)?;
    let ahead = |all: &[Status], id: StatusId| {
        let place = all.iter().position(|status| status.id == id)?;
        place.checked_sub(1).map(|place| all[place].id)
    };
    for (place, frame) in store::frames(tx, backlog.id)?.into_iter().enumerate() {
        let stays = follows(&statuses, place) && ahead(&statuses, frame.status) == ahead(before, frame.status);
        if frame.second_half && !stays {
            let (mut alone, mut status) = (frame.clone(), statuses[place].clone());
            set(tx, &mut alone, &mut status, false)?;
            store::set(tx, &alone)?;
            event(tx, actor, backlog, &status, &frame, &alone)?;
        }
    }
    Ok(())
}
