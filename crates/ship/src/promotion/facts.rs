//! All that is true of a promotion now, looked up once, for those who show it and those who decide.

use base::{
    Error, Result, UserId, canonical,
    refuse::{conflict, not_found},
};
use db::Tx;
use lab::run::{self, Run};
use people::{Duty, member};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::store::{Closed, PromotionRow};
use crate::{
    approval::store::{self as approvals, ApprovalRow},
    bundle::{self, Bundle},
    deployment::store::{self as deployments, DeploymentRow},
    gate::{self, Case, Missing, Yes},
    review::{self, Check, Judges, Sheet},
    subject::{self, Subject},
};

#[derive(Clone, Debug)]
pub struct Facts {
    pub row: PromotionRow,
    pub subject: Subject,
    pub run: Run,
    pub bundle: Bundle,
    /// The review request that counts, if one was made.
    pub sheet: Option<Sheet>,
    pub judges: Judges,
    /// All that were ever given.
    pub approvals: Vec<ApprovalRow>,
    pub deployment: Option<DeploymentRow>,
    /// The computed point of the checklist.
    pub performance: (review::State, String),
    pub case: Case,
    pub missing: Missing,
    pub state: State,
}

/// Where a promotion is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "PromotionState")]
pub enum State {
    Waiting,
    /// Nothing is missing.
    Approved,
    InProduction,
    /// It waited too long.
    Expired,
    Withdrawn,
    /// A newer request took its place, or a newer deployment did.
    Replaced,
}

impl Facts {
    /// What was deployed stays as it was then, whatever changed since.
    pub fn of(tx: &mut Tx, row: PromotionRow) -> Result<Facts> {
        let subject = Subject::of(tx, row.experiment)?;
        let run = run::load(tx, &row.run)?.ok_or_else(|| not_found("run"))?;
        let approvals = approvals::all(tx, &row.id)?;
        let deployment = deployments::of(tx, &row.id)?;
        let (bundle, sheet, performance) = match &deployment {
            Some(deployment) => {
                let request = review::store::request(tx, &deployment.review_request)?;
                let then = (review::State::Pass, "The run met the rule when it was deployed.".to_owned());
                (bundle::kept(tx, &deployment.digest)?, Some(Sheet::of(tx, request)?), then)
            }
            None => {
                let bundle = bundle::of(tx, &run, &row.plan)?;
                (bundle, Sheet::current(tx, subject.id)?, subject::performance_of(tx, &run)?)
            }
        };
        let judges = if deployment.is_some() { Judges::settled() } else { Judges::now(tx, &subject)? };
        let given = given(tx, &subject, &approvals, deployment.is_some())?;
        // Who writes to the run once it is deployed changes nothing about what was agreed.
        let authors = if deployment.is_some() { vec![run.creator.clone()] } else { run::authors(tx, &run)? };
        let case = case(&row, &judges, authors, &bundle, sheet.as_ref(), performance.0, given);
        let missing = match deployment {
            Some(_) => Missing { duties: Vec::new(), checks: Vec::new() },
            None => gate::missing(&case),
        };
        let state = state(tx, &row, deployment.as_ref(), &missing, &bundle.digest);
        Ok(Facts { row, subject, run, bundle, sheet, judges, approvals, deployment, performance, case, missing, state })
    }

    /// Why nothing more can be decided about it; nothing while it is open.
    pub fn closed(&self) -> Option<Error> {
        Some(conflict(match self.state {
            State::Waiting | State::Approved => return self.subject.gone(),
            State::InProduction => {
                let back = &self.row.plan.rollback_to;
                format!("This is in production. To take it back, roll back to {back}, or promote another run.")
            }
            State::Expired => "This promotion waited too long and expired. Ask for it again.".to_owned(),
            State::Withdrawn => "This promotion was closed. Ask for it again.".to_owned(),
            State::Replaced => "A newer promotion of this experiment took the place of this one.".to_owned(),
        }))
    }

    /// Names everything that counts here: another bundle, approval, judgement or state is another version.
    pub fn version(&self) -> String {
        let approvals: Vec<_> = self.approvals.iter().map(|row| (&row.id, row.withdrawn_at)).collect();
        let reviews = self.sheet.iter().flat_map(|sheet| &sheet.reviews).map(|row| (&row.id, row.version));
        let state = json!({
            "bundle": self.bundle.digest, "state": self.state, "missing": self.missing, "approvals": approvals,
            "reviews": reviews.collect::<Vec<_>>(),
        });
        hex::encode(Sha256::digest(canonical::to_string(&state)))
    }

    pub fn approved(&self) -> bool {
        self.deployment.is_some() || self.state == State::Approved
    }

    /// Whether the log says something else about the approval than what is true.
    pub fn announced_differs(&self) -> bool {
        let true_now = (self.state == State::Approved).then_some(&self.bundle.digest);
        self.row.approved.as_ref() != true_now
    }

    /// Why an approval does not count; nothing when it does.
    pub fn flaw(&self, approval: &ApprovalRow) -> Option<String> {
        if approval.withdrawn_at.is_some() {
            return Some("It was withdrawn.".to_owned());
        }
        let given = self.case.approvals.iter().find(|yes| yes.duty == approval.duty && yes.is(approval));
        given.and_then(|yes| gate::flaw(&self.case, yes))
    }

    /// The approval for a duty that counts now.
    pub fn standing(&self, duty: Duty) -> Option<&ApprovalRow> {
        self.approvals.iter().find(|approval| approval.duty == duty && self.flaw(approval).is_none())
    }
}

impl Yes {
    fn is(&self, approval: &ApprovalRow) -> bool {
        self.user == approval.user && self.digest == approval.digest
    }
}

fn given(tx: &mut Tx, subject: &Subject, approvals: &[ApprovalRow], deployed: bool) -> Result<Vec<Yes>> {
    let mut given = Vec::new();
    for duty in gate::REQUIRED {
        let holders: Vec<UserId> = match deployed {
            true => Vec::new(),
            false => member::holders(tx, &subject.project, duty)?.into_iter().map(|person| person.id).collect(),
        };
        let standing = approvals.iter().filter(|approval| approval.duty == duty && approval.withdrawn_at.is_none());
        given.extend(standing.map(|approval| Yes {
            duty,
            user: approval.user.clone(),
            digest: approval.digest.clone(),
            holds: deployed || holders.contains(&approval.user),
        }));
    }
    Ok(given)
}

fn case(
    row: &PromotionRow,
    judges: &Judges,
    logged_by: Vec<UserId>,
    bundle: &Bundle,
    sheet: Option<&Sheet>,
    performance: review::State,
    approvals: Vec<Yes>,
) -> Case {
    let mut checks = sheet.map(|sheet| sheet.states(judges)).unwrap_or_default();
    checks.push((Check::PerformanceMeetsThreshold, performance));
    Case {
        digest: bundle.digest.clone(),
        asked_by: row.asked_by.clone(),
        logged_by,
        approvals,
        checks,
        reviews: sheet.map(|sheet| sheet.decisions(judges)).unwrap_or_default(),
        unready: bundle.models.iter().filter(|model| !model.is_ready()).map(|model| model.id.clone()).collect(),
    }
}

/// An approval that was announced in time stands beyond the end of the waiting time; one that
/// would come about later does not.
fn state(tx: &Tx, row: &PromotionRow, deployment: Option<&DeploymentRow>, missing: &Missing, digest: &str) -> State {
    if let Some(deployment) = deployment {
        return if deployment.replaced_at.is_some() { State::Replaced } else { State::InProduction };
    }
    let late = tx.now() >= row.expires_at && row.approved.as_deref() != Some(digest);
    match row.closed_as {
        Some(Closed::Withdrawn) => State::Withdrawn,
        Some(Closed::Replaced | Closed::Deployed) => State::Replaced,
        Some(Closed::Expired) => State::Expired,
        None if missing.nothing() && !late => State::Approved,
        None if tx.now() >= row.expires_at => State::Expired,
        None => State::Waiting,
    }
}
