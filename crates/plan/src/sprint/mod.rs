//! A sprint is a stretch of days with a goal. Before it starts, items are put into it and the plan is
//! held against what the people in it can take on; from its start on, what comes, leaves and is done
//! is drawn day by day; at its end people say whether the goal was met, and what is unfinished moves on.
//!
//! It works in one of two ways. A delivery sprint is about what is shipped. An experiment sprint is
//! about questions: it starts only with a hypothesis or a spike, and needs no points.
//!
//! - [`follow`] writes down each change of an item that counts for a sprint, in the transaction of the
//!   change. Every figure ([`burndown`], velocity, what was committed) is a sum of these rows as of a
//!   moment, never read from the items as they are today. What came before the start is told by their order,
//!   not by a clock.
//! - [`capacity`] is who works how much in it.
//! - [`ending`] is what its close wrote down, which stays.
//!
//! What was done before a sprint began is no part of it: not of what was committed, nor of the scope, of what is done
//! or of the velocity. Opened again while the sprint runs, it is.

mod burndown;
mod capacity;
mod ending;
mod follow;
pub(crate) mod http;
mod question;
mod run;
mod show;
mod store;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use base::{
    BacklogId, Day, Result, SprintId, Time,
    refuse::{conflict, invalid, not_found},
    text, words,
};
use db::Tx;
use people::{Actor, Right};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use burndown::Start;
pub use burndown::{Burndown, Change as ScopeChange, DayEnd, Totals};
pub use capacity::{Fit, NewPeople, PersonPlan, Plan, Velocity, set_people};
pub(crate) use ending::was_there;
pub use ending::{Other, Returned, Unfinished};
pub(crate) use follow::{follow, follow_into};
pub(crate) use question::check_kept;
pub use run::{Close, close, remove, start};
pub use show::{Line, Question, Shown, list, show};

use crate::backlog::{self, Backlog, allow};

words! {
    /// What a sprint is about.
    Mode {
        /// Something that is shipped.
        Delivery = "delivery",
        /// Questions that are answered.
        Experiment = "experiment",
    }
}

words! {
    State {
        Planned = "planned",
        Running = "running",
        Closed = "closed",
    }
}

words! {
    /// What became of the goal.
    Verdict {
        Met = "met",
        Partly = "partly",
        Missed = "missed",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sprint {
    pub id: SprintId,
    pub backlog: BacklogId,
    pub name: String,
    pub mode: Mode,
    pub goal: String,
    pub first_day: Day,
    pub last_day: Day,
    /// Working days on which nobody works.
    pub days_off: Vec<Day>,
    pub started_at: Option<Time>,
    pub closed_at: Option<Time>,
    pub verdict: Option<Verdict>,
    pub outcome: Option<String>,
    /// The last change of what is in it that came before its start.
    pub started_after: Option<i64>,
    pub version: i64,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewSprint")]
pub struct New {
    /// Absent: the next number.
    pub name: Option<String>,
    /// Needed to start, not before.
    #[serde(default)]
    pub goal: String,
    /// Absent: delivery.
    pub mode: Option<Mode>,
    pub first_day: Option<Day>,
    /// Absent: ten working days from the first.
    pub last_day: Option<Day>,
}

/// What is absent stays.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SprintChange")]
pub struct Change {
    pub name: Option<String>,
    pub goal: Option<String>,
    pub mode: Option<Mode>,
    pub first_day: Option<Day>,
    pub last_day: Option<Day>,
}

const LONGEST_NAME: usize = 100;
const LONGEST_GOAL: usize = 1_000;
/// Working days of a sprint whose last day is not said.
const USUAL_DAYS: usize = 10;
/// Calendar days.
const LONGEST: usize = 92;

impl Sprint {
    pub fn state(&self) -> State {
        match (self.started_at, self.closed_at) {
            (_, Some(_)) => State::Closed,
            (Some(_), None) => State::Running,
            (None, None) => State::Planned,
        }
    }

    fn subject(&self) -> String {
        format!("sprint:{}", self.id)
    }

    /// Monday to Friday, in their order.
    fn weekdays(&self) -> impl Iterator<Item = Day> {
        let days = std::iter::successors(Some(self.first_day.clone()), |day| Some(day.next()));
        days.take_while(|day| *day <= self.last_day).filter(Day::is_weekday)
    }

    /// [`Self::weekdays`] without the days off.
    fn working_days(&self) -> Vec<Day> {
        self.weekdays().filter(|day| !self.days_off.contains(day)).collect()
    }

    fn start(&self) -> Option<Start> {
        Some(Start { at: self.started_at?, after: self.started_after? })
    }
}

/// The sprint, for someone with the right; refused as absent where it is not theirs to see.
pub fn find(tx: &mut Tx, actor: &Actor, right: Right, id: SprintId) -> Result<(Sprint, Backlog)> {
    let sprint = store::get(tx, id)?.ok_or_else(|| not_found("sprint"))?;
    let backlog = backlog::get(tx, sprint.backlog)?;
    allow(tx, actor, right, &backlog.project.id, "sprint")?;
    Ok((sprint, backlog))
}

/// What the sprint is called; none once it was given up.
pub(crate) fn name(tx: &mut Tx, id: SprintId) -> Result<Option<String>> {
    Ok(store::get(tx, id)?.map(|sprint| sprint.name))
}

/// What the backlog's sprints are called. Checks no right.
pub(crate) fn names(tx: &mut Tx, backlog: BacklogId) -> Result<HashMap<SprintId, String>> {
    Ok(store::all(tx, backlog)?.into_iter().map(|sprint| (sprint.id, sprint.name)).collect())
}

/// For an item that comes into the sprint, which somebody named in that field.
pub(crate) fn check_open(tx: &mut Tx, backlog: BacklogId, field: &str, id: SprintId) -> Result<()> {
    let here = store::get(tx, id)?.filter(|sprint| sprint.backlog == backlog);
    match here.map(|sprint| (sprint.state(), sprint.name)) {
        None => Err(invalid(field, "must be the id of a sprint of this project")),
        Some((State::Closed, name)) => Err(conflict(format!("{name} is closed. Choose another sprint."))),
        Some(_) => Ok(()),
    }
}

pub fn create(tx: &mut Tx, actor: &Actor, key: &str, new: &New) -> Result<Sprint> {
    let backlog = backlog::open(tx, actor, Right::Plan, key)?;
    let name = match &new.name {
        Some(name) => text::line("name", name, LONGEST_NAME)?,
        None => next_name(&store::all(tx, backlog.id)?),
    };
    let first_day = new.first_day.clone().unwrap_or_else(|| Day::of(tx.now()));
    check_said(Some(&first_day), new.last_day.as_ref())?;
    let last_day = new.last_day.clone().unwrap_or_else(|| usual_end(&first_day));
    let sprint = Sprint {
        id: SprintId(0),
        backlog: backlog.id,
        name,
        mode: new.mode.unwrap_or(Mode::Delivery),
        goal: text::filled("goal", &new.goal, LONGEST_GOAL)?,
        first_day,
        last_day,
        days_off: Vec::new(),
        started_at: None,
        closed_at: None,
        verdict: None,
        outcome: None,
        started_after: None,
        version: 1,
    };
    check_days(&sprint)?;
    let id = store::add(tx, &sprint)?;
    let sprint = Sprint { id, ..sprint };
    emit(tx, actor, &backlog, &sprint, "sprint.created", json!({ "after": said(&sprint) }))?;
    Ok(sprint)
}

/// The next number that no sprint has.
fn next_name(sprints: &[Sprint]) -> String {
    let names = (sprints.len() + 1..).map(|number| format!("Sprint {number}"));
    let mut free = names.filter(|name| !sprints.iter().any(|sprint| sprint.name == *name));
    free.next().expect("numbers never end")
}

/// Changes the sprint. `version` is the one that the actor read; when it is another by now, the answer
/// shows the current values.
pub fn change(
    tx: &mut Tx,
    actor: &Actor,
    id: SprintId,
    version: people::door::Version,
    change: &Change,
) -> Result<Sprint> {
    let (sprint, backlog) = find(tx, actor, Right::Plan, id)?;
    let shown = |tx: &mut Tx| Ok(serde_json::to_value(show(tx, actor, &sprint)?).unwrap_or_default());
    version.check(sprint.version, || shown(tx))?;
    check_unfinished(&sprint)?;
    let mut after = sprint.clone();
    if let Some(name) = &change.name {
        after.name = text::line("name", name, LONGEST_NAME)?;
    }
    if let Some(goal) = &change.goal {
        after.goal = text::filled("goal", goal, LONGEST_GOAL)?;
    }
    check_said(change.first_day.as_ref(), change.last_day.as_ref())?;
    after.mode = change.mode.unwrap_or(after.mode);
    after.first_day = change.first_day.clone().unwrap_or(after.first_day);
    after.last_day = change.last_day.clone().unwrap_or(after.last_day);
    check_days(&after)?;
    if sprint.started_at.is_some() && (&after.goal, after.mode) != (&sprint.goal, sprint.mode) {
        run::check_ready(tx, &after)?;
    }
    if after == sprint {
        return Ok(sprint);
    }
    store::update(tx, &after)?;
    let body = json!({ "before": said(&sprint), "after": said(&after) });
    emit(tx, actor, &backlog, &after, "sprint.changed", body)?;
    Ok(Sprint { version: sprint.version + 1, ..after })
}

fn check_unfinished(sprint: &Sprint) -> Result<()> {
    match sprint.state() {
        State::Closed => Err(conflict(format!("{} is closed; what was said of it stays.", sprint.name))),
        _ => Ok(()),
    }
}

fn check_said(first: Option<&Day>, last: Option<&Day>) -> Result<()> {
    first.map_or(Ok(()), |day| day.check("first_day"))?;
    last.map_or(Ok(()), |day| day.check("last_day"))
}

fn check_days(sprint: &Sprint) -> Result<()> {
    if sprint.last_day < sprint.first_day {
        return Err(invalid("last_day", "must not be before the first"));
    }
    let too_long = std::iter::successors(Some(sprint.first_day.clone()), |day| Some(day.next())).nth(LONGEST);
    if too_long.is_some_and(|day| day <= sprint.last_day) {
        return Err(invalid("last_day", format!("must be within {LONGEST} days of the first")));
    }
    if sprint.working_days().is_empty() {
        return Err(invalid("last_day", "leaves no working day: choose days of which one is a weekday"));
    }
    Ok(())
}

fn usual_end(first: &Day) -> Day {
    let days = std::iter::successors(Some(first.clone()), |day| Some(day.next()));
    days.filter(Day::is_weekday).nth(USUAL_DAYS - 1).expect("weeks never end")
}

fn said(sprint: &Sprint) -> serde_json::Value {
    let Sprint { name, mode, goal, first_day, last_day, .. } = sprint;
    json!({ "name": name, "mode": mode, "goal": goal, "first_day": first_day, "last_day": last_day })
}

fn emit(
    tx: &mut Tx,
    actor: &Actor,
    backlog: &Backlog,
    sprint: &Sprint,
    kind: &'static str,
    mut body: serde_json::Value,
) -> Result<()> {
    body["name"] = sprint.name.as_str().into();
    tx.emit(actor.event(kind, sprint.subject()).project(&backlog.project.id).body(body))?;
    tx.touch(Some(&backlog.project.id), sprint.subject());
    backlog.touch(tx);
    Ok(())
}
