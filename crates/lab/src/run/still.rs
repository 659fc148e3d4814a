//! Latest values that stand still are found by an index, which does not hold those that move; a search
//! ordered by a metric looks at each of these. They stand still once their run has ended, and when
//! no point came for a day: many a run is killed and never says that it ended.

use base::{ExperimentId, Result};
use db::Tx;
use serde_json::json;

use super::store;

/// The kind of the job that looks which values of an experiment stand still by now.
pub const SETTLE: &str = "run.settle";

const STILL_DAYS: i64 = 1;

/// How many new runs of the workspace make it worth to look again.
const EVERY: i64 = 100;

/// The run with this small key is new in the experiment.
pub(super) fn begun(tx: &mut Tx, experiment: ExperimentId, run: i64) -> Result<()> {
    if run % EVERY != 0 {
        return Ok(());
    }
    let now = tx.now();
    tx.later(SETTLE, &json!({ "id": experiment }), now)
}

/// What a [`SETTLE`] job does.
pub fn settle(tx: &mut Tx, experiment: ExperimentId) -> Result<()> {
    let before = tx.now().plus_days(-STILL_DAYS);
    store::settle_older(tx, experiment, before)
}
