//! Spans as they arrive. A span is written over when it comes again, so repeating a request is
//! harmless and a late child finds its trace.

use std::collections::BTreeMap;

use base::{ExperimentId, Result, Time, TraceId, refuse::invalid};
use db::Tx;
use people::Actor;

use super::{State, Trace, act, store, usage};
use crate::{
    experiment::{self, Experiment},
    limit,
};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Span {
    /// 16 hexadecimal digits.
    pub id: String,
    /// None for the root of the tree.
    pub parent: Option<String>,
    pub name: String,
    pub kind: String,
    /// `UNSET`, `OK` or `ERROR`.
    pub status: &'static str,
    /// Nanoseconds since 1970.
    pub started_at: i64,
    pub ended_at: Option<i64>,
    /// Tokens and cost, JSON objects of numbers.
    pub usage: Option<String>,
    pub cost: Option<String>,
    /// What it is searched by.
    pub attributes: Vec<(String, String)>,
    /// All of it as JSON, as clients read it.
    pub content: String,
}

/// Spans of one trace that came together, and what they say of the whole.
#[derive(Clone, Debug)]
pub struct Arrived {
    pub trace: TraceId,
    pub spans: Vec<Span>,
    pub name: Option<String>,
    pub request: Option<String>,
    pub response: Option<String>,
    pub tags: Vec<(String, String)>,
    pub metadata: Vec<(String, String)>,
}

impl Arrived {
    pub fn of(trace: TraceId) -> Self {
        let (tags, metadata) = (Vec::new(), Vec::new());
        Self { trace, spans: Vec::new(), name: None, request: None, response: None, tags, metadata }
    }
}

/// Characters of an attribute's value that a search looks at.
pub const SEARCHED: usize = 1_000;
/// Characters of a name or a kind; longer ones are cut.
const NAME: usize = 500;

/// Takes spans in, all or none. What they say of their traces counts as far as no client told more.
pub fn take(tx: &mut Tx, actor: &Actor, experiment: ExperimentId, arrived: &[Arrived]) -> Result<()> {
    let experiment = experiment::must_write(tx, actor, experiment)?;
    for arrived in arrived {
        act::check_id(&arrived.trace)?;
        let trace = match store::in_project(tx, &arrived.trace, &experiment.project)? {
            Some(trace) => trace,
            None => begin(tx, actor, &experiment, arrived)?,
        };
        take_one(tx, &trace, arrived)?;
    }
    act::touch(tx, &experiment);
    Ok(())
}

fn begin(tx: &mut Tx, actor: &Actor, experiment: &Experiment, arrived: &Arrived) -> Result<Trace> {
    let Some((start, _)) = times(&arrived.spans) else { return Err(invalid("spans", "must not be empty")) };
    let num = store::add(tx, &arrived.trace, experiment, actor, start)?;
    store::get(tx, num)
}

pub(super) fn take_one(tx: &mut Tx, trace: &Trace, arrived: &Arrived) -> Result<()> {
    // Of a span that comes twice the last counts.
    let spans: BTreeMap<&str, &Span> = arrived.spans.iter().map(|span| (span.id.as_str(), span)).collect();
    let spans: Vec<&Span> = spans.into_values().collect();
    store::put_spans(tx, trace.num, &spans)?;
    derive(tx, trace, arrived)?;
    store::set_tags(tx, trace.num, &checked(&arrived.tags), false)?;
    let metadata = checked(&arrived.metadata);
    store::set_metadata(tx, trace.num, &metadata, false)?;
    if spans.iter().any(|span| span.usage.is_some() || span.cost.is_some()) {
        add_up(tx, trace.num)?;
    }
    Ok(())
}

/// What the spans say of the whole.
fn derive(tx: &mut Tx, trace: &Trace, arrived: &Arrived) -> Result<()> {
    let Some((start, end)) = times(&arrived.spans) else { return Ok(()) };
    let root = arrived.spans.iter().find(|span| span.parent.is_none());
    let state = root.map(|root| if root.status == "ERROR" { State::Error } else { State::Ok });
    let mut derived = Trace {
        name: trace.name.clone().or_else(|| arrived.name.as_deref().map(|name| limit::cut(name, NAME).to_owned())),
        request: trace.request.clone().or_else(|| preview(arrived.request.as_deref())),
        response: trace.response.clone().or_else(|| preview(arrived.response.as_deref())),
        spanned: true,
        ..trace.clone()
    };
    let open = matches!(trace.state, State::InProgress | State::Unspecified);
    if !trace.told || open {
        derived.state = state.unwrap_or(trace.state);
    }
    if !trace.told {
        let before = trace.duration.map(|duration| trace.at.plus_ms(duration));
        derived.at = trace.at.min(start);
        derived.duration = before.max(end).map(|end| (end.ms() - derived.at.ms()).max(0));
    }
    store::set_derived(tx, &derived)
}

fn preview(text: Option<&str>) -> Option<String> {
    text.map(|text| limit::cut(text, act::PREVIEW).replace('\0', "\u{fffd}"))
}

/// The earliest beginning and the latest end.
fn times(spans: &[Span]) -> Option<(Time, Option<Time>)> {
    const NANOS: i64 = 1_000_000;
    let start = spans.iter().map(|span| span.started_at).min()?;
    let end = spans.iter().filter_map(|span| span.ended_at).max();
    Some((Time(start / NANOS), end.map(|end| Time(end / NANOS))))
}

/// Applications name these as they like: what cannot be a tag is left out.
fn checked(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    let fits = |key: &str, value: &str| limit::check_key("key", key).is_ok() && !value.contains('\0');
    let pairs: BTreeMap<&str, &str> = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let kept = pairs.into_iter().filter(|(key, value)| fits(key, value));
    kept.map(|(key, value)| (key, limit::cut(value, limit::TAG_VALUE))).collect()
}

/// Tokens and cost of the whole tree, with spans that came before.
fn add_up(tx: &mut Tx, trace: i64) -> Result<()> {
    let spans = store::usage(tx, trace)?;
    let sums =
        [(super::TOKENS, usage::sum(&spans, |span| &span.usage)), (super::COST, usage::sum(&spans, |s| &s.cost))];
    for (key, sum) in sums {
        if let Some(sum) = sum {
            store::set_metadata(tx, trace, &[(key, &sum)], false)?;
        }
    }
    Ok(())
}

impl Span {
    /// Cut to what the columns hold.
    pub(super) fn short(text: &str) -> String {
        limit::cut(text, NAME).replace('\0', "\u{fffd}")
    }
}
