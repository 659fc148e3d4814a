//! A promotion as people see it.

use base::{PromotionId, Result, RunId, Time};
use db::Tx;
use people::{Actor, Can, Duty, Person, user};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Facts, State, cancel_refusal};
use crate::{
    approval,
    bundle::{self, Bundle, change::changes},
    deployment,
    gate::{Missing, REQUIRED},
    history::{self, Entry},
    http::Versioned,
    monitoring::{self, MonitoringSetup, Watched},
    review::{self, ChecklistItem, Review},
    rollout::{DeploymentPlan, Plan},
    seat::Seat,
    subject::{self, ExperimentRef},
};

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Promotion {
    pub id: PromotionId,
    pub experiment: ExperimentRef,
    pub run: RunRef,
    /// What exactly is approved.
    pub bundle: Bundle,
    /// What is different in the bundle since it was asked for, in sentences; empty in lists.
    pub changed: Vec<String>,
    pub plan: Plan,
    pub state: State,
    pub approved: bool,
    pub missing: Missing,
    pub asked_by: Person,
    pub asked_at: Time,
    pub expires_at: Time,
    pub required_duties: Vec<Duty>,
    /// All that were ever given; `valid` ones count.
    pub approvals: Vec<Approval>,
    pub review_checklist: Vec<ChecklistItem>,
    pub reviews: Vec<Review>,
    /// Null until it is approved.
    pub deployment_plan: Option<DeploymentPlan>,
    /// Null until it is approved.
    pub monitoring_setup: Option<MonitoringSetup>,
    pub deployment: Option<Deployment>,
    /// How it ended, if it ended without a deployment.
    pub closing: Option<Closing>,
    /// Newest first; empty in lists.
    pub history: Vec<Entry>,
    /// Changes with all that counts; the `ETag`, to be sent back in `If-Match`.
    pub version: String,
    pub can: PromotionCan,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RunRef {
    pub id: RunId,
    pub name: String,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Approval {
    pub duty: Duty,
    pub user: Person,
    pub note: Option<String>,
    pub given_at: Time,
    pub withdrawn_at: Option<Time>,
    /// Why it was withdrawn.
    pub withdrawn_note: Option<String>,
    /// Of the bundle that was approved.
    pub digest: String,
    pub valid: bool,
    pub why_not: Option<String>,
    /// What is different in the bundle since this approval, in sentences; empty in lists.
    pub changed: Vec<String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Deployment {
    pub deployed_by: Person,
    pub deployed_at: Time,
    pub environment: String,
    pub note: Option<String>,
    /// When a newer deployment to the same environment took its place.
    pub replaced_at: Option<Time>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "PromotionEnd")]
pub struct Closing {
    /// Null when its time was over.
    pub closed_by: Option<Person>,
    pub closed_at: Time,
    pub note: Option<String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PromotionCan {
    /// By duty.
    pub approve: Can,
    /// By duty, where an approval stands.
    pub withdraw: Can,
    #[serde(flatten)]
    pub rest: Can,
}

impl Versioned for Promotion {
    fn version(&self) -> String {
        self.version.clone()
    }
}

pub fn promotion(tx: &mut Tx, actor: &Actor, facts: &Facts) -> Result<Promotion> {
    let mut promotion = brief(tx, actor, facts)?;
    if let Some(asked) = &facts.row.asked {
        promotion.changed = changed(tx, facts, asked)?;
    }
    for approval in &mut promotion.approvals {
        approval.changed = changed(tx, facts, &approval.digest)?;
    }
    let reviews: Vec<String> = promotion.reviews.iter().map(|review| format!("review:{}", review.id)).collect();
    promotion.history = history::of(tx, &format!("promotion:{}", facts.row.id), &reviews)?;
    Ok(promotion)
}

/// What changed since the bundle was the one of this digest; nothing changes of what was deployed.
fn changed(tx: &mut Tx, facts: &Facts, digest: &str) -> Result<Vec<String>> {
    if facts.deployment.is_some() || digest == facts.bundle.digest {
        return Ok(Vec::new());
    }
    Ok(changes(&bundle::kept(tx, digest)?, &facts.bundle))
}

/// Without the history, and without what changed.
pub fn brief(tx: &mut Tx, actor: &Actor, facts: &Facts) -> Result<Promotion> {
    let Facts { row, subject, run, bundle, sheet, .. } = facts;
    let seat = Seat::of(tx, actor, &subject.project)?;
    let approved = facts.approved();
    Ok(Promotion {
        id: row.id.clone(),
        experiment: subject.reference(),
        run: RunRef { id: run.id.clone(), name: run.name.clone() },
        bundle: bundle.clone(),
        changed: Vec::new(),
        plan: row.plan.clone(),
        state: facts.state,
        approved,
        missing: facts.missing.clone(),
        asked_by: user::person(tx, &row.asked_by)?,
        asked_at: row.asked_at,
        expires_at: row.expires_at,
        required_duties: REQUIRED.to_vec(),
        approvals: approvals(tx, facts)?,
        review_checklist: review::checklist(tx, &facts.judges, sheet.as_ref(), facts.performance.clone())?,
        reviews: match sheet {
            Some(sheet) => review::reviews(tx, actor, subject, &facts.judges, sheet)?,
            None => Vec::new(),
        },
        deployment_plan: approved.then(|| row.plan.clone().into()),
        monitoring_setup: approved.then(|| monitoring::setup(&watched(facts))),
        deployment: deployed(tx, facts)?,
        closing: closing(tx, facts)?,
        history: Vec::new(),
        version: facts.version(),
        can: can(&seat, facts),
    })
}

pub fn watched(facts: &Facts) -> Watched<'_> {
    let Facts { row, bundle, .. } = facts;
    Watched {
        promotion: &row.id,
        experiment: row.experiment,
        digest: &bundle.digest,
        plan: &row.plan,
        rule: bundle.rule.as_ref(),
    }
}

fn approvals(tx: &mut Tx, facts: &Facts) -> Result<Vec<Approval>> {
    let mut approvals = Vec::new();
    for row in &facts.approvals {
        let why_not = facts.flaw(row);
        approvals.push(Approval {
            duty: row.duty,
            user: user::person(tx, &row.user)?,
            note: row.note.clone(),
            given_at: row.given_at,
            withdrawn_at: row.withdrawn_at,
            withdrawn_note: row.withdrawn_note.clone(),
            digest: row.digest.clone(),
            valid: why_not.is_none(),
            why_not,
            changed: Vec::new(),
        });
    }
    Ok(approvals)
}

fn deployed(tx: &mut Tx, facts: &Facts) -> Result<Option<Deployment>> {
    let Some(row) = &facts.deployment else { return Ok(None) };
    Ok(Some(Deployment {
        deployed_by: user::person(tx, &row.deployed_by)?,
        deployed_at: row.deployed_at,
        environment: row.environment.clone(),
        note: row.note.clone(),
        replaced_at: row.replaced_at,
    }))
}

fn closing(tx: &mut Tx, facts: &Facts) -> Result<Option<Closing>> {
    let row = &facts.row;
    let Some(closed_at) = row.closed_at.filter(|_| facts.deployment.is_none()) else { return Ok(None) };
    let closed_by = subject::person(tx, row.closed_by.as_ref())?;
    Ok(Some(Closing { closed_by, closed_at, note: row.closed_note.clone() }))
}

fn can(seat: &Seat, facts: &Facts) -> PromotionCan {
    let said = |refusal: Option<base::Error>| refusal.map(|refusal| refusal.detail().to_owned());
    let (mut approve, mut withdraw) = (Can::new(), Can::new());
    for duty in REQUIRED {
        approve = approve.with(duty.as_str(), said(approval::refusal(seat, facts, duty)));
        if facts.standing(duty).is_some() {
            withdraw = withdraw.with(duty.as_str(), said(approval::withdrawal_refusal(seat, facts, duty)));
        }
    }
    let rest = Can::new()
        .with("deploy", said(deployment::refusal(seat, facts)))
        .with("cancel", said(cancel_refusal(seat, facts)));
    PromotionCan { approve, withdraw, rest }
}
