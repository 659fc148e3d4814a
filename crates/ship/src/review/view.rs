//! A review request as people see it.

use std::collections::BTreeMap;

use base::{ExperimentId, Result, ReviewId, ReviewRequestId, Time, refuse::not_found};
use db::Tx;
use people::{Actor, Can, Duty, Person, user};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Answered, Check, Decision, Judges, Kind, Sheet, State, refusal, store};
use crate::{
    http::Versioned,
    seat::Seat,
    subject::{self, ExperimentRef, Subject},
};

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReviewRequest {
    pub id: ReviewRequestId,
    pub experiment_id: ExperimentId,
    pub experiment: ExperimentRef,
    pub artifacts: BTreeMap<String, String>,
    pub asked_by: Person,
    pub asked_at: Time,
    /// When a newer request took its place.
    pub replaced_at: Option<Time>,
    pub review_checklist: Vec<ChecklistItem>,
    pub reviews: Vec<Review>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChecklistItem {
    pub key: Check,
    pub text: String,
    pub state: State,
    pub evidence: Option<String>,
    /// The review that answers it.
    pub review: Answered,
    pub decided_by: Option<Person>,
    pub decided_at: Option<Time>,
    /// Why the answer does not count, when it does not.
    pub why_not: Option<String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Review {
    pub id: ReviewId,
    pub kind: Kind,
    pub decision: Option<Decision>,
    pub note: Option<String>,
    pub decided_by: Option<Person>,
    pub decided_at: Option<Time>,
    /// Who may decide it.
    pub duty: Duty,
    pub version: i64,
    /// Why the decision does not count, when it does not.
    pub why_not: Option<String>,
    pub can: Can,
}

/// One review with the request that it belongs to.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReviewPage {
    #[serde(flatten)]
    pub review: Review,
    pub request: ReviewRequest,
}

impl Versioned for ReviewPage {
    fn version(&self) -> String {
        self.review.version.to_string()
    }
}

pub fn request(tx: &mut Tx, actor: &Actor, subject: &Subject, sheet: &Sheet) -> Result<ReviewRequest> {
    let asked = &sheet.request;
    let computed = subject::performance(tx, subject.id)?;
    let judges = match store::is_deployed(tx, &asked.id)? {
        true => Judges::settled(),
        false => Judges::now(tx, subject)?,
    };
    Ok(ReviewRequest {
        id: asked.id.clone(),
        experiment_id: subject.id,
        experiment: subject.reference(),
        artifacts: asked.artifacts.clone(),
        asked_by: user::person(tx, &asked.asked_by)?,
        asked_at: asked.asked_at,
        replaced_at: asked.replaced_at,
        review_checklist: checklist(tx, &judges, Some(sheet), computed)?,
        reviews: reviews(tx, actor, subject, &judges, sheet)?,
    })
}

pub fn page(tx: &mut Tx, actor: &Actor, subject: &Subject, sheet: &Sheet, id: &ReviewId) -> Result<ReviewPage> {
    let request = request(tx, actor, subject, sheet)?;
    let review = request.reviews.iter().find(|review| review.id == *id).cloned();
    Ok(ReviewPage { review: review.ok_or_else(|| not_found("review"))?, request })
}

/// The five points; without a request the typed ones are open.
pub fn checklist(
    tx: &mut Tx,
    judges: &Judges,
    sheet: Option<&Sheet>,
    (state, evidence): (State, String),
) -> Result<Vec<ChecklistItem>> {
    let mut items = Vec::new();
    for check in Check::ALL {
        let mut item = ChecklistItem {
            key: check,
            text: check.text().to_owned(),
            state: State::Open,
            evidence: None,
            review: check.answered(),
            decided_by: None,
            decided_at: None,
            why_not: None,
        };
        if check.kind().is_none() {
            (item.state, item.evidence) = (state, Some(evidence.clone()));
        } else if let Some(row) = sheet.and_then(|sheet| sheet.checks.iter().find(|row| row.check == check)) {
            (item.state, item.evidence) = (row.state, row.evidence.clone());
            item.decided_by = subject::person(tx, row.decided_by.as_ref())?;
            item.decided_at = row.decided_at;
            item.why_not = row.flaw(judges);
        }
        items.push(item);
    }
    Ok(items)
}

pub fn reviews(tx: &mut Tx, actor: &Actor, subject: &Subject, judges: &Judges, sheet: &Sheet) -> Result<Vec<Review>> {
    let seat = Seat::of(tx, actor, &subject.project)?;
    let mut reviews = Vec::new();
    for row in &sheet.reviews {
        let refusal = refusal(tx, &seat, subject, &sheet.request, row.kind)?;
        reviews.push(Review {
            id: row.id.clone(),
            kind: row.kind,
            decision: row.decision,
            note: row.note.clone(),
            decided_by: subject::person(tx, row.decided_by.as_ref())?,
            decided_at: row.decided_at,
            duty: row.kind.duty(),
            version: row.version,
            why_not: row.flaw(judges),
            can: Can::new().with("decide", refusal.map(|refusal| refusal.detail().to_owned())),
        });
    }
    Ok(reviews)
}
