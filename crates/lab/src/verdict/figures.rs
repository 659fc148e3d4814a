//! How many hypotheses of a project were decided in a stretch of time, how long that took, and which
//! are still open. It reads what was announced, so that nothing is judged again.

use base::{ExperimentId, ProjectId, Result, Time, refuse::internal};
use db::Tx;

use super::{State, store};

/// A hypothesis that was decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    pub experiment: ExperimentId,
    pub name: String,
    pub state: State,
    pub proposed_at: Time,
    pub decided_at: Time,
}

/// An experiment with a rule that has no verdict yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Undecided {
    pub experiment: ExperimentId,
    pub name: String,
    pub proposed_at: Time,
}

/// Those decided at or after `from` and before `until`, and not deleted; the latest first, at most so
/// many. Checks no right.
pub fn decided(tx: &mut Tx, project: &ProjectId, from: Time, until: Time, most: i64) -> Result<Vec<Decided>> {
    store::decided(tx, project, from, until, most)
}

/// Of the same, how many got which verdict how many days (of UTC) after the one when they were proposed.
pub fn days_taken(tx: &mut Tx, project: &ProjectId, from: Time, until: Time) -> Result<Vec<(State, i64, i64)>> {
    store::days_taken(tx, project, from, until)
}

/// How many can be decided and are not, and the first proposed of them, at most so many. Checks no right.
pub fn undecided(tx: &mut Tx, project: &ProjectId, most: i64) -> Result<(i64, Vec<Undecided>)> {
    Ok((store::count_undecided(tx, project)?, store::undecided(tx, project, most)?))
}

/// Reads what [`super::announce`] wrote.
pub(super) fn stored(word: &str) -> Result<State> {
    match word {
        "supported" => Ok(State::Supported),
        "refuted" => Ok(State::Refuted),
        other => Err(internal(format!("{other} is no verdict"))),
    }
}
