//! What a trace is linked to afterwards: runs, and prompts.

use base::{Kind, Result, RunId, TraceId, refuse::invalid};
use db::Tx;
use people::{Actor, Right};

use super::{act, store};
use crate::{limit, run};

/// Traces in one request.
const MOST: usize = 100;
const MOST_PROMPTS: usize = 100;

/// Links traces to a run of the same project. A trace that is absent and a run that is absent or
/// deleted are passed over, as clients link what may still be on its way.
pub fn link_to_run(tx: &mut Tx, actor: &Actor, ids: &[TraceId], run: &RunId) -> Result<()> {
    if ids.len() > MOST {
        return Err(invalid("trace_ids", format!("must hold at most {MOST}")));
    }
    let run = match run::find(tx, actor, Right::Track, run) {
        Err(error) if error.is(Kind::NotFound) => return Ok(()),
        found => found?,
    };
    if run.deleted_at.is_some() {
        return Ok(());
    }
    for id in ids {
        if let Some(trace) = store::in_project(tx, id, &run.project)? {
            store::link(tx, trace.num, &run.id)?;
        }
    }
    tx.touch(Some(&run.project), format!("run:{}", run.id));
    Ok(())
}

/// The traces that were linked to the run. Checks no right.
pub fn linked(tx: &mut Tx, run: &RunId) -> Result<Vec<TraceId>> {
    store::linked(tx, run)
}

/// Notes which prompts, by name and version, a trace used.
pub fn link_prompts(tx: &mut Tx, actor: &Actor, id: &TraceId, prompts: &[(String, String)]) -> Result<()> {
    check_prompts(prompts)?;
    let trace = act::writable(tx, actor, id)?;
    store::add_prompts(tx, trace.num, prompts)
}

pub(super) fn check_prompts(prompts: &[(String, String)]) -> Result<()> {
    if prompts.len() > MOST_PROMPTS {
        return Err(invalid("prompt_versions", format!("must hold at most {MOST_PROMPTS}")));
    }
    for (name, version) in prompts {
        limit::check_length("name", name, limit::KEY)?;
        if version.is_empty() || version.len() > 18 || !version.bytes().all(|b| b.is_ascii_digit()) {
            return Err(invalid("version", "must be a whole number"));
        }
    }
    Ok(())
}
