//! Assessments as they are sent and shown.

use std::collections::BTreeMap;

use base::{AssessmentId, Result, Time};
use lab::assessment::{Assessment, Kind, New, Said};
use serde::Serialize;
use serde_json::{Value, json};

use super::info::time;
use crate::mlflow::fields::{Fields, Json, MOST_VALUES, parse, refused};

/// What clients write before JSON that they send as text.
const FORMAT: &str = "JSON_FORMAT";

const SOURCE: &[(&str, i64, &str)] = &[
    ("SOURCE_TYPE_UNSPECIFIED", 0, UNSPECIFIED),
    ("HUMAN", 1, "HUMAN"),
    ("LLM_JUDGE", 2, "LLM_JUDGE"),
    ("CODE", 3, "CODE"),
];
const UNSPECIFIED: &str = "SOURCE_TYPE_UNSPECIFIED";

pub fn new_assessment(mut fields: Fields) -> Result<New> {
    let said = said(&mut fields)?.ok_or_else(|| {
        refused(
            "An assessment needs exactly one of 'feedback', 'expectation' and 'issue', and this has none.".to_owned(),
        )
    })?;
    // An issue that is given no id of its own goes by its name.
    let name = match (&said.kind, fields.text("assessment_name")?) {
        (Kind::Issue, Some(name)) if name.is_empty() => issue_name(&said)?,
        (Kind::Issue, None) => issue_name(&said)?,
        (_, Some(name)) if !name.is_empty() => name,
        _ => return Err(fields.missing("assessment_name")),
    };
    let (source_type, source_id) = match fields.object("source")? {
        Some(mut source) => {
            // Sources that later clients know are kept as none.
            let source_type = source.choice("source_type", SOURCE).unwrap_or_default();
            (source_type.unwrap_or(UNSPECIFIED), source.text("source_id")?.unwrap_or_default())
        }
        None => (UNSPECIFIED, String::new()),
    };
    Ok(New {
        name,
        said,
        source_type: source_type.to_owned(),
        source_id,
        rationale: fields.text("rationale")?,
        metadata: fields.map("metadata")?,
        span: fields.text("span_id")?.filter(|span| !span.is_empty()),
        overrides: fields.text("overrides")?.filter(|id| !id.is_empty()).map(AssessmentId),
        created_at: time(&mut fields, "create_time")?,
        updated_at: time(&mut fields, "last_update_time")?,
    })
}

fn issue_name(said: &Said) -> Result<String> {
    match &said.value {
        Value::String(name) => Ok(name.clone()),
        _ => Err(refused("Missing value for required parameter 'issue.issue_name'.".to_owned())),
    }
}

/// What is said, if anything; two things at once are refused.
pub fn said(fields: &mut Fields) -> Result<Option<Said>> {
    let found = [feedback(fields)?, expectation(fields)?, issue(fields)?];
    let mut found = found.into_iter().flatten();
    match (found.next(), found.next()) {
        (first, None) => Ok(first),
        _ => Err(refused(
            "An assessment is one of 'feedback', 'expectation' and 'issue'; send them one by one.".to_owned(),
        )),
    }
}

fn feedback(fields: &mut Fields) -> Result<Option<Said>> {
    let Some(mut feedback) = fields.object("feedback")? else { return Ok(None) };
    let error = feedback.object("error")?.map(error).transpose()?;
    let value = feedback.any("value")?.map_or(Value::Null, plain);
    Ok(Some(Said { kind: Kind::Feedback, value, structured: false, error }))
}

fn error(mut fields: Fields) -> Result<Value> {
    let mut error = serde_json::Map::new();
    for name in ["error_code", "error_message", "stack_trace"] {
        if let Some(text) = fields.text(name)? {
            error.insert(name.to_owned(), text.into());
        }
    }
    Ok(error.into())
}

fn expectation(fields: &mut Fields) -> Result<Option<Said>> {
    let Some(mut expectation) = fields.object("expectation")? else { return Ok(None) };
    let said = |value, structured| Said { kind: Kind::Expectation, value, structured, error: None };
    let Some(mut serialized) = expectation.object("serialized_value")? else {
        let value = expectation.any("value")?.map_or(Value::Null, plain);
        // Lists and objects come back as clients send them: as text that holds JSON.
        let structured = value.is_array() || value.is_object();
        return Ok(Some(said(value, structured)));
    };
    let format = serialized.need_text("serialization_format")?;
    if format != FORMAT {
        return Err(serialized.invalid("serialization_format", &format, format!("only {FORMAT} is known.")));
    }
    let text = serialized.need_text("value")?;
    let value = parse(text.as_bytes(), MOST_VALUES).map_err(|why| serialized.invalid("value", &text, why))?;
    Ok(Some(said(plain(value), true)))
}

fn issue(fields: &mut Fields) -> Result<Option<Said>> {
    let Some(mut issue) = fields.object("issue")? else { return Ok(None) };
    let value = issue.text("issue_name")?.map_or(Value::Null, Value::String);
    Ok(Some(Said { kind: Kind::Issue, value, structured: false, error: None }))
}

fn plain(value: Json) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

#[derive(Serialize)]
pub struct AssessmentShape {
    assessment_id: String,
    assessment_name: String,
    trace_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_id: Option<String>,
    source: Source,
    create_time: Time,
    last_update_time: Time,
    #[serde(flatten)]
    said: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    rationale: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overrides: Option<String>,
    valid: bool,
}

#[derive(Serialize)]
struct Source {
    source_type: String,
    source_id: String,
}

pub fn shape(assessment: Assessment) -> AssessmentShape {
    let said = match assessment.said {
        Said { kind: Kind::Feedback, value, error: None, .. } => json!({ "feedback": { "value": value } }),
        Said { kind: Kind::Feedback, value, error, .. } => json!({ "feedback": { "value": value, "error": error } }),
        Said { kind: Kind::Expectation, value, structured: true, .. } => {
            let serialized = json!({ "serialization_format": FORMAT, "value": value.to_string() });
            json!({ "expectation": { "serialized_value": serialized } })
        }
        Said { kind: Kind::Expectation, value, .. } => json!({ "expectation": { "value": value } }),
        Said { kind: Kind::Issue, value, .. } => json!({ "issue": { "issue_name": value } }),
    };
    AssessmentShape {
        assessment_id: assessment.id.0,
        assessment_name: assessment.name,
        trace_id: assessment.trace.0,
        span_id: assessment.span,
        source: Source { source_type: assessment.source_type, source_id: assessment.source_id },
        create_time: assessment.created_at,
        last_update_time: assessment.updated_at,
        said,
        rationale: assessment.rationale,
        metadata: assessment.metadata.into_iter().collect(),
        overrides: assessment.overrides.map(|id| id.0),
        valid: assessment.valid,
    }
}
