//! Who takes on how much: what is in a sprint, held against what the last ones came to.
//!
//! Everything is in points. Days are working days: Monday to Friday without those on which nobody works.
//!
//! - Velocity: the points that were done in a closed sprint, and their mean over the last six at most.
//! - Points per day: all points that were done in those sprints / all working days of theirs, as planned. So a sprint of
//!   three days is not held against what sprints of ten came to.
//! - Capacity of somebody who did not say any: points per day / people who work in the sprint × (its working days −
//!   their days off). Of those who said what they take on without days off: that × (working days − days off) / weekdays.
//! - Capacity of the sprint: the sum of its people's; with nobody named, points per day × its working days.

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
    /// Points per working day: all that was done in those sprints by all working days of theirs; null while there is no
    /// velocity.
    pub per_day: Option<f64>,
    /// Points: the people's, or where nobody is named `per_day` for each working day; null while neither is known.
    pub capacity: Option<f64>,
    /// Points of all that is in it, not cancelled and not done before it began.
    pub load: f64,
    pub fit: Fit,
    pub people: Vec<PersonPlan>,
    /// Points of what nobody has.
    pub unassigned: f64,
    /// Items without an estimate.
    pub unestimated: i64,
}

/// What the last closed sprints came to, at most six, whatever their length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Velocity {
    /// Points done in a sprint, by its end.
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
    /// What they take on in this sprint without days off, as they said.
    pub points: Option<f64>,
    pub days_off: Vec<Day>,
    /// Points in this sprint: theirs less their days off, or an equal part of `per_day` for each day on which they work.
    /// Null while neither is known, and for those who are not named or have left.
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
    /// What they take on in this sprint without days off, 0 to 1,000. Absent: an equal part of what the last sprints came
    /// to per working day.
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

/// A plan with its people by their ids, as it is reckoned and as the log tells it at the end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Reckoned {
    velocity: Option<Velocity>,
    per_day: Option<f64>,
    capacity: Option<f64>,
    load: f64,
    fit: Fit,
    people: Vec<Share>,
    unassigned: f64,
    unestimated: i64,
}

/// One person's part in a plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Share {
    person: UserId,
    named: bool,
    left: bool,
    points: Option<f64>,
    days_off: Vec<Day>,
    capacity: Option<f64>,
    load: f64,
    over: bool,
}

/// A rate of sums of points is not exact; what people mean is far above this.
const NOTHING: f64 = 1e-9;

fn is_over(load: f64, capacity: f64) -> bool {
    load > capacity + NOTHING
}

/// Reckons the plan from what is in the sprint and who works in it now.
pub(super) fn reckon(tx: &mut Tx, sprint: &Sprint) -> Result<Reckoned> {
    let past = Past::of(tx, sprint)?;
    let loads = store::loads(tx, sprint.id)?;
    let load_of = |who: Option<&UserId>| {
        let theirs = loads.iter().filter(|(assignee, ..)| assignee.as_ref() == who);
        theirs.fold(0.0, |sum, (_, load, _)| sum + load)
    };
    let project = backlog::get(tx, sprint.backlog)?.project.id;
    let workers = item::workers(tx, &project)?;
    let has_left = |who: &UserId| sprint.closed_at.is_none() && !workers.contains(who);
    let working = sprint.working_days();
    let said = store::people(tx, sprint.id)?;
    let counted = said.iter().filter(|said| !has_left(&said.who)).count();
    let mut people = Vec::new();
    for Said { who, points, days_off } in said {
        let (left, load) = (has_left(&who), load_of(Some(&who)));
        let there = working.iter().filter(|day| !days_off.contains(day)).count();
        let own = points.map(|points| points * there as f64 / sprint.weekdays().count().max(1) as f64);
        let part = || past.as_ref().map(|past| past.points * there as f64 / (past.working_days * counted) as f64);
        let capacity = if left { None } else { own.or_else(part) };
        let over = capacity.is_some_and(|capacity| is_over(load, capacity));
        people.push(Share { person: who, named: true, left, points, days_off, capacity, load, over });
    }
    for (who, load, _) in &loads {
        let is_named = |who: &UserId| people.iter().any(|share| share.person == *who);
        let Some(who) = who.clone().filter(|who| !is_named(who)) else { continue };
        let (left, load) = (has_left(&who), *load);
        let days_off = Vec::new();
        people.push(Share {
            person: who,
            named: false,
            left,
            points: None,
            days_off,
            capacity: None,
            load,
            over: false,
        });
    }
    let capacity = if counted == 0 {
        past.as_ref().map(|past| past.points * working.len() as f64 / past.working_days as f64)
    } else {
        let theirs: Vec<f64> = people.iter().filter_map(|share| share.capacity).collect();
        (!theirs.is_empty()).then(|| theirs.iter().sum())
    };
    let load = loads.iter().fold(0.0, |sum, (_, load, _)| sum + load);
    Ok(Reckoned {
        per_day: past.as_ref().map(|past| past.points / past.working_days as f64),
        velocity: past.map(|past| past.velocity),
        capacity,
        load,
        fit: match capacity {
            None => Fit::Unknown,
            Some(capacity) if is_over(load, capacity) => Fit::Over,
            Some(_) => Fit::Fits,
        },
        people,
        unassigned: load_of(None),
        unestimated: loads.iter().map(|(.., unestimated)| unestimated).sum(),
    })
}

/// The plan with the faces of its people.
pub(super) fn show(tx: &mut Tx, plan: Reckoned) -> Result<Plan> {
    let ids: Vec<UserId> = plan.people.iter().map(|share| share.person.clone()).collect();
    let (mut faces, mut people) = (Faces::known(tx, &ids)?, Vec::new());
    for Share { person, named, left, points, days_off, capacity, load, over } in plan.people {
        let person = faces.of(tx, &person)?;
        people.push(PersonPlan { person, named, left, points, days_off, capacity, load, over });
    }
    let Reckoned { velocity, per_day, capacity, load, fit, unassigned, unestimated, .. } = plan;
    Ok(Plan { velocity, per_day, capacity, load, fit, people, unassigned, unestimated })
}

/// The sprints that were closed before this one was, at most [`LAST`].
struct Past {
    velocity: Velocity,
    /// All that was done in them.
    points: f64,
    /// All of theirs, as they were planned; one at least.
    working_days: usize,
}

impl Past {
    fn of(tx: &mut Tx, sprint: &Sprint) -> Result<Option<Self>> {
        let (mut done, mut working_days) = (Vec::new(), 0);
        for other in store::closed(tx, sprint, LAST)? {
            done.push(store::totals(tx, other.id)?.points_done);
            working_days += other.working_days().len();
        }
        if done.is_empty() {
            return Ok(None);
        }
        let points: f64 = done.iter().sum();
        let velocity = Velocity {
            mean: points / done.len() as f64,
            least: done.iter().copied().fold(f64::INFINITY, f64::min),
            most: done.iter().copied().fold(0.0, f64::max),
            sprints: done.len(),
        };
        Ok(Some(Self { velocity, points, working_days: working_days.max(1) }))
    }
}
