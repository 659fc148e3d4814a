//! Traces that come from another tracking store: they keep their ids and their times.

use std::collections::HashSet;

use base::{ExperimentId, ProjectId, Result, TraceId, refuse::conflict};
use db::Tx;
use people::Actor;

use super::{Arrived, NAME_TAG, State, Told, Trace, act, link, span, store};
use crate::{experiment, limit};

#[derive(Clone, Debug)]
pub struct Brought {
    pub told: Told,
    /// Its spans, all that there are.
    pub arrived: Arrived,
    /// Name and version.
    pub prompts: Vec<(String, String)>,
}

/// Refuses what could not be told of any trace.
pub fn check(brought: &Brought) -> Result<()> {
    act::check(&brought.told)?;
    link::check_prompts(&brought.prompts)
}

/// The trace of the project, in whichever experiment. Checks no right.
pub fn in_project(tx: &mut Tx, id: &TraceId, project: &ProjectId) -> Result<Option<Trace>> {
    store::in_project(tx, id, project)
}

/// The ids of its spans. Checks no right.
pub fn span_ids(tx: &mut Tx, trace: &Trace) -> Result<HashSet<String>> {
    store::span_ids(tx, trace.num)
}

/// Makes the trace where it is new, and ends one that had not ended. What it has else stays as it is;
/// tags, metadata, prompts and spans that it lacks are added.
pub fn bring(tx: &mut Tx, actor: &Actor, experiment: ExperimentId, brought: &Brought) -> Result<Trace> {
    let experiment = experiment::must_write(tx, actor, experiment)?;
    check(brought)?;
    let Brought { told, arrived, prompts } = brought;
    let known = store::in_project(tx, &told.id, &experiment.project)?;
    let num = match &known {
        Some(trace) if trace.experiment != experiment.id => {
            return Err(conflict(format!("The trace {} belongs to another experiment here.", told.id)));
        }
        Some(trace) => trace.num,
        None => {
            let at = told.at.unwrap_or_else(|| tx.now());
            store::add(tx, &told.id, &experiment, actor, at)?
        }
    };
    if known.as_ref().is_none_or(|trace| matches!(trace.state, State::InProgress | State::Unspecified)) {
        store::tell(tx, num, experiment.id, told)?;
    }
    let name = told.tags.iter().find(|(key, _)| key == NAME_TAG).map(|(_, name)| name.as_str());
    if known.as_ref().is_some_and(|trace| trace.name.is_none()) && name.is_some() {
        store::set_name(tx, num, name)?;
    }
    let metadata = told.metadata.iter().map(|(key, value)| (key.as_str(), limit::cut(value, limit::TAG_VALUE)));
    store::add_tags(tx, num, &act::tags(told))?;
    store::add_metadata(tx, num, &metadata.collect::<Vec<_>>())?;
    store::add_prompts(tx, num, prompts)?;
    let here = store::span_ids(tx, num)?;
    let missing = arrived.spans.iter().filter(|span| !here.contains(&span.id)).cloned().collect::<Vec<_>>();
    let trace = store::get(tx, num)?;
    if !missing.is_empty() {
        span::take_one(tx, &trace, &Arrived { spans: missing, ..arrived.clone() })?;
    }
    act::touch(tx, &experiment);
    store::get(tx, num)
}
