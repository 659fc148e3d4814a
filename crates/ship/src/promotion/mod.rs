//! A promotion is the request to move a bundle into an environment. It waits until nothing is
//! missing, then it is approved, then someone deploys it. It ends when it is deployed, closed,
//! replaced by a newer request of the same experiment, or when it waited for fourteen days; time
//! never approves.
//!
//! Whether it is approved is computed from what is true now, each time someone looks or acts. The
//! store remembers only which approval was announced, so that the log tells when it came and went.

pub mod facts;
pub mod http;
pub mod store;
#[cfg(test)]
mod tests;
mod view;

use base::{
    Cursor, Error, ExperimentId, Limit, Page, PromotionId, Result, RunId, Time,
    refuse::{conflict, forbidden, internal, invalid, not_found, stale},
    text,
};
use db::{Event, Tx};
pub use facts::{Facts, State};
use lab::run::{self, Run};
use people::{Actor, Right, door::IfMatch, project};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::{Closed, PromotionRow};
pub use view::{Promotion, watched};

use crate::{
    bundle, deployment, environment, review,
    rollout::{self, AskedPlan},
    seat::Seat,
    subject::Subject,
};

/// What someone asks for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewPromotion")]
pub struct Asked {
    /// The finished run that is the evidence.
    pub run_id: RunId,
    pub plan: AskedPlan,
}

/// How long a promotion may wait.
const WAITS_DAYS: i64 = 14;
const LONGEST_NOTE: usize = 10_000;

/// Background work: looks at a promotion again when its time is over.
pub const SETTLE: &str = "promotion.settle";

/// Asks for a promotion. An earlier one of the experiment that is still open is replaced.
pub fn ask(tx: &mut Tx, actor: &Actor, experiment: ExperimentId, asked: &Asked) -> Result<Promotion> {
    let subject = Subject::seen(tx, actor, experiment)?;
    people::require(tx, actor, Right::Plan, &subject.project)?;
    if let Some(refusal) = subject.gone() {
        return Err(refusal);
    }
    let mut plan = rollout::plan(&asked.plan)?;
    plan.environment = environment::spelled(tx, &subject.project, &plan.environment)?;
    let run = evidence(tx, &subject, &asked.run_id)?;
    settle(tx, actor, &subject)?;
    let now = tx.now();
    let id = PromotionId(tx.new_id());
    if let Some(earlier) = store::open(tx, experiment)? {
        store::close(tx, &earlier.id, Closed::Replaced, Some(&actor.user), None)?;
        emit(tx, Some(actor), "promotion.replaced", &subject, &earlier.id, json!({ "by": id }))?;
    }
    let bundle = bundle::of(tx, &run, &plan)?;
    bundle::keep(tx, &bundle)?;
    let row = PromotionRow {
        id,
        experiment,
        run: run.id,
        plan,
        asked: Some(bundle.digest),
        asked_by: actor.user.clone(),
        asked_at: now,
        expires_at: now.plus_days(WAITS_DAYS),
        approved: None,
        closed_at: None,
        closed_as: None,
        closed_by: None,
        closed_note: None,
    };
    store::add(tx, &row)?;
    tx.later(SETTLE, &json!({ "id": row.id }), row.expires_at)?;
    let facts = Facts::of(tx, row)?;
    let body = json!({ "run": facts.run.id, "digest": facts.bundle.digest });
    emit(tx, Some(actor), "promotion.asked", &subject, &facts.row.id, body)?;
    settle(tx, actor, &subject)?;
    get(tx, actor, &facts.row.id)
}

/// The run, if it can be evidence for this experiment now.
fn evidence(tx: &mut Tx, subject: &Subject, id: &RunId) -> Result<Run> {
    let run = run::load(tx, id)?.filter(|run| run.experiment == subject.id);
    let run = run.ok_or_else(|| invalid("run_id", "is no run of this experiment"))?;
    if run.deleted_at.is_some() {
        return Err(conflict("This run is deleted. Restore it, or choose another."));
    }
    if !run.status.is_success() {
        let status = run.status.as_str();
        return Err(conflict(format!("This run is {status}. Only a run that ended as FINISHED can be evidence.")));
    }
    Ok(run)
}

pub fn get(tx: &mut Tx, actor: &Actor, id: &PromotionId) -> Result<Promotion> {
    let facts = seen(tx, actor, id)?;
    view::promotion(tx, actor, &facts)
}

/// The one that was asked for last.
pub fn latest(tx: &mut Tx, actor: &Actor, experiment: ExperimentId) -> Result<Promotion> {
    Subject::seen(tx, actor, experiment)?;
    let row = store::latest(tx, experiment)?.ok_or_else(|| not_found("promotion"))?;
    get(tx, actor, &row.id)
}

/// All of a project, newest first, without their histories.
pub fn queue(tx: &mut Tx, actor: &Actor, key: &str, cursor: Option<&str>, limit: Limit) -> Result<Page<Promotion>> {
    let project = project::by_key(tx, actor, key)?;
    let before = cursor.map(Cursor::read::<(i64, String)>).transpose()?;
    let before = before.map(|(at, id)| (Time(at), id));
    let found = Page::cut(store::queue(tx, &project.id, before, limit)?, limit, |r| (r.asked_at.ms(), r.id.clone()));
    let mut items = Vec::new();
    for row in found.items {
        let facts = Facts::of(tx, row)?;
        items.push(view::brief(tx, actor, &facts)?);
    }
    Ok(Page { items, next: found.next })
}

/// Everything about a promotion, for someone who may look at it.
pub fn seen(tx: &mut Tx, actor: &Actor, id: &PromotionId) -> Result<Facts> {
    let row = store::get(tx, id)?.ok_or_else(|| not_found("promotion"))?;
    Subject::seen_as(tx, actor, row.experiment, "promotion")?;
    Facts::of(tx, row)
}

/// Closes a promotion that is not wanted any more.
pub fn cancel(
    tx: &mut Tx,
    actor: &Actor,
    id: &PromotionId,
    seen_as: &IfMatch,
    note: Option<&str>,
) -> Result<Promotion> {
    let facts = seen(tx, actor, id)?;
    let seat = Seat::of(tx, actor, &facts.subject.project)?;
    if let Some(refusal) = cancel_refusal(&seat, &facts) {
        return Err(refusal);
    }
    check_version(tx, actor, &facts, seen_as)?;
    let note = checked_note(note)?;
    store::close(tx, id, Closed::Withdrawn, Some(&actor.user), note.as_deref())?;
    emit(tx, Some(actor), "promotion.withdrawn", &facts.subject, id, json!({}))?;
    settle(tx, actor, &facts.subject)?;
    get(tx, actor, id)
}

/// Why this person may not close the promotion; nothing when they may.
pub fn cancel_refusal(seat: &Seat, facts: &Facts) -> Option<Error> {
    let asker = seat.user == facts.row.asked_by;
    if let Some(refusal) = if asker { seat.not_deciding() } else { None } {
        return Some(refusal);
    }
    if !asker && seat.not_administering().is_some() {
        return Some(forbidden("Only the one who asked, or an admin of the project, closes a promotion."));
    }
    facts.closed()
}

/// A note as people write it; an empty one counts as none.
pub fn checked_note(note: Option<&str>) -> Result<Option<String>> {
    let Some(note) = note else { return Ok(None) };
    Ok(Some(text::optional("note", note, LONGEST_NOTE)?).filter(|note| !note.is_empty()))
}

/// Refuses when the caller saw another bundle than the one there is now.
pub fn check_digest(facts: &Facts, seen: Option<&str>) -> Result<()> {
    match seen {
        Some(digest) if digest != facts.bundle.digest => Err(stale(json!({ "digest": facts.bundle.digest }))),
        _ => Ok(()),
    }
}

/// Refuses when the promotion is in another state than the one that the caller saw.
pub fn check_version(tx: &mut Tx, actor: &Actor, facts: &Facts, seen: &IfMatch) -> Result<()> {
    seen.check(&facts.version(), || serde_json::to_value(view::promotion(tx, actor, facts)?).map_err(internal))
}

/// To be called by every act that may complete or undo an approval of the experiment's open
/// promotion: announces it, and tells the experiment its stage.
pub fn settle(tx: &mut Tx, actor: &Actor, subject: &Subject) -> Result<()> {
    settle_for(tx, Some(actor), subject)
}

/// [`settle`] without anyone acting: for work in the background.
pub fn settle_by_itself(tx: &mut Tx, id: &PromotionId) -> Result<()> {
    let Some(row) = store::get(tx, id)? else { return Ok(()) };
    let subject = Subject::of(tx, row.experiment)?;
    settle_for(tx, None, &subject)
}

fn settle_for(tx: &mut Tx, actor: Option<&Actor>, subject: &Subject) -> Result<()> {
    let open = store::open(tx, subject.id)?;
    let facts = open.map(|row| Facts::of(tx, row)).transpose()?;
    if let Some(facts) = &facts {
        announce(tx, actor, facts)?;
        expire(tx, facts)?;
    }
    let stage = stage(tx, subject, facts.as_ref())?;
    lab::experiment::set_stage(tx, subject.id, stage)
}

fn announce(tx: &mut Tx, actor: Option<&Actor>, facts: &Facts) -> Result<()> {
    let Facts { row, subject, .. } = facts;
    let digest = &facts.bundle.digest;
    if !facts.announced_differs() {
        return Ok(());
    }
    match (facts.state == State::Approved, &row.approved) {
        (true, _) => {
            store::announce(tx, &row.id, Some(digest))?;
            emit(tx, actor, "promotion.approved", subject, &row.id, json!({ "digest": digest }))
        }
        (false, Some(announced)) => {
            store::announce(tx, &row.id, None)?;
            let body = json!({ "digest": announced, "missing": facts.missing });
            emit(tx, actor, "promotion.reopened", subject, &row.id, body)
        }
        (false, None) => Ok(()),
    }
}

/// Writes down that time is over. It has been over since `expires_at`, whether written or not.
fn expire(tx: &mut Tx, facts: &Facts) -> Result<()> {
    if facts.state != State::Expired {
        return Ok(());
    }
    store::close(tx, &facts.row.id, Closed::Expired, None, None)?;
    emit(tx, None, "promotion.expired", &facts.subject, &facts.row.id, json!({}))
}

/// How far the experiment has come, as far as reviews and promotions say.
fn stage(tx: &mut Tx, subject: &Subject, open: Option<&Facts>) -> Result<Option<&'static str>> {
    if !deployment::store::live(tx, subject.id)?.is_empty() {
        return Ok(Some("in_production"));
    }
    match open.map(|facts| facts.state) {
        Some(State::Approved) => return Ok(Some("approved")),
        Some(State::Waiting) => return Ok(Some("in_review")),
        _ => {}
    }
    Ok(review::store::current(tx, subject.id)?.map(|_| "in_review"))
}

/// Writes into the log what happened to a promotion. `body` is an object; the experiment joins it.
pub fn emit(
    tx: &mut Tx,
    actor: Option<&Actor>,
    kind: &'static str,
    subject: &Subject,
    id: &PromotionId,
    mut body: serde_json::Value,
) -> Result<()> {
    body["experiment"] = json!(subject.id);
    let name = format!("promotion:{id}");
    let event = match actor {
        Some(actor) => actor.event(kind, name),
        None => Event::new("system", kind, name),
    };
    tx.emit(event.project(&subject.project).body(body))?;
    tx.touch(Some(&subject.project), subject.name_of());
    Ok(())
}
