//! A review request asks three people to judge an experiment: technically, ethically and for the
//! business. Each decides one review and answers the points of the checklist that belong to it;
//! one point is computed from the runs and cannot be typed.
//!
//! A new request replaces the one before; what was decided there stays in its history. Who decided
//! may decide again until something is deployed on the strength of it. Nobody judges an experiment
//! of their own: a decision of someone who owns it by now does not count, and neither does that of
//! someone who lost the duty.

mod checklist;
mod decide;
pub mod http;
mod judges;
pub mod store;
#[cfg(test)]
mod tests;
mod view;

use std::collections::BTreeMap;

use base::{
    Cursor, ExperimentId, Limit, Page, Result, ReviewId, Time,
    refuse::{invalid, not_found},
    text,
};
pub use checklist::{Answered, Check, Decision, Kind, State, VERSION};
use db::Tx;
pub use decide::{Answer, Judgement, decide, refusal};
pub use judges::Judges;
use people::{Actor, Right, project};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::{CheckRow, RequestRow, ReviewRow};
pub use view::{ChecklistItem, Review, ReviewPage, ReviewRequest, checklist, reviews};

use crate::{promotion, subject::Subject};

/// What someone hands in to be judged.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewReviewRequest")]
pub struct Asked {
    /// Texts and links for the reviewers, by name.
    #[serde(default)]
    pub artifacts: BTreeMap<String, String>,
}

const MOST_ARTIFACTS: usize = 50;
const LONGEST_NAME: usize = 250;
const LONGEST_ARTIFACT: usize = 50_000;

/// A request with everything that was said to it.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub request: RequestRow,
    pub reviews: Vec<ReviewRow>,
    pub checks: Vec<CheckRow>,
}

impl Sheet {
    pub fn of(tx: &mut Tx, request: RequestRow) -> Result<Sheet> {
        let reviews = store::reviews(tx, &request.id)?;
        let checks = store::checks(tx, &request.id)?;
        Ok(Sheet { request, reviews, checks })
    }

    /// The one that stands now.
    pub fn current(tx: &mut Tx, experiment: ExperimentId) -> Result<Option<Sheet>> {
        let request = store::current(tx, experiment)?;
        request.map(|request| Sheet::of(tx, request)).transpose()
    }

    /// The typed points as they count.
    pub fn states(&self, judges: &Judges) -> Vec<(Check, State)> {
        let state = |row: &CheckRow| if row.flaw(judges).is_some() { State::Open } else { row.state };
        self.checks.iter().map(|row| (row.check, state(row))).collect()
    }

    /// The decisions as they count.
    pub fn decisions(&self, judges: &Judges) -> Vec<(Kind, Option<Decision>)> {
        let decision = |row: &ReviewRow| row.decision.filter(|_| row.flaw(judges).is_none());
        self.reviews.iter().map(|row| (row.kind, decision(row))).collect()
    }
}

impl ReviewRow {
    /// Why the decision does not count, when it does not.
    fn flaw(&self, judges: &Judges) -> Option<String> {
        judges.flaw(self.kind, self.decided_by.as_ref())
    }
}

impl CheckRow {
    /// Why the answer does not count, when it does not.
    fn flaw(&self, judges: &Judges) -> Option<String> {
        judges.flaw(self.check.kind()?, self.decided_by.as_ref())
    }
}

/// Asks for the three reviews. An earlier request of the experiment is replaced.
pub fn ask(tx: &mut Tx, actor: &Actor, experiment: ExperimentId, asked: &Asked) -> Result<ReviewRequest> {
    let subject = Subject::seen(tx, actor, experiment)?;
    people::require(tx, actor, Right::Plan, &subject.project)?;
    if let Some(refusal) = subject.gone() {
        return Err(refusal);
    }
    let artifacts = checked(&asked.artifacts)?;
    store::replace(tx, experiment)?;
    let request = store::add(tx, experiment, &artifacts, &actor.user)?;
    let reviews = store::reviews(tx, &request)?;
    let ids: Vec<&ReviewId> = reviews.iter().map(|review| &review.id).collect();
    let body = json!({ "request": request, "reviews": ids });
    tx.emit(actor.event("review.asked", subject.name_of()).project(&subject.project).body(body))?;
    promotion::settle(tx, actor, &subject)?;
    current(tx, actor, experiment)
}

fn checked(artifacts: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    if artifacts.len() > MOST_ARTIFACTS {
        return Err(invalid("artifacts", format!("must hold at most {MOST_ARTIFACTS}")));
    }
    let mut checked = BTreeMap::new();
    for (name, content) in artifacts {
        let name = text::line("artifacts", name, LONGEST_NAME)?;
        let content = text::optional(&format!("artifacts.{name}"), content, LONGEST_ARTIFACT)?;
        if checked.insert(name.clone(), content).is_some() {
            return Err(invalid(&format!("artifacts.{name}"), "is there twice"));
        }
    }
    Ok(checked)
}

/// The request that stands.
pub fn current(tx: &mut Tx, actor: &Actor, experiment: ExperimentId) -> Result<ReviewRequest> {
    let subject = Subject::seen(tx, actor, experiment)?;
    let sheet = Sheet::current(tx, experiment)?.ok_or_else(|| not_found("review request"))?;
    view::request(tx, actor, &subject, &sheet)
}

pub fn get(tx: &mut Tx, actor: &Actor, id: &ReviewId) -> Result<ReviewPage> {
    let (subject, sheet) = seen(tx, actor, id)?;
    view::page(tx, actor, &subject, &sheet, id)
}

/// The requests that stand in a project, newest first.
pub fn queue(tx: &mut Tx, actor: &Actor, key: &str, cursor: Option<&str>, limit: Limit) -> Result<Page<ReviewRequest>> {
    let project = project::by_key(tx, actor, key)?;
    let before = cursor.map(Cursor::read::<(i64, String)>).transpose()?;
    let before = before.map(|(at, id)| (Time(at), id));
    let found = Page::cut(store::queue(tx, &project.id, before, limit)?, limit, |r| (r.asked_at.ms(), r.id.clone()));
    let mut items = Vec::new();
    for request in found.items {
        let subject = Subject::of(tx, request.experiment)?;
        let sheet = Sheet::of(tx, request)?;
        items.push(view::request(tx, actor, &subject, &sheet)?);
    }
    Ok(Page { items, next: found.next })
}

fn seen(tx: &mut Tx, actor: &Actor, id: &ReviewId) -> Result<(Subject, Sheet)> {
    let review = store::review(tx, id)?.ok_or_else(|| not_found("review"))?;
    let request = store::request(tx, &review.request)?;
    let subject = Subject::seen_as(tx, actor, request.experiment, "review")?;
    Ok((subject, Sheet::of(tx, request)?))
}
