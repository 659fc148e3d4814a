//! What a trace is linked to afterwards: runs, and prompts.

use base::{Kind, Result, RunId, TraceId, refuse::invalid};
use db::Tx;
use people::{Actor, Right};

use super::{act, find, store};
use crate::{limit, run};

/// Traces in one request.
const MOST: usize = 100;
const MOST_PROMPTS: usize = 100;

/// Links traces to a run of the same project. A trace or a run that is absent is passed over, as
/// clients link what may still be on its way.
pub fn link_to_run(tx: &mut Tx, actor: &Actor, ids: &[TraceId], run: &RunId) -> Result<()> {
    if ids.len() > MOST {
        return Err(invalid("trace_ids", format!("must be at most {MOST}")));
    }
    let Some(run) = present(run::find(tx, actor, Right::Track, run))? else { return Ok(()) };
    for id in ids {
        let Some(trace) = present(find(tx, actor, Right::Track, id))? else { continue };
        if trace.project == run.project {
            store::link(tx, trace.num, &run.id)?;
        }
    }
    tx.touch(Some(&run.project), format!("run:{}", run.id));
    Ok(())
}

fn present<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is(Kind::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Notes which prompts, by name and version, a trace used.
pub fn link_prompts(tx: &mut Tx, actor: &Actor, id: &TraceId, prompts: &[(String, String)]) -> Result<()> {
    if prompts.len() > MOST_PROMPTS {
        return Err(invalid("prompt_versions", format!("must be at most {MOST_PROMPTS}")));
    }
    for (name, version) in prompts {
        limit::check_length("name", name, limit::KEY)?;
        if version.is_empty() || version.len() > 18 || !version.bytes().all(|b| b.is_ascii_digit()) {
            return Err(invalid("version", "must be a whole number"));
        }
    }
    let trace = act::writable(tx, actor, id)?;
    store::add_prompts(tx, trace.num, prompts)
}
