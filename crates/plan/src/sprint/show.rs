//! A sprint as lists and its page show it.

use base::{Day, Result, SprintId, Time};
use db::Tx;
use people::{Actor, Can, Right};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Burndown, Mode, Plan, Sprint, State, Totals, Unfinished, Verdict, burndown, capacity, check_unfinished, ending,
    question::questions, run, store,
};
use crate::{
    backlog::{self, Backlog},
    item::Brief,
};

/// A sprint in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "SprintLine")]
pub struct Line {
    pub id: SprintId,
    /// The project's key.
    pub project: String,
    pub name: String,
    pub mode: Mode,
    pub goal: String,
    pub state: State,
    pub first_day: Day,
    pub last_day: Day,
    pub started_at: Option<Time>,
    pub closed_at: Option<Time>,
    pub verdict: Option<Verdict>,
    pub outcome: Option<String>,
    /// What is in it, or was when it was closed.
    pub totals: Totals,
    /// Hypotheses and spikes in it, or at its end, with what is or was known of them then; in a list only of an
    /// experiment sprint that runs.
    pub questions: Vec<Question>,
    /// Send it back in `If-Match` with a change.
    pub version: i64,
    /// Verbs: edit, start, close, delete.
    pub can: Can,
}

/// A sprint as its page shows it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Sprint")]
pub struct Shown {
    #[serde(flatten)]
    pub line: Line,
    /// Working days on which nobody works.
    pub days_off: Vec<Day>,
    /// Monday to Friday without the days off.
    pub working_days: usize,
    /// Of a closed sprint: as it was at its end, or where that was not written down yet, as its items are today.
    pub plan: Plan,
    pub burndown: Burndown,
    /// Items in it, or at its end, that were done before it began: no part of any figure, unless they are opened again
    /// while it runs.
    pub done_before: i64,
    /// Null until it is closed.
    pub unfinished: Option<Unfinished>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "SprintQuestion")]
pub struct Question {
    /// The item's key, of a closed sprint as it was at its end.
    pub key: String,
    /// As it is now; null when it is gone or not yours to see.
    pub item: Option<Brief>,
    pub question: String,
    /// A hypothesis' verdict, or a spike's answer; null while there is none. Of a closed sprint: at its end.
    pub answer: Option<String>,
}

/// The running one first, then what is planned by its days, then what is closed, the latest first.
pub fn list(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Vec<Line>> {
    let (_, backlog) = backlog::find(tx, actor, Right::Read, key)?;
    let Some(backlog) = backlog else { return Ok(Vec::new()) };
    let mut sprints = store::all(tx, backlog.id)?;
    sprints.sort_by_key(|sprint| match sprint.state() {
        State::Running => (0, 0),
        State::Planned => (1, 0),
        State::Closed => (2, -sprint.closed_at.map_or(0, Time::ms)),
    });
    let cannot = people::may(tx, actor, Right::Plan, &backlog.project.id)?;
    let mut totals = store::all_totals(tx, backlog.id)?;
    let mut lines = Vec::new();
    for sprint in &sprints {
        let totals = totals.remove(&sprint.id).unwrap_or_default();
        let asks = sprint.state() == State::Running && sprint.mode == Mode::Experiment;
        let questions = if asks { questions(tx, actor, sprint, None)? } else { Vec::new() };
        lines.push(line(tx, sprint, &backlog, cannot.clone(), totals, questions)?);
    }
    Ok(lines)
}

pub fn show(tx: &mut Tx, actor: &Actor, sprint: &Sprint) -> Result<Shown> {
    let backlog = backlog::get(tx, sprint.backlog)?;
    let cannot = people::may(tx, actor, Right::Plan, &backlog.project.id)?;
    let totals = store::totals(tx, sprint.id)?;
    let ending = ending::of(tx, sprint)?;
    let questions = questions(tx, actor, sprint, ending.as_ref())?;
    let done_before = match &ending {
        Some(ending) => ending.done_before,
        None => store::done_before(tx, sprint.id)?,
    };
    let plan = match ending.as_ref().and_then(|ending| ending.plan.clone()) {
        Some(plan) => plan,
        None => capacity::reckon(tx, sprint)?,
    };
    Ok(Shown {
        line: line(tx, sprint, &backlog, cannot, totals, questions)?,
        days_off: sprint.days_off.clone(),
        working_days: sprint.working_days().len(),
        plan: capacity::show(tx, plan)?,
        burndown: burndown::of(tx, actor, sprint)?,
        done_before,
        unfinished: ending.map(|ending| ending::unfinished(tx, ending)).transpose()?,
    })
}

/// `cannot`: why the caller does not plan here; none when they do.
fn line(
    tx: &mut Tx,
    sprint: &Sprint,
    backlog: &Backlog,
    cannot: Option<String>,
    totals: Totals,
    questions: Vec<Question>,
) -> Result<Line> {
    let unless = |refusal: Result<()>| cannot.clone().or_else(|| refusal.err().map(|why| why.detail().to_owned()));
    let can = Can::new()
        .with("edit", unless(check_unfinished(sprint)))
        .with("start", unless(run::check_start(tx, sprint)))
        .with("close", unless(run::check_close(sprint)))
        .with("delete", unless(run::check_remove(sprint)));
    Ok(Line {
        id: sprint.id,
        project: backlog.project.key.clone(),
        name: sprint.name.clone(),
        mode: sprint.mode,
        goal: sprint.goal.clone(),
        state: sprint.state(),
        first_day: sprint.first_day.clone(),
        last_day: sprint.last_day.clone(),
        started_at: sprint.started_at,
        closed_at: sprint.closed_at,
        verdict: sprint.verdict,
        outcome: sprint.outcome.clone(),
        totals,
        questions,
        version: sprint.version,
        can,
    })
}
