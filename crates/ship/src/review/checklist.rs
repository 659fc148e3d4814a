//! The words of a review, and the five points that every experiment answers before it may go out.
//! The five cannot be removed.

use base::{Result, refuse::internal};
use people::Duty;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Goes into every bundle. It rises when the points or their meaning change, so that approvals
/// given under other points do not count.
pub const VERSION: i64 = 1;

/// Whose judgement it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ReviewKind")]
pub enum Kind {
    Technical,
    Ethics,
    Business,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Technical, Kind::Ethics, Kind::Business];

    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Technical => "technical",
            Kind::Ethics => "ethics",
            Kind::Business => "business",
        }
    }

    /// At the beginning of a line.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Technical => "Technical",
            Kind::Ethics => "Ethics",
            Kind::Business => "Business",
        }
    }

    /// Who decides this review.
    pub fn duty(self) -> Duty {
        match self {
            Kind::Technical => Duty::TechnicalLead,
            Kind::Ethics => Duty::EthicsReviewer,
            Kind::Business => Duty::ProductOwner,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ReviewDecision")]
pub enum Decision {
    Accepted,
    Declined,
}

impl Decision {
    pub fn as_str(self) -> &'static str {
        match self {
            Decision::Accepted => "accepted",
            Decision::Declined => "declined",
        }
    }
}

/// `open` is also what a computed point is while there is not enough evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "CheckState")]
pub enum State {
    Open,
    Pass,
    Fail,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Pass => "pass",
            State::Fail => "fail",
        }
    }
}

/// Who answers a point: one of the reviews, or the server from what runs have logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "CheckAnsweredBy")]
pub enum Answered {
    Technical,
    Ethics,
    Business,
    Computed,
}

/// One point of the checklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "CheckKey")]
pub enum Check {
    PerformanceMeetsThreshold,
    SafetyEvalPassed,
    CostProjectionAcceptable,
    DocumentationComplete,
    RollbackPlanDefined,
}

impl Check {
    pub const ALL: [Check; 5] = [
        Check::PerformanceMeetsThreshold,
        Check::SafetyEvalPassed,
        Check::CostProjectionAcceptable,
        Check::DocumentationComplete,
        Check::RollbackPlanDefined,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Check::PerformanceMeetsThreshold => "performance_meets_threshold",
            Check::SafetyEvalPassed => "safety_eval_passed",
            Check::CostProjectionAcceptable => "cost_projection_acceptable",
            Check::DocumentationComplete => "documentation_complete",
            Check::RollbackPlanDefined => "rollback_plan_defined",
        }
    }

    pub fn parse(key: &str) -> Option<Check> {
        Check::ALL.into_iter().find(|check| check.as_str() == key)
    }

    pub fn text(self) -> &'static str {
        match self {
            Check::PerformanceMeetsThreshold => "The run meets the threshold of the rule and keeps all its constraints",
            Check::SafetyEvalPassed => "The safety evaluation passed",
            Check::CostProjectionAcceptable => "The projected cost is acceptable",
            Check::DocumentationComplete => "The documentation is complete",
            Check::RollbackPlanDefined => "A rollback plan is defined",
        }
    }

    /// The review that answers it; none for the point that is computed.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Check::PerformanceMeetsThreshold => None,
            Check::SafetyEvalPassed => Some(Kind::Ethics),
            Check::CostProjectionAcceptable => Some(Kind::Business),
            Check::DocumentationComplete | Check::RollbackPlanDefined => Some(Kind::Technical),
        }
    }

    pub fn answered(self) -> Answered {
        match self.kind() {
            None => Answered::Computed,
            Some(Kind::Technical) => Answered::Technical,
            Some(Kind::Ethics) => Answered::Ethics,
            Some(Kind::Business) => Answered::Business,
        }
    }

    pub fn typed() -> impl Iterator<Item = Check> {
        Check::ALL.into_iter().filter(|check| check.kind().is_some())
    }
}

/// From a column that only these words are written to.
pub fn stored<T: serde::de::DeserializeOwned>(word: String) -> Result<T> {
    serde_json::from_value(word.into()).map_err(internal)
}
