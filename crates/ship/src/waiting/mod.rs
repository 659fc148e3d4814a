//! What waits for someone: reviews that they may decide and approvals that they may give, by the
//! same rules that let them.

pub mod http;
#[cfg(test)]
mod tests;

use base::{Limit, Result, Time};
use db::Tx;
use people::{Actor, Duty, Project, project};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    approval,
    gate::REQUIRED,
    promotion::{self, Facts},
    review::{self, Judges, Kind, Sheet},
    seat::Seat,
    subject::Subject,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Waiting {
    pub kind: WaitingKind,
    /// One line.
    pub title: String,
    /// The project's key.
    pub project: String,
    pub experiment: WaitingExperiment,
    /// The page where one decides.
    pub href: String,
    /// For which it waits.
    pub duty: Duty,
    pub since: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitingKind {
    Review,
    Approval,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WaitingExperiment {
    pub id: base::ExperimentId,
    pub name: String,
}

/// As many requests of a project as are looked at.
const MOST: Limit = Limit(200);

/// In all projects, the oldest first.
pub fn list(tx: &mut Tx, actor: &Actor) -> Result<Vec<Waiting>> {
    let mut waiting = Vec::new();
    for project in project::visible(tx, actor)? {
        let seat = Seat::of(tx, actor, &project.id)?;
        if seat.not_deciding().is_some() || seat.duties.is_empty() {
            continue;
        }
        waiting.extend(reviews(tx, &seat, &project)?);
        waiting.extend(approvals(tx, &seat, &project)?);
    }
    waiting.sort_by_key(|waiting| waiting.since);
    Ok(waiting)
}

fn reviews(tx: &mut Tx, seat: &Seat, project: &Project) -> Result<Vec<Waiting>> {
    let mut waiting = Vec::new();
    if !Kind::ALL.into_iter().any(|kind| seat.holds(kind.duty())) {
        return Ok(waiting);
    }
    for request in review::store::queue(tx, &project.id, None, MOST)? {
        let subject = Subject::of(tx, request.experiment)?;
        let sheet = Sheet::of(tx, request)?;
        for (kind, decision) in sheet.decisions(&Judges::now(tx, &subject)?) {
            if decision.is_none() && review::refusal(tx, seat, &subject, &sheet.request, kind)?.is_none() {
                let title = format!("{} review of {}", kind.name(), subject.name);
                let href = format!("/{}/reviews/{}", subject.key, subject.id);
                let since = sheet.request.asked_at;
                waiting.push(one(WaitingKind::Review, title, &subject, href, kind.duty(), since));
            }
        }
    }
    Ok(waiting)
}

fn approvals(tx: &mut Tx, seat: &Seat, project: &Project) -> Result<Vec<Waiting>> {
    let mut waiting = Vec::new();
    if !REQUIRED.into_iter().any(|duty| seat.holds(duty)) {
        return Ok(waiting);
    }
    for row in promotion::store::open_in(tx, &project.id)? {
        let facts = Facts::of(tx, row)?;
        for duty in REQUIRED {
            if approval::refusal(seat, &facts, duty).is_none() {
                let environment = &facts.row.plan.environment;
                let title = format!("Approval of {} for {environment}", facts.subject.name);
                let href = format!("/{}/promotions/{}", facts.subject.key, facts.row.id);
                let since = facts.row.asked_at;
                waiting.push(one(WaitingKind::Approval, title, &facts.subject, href, duty, since));
            }
        }
    }
    Ok(waiting)
}

fn one(kind: WaitingKind, title: String, subject: &Subject, href: String, duty: Duty, since: Time) -> Waiting {
    let experiment = WaitingExperiment { id: subject.id, name: subject.name.clone() };
    Waiting { kind, title, project: subject.key.clone(), experiment, href, duty, since }
}
