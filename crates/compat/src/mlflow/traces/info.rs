//! A trace as it is told and as it is shown, in the words of version 3 of the protocol.

use std::collections::BTreeMap;

use base::{Result, Time, TraceId};
use db::Tx;
use lab::{
    assessment::{self, Assessment},
    trace::{self, Content, State, Told, Trace},
};
use people::Actor;
use serde::Serialize;
use serde_json::json;

use super::said::{AssessmentShape, new_assessment, shape as assessment_shape};
use crate::mlflow::{fields::Fields, shape::Names};

pub const STATE: &[(&str, i64, State)] = &[
    ("STATE_UNSPECIFIED", 0, State::Unspecified),
    ("OK", 1, State::Ok),
    ("ERROR", 2, State::Error),
    ("IN_PROGRESS", 3, State::InProgress),
];

/// What a client tells: the experiment as it calls it, the trace, and what it says of it.
pub fn told(fields: &mut Fields) -> Result<(String, Told, Vec<assessment::New>)> {
    let experiment = experiment(&mut fields.need_object("trace_location")?)?;
    let assessments = fields.objects("assessments")?.into_iter().map(new_assessment).collect::<Result<_>>()?;
    let told = Told {
        client_id: fields.text("client_request_id")?,
        state: fields.choice("state", STATE)?.unwrap_or_default(),
        at: time(fields, "request_time")?,
        duration: duration(fields, "execution_duration")?,
        request: fields.text("request_preview")?,
        response: fields.text("response_preview")?,
        tags: fields.map("tags")?,
        metadata: fields.map("trace_metadata")?,
        ..Told::of(TraceId(fields.need_text("trace_id")?))
    };
    Ok((experiment, told, assessments))
}

/// The experiment of a location; no other place holds traces here.
pub fn experiment(location: &mut Fields) -> Result<String> {
    location.need_object("mlflow_experiment")?.need_text("experiment_id")
}

pub fn time(fields: &mut Fields, name: &str) -> Result<Option<Time>> {
    let Some(text) = fields.text(name)? else { return Ok(None) };
    let read = serde_json::from_value(json!(text));
    read.map(Some).map_err(|_| fields.invalid(name, &text, "it must be a time like 2026-03-01T09:00:00.000Z."))
}

/// `1.500s`, in milliseconds.
fn duration(fields: &mut Fields, name: &str) -> Result<Option<i64>> {
    const LONGEST: f64 = 1e12;
    let Some(text) = fields.text(name)? else { return Ok(None) };
    let digits = text.strip_suffix('s').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
    let seconds = digits.and_then(|digits| digits.parse::<f64>().ok()).filter(|seconds| *seconds < LONGEST);
    match seconds {
        Some(seconds) => Ok(Some((seconds * 1_000.0).round() as i64)),
        None => Err(fields.invalid(name, &text, "it must be a duration in seconds, like 1.500s.")),
    }
}

#[derive(Serialize)]
pub struct TraceInfo {
    trace_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_request_id: Option<String>,
    trace_location: Location,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_preview: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_preview: Option<String>,
    request_time: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_duration: Option<String>,
    state: &'static str,
    trace_metadata: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    assessments: Vec<AssessmentShape>,
}

#[derive(Serialize)]
struct Location {
    r#type: &'static str,
    mlflow_experiment: Place,
}

#[derive(Serialize)]
struct Place {
    experiment_id: String,
}

pub fn infos(tx: &mut Tx, actor: &Actor, traces: &[Trace]) -> Result<Vec<TraceInfo>> {
    let names = Names::of(tx, actor)?;
    let contents = trace::content(tx, traces)?;
    let assessments = assessment::of(tx, traces)?;
    let all = traces.iter().zip(contents).zip(assessments);
    Ok(all.map(|((trace, content), assessments)| info(trace, content, assessments, names)).collect())
}

fn info(trace: &Trace, content: Content, assessments: Vec<Assessment>, names: Names) -> TraceInfo {
    let (trace_metadata, tags) = words(trace, content);
    TraceInfo {
        trace_id: trace.id.to_string(),
        client_request_id: trace.client_id.clone(),
        trace_location: Location {
            r#type: "MLFLOW_EXPERIMENT",
            mlflow_experiment: Place { experiment_id: names.experiment(trace.experiment) },
        },
        request_preview: trace.request.clone(),
        response_preview: trace.response.clone(),
        request_time: trace.at,
        execution_duration: trace.duration.map(|ms| format!("{}.{:03}s", ms / 1_000, ms % 1_000)),
        state: trace.state.as_str(),
        trace_metadata,
        tags,
        assessments: assessments.into_iter().map(assessment_shape).collect(),
    }
}

type Words = BTreeMap<String, String>;

/// Metadata and tags, with those that the server itself keeps.
pub fn words(trace: &Trace, content: Content) -> (Words, Words) {
    let mut metadata: Words = content.metadata.into_iter().collect();
    if trace.told {
        metadata.insert("mlflow.trace.infoFinalized".to_owned(), "true".to_owned());
    }
    let mut tags: Words = content.tags.into_iter().collect();
    tags.insert("mlflow.artifactLocation".to_owned(), trace.artifact_uri());
    if trace.spanned {
        tags.insert("mlflow.trace.spansLocation".to_owned(), "TRACKING_STORE".to_owned());
    }
    if let Some(name) = &trace.name {
        tags.insert(trace::NAME_TAG.to_owned(), name.clone());
    }
    if !content.prompts.is_empty() {
        let prompts = content.prompts.iter().map(|(name, version)| json!({ "name": name, "version": version }));
        tags.insert("mlflow.linkedPrompts".to_owned(), prompts.collect::<serde_json::Value>().to_string());
    }
    (metadata, tags)
}
