//! The gate decides whether a bundle may go out, and says at every moment what is missing. What it
//! shows and what it enforces is one function of plain values: [`missing`].
//!
//! Three duties must agree, each through a different person, none of them the one who asked or who
//! logged the evidence. All points of the checklist must have passed and all reviews must have been
//! accepted, and all models that the run made must be there, whole. Silence is never a yes: what is
//! undecided or lacks evidence is missing.

#[cfg(test)]
mod tests;

use base::{ModelId, UserId};
use people::Duty;
use schemars::JsonSchema;
use serde::Serialize;

use crate::review::{Check, Decision, Kind, State};

/// Who must agree.
pub const REQUIRED: [Duty; 3] = [Duty::TechnicalLead, Duty::ProductOwner, Duty::Security];

/// What is judged, as plain values.
#[derive(Clone, Debug)]
pub struct Case {
    /// Of the bundle as it is now.
    pub digest: String,
    pub asked_by: UserId,
    /// Who logged the evidence run, or anything to it.
    pub logged_by: Vec<UserId>,
    pub approvals: Vec<Yes>,
    pub checks: Vec<(Check, State)>,
    pub reviews: Vec<(Kind, Option<Decision>)>,
    /// What the run made and is not ready: pending, failed, deleted, or unknown to the project.
    pub unready: Vec<ModelId>,
}

/// An approval that was given and not withdrawn.
#[derive(Clone, Debug)]
pub struct Yes {
    pub duty: Duty,
    pub user: UserId,
    /// Of the bundle that was approved.
    pub digest: String,
    /// Whether the user answers for the duty now.
    pub holds: bool,
}

/// What must still come before the bundle may go out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Missing {
    /// Duties without a valid approval.
    pub duties: Vec<Duty>,
    /// Points that did not pass, `review:KIND` for reviews that are undecided or declined, and
    /// `model:ID` for models of the run that are not ready.
    pub checks: Vec<String>,
}

impl Missing {
    pub fn nothing(&self) -> bool {
        self.duties.is_empty() && self.checks.is_empty()
    }
}

pub fn missing(case: &Case) -> Missing {
    Missing { duties: missing_duties(case), checks: missing_checks(case) }
}

/// Each person counts for one duty at most, for the first in the order of [`REQUIRED`].
fn missing_duties(case: &Case) -> Vec<Duty> {
    let mut counted: Vec<&UserId> = Vec::new();
    let mut missing = Vec::new();
    for duty in REQUIRED {
        let valid = case.approvals.iter().filter(|yes| yes.duty == duty && flaw(case, yes).is_none());
        match valid.map(|yes| &yes.user).filter(|user| !counted.contains(user)).min() {
            Some(user) => counted.push(user),
            None => missing.push(duty),
        }
    }
    missing
}

fn missing_checks(case: &Case) -> Vec<String> {
    let passed = |check: Check| case.checks.iter().any(|(c, state)| *c == check && *state == State::Pass);
    let accepted = |kind: Kind| case.reviews.iter().any(|(k, d)| *k == kind && *d == Some(Decision::Accepted));
    let checks = Check::ALL.into_iter().filter(|check| !passed(*check)).map(|check| check.as_str().to_owned());
    let reviews = Kind::ALL.into_iter().filter(|kind| !accepted(*kind)).map(|k| format!("review:{}", k.as_str()));
    let models = case.unready.iter().map(|model| format!("model:{model}"));
    checks.chain(reviews).chain(models).collect()
}

/// Why an approval does not count; nothing when it does.
pub fn flaw(case: &Case, yes: &Yes) -> Option<String> {
    if yes.digest != case.digest {
        return Some("What the bundle holds changed after this approval.".to_owned());
    }
    if let Some(why) = barred(case, &yes.user) {
        return Some(format!("It does not count: this person {why}."));
    }
    if !yes.holds {
        return Some(format!("This person is no longer {} of the project.", with_article(yes.duty)));
    }
    None
}

/// Why this person may approve nothing of this case, whatever their duties: they would approve
/// what they asked for or made themselves. Completes "you …" and "this person …".
pub fn barred(case: &Case, user: &UserId) -> Option<&'static str> {
    if *user == case.asked_by {
        return Some("asked for this promotion");
    }
    if case.logged_by.contains(user) {
        return Some("logged the evidence run");
    }
    None
}

/// `a technical lead`, for sentences.
pub fn with_article(duty: Duty) -> &'static str {
    match duty {
        Duty::TechnicalLead => "a technical lead",
        Duty::ProductOwner => "a product owner",
        Duty::Security => "somebody in charge of security",
        Duty::EthicsReviewer => "an ethics reviewer",
        Duty::ScrumMaster => "a scrum master",
    }
}
