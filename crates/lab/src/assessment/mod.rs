//! An assessment is what somebody says of a trace or of one of its spans: feedback (a person's, a
//! judge's or a program's), an expectation (what would have been right), or a reference to an issue.
//! One may override another, which is then kept but no longer valid. What an evaluation run said
//! vanishes with that run, and comes back with it.

mod act;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use base::{AssessmentId, Result, Time, TraceId, refuse::not_found};
use db::Tx;
use people::{Actor, Right};

pub use act::{Brought, Change, New, bring, check_brought, create, delete, ids, tell, update};

use crate::trace::{self, Trace};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Feedback,
    Expectation,
    Issue,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Feedback => "feedback",
            Self::Expectation => "expectation",
            Self::Issue => "issue",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Feedback, Self::Expectation, Self::Issue].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What is said.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub kind: Kind,
    /// Any JSON; of an issue null.
    pub value: serde_json::Value,
    /// The client sent the value as text that holds JSON, and wants it back so.
    pub structured: bool,
    /// Why there is no value: a JSON object.
    pub error: Option<serde_json::Value>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    pub id: AssessmentId,
    pub trace: TraceId,
    pub name: String,
    pub said: Said,
    /// `HUMAN`, `LLM_JUDGE`, `CODE` or what the client calls it.
    pub source_type: String,
    pub source_id: String,
    pub rationale: Option<String>,
    pub metadata: Vec<(String, String)>,
    pub span: Option<String>,
    pub overrides: Option<AssessmentId>,
    pub valid: bool,
    pub created_at: Time,
    pub updated_at: Time,
}

/// One assessment of a trace, for someone who may look at it.
pub fn get(tx: &mut Tx, actor: &Actor, trace: &TraceId, id: &AssessmentId) -> Result<Assessment> {
    let trace = trace::find(tx, actor, Right::Read, trace)?;
    store::get(tx, &trace, id)?.ok_or_else(|| not_found("assessment"))
}

/// The assessments of each trace, in the same order, the oldest first. Checks no right.
pub fn of(tx: &mut Tx, traces: &[Trace]) -> Result<Vec<Vec<Assessment>>> {
    store::of(tx, traces)
}
