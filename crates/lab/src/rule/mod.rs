//! A rule says beforehand what decides an experiment: a metric and its threshold, constraints that
//! must hold with it, perhaps the dataset that counts and the days there are. A rule is never
//! edited: changing it sets a new one, and the old ones stay. The latest is in force.

mod store;

use std::collections::HashMap;

use base::{
    ExperimentId, Result, Time, UserId,
    refuse::{internal, invalid},
};
use db::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limit;

/// How a value is compared with a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Comparator {
    #[serde(rename = ">=")]
    AtLeast,
    #[serde(rename = "<=")]
    AtMost,
    #[serde(rename = ">")]
    Above,
    #[serde(rename = "<")]
    Below,
}

impl Comparator {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AtLeast => ">=",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::Below => "<",
        }
    }

    /// As people write it in a sentence.
    pub fn sign(self) -> &'static str {
        match self {
            Self::AtLeast => "≥",
            Self::AtMost => "≤",
            Self::Above => ">",
            Self::Below => "<",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::AtLeast, Self::AtMost, Self::Above, Self::Below].into_iter().find(|c| c.as_str() == text)
    }

    /// Not-a-number satisfies nothing.
    pub fn holds(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::AtLeast => value >= threshold,
            Self::AtMost => value <= threshold,
            Self::Above => value > threshold,
            Self::Below => value < threshold,
        }
    }

    pub fn wants_more(self) -> bool {
        matches!(self, Self::AtLeast | Self::Above)
    }
}

/// What must hold besides the rule's own threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Constraint {
    pub metric: String,
    pub comparator: Comparator,
    pub threshold: f64,
}

/// A rule as someone wants it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewRule")]
pub struct New {
    pub metric: String,
    pub comparator: Comparator,
    pub threshold: f64,
    #[serde(default)]
    pub constraints: Vec<Constraint>,
    /// Only runs that logged this input count: a name, `name@digest`, or a name and its version
    /// (`fraud-eval v3`).
    #[serde(default)]
    pub dataset: Option<String>,
    /// Days from the moment the experiment first had a time box, 1 to 3,650.
    #[serde(default)]
    pub time_box_days: Option<i64>,
}

/// The rule in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub id: i64,
    pub asks: New,
    pub set_at: Time,
    pub set_by: UserId,
    /// It was set when there were runs already, so it may have been chosen to fit them.
    pub after_first_run: bool,
    /// How many rules the experiment has had, this one included.
    pub history: i64,
    /// The end of the time box.
    pub decide_by: Option<Time>,
}

impl New {
    /// The threshold and the constraints, the threshold first.
    pub fn conditions(&self) -> Vec<Constraint> {
        let first = Constraint { metric: self.metric.clone(), comparator: self.comparator, threshold: self.threshold };
        std::iter::once(first).chain(self.constraints.iter().cloned()).collect()
    }

    /// Whether a run that read this dataset counts: always, when the rule names none.
    pub fn counts_on(&self, name: &str, digest: &str) -> bool {
        let Some(wanted) = &self.dataset else { return true };
        let rest = wanted.strip_prefix(name);
        rest.is_some_and(|rest| match rest {
            "" => true,
            _ => [" v", " ", "@"].iter().any(|mark| rest.strip_prefix(mark) == Some(digest)),
        })
    }

    pub(crate) fn check(&self) -> Result<()> {
        check_condition("rule", &self.metric, self.threshold)?;
        if self.constraints.len() > MOST_CONSTRAINTS {
            return Err(invalid("rule.constraints", format!("must hold at most {MOST_CONSTRAINTS}")));
        }
        for (place, constraint) in self.constraints.iter().enumerate() {
            let field = format!("rule.constraints[{place}]");
            check_condition(&field, &constraint.metric, constraint.threshold)?;
        }
        if let Some(dataset) = &self.dataset
            && base::text::line("rule.dataset", dataset, 600)? != *dataset
        {
            return Err(invalid("rule.dataset", "must not begin or end with white space"));
        }
        match self.time_box_days {
            Some(days) if !(1..=LONGEST_BOX).contains(&days) => {
                Err(invalid("rule.time_box_days", format!("must be between 1 and {LONGEST_BOX} days")))
            }
            _ => Ok(()),
        }
    }
}

const MOST_CONSTRAINTS: usize = 20;
const LONGEST_BOX: i64 = 3_650;

fn check_condition(field: &str, metric: &str, threshold: f64) -> Result<()> {
    limit::check_key(&format!("{field}.metric"), metric)?;
    if !threshold.is_finite() {
        return Err(invalid(&format!("{field}.threshold"), "must be an ordinary number"));
    }
    Ok(())
}

/// The rule in force, if the experiment has one.
pub fn in_force(tx: &mut Tx, experiment: ExperimentId) -> Result<Option<Rule>> {
    store::latest(tx, experiment)
}

/// The rule in force of each experiment that has one. Checks no right.
pub fn in_force_of(tx: &mut Tx, experiments: &[ExperimentId]) -> Result<HashMap<ExperimentId, Rule>> {
    store::latest_of(tx, experiments)
}

/// Every rule that the experiment had, the oldest first.
pub fn history(tx: &mut Tx, experiment: ExperimentId) -> Result<Vec<Rule>> {
    store::all(tx, experiment)
}

/// Sets a rule and says whether it differs from the one before; the caller has checked the right.
pub(crate) fn set(tx: &mut Tx, experiment: ExperimentId, by: &UserId, asks: &New) -> Result<bool> {
    asks.check()?;
    if store::latest(tx, experiment)?.is_some_and(|rule| rule.asks == *asks) {
        return Ok(false);
    }
    store::add(tx, experiment, by, asks)?;
    if let Some(end) = store::latest(tx, experiment)?.and_then(|rule| rule.decide_by) {
        let body = serde_json::json!({ "id": experiment });
        tx.later(crate::experiment::SETTLE, &body, end)?;
    }
    Ok(true)
}

fn stored_comparator(text: &str) -> Result<Comparator> {
    Comparator::parse(text).ok_or_else(|| internal(format!("{text} is no comparator")))
}
