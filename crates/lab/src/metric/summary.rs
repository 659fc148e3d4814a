//! What an experiment's runs reached, metric by metric.

use std::collections::{BTreeMap, HashMap};

use base::{ExperimentId, Number, Result, Time};
use db::Tx;
use schemars::JsonSchema;
use serde::Serialize;

use super::store::{self, Spot};
use crate::{rule::Rule, verdict::RunName};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Higher,
    Lower,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "MetricSummary")]
pub struct Summary {
    pub name: String,
    /// The best of the runs' latest values; null when none is a number.
    pub best: Option<Best>,
    /// The value that was measured last.
    pub latest: Option<Reached>,
    /// Which way is better: as the rule says, else guessed from the name.
    pub direction: Direction,
    /// How many runs logged it.
    pub runs: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Best {
    pub value: Number,
    pub run: RunName,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Reached {
    pub value: Number,
    pub run: RunName,
    pub at: Time,
}

/// Over the latest values of all runs that are not deleted, by name. `rule_only` leaves out metrics
/// that the rule does not name.
pub fn summary(tx: &mut Tx, experiment: ExperimentId, rule: Option<&Rule>, rule_only: bool) -> Result<Vec<Summary>> {
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let count = |spot: Spot| match tallies.get_mut(&spot.key) {
        Some(tally) => tally.count(&spot),
        None => {
            let tally = Tally::new(direction(&spot.key, rule), &spot);
            tallies.insert(spot.key, tally);
        }
    };
    if rule_only {
        let keys: Vec<String> =
            rule.iter().flat_map(|rule| rule.asks.conditions()).map(|condition| condition.metric).collect();
        store::each_spot_of(tx, experiment, &keys, count)?;
    } else {
        store::each_spot(tx, experiment, count)?;
    }
    let mut named: Vec<i64> =
        tallies.values().flat_map(|t| [t.best.map(|b| b.1), Some(t.latest.1)]).flatten().collect();
    named.sort_unstable();
    named.dedup();
    let names = store::run_names(tx, &named)?.into_iter().map(|(num, id, name)| (num, RunName { id, name }));
    let names: HashMap<i64, RunName> = names.collect();
    Ok(tallies.into_iter().map(|(name, tally)| tally.summary(name, &names)).collect())
}

struct Tally {
    direction: Direction,
    runs: i64,
    best: Option<(f64, i64)>,
    latest: (f64, i64, Time),
}

impl Tally {
    fn new(direction: Direction, spot: &Spot) -> Self {
        let mut tally = Self { direction, runs: 0, best: None, latest: (spot.value, spot.run, spot.at) };
        tally.count(spot);
        tally
    }

    fn count(&mut self, spot: &Spot) {
        self.runs += 1;
        let better = |best: f64| match self.direction {
            Direction::Higher => spot.value > best,
            Direction::Lower => spot.value < best,
        };
        if !spot.value.is_nan() && self.best.is_none_or(|(best, _)| better(best)) {
            self.best = Some((spot.value, spot.run));
        }
        if spot.at >= self.latest.2 {
            self.latest = (spot.value, spot.run, spot.at);
        }
    }

    fn summary(self, name: String, names: &HashMap<i64, RunName>) -> Summary {
        let best =
            self.best.and_then(|(value, run)| Some(Best { value: Number(value), run: names.get(&run)?.clone() }));
        let (value, run, at) = self.latest;
        let latest = names.get(&run).map(|run| Reached { value: Number(value), run: run.clone(), at });
        Summary { name, best, latest, direction: self.direction, runs: self.runs }
    }
}

/// Parts of names of which less is better.
const LESS: [&str; 12] =
    ["loss", "error", "rmse", "mae", "mse", "mape", "latency", "duration", "seconds", "cost", "perplexity", "_ms"];

fn direction(metric: &str, rule: Option<&Rule>) -> Direction {
    let conditions = rule.map(|rule| rule.asks.conditions()).unwrap_or_default();
    let wants_more = match conditions.iter().find(|condition| condition.metric == metric) {
        Some(condition) => condition.comparator.wants_more(),
        None => {
            let name = metric.to_lowercase();
            !LESS.iter().any(|part| name.contains(part))
        }
    };
    if wants_more { Direction::Higher } else { Direction::Lower }
}
