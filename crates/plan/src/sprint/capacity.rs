//! Who takes on how much: what is in a sprint, held against what the last ones came to.

use std::collections::HashSet;

use base::{Day, ProjectId, Result, SprintId, UserId, refuse::invalid, words};
use db::Tx;
use people::{Actor, Person, Right, door::IfMatch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Sprint, check_unfinished, emit, find, store};
use crate::{
    backlog,
    item::{self, Faces},
};

/// Closed sprints that make the velocity.
const LAST: i64 = 6;
const MOST_PEOPLE: usize = 100;
const LARGEST: f64 = 1_000.0;

words! {
    /// Whether what is in a sprint can be done in it.
    Fit {
        Fits = "fits",
        Over = "over",
        /// Nothing is known of what the people can take on.
        Unknown = "unknown",
    }
}

/// A sprint held against its people.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "SprintPlan")]
pub struct Plan {
    /// Null while no sprint of the project was closed.
    pub velocity: Option<Velocity>,
    /// Points: the people's, or the velocity where nobody is named; null while neither is known.
    pub capacity: Option<f64>,
    /// Points of all that is in it and not cancelled.
    pub load: f64,
    pub fit: Fit,
    pub people: Vec<PersonPlan>,
    /// Points of what nobody has.
    pub unassigned: f64,
    /// Items without an estimate.
    pub unestimated: i64,
}

/// What the last closed sprints came to, at most six.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Velocity {
    /// Points done by a sprint's end.
    pub mean: f64,
    pub least: f64,
    pub most: f64,
    pub sprints: usize,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "SprintPersonPlan")]
pub struct PersonPlan {
    pub person: Person,
    /// Said to work in it; others only have items in it.
    pub named: bool,
    /// Has left the project, only looks on or cannot sign in any more, and so counts for nothing in a sprint that
    /// is not closed.
    pub left: bool,
    /// What they take on in a sprint without days off, as they said.
    pub points: Option<f64>,
    pub days_off: Vec<Day>,
    /// Points in this sprint: theirs, or an equal part of the velocity, less their days off. Null while
    /// neither is known, and for those who are not named or have left.
    pub capacity: Option<f64>,
    /// Points that they have.
    pub load: f64,
    pub over: bool,
}

/// All who work in the sprint.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewSprintPeople")]
pub struct NewPeople {
    pub people: Vec<NewPerson>,
    /// Working days on which nobody works.
    #[serde(default)]
    pub days_off: Vec<Day>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewSprintPerson")]
pub struct NewPerson {
    /// A member's e-mail address or id, or `me`.
    pub person: String,
    /// What they take on in a sprint without days off, 0 to 1,000. Absent: an equal part of the velocity.
    pub points: Option<f64>,
    #[serde(default)]
    pub days_off: Vec<Day>,
}

/// What somebody said about their part in a sprint.
pub(super) struct Said {
    pub who: UserId,
    /// What they take on without days off.
    pub points: Option<f64>,
    pub days_off: Vec<Day>,
}

/// Says who works in the sprint, how much they take on and when they are away.
pub fn set_people(tx: &mut Tx, actor: &Actor, id: SprintId, seen: &IfMatch, new: &NewPeople) -> Result<Sprint> {
    let (sprint, backlog) = find(tx, actor, Right::Plan, id)?;
    seen.check(&sprint.version.to_string(), || said(tx, &sprint))?;
    check_unfinished(&sprint)?;
    if new.people.len() > MOST_PEOPLE {
        return Err(invalid("people", format!("must be at most {MOST_PEOPLE}")));
    }
    let before = said(tx, &sprint)?;
    let days_off = checked_days("days_off", &sprint, &new.days_off)?;
    let after = Sprint { days_off, ..sprint.clone() };
    if after.working_days().is_empty() {
        return Err(invalid("days_off", "leave no day on which somebody works"));
    }
    let listed: Vec<UserId> = store::people(tx, id)?.into_iter().map(|said| said.who).collect();
    store::forget_people(tx, id)?;
    let mut seen = HashSet::new();
    for (place, person) in new.people.iter().enumerate() {
        let field = format!("people[{place}]");
        let who = item::named(tx, actor, &person.person)?;
        // Who is on the list may stay there, also when they have left.
        if !listed.contains(&who) {
            item::worker(tx, actor, &backlog.project.id, &format!("{field}.person"), &person.person)?;
        }
        if person.points.is_some_and(|points| !(0.0..=LARGEST).contains(&points)) {
            return Err(invalid(&format!("{field}.points"), format!("must be between 0 and {LARGEST}")));
        }
        let days = checked_days(&format!("{field}.days_off"), &sprint, &person.days_off)?;
        if !seen.insert(who.clone()) {
            return Err(invalid(&format!("{field}.person"), "is there twice"));
        }
        store::add_person(tx, id, &who, person.points, &days)?;
    }
    store::update(tx, &after)?;
    let body = json!({ "before": before, "after": said(tx, &after)? });
    emit(tx, actor, &backlog, &after, "sprint.people_set", body)?;
    Ok(Sprint { version: sprint.version + 1, ..after })
}

fn said(tx: &mut Tx, sprint: &Sprint) -> Result<serde_json::Value> {
    let people = store::people(tx, sprint.id)?.into_iter();
    let people: Vec<_> = people
        .map(|Said { who, points, days_off }| json!({ "person": who, "points": points, "days_off": days_off }))
        .collect();
    Ok(json!({ "people": people, "days_off": sprint.days_off }))
}

fn checked_days(field: &str, sprint: &Sprint, days: &[Day]) -> Result<Vec<Day>> {
    let mut days = days.to_vec();
    days.sort();
    days.dedup();
    let outside = days.iter().find(|day| **day < sprint.first_day || **day > sprint.last_day || !day.is_weekday());
    match outside {
        Some(day) => Err(invalid(field, format!("must be weekdays of the sprint; {day} is none"))),
        None => Ok(days),
    }
}

/// Takes those who have left off the list of a sprint that ends, so that its capacity stays as it is told now.
pub(super) fn settle(tx: &mut Tx, sprint: &Sprint, project: &ProjectId) -> Result<Vec<UserId>> {
    let workers = item::workers(tx, project)?;
    let mut left = Vec::new();
    for Said { who, .. } in store::people(tx, sprint.id)? {
        if !workers.contains(&who) {
            store::forget_person(tx, sprint.id, &who)?;
            left.push(who);
        }
    }
    Ok(left)
}

pub(super) fn plan(tx: &mut Tx, sprint: &Sprint) -> Result<Plan> {
    let velocity = velocity(tx, sprint)?;
    let loads = store::loads(tx, sprint.id)?;
    let project = backlog::get(tx, sprint.backlog)?.project.id;
    let workers = item::workers(tx, &project)?;
    let has_left = |who: &UserId| sprint.closed_at.is_none() && !workers.contains(who);
    let mut named = Vec::new();
    for said in store::people(tx, sprint.id)? {
        let left = has_left(&said.who);
        named.push((said, left));
    }
    let told = named.iter().map(|(said, _)| &said.who).chain(loads.iter().filter_map(|(who, ..)| who.as_ref()));
    let told: Vec<UserId> = told.cloned().collect();
    let working = sprint.working_days();
    let counted = named.iter().filter(|(_, left)| !left).count();
    let part = velocity.as_ref().filter(|_| counted > 0).map(|velocity| velocity.mean / counted as f64);
    let (mut faces, mut people) = (Faces::known(tx, &told)?, Vec::new());
    for (Said { who, points, days_off }, left) in &named {
        let there = working.iter().filter(|day| !days_off.contains(day)).count();
        let share = there as f64 / sprint.weekdays().count().max(1) as f64;
        let capacity = points.or(part).filter(|_| !left).map(|points| points * share);
        let load = loads.iter().find(|(assignee, ..)| assignee.as_ref() == Some(who)).map_or(0.0, |(_, load, _)| *load);
        let over = capacity.is_some_and(|capacity| load > capacity);
        let person = faces.of(tx, who)?;
        people.push(PersonPlan {
            person,
            named: true,
            left: *left,
            points: *points,
            days_off: days_off.clone(),
            capacity,
            load,
            over,
        });
    }
    for (who, load, _) in &loads {
        let is_named = |who: &UserId| named.iter().any(|(said, _)| said.who == *who);
        let Some(who) = who.as_ref().filter(|who| !is_named(who)) else { continue };
        let person = faces.of(tx, who)?;
        let left = has_left(who);
        people.push(PersonPlan {
            person,
            named: false,
            left,
            points: None,
            days_off: Vec::new(),
            capacity: None,
            load: *load,
            over: false,
        });
    }
    let capacity = if counted == 0 {
        velocity.as_ref().map(|velocity| velocity.mean)
    } else {
        let theirs: Vec<f64> = people.iter().filter_map(|person| person.capacity).collect();
        (!theirs.is_empty()).then(|| theirs.iter().sum())
    };
    let load = loads.iter().fold(0.0, |sum, (_, load, _)| sum + load);
    Ok(Plan {
        velocity,
        capacity,
        load,
        fit: match capacity {
            None => Fit::Unknown,
            Some(capacity) if load > capacity => Fit::Over,
            Some(_) => Fit::Fits,
        },
        people,
        unassigned: loads.iter().filter(|(who, ..)| who.is_none()).fold(0.0, |sum, (_, load, _)| sum + load),
        unestimated: loads.iter().map(|(.., unestimated)| unestimated).sum(),
    })
}

/// Of the sprints that were closed before this one was.
fn velocity(tx: &mut Tx, sprint: &Sprint) -> Result<Option<Velocity>> {
    let closed = store::closed(tx, sprint, LAST)?;
    let mut done = Vec::new();
    for other in &closed {
        if let Some(at) = other.closed_at {
            done.push(store::totals(tx, other.id, at)?.points_done);
        }
    }
    if done.is_empty() {
        return Ok(None);
    }
    Ok(Some(Velocity {
        mean: done.iter().sum::<f64>() / done.len() as f64,
        least: done.iter().copied().fold(f64::INFINITY, f64::min),
        most: done.iter().copied().fold(0.0, f64::max),
        sprints: done.len(),
    }))
}
