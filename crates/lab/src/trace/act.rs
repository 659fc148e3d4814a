//! What is done with a trace as a whole: tell, tag, delete.

use base::{
    ExperimentId, Result, Time, TraceId,
    refuse::{invalid, not_found},
};
use db::Tx;
use people::{Actor, Right};
use serde_json::json;

use super::{NAME_TAG, State, Trace, find, store};
use crate::{
    artifact::{self, Path},
    experiment::{self, Experiment},
    limit,
};

/// What a client says of a whole trace.
#[derive(Clone, Debug)]
pub struct Told {
    pub id: TraceId,
    pub client_id: Option<String>,
    pub state: State,
    pub at: Option<Time>,
    /// Milliseconds.
    pub duration: Option<i64>,
    pub request: Option<String>,
    pub response: Option<String>,
    /// The tag [`NAME_TAG`] is its name.
    pub tags: Vec<(String, String)>,
    pub metadata: Vec<(String, String)>,
}

impl Told {
    /// Nothing but that it is there.
    pub fn of(id: TraceId) -> Self {
        Self {
            id,
            client_id: None,
            state: State::default(),
            at: None,
            duration: None,
            request: None,
            response: None,
            tags: Vec::new(),
            metadata: Vec::new(),
        }
    }
}

/// Characters of a preview; longer ones are cut.
pub(super) const PREVIEW: usize = 1_000;
/// Characters of the application's own id of a request.
const CLIENT_ID: usize = 250;
/// Characters of a trace's id.
const ID: usize = 100;
/// Tags that say where things lie: the server's own word.
const RESERVED: [&str; 4] = [
    "mlflow.artifactLocation",
    "mlflow.trace.spansLocation",
    "mlflow.trace.archiveLocation",
    "mlflow.trace.archivalFailure",
];

/// Takes the client's word on a trace, known or not: what it says replaces what was there; tags and
/// metadata merge. It may say so again.
pub fn tell(tx: &mut Tx, actor: &Actor, experiment: ExperimentId, told: &Told) -> Result<Trace> {
    let experiment = experiment::must_write(tx, actor, experiment)?;
    check(told)?;
    let num = match store::in_project(tx, &told.id, &experiment.project)? {
        Some(trace) => trace.num,
        None => {
            let at = told.at.unwrap_or_else(|| tx.now());
            store::add(tx, &told.id, &experiment, actor, at)?
        }
    };
    store::tell(tx, num, experiment.id, told)?;
    store::set_tags(tx, num, &tags(told), true)?;
    let metadata = told.metadata.iter().map(|(key, value)| (key.as_str(), limit::cut(value, limit::TAG_VALUE)));
    store::set_metadata(tx, num, &metadata.collect::<Vec<_>>(), true)?;
    touch(tx, &experiment);
    store::get(tx, num)
}

pub(super) fn check(told: &Told) -> Result<()> {
    check_id(&told.id)?;
    limit::check_length("client_request_id", told.client_id.as_deref().unwrap_or_default(), CLIENT_ID)?;
    if told.duration.is_some_and(|duration| duration < 0) {
        return Err(invalid("execution_duration", "must not be negative"));
    }
    for (field, pairs) in [("tags", &told.tags), ("trace_metadata", &told.metadata)] {
        for (key, value) in pairs {
            limit::check_length(&format!("{field} key"), key, limit::KEY)?;
            limit::check_storable(&format!("{field}.{key}"), value)?;
        }
    }
    let previews = [("request_preview", &told.request), ("response_preview", &told.response)];
    previews.into_iter().try_for_each(|(field, text)| limit::check_storable(field, text.as_deref().unwrap_or_default()))
}

/// Its artifacts lie under its id, so the id is one segment of a path.
pub(super) fn check_id(id: &TraceId) -> Result<()> {
    let text = id.as_str();
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if text.is_empty() || text.len() > ID || !plain {
        return Err(invalid("trace_id", format!("must be 1 to {ID} letters, digits, - and _")));
    }
    Ok(())
}

pub(super) fn tags(told: &Told) -> Vec<(&str, &str)> {
    let kept = told.tags.iter().filter(|(key, _)| key != NAME_TAG && !RESERVED.contains(&key.as_str()));
    kept.map(|(key, value)| (key.as_str(), limit::cut(value, limit::TAG_VALUE))).collect()
}

/// Writes a tag over; the tag that holds the name renames the trace.
pub fn set_tag(tx: &mut Tx, actor: &Actor, id: &TraceId, key: &str, value: &str) -> Result<()> {
    limit::check_key("key", key)?;
    limit::check_storable("value", value)?;
    if RESERVED.contains(&key) {
        return Err(invalid("key", format!("{key:?} is the server's own; choose another")));
    }
    let trace = writable(tx, actor, id)?;
    let value = limit::cut(value, limit::TAG_VALUE);
    if key == NAME_TAG {
        store::set_name(tx, trace.num, Some(value))?;
    } else {
        store::set_tags(tx, trace.num, &[(key, value)], true)?;
    }
    touch_trace(tx, &trace);
    Ok(())
}

pub fn delete_tag(tx: &mut Tx, actor: &Actor, id: &TraceId, key: &str) -> Result<()> {
    let trace = writable(tx, actor, id)?;
    let gone = match key {
        NAME_TAG if trace.name.is_some() => {
            store::set_name(tx, trace.num, None)?;
            true
        }
        _ => store::delete_tag(tx, trace.num, key)?,
    };
    if !gone {
        return Err(not_found("tag"));
    }
    touch_trace(tx, &trace);
    Ok(())
}

/// The trace, for someone who may write to it; its experiment is not deleted.
pub(crate) fn writable(tx: &mut Tx, actor: &Actor, id: &TraceId) -> Result<Trace> {
    let trace = find(tx, actor, Right::Track, id)?;
    experiment::must_write(tx, actor, trace.experiment)?;
    Ok(trace)
}

/// Which traces of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub enum Chosen {
    These(Vec<TraceId>),
    /// Those that began at this time or before, the oldest first; at most so many.
    Until(Time, Option<usize>),
}

/// Traces in one request; more are deleted by asking again.
const MOST_DELETED: usize = 10_000;

/// Deletes traces with their spans, assessments and artifacts; says how many.
pub fn delete(tx: &mut Tx, actor: &Actor, experiment: ExperimentId, chosen: &Chosen) -> Result<usize> {
    let experiment = experiment::must_write(tx, actor, experiment)?;
    let gone = match chosen {
        Chosen::These(ids) => store::of_experiment(tx, experiment.id, ids)?,
        Chosen::Until(at, most) => {
            let most = most.unwrap_or(MOST_DELETED).min(MOST_DELETED);
            store::until(tx, experiment.id, *at, most)?
        }
    };
    if gone.is_empty() {
        return Ok(0);
    }
    delete_artifacts(tx, actor, &experiment, &gone)?;
    for part in gone.chunks(1_000) {
        store::delete(tx, &part.iter().map(|(num, _)| *num).collect::<Vec<_>>())?;
    }
    let body = json!({ "traces": gone.len() });
    tx.emit(actor.event("trace.deleted", experiment.subject()).project(&experiment.project).body(body))?;
    Ok(gone.len())
}

fn delete_artifacts(tx: &mut Tx, actor: &Actor, experiment: &Experiment, gone: &[(i64, TraceId)]) -> Result<()> {
    for (_, id) in gone {
        artifact::delete(tx, actor, &Path::of_trace(experiment.id, id))?;
    }
    Ok(())
}

pub(super) fn touch(tx: &mut Tx, experiment: &Experiment) {
    tx.touch(Some(&experiment.project), experiment.subject());
}

pub(crate) fn touch_trace(tx: &mut Tx, trace: &Trace) {
    tx.touch(Some(&trace.project), format!("experiment:{}", trace.experiment));
}
