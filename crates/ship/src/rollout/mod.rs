//! How a version goes out: phases with what ends each, limits that stop it, and where to go back to.
//!
//! Who asks for a promotion names the environment and the rollback, and may say phases and limits
//! of their own; the rest is filled in here when they ask. The whole plan is part of the bundle, so
//! it is what the approvers approve.

mod asked;
#[cfg(test)]
mod tests;

pub use asked::{AskedPlan, plan};
use lab::rule::Comparator;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was asked, with everything that was left open filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RolloutPlan")]
pub struct Plan {
    pub environment: String,
    pub rollback_to: String,
    pub phases: Vec<Phase>,
    pub limits: Vec<Limit>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RolloutPhase")]
pub struct Phase {
    pub name: String,
    /// The share of requests that the version answers when the phase begins. In a shadow phase it
    /// answers none: it gets copies, and what it says is thrown away.
    pub traffic_percent: f64,
    /// The shares it goes through within the phase.
    pub steps: Vec<f64>,
    pub at_least: String,
    pub exit: String,
    pub stop: String,
}

/// A bound that a figure of the running version must keep; breaking it means rolling back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RolloutLimit")]
pub struct Limit {
    pub metric: String,
    pub comparator: Comparator,
    pub threshold: f64,
    /// How long it may be broken before it counts.
    pub for_minutes: i64,
}

/// What an approved promotion hands to the people who roll it out.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DeploymentPlan {
    pub environment: String,
    pub phases: Vec<Phase>,
    pub limits: Vec<Limit>,
    pub rollback: Rollback,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Rollback {
    pub to: String,
}

impl From<Plan> for DeploymentPlan {
    fn from(plan: Plan) -> Self {
        let Plan { environment, rollback_to, phases, limits } = plan;
        Self { environment, phases, limits, rollback: Rollback { to: rollback_to } }
    }
}

/// Shadow, canary, full.
pub fn standard_phases() -> Vec<Phase> {
    vec![
        Phase {
            name: "shadow".into(),
            traffic_percent: 0.0,
            steps: vec![0.0],
            at_least: "7 days and 10,000 mirrored requests; every answer is thrown away".into(),
            exit:
                "Disagreements with the live version are explained, p95 latency keeps its limit, cost is within 10 % \
                   of the projection, nothing crashed"
                    .into(),
            stop: "It crashes repeatedly, or costs more than 1.5 times the projection".into(),
        },
        Phase {
            name: "canary".into(),
            traffic_percent: 1.0,
            steps: vec![1.0, 5.0, 25.0, 50.0],
            at_least: "24 hours and 1,000 requests at 1 %, 24 hours at 5 %, 48 hours at 25 %, 24 hours at 50 %".into(),
            exit: "Against a control of equal size: errors at most 0.5 percentage points above, p95 latency at most \
                   1.1 times, no guardrail metric more than 1 % worse, no severe safety event"
                .into(),
            stop: "Any severe safety event; against the control: errors more than 1 percentage point above, or p95 \
                   latency above 1.5 times for two intervals"
                .into(),
        },
        Phase {
            name: "full".into(),
            traffic_percent: 100.0,
            steps: vec![100.0],
            at_least: "72 hours with the previous version kept warm".into(),
            exit: "Drift (PSI) below 0.25, the error budget burns at less than 2 times its rate".into(),
            stop: "The error budget burns at 14.4 times its rate for an hour, or a limit breaks".into(),
        },
    ]
}

/// What holds for every version unless its plan says otherwise.
pub fn standard_limits() -> Vec<Limit> {
    let most = |metric: &str, comparator, threshold, for_minutes| Limit {
        metric: metric.to_owned(),
        comparator,
        threshold,
        for_minutes,
    };
    vec![
        most("error_rate", Comparator::AtMost, 0.01, 10),
        most("p95_latency_ms", Comparator::AtMost, 300.0, 10),
        most("severe_safety_events", Comparator::AtMost, 0.0, 0),
        most("psi", Comparator::Below, 0.25, 60),
    ]
}
