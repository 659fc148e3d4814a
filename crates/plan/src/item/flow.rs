//! How an item comes into a status. Every path there is leads through [`admit`]: making, changing,
//! moving, restoring and transferring an item. So a limit holds for all of them.

use base::{
    BacklogId, ItemId, Result, StatusId,
    refuse::{conflict, insufficient},
};
use db::Tx;
use people::Actor;
use serde_json::json;

use super::{Domain, Item, Kind, get};
use crate::{
    board, hypothesis,
    limit::check::{self as limits, Labelled},
    relation, spike, sprint,
    status::{self, Category, Status},
    story,
};

/// On what way an item comes to be what it shall be.
#[derive(Clone, Copy)]
pub(super) enum Way<'a> {
    Made,
    /// From another project, where it was as `left`.
    Brought {
        left: &'a Item,
    },
    /// From the trash, into the status where it was.
    Restored,
    Changed {
        before: Labelled<'a>,
        /// What was before is put back.
        undoes: bool,
        /// Why no limit shall hold this once.
        overrule: Option<&'a str>,
    },
}

impl<'a> Way<'a> {
    /// What it was in the lists; none when it comes in.
    fn before(self) -> Option<Labelled<'a>> {
        match self {
            Self::Changed { before, .. } => Some(before),
            Self::Made | Self::Brought { .. } | Self::Restored => None,
        }
    }

    fn overrule(self) -> Option<&'a str> {
        match self {
            Self::Changed { overrule, .. } => overrule,
            Self::Made | Self::Brought { .. } | Self::Restored => None,
        }
    }
}

/// Lets the item be as it shall be, or refuses. Notes in `after` when it changed its status, when work
/// began and when it was done. `labels` are those that it shall have.
pub(super) fn admit(tx: &mut Tx, actor: &Actor, way: Way<'_>, after: &mut Item, labels: &[String]) -> Result<()> {
    let before = way.before();
    let comes = before.is_none_or(|before| before.item.face.status != after.face.status);
    let becomes = before.is_some_and(|before| before.item.face.kind != after.face.kind);
    if comes || becomes {
        let to = status::get(tx, after.face.status)?;
        let from = before.map(|before| status::get(tx, before.item.face.status)).transpose()?;
        spike::check_closing(tx, after, &to)?;
        hypothesis::check_closing(tx, after, &to)?;
        check_steps(tx, way, after, from.as_ref(), &to)?;
        let was = before.zip(from.as_ref()).map(|(before, from)| (before.item.face.kind, from));
        story::check_ready(tx, was, after, &to)?;
        if comes {
            if before.is_some() {
                note_times(tx, &to, after);
            }
            let was = from.as_ref().zip(before.map(|before| before.item.face.rank.as_str()));
            board::limit::check(tx, actor, after, was, &to, way.overrule())?;
        }
    }
    story::check_component(tx, before.map(|before| before.item), after)?;
    limits::check(tx, actor, before, Labelled { item: after, labels }, way.overrule())
}

/// Tries a status, and where that is full the open ones, in their order; refused as by the first where none has room.
pub(super) fn with_room<T>(
    tx: &mut Tx,
    backlog: BacklogId,
    status: StatusId,
    mut attempt: impl FnMut(&mut Tx, StatusId) -> Result<T>,
) -> Result<T> {
    let full = match attempt(tx, status) {
        Err(refusal) if refusal.members().contains_key("occupants") => refusal,
        done => return done,
    };
    for other in status::all(tx, backlog)? {
        if other.category != Category::Open || other.id == status {
            continue;
        }
        match attempt(tx, other.id) {
            Err(refusal) if matches!(refusal.kind(), base::Kind::Conflict | base::Kind::Insufficient) => {}
            done => return done,
        }
    }
    Err(full)
}

/// An item of a kind whose steps are set begins in the first status, also when it becomes of that kind, and
/// comes into the others by those steps. What is put back as it was has come there so, and what had ended by the steps
/// of another project has ended here, too.
fn check_steps(tx: &mut Tx, way: Way<'_>, after: &Item, from: Option<&Status>, to: &Status) -> Result<()> {
    let (backlog, kind) = (after.backlog, after.face.kind);
    match (way, from) {
        (Way::Restored | Way::Changed { undoes: true, .. }, _) => Ok(()),
        (Way::Changed { before, .. }, Some(from)) => {
            let was = before.item.face.kind;
            if from.id != to.id {
                status::check_step(tx, backlog, was, from, to)?;
            }
            let then = |first: &Status| format!("Bring {} back to {} before.", after.key, first.name);
            if was == kind || status::check_begin(tx, backlog, kind, to, then).is_ok() {
                return Ok(());
            }
            // It becomes the other thing where such things begin, and steps on as that.
            status::check_begin(tx, backlog, kind, from, then)?;
            status::check_step(tx, backlog, kind, from, to)
        }
        (Way::Made, _) => status::check_begin(tx, backlog, kind, to, |_| "Make it there, then move it.".to_owned()),
        (Way::Brought { left }, _) if has_ended(tx, left, to)? => Ok(()),
        (Way::Brought { .. } | Way::Changed { .. }, _) => {
            let then = |_: &Status| format!("Bring {} back to an open status first.", after.key);
            status::check_begin(tx, backlog, kind, to, then)
        }
    }
}

/// Whether it came to an end where it was by the steps that are set for its kind there, and stays so.
fn has_ended(tx: &mut Tx, left: &Item, to: &Status) -> Result<bool> {
    let ends = matches!(to.category, Category::Done | Category::Cancelled);
    let ended = ends && status::get(tx, left.face.status)?.category == to.category;
    Ok(ended && status::has_steps(tx, left.backlog, left.face.kind)?)
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

/// Complex work is probed before it is planned: an item of that domain comes into a sprint only with a
/// hypothesis or a spike, or as one.
pub(super) fn check_sprint(tx: &mut Tx, item: &Item) -> Result<()> {
    let Some(id) = item.face.sprint else { return Ok(()) };
    sprint::check_open(tx, item.backlog, "sprint", id)?;
    check_probed(tx, item)
}

/// Also for what is in a sprint already and becomes another thing there.
pub(super) fn check_probed(tx: &mut Tx, item: &Item) -> Result<()> {
    if item.face.sprint.is_none() {
        return Ok(());
    }
    let complex = item.face.domain == Some(Domain::Complex);
    if !complex || matches!(item.face.kind, Kind::Hypothesis | Kind::Spike) || relation::is_probed(tx, item)? {
        return Ok(());
    }
    let why = format!(
        "{} is complex: what works is known only in hindsight. Give it a hypothesis or a spike that tests it first.",
        item.key
    );
    Err(insufficient(why, json!(["hypothesis", "spike"])))
}

/// For what something else looked into: it stays in a sprint that goes on only while something does.
pub(crate) fn check_still_probed(tx: &mut Tx, items: &[ItemId]) -> Result<()> {
    for id in items {
        let item = get(tx, *id)?;
        let Some(sprint) = item.face.sprint.filter(|_| item.deleted_at.is_none()) else { continue };
        if sprint::check_open(tx, item.backlog, "sprint", sprint).is_ok() && check_probed(tx, &item).is_err() {
            return Err(conflict(format!(
                "{} is complex and in a sprint, and nothing else tests it. Take it out of the sprint first, or let another \
                 hypothesis or spike test it.",
                item.key
            )));
        }
    }
    Ok(())
}

/// Refused where the status belongs to another backlog or was removed.
pub(super) fn check_status(tx: &mut Tx, item: &Item) -> Result<()> {
    let known = status::all(tx, item.backlog)?.iter().any(|status| status.id == item.face.status);
    if known { Ok(()) } else { Err(conflict("That status does not exist any more. Choose another.")) }
}
