//! The verdicts of many experiments at once, and what looks better than the run that counts: for those who
//! read about the work instead of doing it.

use std::collections::HashMap;

use base::{ExperimentId, Result, Time};
use db::Tx;

use super::{
    Broken, RunName, Verdict, broken, judge,
    store::{self, Entrant},
};
use crate::{rule::Rule, run::Status};

#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// None while there is no run and the time box is open.
    pub verdict: Option<Verdict>,
    /// The best first, at most 3.
    pub passed_over: Vec<PassedOver>,
}

/// A run that looks better than every one that counts.
#[derive(Clone, Debug, PartialEq)]
pub struct PassedOver {
    pub run: RunName,
    /// Of the rule's metric.
    pub value: f64,
    pub why: WhyNot,
}

/// Why a run does not count.
#[derive(Clone, Debug, PartialEq)]
pub enum WhyNot {
    /// Constraints that it breaks.
    Broken(Vec<Broken>),
    /// It, or a value of it, came after the time box.
    Late,
    Unfinished(Status),
    /// It did not log the rule's dataset.
    OtherData,
}

const MOST_PASSED_OVER: usize = 3;

/// By the rules in force, as of now. Checks no right.
pub fn overview(tx: &mut Tx, rules: &HashMap<ExperimentId, Rule>) -> Result<HashMap<ExperimentId, Overview>> {
    let now = tx.now();
    let mut entrants: HashMap<ExperimentId, Vec<Entrant>> = HashMap::new();
    for entrant in store::entrants(tx, rules)? {
        entrants.entry(entrant.experiment).or_default().push(entrant);
    }
    let of =
        |(id, rule): (&ExperimentId, &Rule)| (*id, weigh(rule, now, entrants.get(id).map_or(&[][..], Vec::as_slice)));
    Ok(rules.iter().map(of).collect())
}

fn weigh(rule: &Rule, now: Time, entrants: &[Entrant]) -> Overview {
    let valid = entrants.iter().filter(|entrant| entrant.status.is_success() && is_on_dataset(rule, entrant));
    let candidates: Vec<_> = valid.map(|entrant| entrant.candidate.clone()).collect();
    let verdict = judge(rule, now, !entrants.is_empty(), &candidates);
    let best = verdict.as_ref().and_then(|verdict| verdict.value).map(|value| value.0);
    let wants_more = rule.asks.comparator.wants_more();
    let looks_better = |value: f64| match best {
        Some(best) if wants_more => value > best,
        Some(best) => value < best,
        None => rule.asks.comparator.holds(value, rule.asks.threshold),
    };
    let mut passed_over: Vec<PassedOver> = entrants
        .iter()
        .filter_map(|entrant| {
            let value = *entrant.candidate.values.get(&rule.asks.metric)?;
            let why = why_not(rule, entrant).filter(|_| looks_better(value))?;
            Some(PassedOver { run: entrant.candidate.run.clone(), value, why })
        })
        .collect();
    passed_over.sort_by(|a, b| if wants_more { b.value.total_cmp(&a.value) } else { a.value.total_cmp(&b.value) });
    passed_over.truncate(MOST_PASSED_OVER);
    Overview { verdict, passed_over }
}

fn is_on_dataset(rule: &Rule, entrant: &Entrant) -> bool {
    rule.asks.dataset.is_none() || entrant.on_dataset
}

fn why_not(rule: &Rule, entrant: &Entrant) -> Option<WhyNot> {
    let run = &entrant.candidate;
    if !entrant.status.is_success() {
        return Some(WhyNot::Unfinished(entrant.status));
    }
    if !is_on_dataset(rule, entrant) {
        return Some(WhyNot::OtherData);
    }
    if !run.settled_by(rule.decide_by) || run.late(rule.decide_by).is_some() {
        return Some(WhyNot::Late);
    }
    let broken = broken(&rule.asks.constraints, &run.values);
    (!broken.is_empty()).then_some(WhyNot::Broken(broken))
}
