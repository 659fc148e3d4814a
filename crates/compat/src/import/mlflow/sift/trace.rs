//! What of a trace may be written here.

use std::collections::HashSet;

use base::AssessmentId;
use lab::{
    assessment, limit,
    trace::{self, Arrived, Brought, NAME_TAG},
};
use serde_json::Value as Json;

use super::super::{
    Counts, Row, Tally,
    shape::{FoundSpans, Pairs, SPANS_FILE, Spans, Trace},
    spans::span,
    tally::Unseen,
    told::is_told,
};
use crate::mlflow::{Fields, Span, new_assessment, of_trace};

/// In which a client tells the prompts that the traced code used, as a JSON list.
const PROMPTS: &str = "mlflow.linkedPrompts";

/// A trace on its way.
#[derive(Clone)]
pub struct Wanted {
    pub brought: Brought,
    pub assessments: Vec<assessment::Brought>,
}

/// The trace without what breaks a rule; none where it cannot be here at all.
pub fn trace(from: &Trace, spans: Spans, tally: &mut Tally) -> Option<Wanted> {
    let mut told = from.told.clone();
    told.tags = words(&from.tags, tally);
    told.metadata = words(&from.metadata, tally);
    let prompts = told.tags.iter().position(|(key, _)| key == PROMPTS).and_then(|at| {
        let prompts = prompts(&told.tags[at].1)?;
        told.tags.remove(at);
        Some(prompts)
    });
    let FoundSpans { spans, in_file } = spans.unwrap_or_else(|why| {
        tally.leave_unseen(Unseen::Spans, why);
        FoundSpans::default()
    });
    if in_file {
        tally.note(format!("the artifact {SPANS_FILE} of a trace does not come as a file: its spans come out of it"));
    }
    let arrived = arrived(from, &spans, tally);
    let assessments = assessments(&from.assessments, tally);
    let brought = Brought { told, arrived, prompts: prompts.unwrap_or_default() };
    match trace::check(&brought) {
        Ok(()) => Some(Wanted { brought, assessments }),
        Err(refusal) => {
            tally.leave_whole_out(Row::Traces, whole(&Wanted { brought, assessments }), refusal.detail());
            None
        }
    }
}

/// Tags or metadata, without what a server writes itself.
fn words(pairs: &Pairs, tally: &mut Tally) -> Pairs {
    let told: Pairs = pairs.iter().filter(|(key, _)| is_told(key)).cloned().collect();
    super::sifted(&told, Row::Tags, limit::TAG_VALUE, tally, |key| {
        limit::check_length("its key", key, limit::KEY).map_err(|refusal| refusal.detail().to_owned())
    })
}

fn prompts(text: &str) -> Option<Pairs> {
    let prompts: Vec<Json> = serde_json::from_str(text).ok()?;
    let prompt = |one: &Json| Some((one["name"].as_str()?.to_owned(), one["version"].as_str()?.to_owned()));
    prompts.iter().map(prompt).collect()
}

fn arrived(from: &Trace, spans: &[Json], tally: &mut Tally) -> Arrived {
    let id = &from.told.id;
    let mut kept: Vec<Span> = Vec::new();
    let mut seen = HashSet::new();
    for one in spans {
        tally.source.add(Row::Spans, 1);
        let read = span(one).and_then(|span| {
            of_trace(id.clone(), std::slice::from_ref(&span)).map_err(|refusal| refusal.detail().to_owned())?;
            Ok(span)
        });
        match read {
            Ok(span) if seen.insert(span.span_id.clone()) => kept.push(span),
            Ok(_) => tally.leave_out(Row::Spans, 1, "a span of the same id is there twice; kept once"),
            Err(why) => tally.leave_out(Row::Spans, 1, &why),
        }
    }
    of_trace(id.clone(), &kept).unwrap_or_else(|_| Arrived::of(id.clone()))
}

fn assessments(all: &[Json], tally: &mut Tally) -> Vec<assessment::Brought> {
    let mut kept = Vec::new();
    let mut seen = HashSet::new();
    for one in all {
        tally.source.add(Row::Assessments, 1);
        match assessment(one) {
            Ok(brought) if seen.insert(brought.id.clone()) => kept.push(brought),
            Ok(_) => tally.leave_out(Row::Assessments, 1, "an assessment of the same id is there twice; kept once"),
            Err(refusal) => tally.leave_out(Row::Assessments, 1, refusal.detail()),
        }
    }
    kept
}

fn assessment(one: &Json) -> base::Result<assessment::Brought> {
    let brought = assessment::Brought {
        id: AssessmentId(one["assessment_id"].as_str().unwrap_or_default().to_owned()),
        new: new_assessment(Fields::from_body(one.to_string().as_bytes())?)?,
        valid: one["valid"].as_bool().unwrap_or(true),
    };
    assessment::check_brought(&brought).map(|()| brought)
}

/// What is here of a trace.
pub struct Here {
    pub trace: trace::Trace,
    pub content: trace::Content,
    /// Ids.
    pub spans: HashSet<String>,
    pub assessments: Vec<AssessmentId>,
}

/// How much of what may be written is here already.
pub fn here(wanted: &Wanted, here: &Here) -> Counts {
    let Brought { told, arrived, prompts } = &wanted.brought;
    let has = |pairs: &Pairs, key: &str| pairs.iter().any(|(other, _)| other == key);
    let tagged = |key: &str| if key == NAME_TAG { here.trace.name.is_some() } else { has(&here.content.tags, key) };
    let mut counts = Counts::default();
    counts.add(Row::Traces, 1);
    counts.add(Row::Tags, super::count(&told.tags, |(key, _)| tagged(key)));
    counts.add(Row::Tags, super::count(&told.metadata, |(key, _)| has(&here.content.metadata, key)));
    let known = prompts.iter().all(|prompt| here.content.prompts.contains(prompt));
    counts.add(Row::Tags, u64::from(!prompts.is_empty() && known));
    counts.add(Row::Spans, super::count(&arrived.spans, |span| here.spans.contains(&span.id)));
    counts.add(Row::Assessments, super::count(&wanted.assessments, |one| here.assessments.contains(&one.id)));
    counts
}

/// All of it.
pub fn whole(wanted: &Wanted) -> Counts {
    let Brought { told, arrived, prompts } = &wanted.brought;
    let mut counts = Counts::default();
    counts.add(Row::Traces, 1);
    counts.add(Row::Tags, (told.tags.len() + told.metadata.len() + usize::from(!prompts.is_empty())) as u64);
    counts.add(Row::Spans, arrived.spans.len() as u64);
    counts.add(Row::Assessments, wanted.assessments.len() as u64);
    counts
}
