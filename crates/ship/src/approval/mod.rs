//! An approval is one person's recorded yes, for one duty, to exactly the bundle that there is now.
//! It counts while the bundle stays the same and the person answers for the duty. Whoever gave it
//! may withdraw it until the bundle is deployed; both stay on the record.

pub mod http;
pub mod store;
#[cfg(test)]
mod tests;

use base::{
    Error, PromotionId, Result,
    refuse::{conflict, forbidden, invalid},
};
use db::Tx;
use people::{Actor, Duty, door::IfMatch};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::ApprovalRow;

use crate::{
    bundle,
    gate::{REQUIRED, barred, with_article},
    promotion::{self, Facts, Promotion, check_digest, check_version, checked_note, emit, seen},
    seat::Seat,
};

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewApproval")]
pub struct Given {
    /// The duty for which you approve.
    pub duty: Duty,
    pub note: Option<String>,
    /// Of the bundle that you looked at; another one by now is refused.
    pub digest: Option<String>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WithdrawnApproval")]
pub struct Withdrawn {
    pub duty: Duty,
    pub note: Option<String>,
}

/// Gives an approval. Giving it again changes nothing but the note. `seen_as` is what the approver saw.
pub fn give(tx: &mut Tx, actor: &Actor, id: &PromotionId, seen_as: &IfMatch, given: &Given) -> Result<Promotion> {
    let facts = seen(tx, actor, id)?;
    let seat = Seat::of(tx, actor, &facts.subject.project)?;
    let own = standing_of(&seat, &facts, given.duty).cloned();
    if own.is_none()
        && let Some(refusal) = refusal(&seat, &facts, given.duty)
    {
        return Err(refusal);
    }
    if let Some(refusal) = seat.not_deciding().or_else(|| facts.closed()) {
        return Err(refusal);
    }
    check_version(tx, actor, &facts, seen_as)?;
    check_digest(&facts, given.digest.as_deref())?;
    let note = checked_note(given.note.as_deref())?;
    match own {
        Some(own) => {
            if let Some(note) = note {
                store::set_note(tx, &own.id, &note)?;
            }
        }
        None => add(tx, actor, &facts, given.duty, note.as_deref())?,
    }
    promotion::settle(tx, actor, &facts.subject)?;
    promotion::get(tx, actor, id)
}

fn add(tx: &mut Tx, actor: &Actor, facts: &Facts, duty: Duty, note: Option<&str>) -> Result<()> {
    let digest = &facts.bundle.digest;
    for void in void(facts, duty, actor) {
        store::withdraw(tx, &void.id, None)?;
        let body = json!({ "approval": void.id, "duty": void.duty, "user": void.user, "void": true });
        emit(tx, None, "approval.withdrawn", &facts.subject, &facts.row.id, body)?;
    }
    bundle::keep(tx, &facts.bundle)?;
    let id = store::add(tx, &facts.row.id, duty, &actor.user, digest, note)
        .map_err(|e| e.on("approval_duty", || conflict(format!("There is an approval by {} already.", plain(duty)))))
        .map_err(|e| e.on("approval_person", || conflict("You approved this for another duty already.")))?;
    let body = json!({ "approval": id, "duty": duty, "digest": digest });
    emit(tx, Some(actor), "approval.given", &facts.subject, &facts.row.id, body)
}

/// Approvals of this bundle that do not count and stand in the way of a new one.
fn void<'f>(facts: &'f Facts, duty: Duty, actor: &Actor) -> Vec<&'f ApprovalRow> {
    let in_the_way = |row: &&ApprovalRow| {
        row.withdrawn_at.is_none()
            && row.digest == facts.bundle.digest
            && (row.duty == duty || row.user == actor.user)
            && facts.flaw(row).is_some()
    };
    facts.approvals.iter().filter(in_the_way).collect()
}

/// Why this person may not approve for the duty; nothing when they may.
pub fn refusal(seat: &Seat, facts: &Facts, duty: Duty) -> Option<Error> {
    if let Some(refusal) = seat.not_deciding() {
        return Some(refusal);
    }
    if !REQUIRED.contains(&duty) {
        let asked = REQUIRED.map(Duty::as_str).join(", ");
        return Some(invalid("duty", format!("is not asked for; a promotion needs {asked}")));
    }
    if let Some(why) = barred(&facts.case, &seat.user) {
        return Some(forbidden(format!("You {why}, so someone else must approve it.")));
    }
    if !seat.holds(duty) {
        let who = with_article(duty);
        return Some(forbidden(format!("This approval is given by {who}; you do not have that duty here.")));
    }
    if let Some(refusal) = facts.closed() {
        return Some(refusal);
    }
    let other = REQUIRED.into_iter().find(|other| standing_of(seat, facts, *other).is_some());
    match other {
        Some(other) if other == duty => {
            return Some(conflict(format!("You approved this as {} already.", plain(duty))));
        }
        Some(other) => {
            let other = plain(other);
            return Some(conflict(format!("You approved this as {other}; each duty needs a different person.")));
        }
        None => {}
    }
    let taken = facts.standing(duty).is_some();
    taken.then(|| conflict(format!("There is an approval by {} already.", plain(duty))))
}

/// This person's approval for the duty, if it counts.
fn standing_of<'f>(seat: &Seat, facts: &'f Facts, duty: Duty) -> Option<&'f ApprovalRow> {
    facts.standing(duty).filter(|approval| approval.user == seat.user)
}

/// `technical lead`
fn plain(duty: Duty) -> String {
    duty.as_str().replace('_', " ")
}

/// Takes back the caller's approval, also one that does not count any more. Taking it back again
/// changes nothing.
pub fn withdraw(
    tx: &mut Tx,
    actor: &Actor,
    id: &PromotionId,
    seen_as: &IfMatch,
    withdrawn: &Withdrawn,
) -> Result<Promotion> {
    let facts = seen(tx, actor, id)?;
    let seat = Seat::of(tx, actor, &facts.subject.project)?;
    if let Some(refusal) = withdrawal_refusal(&seat, &facts, withdrawn.duty) {
        return Err(refusal);
    }
    check_version(tx, actor, &facts, seen_as)?;
    let note = checked_note(withdrawn.note.as_deref())?;
    let standing = own(&seat, &facts, withdrawn.duty).filter(|row| row.withdrawn_at.is_none());
    for row in standing {
        store::withdraw(tx, &row.id, note.as_deref())?;
        let body = json!({ "approval": row.id, "duty": row.duty, "digest": row.digest });
        emit(tx, Some(actor), "approval.withdrawn", &facts.subject, id, body)?;
    }
    promotion::settle(tx, actor, &facts.subject)?;
    promotion::get(tx, actor, id)
}

/// Why this person may not withdraw an approval for the duty; nothing when they may.
pub fn withdrawal_refusal(seat: &Seat, facts: &Facts, duty: Duty) -> Option<Error> {
    if let Some(refusal) = seat.not_deciding().or_else(|| facts.closed()) {
        return Some(refusal);
    }
    let none = own(seat, facts, duty).next().is_none();
    none.then(|| conflict(format!("You have not approved this as {}. Only who approved can withdraw it.", plain(duty))))
}

fn own<'f>(seat: &'f Seat, facts: &'f Facts, duty: Duty) -> impl Iterator<Item = &'f ApprovalRow> {
    facts.approvals.iter().filter(move |row| row.duty == duty && row.user == seat.user)
}
