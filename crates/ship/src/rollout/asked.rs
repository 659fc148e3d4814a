//! The plan as people write it: short, with much left open.

use std::collections::BTreeMap;

use base::{Result, refuse::invalid, text};
use lab::rule::Comparator;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Limit, Phase, Plan, standard_limits, standard_phases};

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskedPlan {
    pub environment: String,
    /// What serves instead when a limit breaks: a version, an image, a rule.
    pub rollback_to: String,
    /// In order; the last one reaches 100 %. Left away: shadow, canary, full.
    #[serde(default)]
    pub phases: Option<Vec<AskedPhase>>,
    /// Added to the standard limits; one of the same metric replaces the standard one.
    #[serde(default)]
    pub limits: Option<AskedLimits>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "must be the name of a phase, or an object with a name and a traffic_percent")]
pub enum AskedPhase {
    /// shadow, canary or full
    Standard(String),
    Own(OwnPhase),
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnPhase {
    pub name: String,
    #[serde(default)]
    pub traffic_percent: Option<f64>,
    #[serde(default)]
    pub steps: Option<Vec<f64>>,
    #[serde(default)]
    pub at_least: Option<String>,
    #[serde(default)]
    pub exit: Option<String>,
    #[serde(default)]
    pub stop: Option<String>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "must be an object of bounds by metric, or a list of limits")]
pub enum AskedLimits {
    Named(BTreeMap<String, AskedBound>),
    Listed(Vec<AskedLimit>),
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "must be the highest number allowed, or an object with comparator and threshold")]
pub enum AskedBound {
    AtMost(f64),
    Bound(Bound),
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AskedBoundDetail")]
pub struct Bound {
    pub comparator: Comparator,
    pub threshold: f64,
    #[serde(default)]
    pub for_minutes: Option<i64>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskedLimit {
    pub metric: String,
    pub comparator: Comparator,
    pub threshold: f64,
    #[serde(default)]
    pub for_minutes: Option<i64>,
}

const MOST_PHASES: usize = 12;
const MOST_LIMITS: usize = 50;
/// Two intervals of five minutes.
const USUAL_MINUTES: i64 = 10;
const MOST_MINUTES: i64 = 7 * 24 * 60;

/// Checks what was asked and fills in what was left open.
pub fn plan(asked: &AskedPlan) -> Result<Plan> {
    Ok(Plan {
        environment: text::key("plan.environment", &asked.environment, 100)?,
        rollback_to: text::line("plan.rollback_to", &asked.rollback_to, 250)?,
        phases: phases(asked.phases.as_deref())?,
        limits: limits(asked.limits.as_ref())?,
    })
}

fn phases(asked: Option<&[AskedPhase]>) -> Result<Vec<Phase>> {
    let Some(asked) = asked else { return Ok(standard_phases()) };
    if asked.is_empty() || asked.len() > MOST_PHASES {
        return Err(invalid("plan.phases", format!("must be between 1 and {MOST_PHASES}, or left away")));
    }
    let mut phases: Vec<Phase> = Vec::new();
    for (place, asked) in asked.iter().enumerate() {
        let field = format!("plan.phases[{place}]");
        let phase = phase(&field, asked)?;
        if phases.iter().any(|earlier| earlier.name == phase.name) {
            return Err(invalid(&field, "has the name of an earlier phase"));
        }
        phases.push(phase);
    }
    let shares: Vec<f64> = phases.iter().flat_map(|phase| &phase.steps).copied().collect();
    if shares.iter().any(|share| !(0.0..=100.0).contains(share)) {
        return Err(invalid("plan.phases", "must send between 0 and 100 percent of the traffic"));
    }
    if !shares.is_sorted() {
        return Err(invalid("plan.phases", "must not send less traffic than a phase before"));
    }
    if shares.last() != Some(&100.0) {
        return Err(invalid("plan.phases", "must end with 100 percent of the traffic"));
    }
    Ok(phases)
}

fn phase(field: &str, asked: &AskedPhase) -> Result<Phase> {
    let own = match asked {
        AskedPhase::Own(own) => own,
        AskedPhase::Standard(name) => {
            let known = standard_phases().into_iter().find(|phase| phase.name == *name);
            return known.ok_or_else(|| {
                invalid(field, "is none of shadow, canary and full; write an object with name and traffic_percent")
            });
        }
    };
    let name = text::line(&format!("{field}.name"), &own.name, 60)?;
    let begins = own.traffic_percent.or_else(|| own.steps.as_ref()?.first().copied());
    let like = alike(&name, begins);
    let Some(begins) = begins.or_else(|| like.as_ref().map(|phase| phase.traffic_percent)) else {
        return Err(invalid(&format!("{field}.traffic_percent"), "must be given for a phase of this name"));
    };
    let like = like.unwrap_or_else(|| closest(begins));
    let steps = match &own.steps {
        Some(steps) if steps.first() != Some(&begins) || steps.len() > 20 => {
            return Err(invalid(
                &format!("{field}.steps"),
                "must begin with traffic_percent and have at most 20 steps",
            ));
        }
        Some(steps) => steps.clone(),
        None if like.traffic_percent == begins && like.name == name => like.steps,
        None => vec![begins],
    };
    Ok(Phase {
        traffic_percent: begins,
        steps,
        at_least: words(&format!("{field}.at_least"), own.at_least.as_deref(), like.at_least)?,
        exit: words(&format!("{field}.exit"), own.exit.as_deref(), like.exit)?,
        stop: words(&format!("{field}.stop"), own.stop.as_deref(), like.stop)?,
        name,
    })
}

/// The standard phase of this name, unless its words speak of other shares than were asked.
fn alike(name: &str, begins: Option<f64>) -> Option<Phase> {
    let known = standard_phases().into_iter().find(|phase| phase.name == name)?;
    begins.is_none_or(|begins| begins == known.traffic_percent).then_some(known)
}

/// A phase of one step in the words of the standard one that comes closest.
fn closest(share: f64) -> Phase {
    let place = match share {
        share if share <= 0.0 => 0,
        share if share < 100.0 => 1,
        _ => 2,
    };
    let mut phase = standard_phases().swap_remove(place);
    if place == 1 {
        phase.at_least = format!("24 hours and 1,000 requests at {share} %");
    }
    phase
}

fn words(field: &str, asked: Option<&str>, usual: String) -> Result<String> {
    asked.map_or(Ok(usual), |asked| text::required(field, asked, 1000))
}

fn limits(asked: Option<&AskedLimits>) -> Result<Vec<Limit>> {
    let own = match asked {
        None => Vec::new(),
        Some(AskedLimits::Named(bounds)) => bounds.iter().map(|(metric, bound)| named(metric, bound)).collect(),
        Some(AskedLimits::Listed(limits)) => limits.iter().map(listed).collect::<Vec<_>>(),
    };
    if own.len() > MOST_LIMITS {
        return Err(invalid("plan.limits", format!("must hold at most {MOST_LIMITS}")));
    }
    for (place, limit) in own.iter().enumerate() {
        check(limit)?;
        if own[..place].iter().any(|earlier| same_bound(earlier, limit)) {
            let field = format!("plan.limits.{}", limit.metric);
            return Err(invalid(&field, "is limited twice from the same side; keep one of the two"));
        }
    }
    let mut limits = standard_limits();
    limits.retain(|standard| own.iter().all(|limit| limit.metric != standard.metric));
    limits.extend(own);
    Ok(limits)
}

/// A metric may have a highest and a lowest value, each once.
fn same_bound(one: &Limit, other: &Limit) -> bool {
    one.metric == other.metric && one.comparator.wants_more() == other.comparator.wants_more()
}

fn named(metric: &str, bound: &AskedBound) -> Limit {
    let (comparator, threshold, minutes) = match bound {
        AskedBound::AtMost(most) => (Comparator::AtMost, *most, None),
        AskedBound::Bound(bound) => (bound.comparator, bound.threshold, bound.for_minutes),
    };
    let for_minutes = minutes.unwrap_or(USUAL_MINUTES);
    Limit { metric: metric.trim().to_owned(), comparator, threshold, for_minutes }
}

fn listed(asked: &AskedLimit) -> Limit {
    let AskedLimit { metric, comparator, threshold, for_minutes } = asked;
    let for_minutes = for_minutes.unwrap_or(USUAL_MINUTES);
    Limit { metric: metric.trim().to_owned(), comparator: *comparator, threshold: *threshold, for_minutes }
}

fn check(limit: &Limit) -> Result<()> {
    let metric = text::line("plan.limits", &limit.metric, 250)?;
    let field = format!("plan.limits.{metric}");
    if !limit.threshold.is_finite() {
        return Err(invalid(&field, "must have an ordinary number as its threshold"));
    }
    if !(0..=MOST_MINUTES).contains(&limit.for_minutes) {
        return Err(invalid(&field, format!("must count after 0 to {MOST_MINUTES} minutes")));
    }
    Ok(())
}
