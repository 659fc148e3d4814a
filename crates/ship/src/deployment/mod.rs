//! A deployment is a bundle placed into an environment at a time: the one fact about what is live.
//! Everything is checked once more in the transaction that makes it. A later deployment of the same
//! experiment to the same environment replaces it. While it is live, what it rests on stays: `evidence`.

pub mod http;
pub mod store;
#[cfg(test)]
mod tests;

use base::{
    DeploymentId, Error, PromotionId, Result,
    refuse::{conflict, forbidden, insufficient, internal},
};
use db::Tx;
use people::{Actor, Duty, door::IfMatch};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::DeploymentRow;

use crate::{
    bundle,
    environment::same,
    gate::Missing,
    promotion::{
        self, Facts, Promotion, check_digest, check_version, checked_note, emit, seen,
        store::{Closed, close},
    },
    seat::Seat,
};

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewDeployment")]
pub struct Wanted {
    pub note: Option<String>,
    /// Of the bundle that you looked at; another one by now is refused.
    pub digest: Option<String>,
}

/// Places the approved bundle into its environment.
pub fn start(tx: &mut Tx, actor: &Actor, id: &PromotionId, seen_as: &IfMatch, wanted: &Wanted) -> Result<Promotion> {
    let facts = seen(tx, actor, id)?;
    let seat = Seat::of(tx, actor, &facts.subject.project)?;
    if let Some(refusal) = refusal(&seat, &facts) {
        return Err(refusal);
    }
    check_version(tx, actor, &facts, seen_as)?;
    check_digest(&facts, wanted.digest.as_deref())?;
    let note = checked_note(wanted.note.as_deref())?;
    promotion::settle(tx, actor, &facts.subject)?;
    bundle::keep(tx, &facts.bundle)?;
    let replaced = replace(tx, actor, &facts)?;
    let row = row(tx, actor, &facts, note)?;
    store::add(tx, &row)
        .map_err(|e| e.on("deployment_promotion", || conflict("This is deployed already.")))
        .map_err(|e| e.on("deployment_live", || occupied(&row.environment)))?;
    close(tx, id, Closed::Deployed, Some(&actor.user), None)?;
    let body = json!({
        "deployment": row.id, "environment": row.environment, "run": facts.run.id, "digest": row.digest,
        "replaces": replaced,
    });
    emit(tx, Some(actor), "deployment.started", &facts.subject, id, body)?;
    promotion::settle(tx, actor, &facts.subject)?;
    promotion::get(tx, actor, id)
}

fn occupied(environment: &str) -> Error {
    conflict(format!(
        "Something of this experiment is in {environment} already. Names that differ only in case are one environment."
    ))
}

/// Why this person may not deploy it; nothing when they may.
pub fn refusal(seat: &Seat, facts: &Facts) -> Option<Error> {
    if let Some(refusal) = seat.not_deciding() {
        return Some(refusal);
    }
    if !seat.holds(Duty::TechnicalLead) {
        return Some(forbidden("Only a technical lead of the project deploys."));
    }
    if let Some(refusal) = facts.closed() {
        return Some(refusal);
    }
    not_approved(&facts.missing)
}

/// Names what is missing; nothing when nothing is.
pub fn not_approved(missing: &Missing) -> Option<Error> {
    if missing.nothing() {
        return None;
    }
    let duties = missing.duties.iter().map(|duty| format!("approval by {}", duty.as_str().replace('_', " ")));
    let names: Vec<String> = duties.chain(missing.checks.iter().cloned()).collect();
    let detail = format!("This is not approved. Missing: {}.", names.join(", "));
    Some(insufficient(detail, json!(missing)))
}

/// Ends what is live in the environment, and says what that was.
fn replace(tx: &mut Tx, actor: &Actor, facts: &Facts) -> Result<Option<DeploymentId>> {
    let live = store::live(tx, facts.subject.id)?;
    let Some(live) = live.into_iter().find(|live| same(&live.environment, &facts.row.plan.environment)) else {
        return Ok(None);
    };
    let now = tx.now();
    store::replace(tx, &live.id, now)?;
    let body = json!({ "deployment": live.id, "by": facts.row.id });
    emit(tx, Some(actor), "deployment.replaced", &facts.subject, &live.promotion, body)?;
    Ok(Some(live.id))
}

fn row(tx: &mut Tx, actor: &Actor, facts: &Facts, note: Option<String>) -> Result<DeploymentRow> {
    let sheet = facts.sheet.as_ref().ok_or_else(|| internal("approved without reviews"))?;
    Ok(DeploymentRow {
        id: DeploymentId(tx.new_id()),
        promotion: facts.row.id.clone(),
        experiment: facts.subject.id,
        environment: facts.row.plan.environment.clone(),
        digest: facts.bundle.digest.clone(),
        review_request: sheet.request.id.clone(),
        deployed_by: actor.user.clone(),
        deployed_at: tx.now(),
        note,
        replaced_at: None,
    })
}
