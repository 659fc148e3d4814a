//! How work flowed in a stretch of days: what was done, how long it took, what is in work and how old
//! it is, how much of the time items waited, and which hypotheses were decided. Nothing of it needs
//! estimates.
//!
//! What each figure is, and where it comes from (days are those of UTC):
//!
//! - Throughput: items done per day and per week, days on which nothing was done included. An item counts on
//!   the day when it was last done; one that was taken up again, was cancelled or lies in the trash does not.
//! - Cycle time: days from the one when work first began to the one when the item was last done, both
//!   counted; 1 or more. Percentiles are by nearest rank.
//! - Age: the same from when work began until today, of what is in a status of the category doing now.
//! - Flow efficiency: active / (active + waiting), 0 to 1, over the time from beginning to end of what was done.
//!   Where an item was at which instant was written down when it came there ([`follow`]). It is active in
//!   a status of the category doing, unless the status is marked as waiting; it waits there, and in
//!   an open one to which it went back. The mark is that of today, so that marking a status tells of the past too;
//!   a status that was removed keeps the one it had. Time during which an item was done or cancelled before it
//!   was taken up again, or lay in the trash, is neither.
//! - Time to verdict: days from the proposal of an experiment to its verdict, both counted, by nearest rank,
//!   of those whose verdict stands. Open are experiments with a rule and no verdict.

mod csv;
pub(crate) mod http;
pub(crate) mod spread;
mod store;
#[cfg(test)]
mod tests;
mod window;

use std::collections::HashMap;

use base::{BacklogId, Day, ExperimentId, ItemId, ProjectId, Result, StatusId};
use db::Tx;
use lab::verdict::{self, figures};
use people::{Actor, Right};
use schemars::JsonSchema;
use serde::Serialize;

pub use spread::Spread;
use spread::{Counts, day, days_between};
use window::{Window, monday};

use crate::{
    backlog,
    item::{self, Brief, Item},
    status::{self, Category},
};

/// How work flowed from one day to another.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Measures {
    pub from: Day,
    /// The last day, which counts too.
    pub to: Day,
    /// Days of the calendar, both ends counted.
    pub days: i64,
    pub throughput: Throughput,
    pub cycle_time: CycleTime,
    pub ageing: Ageing,
    pub efficiency: Efficiency,
    pub hypotheses: Hypotheses,
}

/// Items done.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "MeasuredThroughput")]
pub struct Throughput {
    pub items: i64,
    /// The mean over all days, those included on which nothing was done.
    pub per_day: f64,
    /// Seven times as much.
    pub per_week: f64,
    /// Every day there is.
    pub by_day: Vec<DayCount>,
    pub by_week: Vec<WeekCount>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "MeasuredDay")]
pub struct DayCount {
    pub day: Day,
    pub items: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "MeasuredWeek")]
pub struct WeekCount {
    /// Its Monday.
    pub week: Day,
    /// How many of its seven days are measured: fewer at the ends.
    pub days: i64,
    pub items: i64,
}

#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "MeasuredCycleTime")]
pub struct CycleTime {
    /// Null where nothing was done.
    pub spread: Option<Spread>,
    /// How many items took how many days.
    pub counts: Vec<TookCount>,
    /// What took longest, at most 10.
    pub slowest: Vec<Took>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "MeasuredCount")]
pub struct TookCount {
    pub days: i64,
    pub items: i64,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "MeasuredItem")]
pub struct Took {
    pub item: Brief,
    pub days: i64,
    pub done_on: Day,
}

/// What is in work today, whatever days are measured.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "MeasuredAgeing")]
pub struct Ageing {
    pub items: i64,
    /// In so many days or fewer 85 of a hundred of the items done were; null while fewer than 5 are.
    pub usual_days: Option<i64>,
    /// How many are older than that.
    pub older: i64,
    /// The oldest first, at most 100.
    pub oldest: Vec<Aged>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "AgeingItem")]
pub struct Aged {
    pub item: Brief,
    pub begun_on: Day,
    pub days: i64,
    /// Older than the usual days.
    pub older: bool,
}

#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "MeasuredEfficiency")]
pub struct Efficiency {
    /// active / (active + waiting), 0 to 1; null where no time has passed.
    pub share: Option<f64>,
    /// Days of 24 hours.
    pub active_days: f64,
    pub waiting_days: f64,
    /// Items done of which every stay is known, the latest 10,000 at most.
    pub items: i64,
    /// Items done that are left out: beyond the latest 10,000, or begun before stays were written down.
    pub left_out: i64,
    /// Whether any status in which work is done is marked as waiting. Without one, most waiting goes unseen.
    pub marked: bool,
    /// The longest first.
    pub statuses: Vec<StatusTime>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "MeasuredStatus")]
pub struct StatusTime {
    /// Null: it was removed since.
    pub name: Option<String>,
    pub waiting: bool,
    pub days: f64,
}

#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "MeasuredHypotheses")]
pub struct Hypotheses {
    pub resolved: i64,
    pub supported: i64,
    pub refuted: i64,
    /// From the proposal to the verdict; null where none was decided.
    pub time_to_verdict: Option<Spread>,
    /// The latest first, at most 100.
    pub latest: Vec<Decided>,
    /// Experiments with a rule that have no verdict today.
    pub open: i64,
    /// The oldest first, at most 100.
    pub oldest: Vec<Undecided>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "MeasuredHypothesis")]
pub struct Decided {
    pub experiment: ExperimentId,
    pub name: String,
    pub verdict: verdict::State,
    pub decided_on: Day,
    pub days: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "OpenHypothesis")]
pub struct Undecided {
    pub experiment: ExperimentId,
    pub name: String,
    pub proposed_on: Day,
    pub days: i64,
}

/// Rows of a list; how many there are stands beside it.
const LISTED: i64 = 100;
const SLOWEST: i64 = 10;
/// Items whose stays are summed up at once.
const MOST: i64 = 10_000;
/// From fewer items nothing is said of what is usual, as on the board.
const FEWEST: i64 = 5;

/// The last 90 days, unless others are asked.
pub fn of(tx: &mut Tx, actor: &Actor, key: &str, from: Option<&Day>, to: Option<&Day>) -> Result<Measures> {
    let (project, backlog) = backlog::find(tx, actor, Right::Read, key)?;
    let window = Window::of(from, to, tx.now())?;
    let mut measures = Measures {
        from: day(window.first),
        to: day(window.last),
        days: window.days(),
        throughput: throughput(&HashMap::new(), window),
        cycle_time: CycleTime::default(),
        ageing: Ageing::default(),
        efficiency: Efficiency::default(),
        hypotheses: hypotheses(tx, &project.id, window)?,
    };
    if let Some(backlog) = backlog {
        let (from, until) = window.bounds();
        let done = store::done_by_day(tx, backlog.id, from, until)?.into_iter().collect();
        measures.throughput = throughput(&done, window);
        measures.cycle_time = cycle_time(tx, actor, backlog.id, window)?;
        measures.ageing = ageing(tx, actor, backlog.id, window, measures.cycle_time.spread.as_ref())?;
        measures.efficiency = efficiency(tx, backlog.id, window, measures.throughput.items)?;
    }
    Ok(measures)
}

fn throughput(done: &HashMap<i64, i64>, window: Window) -> Throughput {
    let count = |number: i64| done.get(&number).copied().unwrap_or(0);
    let items = done.values().sum();
    let per_day = items as f64 / window.days() as f64;
    let by_day = (window.first..=window.last).map(|number| DayCount { day: day(number), items: count(number) });
    let by_week = (monday(window.first)..=window.last).step_by(7).map(|begin| {
        let (first, last) = (begin.max(window.first), (begin + 6).min(window.last));
        WeekCount { week: day(begin), days: last - first + 1, items: (first..=last).map(count).sum() }
    });
    Throughput { items, per_day, per_week: per_day * 7.0, by_day: by_day.collect(), by_week: by_week.collect() }
}

fn cycle_time(tx: &mut Tx, actor: &Actor, backlog: BacklogId, window: Window) -> Result<CycleTime> {
    let (from, until) = window.bounds();
    let mut counts = Counts::default();
    for (after, items) in store::days_taken(tx, backlog, from, until)? {
        counts.add(after + 1, items);
    }
    let slowest = store::slowest(tx, backlog, from, until, SLOWEST)?;
    let ids: Vec<ItemId> = slowest.iter().map(|(id, ..)| *id).collect();
    let mut briefs = item::briefs(tx, actor, &ids)?;
    let took = slowest.into_iter().filter_map(|(id, began, done)| {
        Some(Took { item: briefs.remove(&id)?, days: days_between(began, done), done_on: Day::of(done) })
    });
    Ok(CycleTime {
        spread: Spread::of(&counts),
        counts: counts.iter().map(|(days, items)| TookCount { days, items }).collect(),
        slowest: took.collect(),
    })
}

fn ageing(tx: &mut Tx, actor: &Actor, backlog: BacklogId, window: Window, done: Option<&Spread>) -> Result<Ageing> {
    let usual_days = done.filter(|done| done.count >= FEWEST).map(|done| done.most_days);
    // Begun on this day, an item is as old as is usual; begun before, it is older.
    let usual = day(window.today + 1 - usual_days.unwrap_or(0)).begins();
    let (items, before) = store::count_begun(tx, backlog, usual)?;
    let begun = store::begun(tx, backlog, LISTED)?;
    let ids: Vec<ItemId> = begun.iter().map(|(id, _)| *id).collect();
    let mut briefs = item::briefs(tx, actor, &ids)?;
    let now = tx.now();
    let aged = begun.into_iter().filter_map(|(id, began)| {
        let days = days_between(began, now);
        let older = usual_days.is_some_and(|usual| days > usual);
        Some(Aged { item: briefs.remove(&id)?, begun_on: Day::of(began), days, older })
    });
    Ok(Ageing { items, usual_days, older: usual_days.map_or(0, |_| before), oldest: aged.collect() })
}

fn efficiency(tx: &mut Tx, backlog: BacklogId, window: Window, done: i64) -> Result<Efficiency> {
    let (from, until) = window.bounds();
    let items = store::count_known(tx, backlog, from, until, MOST)?;
    let (mut active, mut waiting) = (0, 0);
    let mut statuses = Vec::new();
    for stay in store::stays(tx, backlog, from, until, MOST)?.into_iter().filter(|stay| stay.ms > 0) {
        let waits = stay.category == Category::Open || stay.marked;
        *(if waits { &mut waiting } else { &mut active }) += stay.ms;
        statuses.push(StatusTime { name: stay.name, waiting: waits, days: in_days(stay.ms) });
    }
    let all = active + waiting;
    Ok(Efficiency {
        share: (all > 0).then(|| active as f64 / all as f64),
        active_days: in_days(active),
        waiting_days: in_days(waiting),
        items,
        left_out: done - items,
        marked: store::any_waiting(tx, backlog)?,
        statuses,
    })
}

fn in_days(ms: i64) -> f64 {
    ms as f64 / base::DAY_MS as f64
}

fn hypotheses(tx: &mut Tx, project: &ProjectId, window: Window) -> Result<Hypotheses> {
    let (from, until) = window.bounds();
    let mut counts = Counts::default();
    let mut all = Hypotheses::default();
    for (state, after, count) in figures::days_taken(tx, project, from, until)? {
        counts.add(after + 1, count);
        all.resolved += count;
        *(if state == verdict::State::Supported { &mut all.supported } else { &mut all.refuted }) += count;
    }
    all.time_to_verdict = Spread::of(&counts);
    let decided = figures::decided(tx, project, from, until, LISTED)?.into_iter();
    all.latest = decided
        .map(|one| Decided {
            experiment: one.experiment,
            name: one.name,
            verdict: one.state,
            decided_on: Day::of(one.decided_at),
            days: days_between(one.proposed_at, one.decided_at),
        })
        .collect();
    let now = tx.now();
    let (open, undecided) = figures::undecided(tx, project, LISTED)?;
    all.open = open;
    all.oldest = undecided
        .into_iter()
        .map(|one| Undecided {
            experiment: one.experiment,
            name: one.name,
            proposed_on: Day::of(one.proposed_at),
            days: days_between(one.proposed_at, now),
        })
        .collect();
    Ok(all)
}

/// Writes down that the item came into its status, if it was in another before; none for a new one.
pub(crate) fn follow(tx: &mut Tx, before: Option<StatusId>, item: &Item) -> Result<()> {
    if before == Some(item.face.status) {
        return Ok(());
    }
    let status = status::get(tx, item.face.status)?;
    let now = tx.now();
    store::add_stay(tx, item.id, &status, now)
}

/// When a change is taken back that had brought the item out of the status that it has again: if that was the last,
/// the item was there all the time. Else it is there again since it came, if that is known.
pub(crate) fn take_back(tx: &mut Tx, left: StatusId, item: &Item) -> Result<()> {
    if left == item.face.status || store::rejoin_stay(tx, item.id, item.face.status)? {
        return Ok(());
    }
    let status = status::get(tx, item.face.status)?;
    store::add_stay(tx, item.id, &status, item.status_at)
}

/// When the item comes into the trash, where it neither works nor waits.
pub(crate) fn leave(tx: &mut Tx, item: ItemId) -> Result<()> {
    store::end_stay(tx, item)
}

/// When the item left the trash for good.
pub(crate) fn forget(tx: &mut Tx, item: ItemId) -> Result<()> {
    store::forget(tx, item)
}
