//! How an item comes into a status. Every path there is leads through [`admit`]: making, changing,
//! moving, restoring and transferring an item. So a limit holds for all of them.

use base::{
    Result,
    refuse::{conflict, insufficient},
};
use db::Tx;
use people::Actor;
use serde_json::json;

use super::{Domain, Item, Kind};
use crate::{
    board,
    limit::check::{self as limits, Labelled},
    relation, spike, sprint,
    status::{self, Category, Status},
    story,
};

/// Lets the item be as it shall be, or refuses. `before` is what it was in the lists; none when it
/// comes in: made, restored, or from another project. Notes in `after` when it changed its status, when
/// work began and when it was done. `labels` are those that it shall have, and `overrule` is why no limit
/// shall hold this once.
pub(super) fn admit(
    tx: &mut Tx,
    actor: &Actor,
    before: Option<Labelled<'_>>,
    after: &mut Item,
    labels: &[String],
    overrule: Option<&str>,
) -> Result<()> {
    let comes = before.is_none_or(|before| before.item.face.status != after.face.status);
    let becomes = before.is_some_and(|before| before.item.face.kind != after.face.kind);
    if comes || becomes {
        let status = status::get(tx, after.face.status)?;
        spike::check_closing(tx, after, &status)?;
        if !comes && after.face.kind == Kind::Story {
            story::check_ready(tx, after, None, &status)?;
        }
    }
    if comes {
        let to = status::get(tx, after.face.status)?;
        let from = before.map(|before| status::get(tx, before.item.face.status)).transpose()?;
        if let Some((from, before)) = from.as_ref().zip(before) {
            let kinds = [before.item.face.kind, after.face.kind];
            // What becomes another thing on the way steps as both.
            for kind in &kinds[usize::from(!becomes)..] {
                status::check_step(tx, after.backlog, *kind, from, &to)?;
            }
            if kinds.contains(&Kind::Story) {
                story::check_ready(tx, after, Some(from), &to)?;
            }
            note_times(tx, &to, after);
        }
        let was = from.as_ref().zip(before.map(|before| before.item.face.rank.as_str()));
        board::limit::check(tx, actor, after, was, &to, overrule)?;
    }
    limits::check(tx, actor, before, Labelled { item: after, labels }, overrule)
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
    sprint::check_open(tx, item.backlog, id)?;
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

/// Refused where the status belongs to another backlog or was removed.
pub(super) fn check_status(tx: &mut Tx, item: &Item) -> Result<()> {
    let known = status::all(tx, item.backlog)?.iter().any(|status| status.id == item.face.status);
    if known { Ok(()) } else { Err(conflict("That status does not exist any more. Choose another.")) }
}
