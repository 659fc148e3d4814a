//! The decision itself: plain values in, a verdict out.

use std::collections::{BTreeMap, HashMap};

use base::{Number, Time};

use super::{Broken, Estimate, NearMiss, RunName, State, Verdict};
use crate::rule::{Comparator, Constraint, Rule};

/// A finished run that may decide.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub run: RunName,
    /// When the server was told that it finished.
    pub settled_at: Option<Time>,
    /// The latest values of the metrics that the rule names.
    pub values: HashMap<String, f64>,
    /// When the server took them in, as far as it noted that.
    pub raised_at: BTreeMap<String, Time>,
}

impl Candidate {
    pub(super) fn settled_by(&self, end: Option<Time>) -> bool {
        end.is_none_or(|end| self.settled_at.is_none_or(|at| at <= end))
    }

    /// The first metric whose value came after the end.
    pub(super) fn late(&self, end: Option<Time>) -> Option<&str> {
        let mut late = self.raised_at.iter().filter(|(_, at)| end.is_some_and(|end| **at > end));
        late.next().map(|(key, _)| key.as_str())
    }
}

const MOST_NEAR_MISSES: usize = 20;

/// The verdict at `now`. `any_run`: the experiment has a run, finished or not.
pub fn judge(rule: &Rule, now: Time, any_run: bool, candidates: &[Candidate]) -> Option<Verdict> {
    let asks = &rule.asks;
    let ended = rule.decide_by.filter(|end| now >= *end);
    if !any_run && ended.is_none() {
        return None;
    }
    let judged = candidates.iter().filter(|c| c.settled_by(rule.decide_by)).filter_map(|c| Judged::new(c, rule));
    let mut judged: Vec<Judged> = judged.collect();
    judged.sort_by(|a, b| {
        if asks.comparator.wants_more() { b.value.total_cmp(&a.value) } else { a.value.total_cmp(&b.value) }
    });
    let (runs, late): (Vec<Judged>, Vec<Judged>) = judged.into_iter().partition(|run| run.late.is_none());

    let meets = |run: &&Judged| asks.comparator.holds(run.value, asks.threshold);
    let near_misses: Vec<NearMiss> = runs
        .iter()
        .filter(meets)
        .filter(|run| !run.broken.is_empty())
        .take(MOST_NEAR_MISSES)
        .map(|run| NearMiss { run: run.run.clone(), value: Number(run.value), broken: run.broken.clone() })
        .collect();
    let best = runs.iter().find(|run| run.broken.is_empty());
    let winner = best.filter(meets);
    let too_late = late.iter().filter(meets).find(|run| run.broken.is_empty());
    let first_met =
        runs.iter().filter(meets).filter(|run| run.broken.is_empty()).filter_map(|run| run.settled_at).min();
    let (state, decided_at) = match (winner, ended) {
        (Some(_), _) => (State::Supported, first_met),
        (None, Some(end)) => (State::Refuted, Some(end)),
        (None, None) => (State::Open, None),
    };
    Some(Verdict {
        state,
        reason: reason(rule, state, best, near_misses.first(), too_late),
        run: best.map(|run| run.run.clone()),
        value: best.map(|run| Number(run.value)),
        threshold: asks.threshold,
        near_misses,
        decided_at: decided_at.map(|at| at.max(rule.set_at)),
    })
}

/// A candidate that logged the rule's metric.
struct Judged {
    run: RunName,
    settled_at: Option<Time>,
    value: f64,
    broken: Vec<Broken>,
    /// A metric whose value came after the time box.
    late: Option<String>,
}

impl Judged {
    fn new(candidate: &Candidate, rule: &Rule) -> Option<Self> {
        let value = *candidate.values.get(&rule.asks.metric)?;
        if value.is_nan() {
            return None;
        }
        let broken = broken(&rule.asks.constraints, &candidate.values);
        let late = candidate.late(rule.decide_by).map(str::to_owned);
        Some(Self { run: candidate.run.clone(), settled_at: candidate.settled_at, value, broken, late })
    }
}

/// Those of the conditions that the values do not meet; a metric that is not there meets none.
pub fn broken(conditions: &[Constraint], values: &HashMap<String, f64>) -> Vec<Broken> {
    let missed = |condition: &&Constraint| {
        let value = values.get(&condition.metric);
        !value.is_some_and(|value| condition.comparator.holds(*value, condition.threshold))
    };
    let broken = |condition: &Constraint| Broken {
        metric: condition.metric.clone(),
        comparator: condition.comparator,
        threshold: condition.threshold,
        value: values.get(&condition.metric).copied().map(Number),
    };
    conditions.iter().filter(missed).map(broken).collect()
}

fn reason(
    rule: &Rule,
    state: State,
    best: Option<&Judged>,
    near_miss: Option<&NearMiss>,
    too_late: Option<&Judged>,
) -> String {
    let asks = &rule.asks;
    let goal = goal(&asks.metric, asks.comparator, asks.threshold);
    let also = match asks.constraints.len() {
        0 => "",
        1 => " and kept the constraint",
        _ => " and kept every constraint",
    };
    let reached = |value: f64| beside(value, asks.threshold);
    let best_words = |run: &Judged| format!("the best valid run, {}, has {}", run.run.name, reached(run.value));
    let near =
        near_miss.map(|miss| format!("; {} has {} but {}", miss.run.name, reached(miss.value.0), excuse(&miss.broken)));
    let late = too_late.and_then(|run| {
        let metric = run.late.as_ref()?;
        Some(format!(
            "; {} has {}, but the value of {metric} came after the time box",
            run.run.name,
            reached(run.value)
        ))
    });
    match (state, best) {
        (State::Supported, Some(run)) => {
            format!("Run {} reached {} {}{also}: {goal} was asked.", run.run.name, asks.metric, reached(run.value))
        }
        (State::Refuted, best) => {
            let end = rule.decide_by.map(day).unwrap_or_default();
            let best = best.map(|run| format!("; {}", best_words(run))).unwrap_or_default();
            format!(
                "The time box ended on {end} without a run that met {goal}{also}{best}{}{}.",
                near.unwrap_or_default(),
                late.unwrap_or_default()
            )
        }
        (_, best) => {
            let best = best.map(|run| format!("; {}", best_words(run))).unwrap_or_default();
            let until = rule.decide_by.map(|end| format!("; the time box ends on {}", day(end))).unwrap_or_default();
            format!("No finished run met {goal}{also} yet{best}{}{until}.", near.unwrap_or_default())
        }
    }
}

fn goal(metric: &str, comparator: Comparator, threshold: f64) -> String {
    format!("{metric} {} {}", comparator.sign(), exact(threshold))
}

fn excuse(broken: &[Broken]) -> String {
    let each = broken.iter().map(|broken| match broken.value {
        Some(value) => {
            let goal = goal(&broken.metric, broken.comparator, broken.threshold);
            format!("breaks {goal} with {}", beside(value.0, broken.threshold))
        }
        None => format!("did not log {}", broken.metric),
    });
    each.collect::<Vec<_>>().join(" and ")
}

/// The shortest words that read back as the same double.
pub fn exact(value: f64) -> String {
    let is_handy = value == 0.0 || (1e-6..1e15).contains(&value.abs());
    if is_handy { format!("{value}") } else { format!("{value:e}") }
}

/// A value for a sentence, which is no table: to six decimals or, where it is below 1, to six figures.
/// All of it where less would stand otherwise to the threshold.
pub fn beside(value: f64, threshold: f64) -> String {
    let text = if value.abs() < 1.0 { format!("{value:.5e}") } else { format!("{value:.6}") };
    let rounded = text.parse().unwrap_or(value);
    exact(if rounded.partial_cmp(&threshold) == value.partial_cmp(&threshold) { rounded } else { value })
}

/// The calendar day in UTC.
pub(super) fn day(at: Time) -> String {
    at.to_string().chars().take(10).collect()
}

/// The median of sorted days, to one decimal; with an even count the mean of the middle two.
pub(super) fn estimate(days: &[f64]) -> Estimate {
    let count = days.len();
    let Some(upper) = days.get(count / 2) else {
        return Estimate { days: None, basis: "no other experiment of this project has a verdict yet".to_owned() };
    };
    let median = if count % 2 == 1 { *upper } else { (days[count / 2 - 1] + upper) / 2.0 };
    let days = Some((median * 10.0).round() / 10.0);
    let basis = match count {
        1 => "the one decided experiment of this project".to_owned(),
        _ => format!("median of {count} decided experiments of this project"),
    };
    Estimate { days, basis }
}
