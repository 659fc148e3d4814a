//! What spans say in the words of this protocol, and in those of the OpenTelemetry conventions that
//! other libraries use.

use base::{Result, TraceId};
use base64::{Engine, engine::general_purpose::STANDARD};
use lab::{
    limit,
    trace::{self, Arrived},
};
use serde_json::{Map, Value as Json, json};

use super::{
    MOST_SPANS, value,
    wire::{AnyValue, ExportRequest, KeyValue, Span},
};
use crate::mlflow::fields::refused;

const INPUTS: &str = "mlflow.spanInputs";
const OUTPUTS: &str = "mlflow.spanOutputs";
const KIND: &str = "mlflow.spanType";
const USAGE: &str = "mlflow.chat.tokenUsage";
const COST: &str = "mlflow.llm.cost";
/// Before a tag that the application set on its trace.
const TRACE_TAG: &str = "mlflow.traceTag.";
const SESSION: [&str; 2] = ["session.id", "gen_ai.conversation.id"];
const USER: &str = "user.id";
/// What a resource says of the library and of this protocol is no tag.
const NO_TAGS: [&str; 2] = ["telemetry.sdk.", "mlflow."];

/// The spans by trace, in the order in which each trace is first named. All are checked before any
/// is kept.
pub fn arrived(request: &ExportRequest) -> Result<Vec<Arrived>> {
    let mut all: Vec<Arrived> = Vec::new();
    let mut places: std::collections::HashMap<TraceId, usize> = std::collections::HashMap::new();
    let mut count = 0;
    for block in &request.resource_spans {
        let resource = block.resource.as_ref().map(|resource| resource.attributes.as_slice()).unwrap_or_default();
        for span in block.scope_spans.iter().flat_map(|scope| &scope.spans) {
            count += 1;
            if count > MOST_SPANS {
                return Err(refused(format!("A request may hold at most {MOST_SPANS} spans; send them in parts.")));
            }
            let id = trace_id(&span.trace_id)?;
            let place = *places.entry(id.clone()).or_insert_with(|| {
                all.push(Arrived { tags: resource_tags(resource), ..Arrived::of(id) });
                all.len() - 1
            });
            note(&mut all[place], span)?;
        }
    }
    if all.is_empty() { Err(refused("The request holds no spans.".to_owned())) } else { Ok(all) }
}

/// Spans of one trace, as another store keeps them.
pub fn of_trace(id: TraceId, spans: &[Span]) -> Result<Arrived> {
    let mut arrived = Arrived::of(id);
    spans.iter().try_for_each(|span| note(&mut arrived, span))?;
    Ok(arrived)
}

/// The id of a trace follows from that of its spans, so nobody can write into another one.
fn trace_id(bytes: &[u8]) -> Result<TraceId> {
    Ok(TraceId(format!("tr-{}", id(bytes, 16, "trace_id")?)))
}

fn id(bytes: &[u8], length: usize, field: &str) -> Result<String> {
    if bytes.len() != length || bytes.iter().all(|byte| *byte == 0) {
        return Err(refused(format!("A span's {field} must have {length} bytes that are not all zero.")));
    }
    Ok(hex::encode(bytes))
}

fn resource_tags(attributes: &[KeyValue]) -> Vec<(String, String)> {
    let named = attributes.iter().filter(|pair| !NO_TAGS.iter().any(|start| pair.key.starts_with(start)));
    named.filter_map(|pair| Some((pair.key.clone(), value::text(pair.value.as_ref()?)))).collect()
}

/// Adds a span to what arrived of its trace.
fn note(arrived: &mut Arrived, from: &Span) -> Result<()> {
    let span = span(from)?;
    let said = |key: &str| find(&from.attributes, key).map(value::text);
    if span.parent.is_none() {
        arrived.name.get_or_insert(span.name.clone());
        arrived.request = arrived.request.take().or_else(|| said(INPUTS));
        arrived.response = arrived.response.take().or_else(|| said(OUTPUTS));
        for pair in &from.attributes {
            let (Some(key), Some(value)) = (pair.key.strip_prefix(TRACE_TAG), &pair.value) else { continue };
            match key {
                trace::NAME_TAG => arrived.name = Some(value::text(value)),
                _ => arrived.tags.push((key.to_owned(), value::text(value))),
            }
        }
    }
    let mut metadata = |key: &str, found: Option<String>| match found {
        Some(found) if !arrived.metadata.iter().any(|(known, _)| known == key) => {
            arrived.metadata.push((key.to_owned(), found));
        }
        _ => {}
    };
    metadata("mlflow.trace.session", SESSION.into_iter().find_map(said));
    metadata("mlflow.trace.user", said(USER));
    arrived.spans.push(span);
    Ok(())
}

fn find<'s>(attributes: &'s [KeyValue], key: &str) -> Option<&'s AnyValue> {
    attributes.iter().find(|pair| pair.key == key)?.value.as_ref()
}

fn span(from: &Span) -> Result<trace::Span> {
    let code = from.status.as_ref().map_or(0, |status| status.code);
    let ended_at = nanos(from.end_time_unix_nano)?;
    Ok(trace::Span {
        id: id(&from.span_id, 8, "span_id")?,
        parent: match from.parent_span_id.iter().all(|byte| *byte == 0) {
            true => None,
            false => Some(id(&from.parent_span_id, 8, "parent_span_id")?),
        },
        name: from.name.clone(),
        kind: find(&from.attributes, KIND).map_or_else(|| "UNKNOWN".to_owned(), value::text),
        status: ["UNSET", "OK", "ERROR"].get(usize::try_from(code).unwrap_or_default()).unwrap_or(&"UNSET"),
        started_at: nanos(from.start_time_unix_nano)?,
        ended_at: (ended_at > 0).then_some(ended_at),
        usage: find(&from.attributes, USAGE).and_then(object).or_else(|| conventional_usage(&from.attributes)),
        cost: find(&from.attributes, COST).and_then(object),
        attributes: searched(&from.attributes),
        content: content(from).to_string(),
    })
}

fn nanos(nanos: u64) -> Result<i64> {
    i64::try_from(nanos).map_err(|_| refused("A span's times must be nanoseconds since 1970.".to_owned()))
}

/// An object, or text that holds one.
fn object(value: &AnyValue) -> Option<String> {
    let found = match value::plain(value) {
        Json::String(text) => serde_json::from_str(&text).ok()?,
        other => other,
    };
    found.is_object().then(|| found.to_string())
}

fn conventional_usage(attributes: &[KeyValue]) -> Option<String> {
    let count = |key: &str| value::plain(find(attributes, key)?).as_i64();
    let (input, output) = (count("gen_ai.usage.input_tokens"), count("gen_ai.usage.output_tokens"));
    let total = input.unwrap_or_default().saturating_add(output.unwrap_or_default());
    let found = [("input_tokens", input), ("output_tokens", output), ("total_tokens", Some(total))];
    let members: Map<String, Json> =
        found.into_iter().filter_map(|(name, count)| Some((name.to_owned(), count?.into()))).collect();
    (input.is_some() || output.is_some()).then(|| Json::Object(members).to_string())
}

/// What cannot be a key is not searched by.
fn searched(attributes: &[KeyValue]) -> Vec<(String, String)> {
    let fits = |key: &str| !key.is_empty() && key.len() <= limit::KEY && !key.contains('\0');
    let pairs = attributes.iter().filter(|pair| fits(&pair.key));
    pairs
        .filter_map(|pair| {
            let text = value::text(pair.value.as_ref()?);
            Some((pair.key.clone(), limit::cut(&text, trace::SEARCHED).replace('\0', "\u{fffd}")))
        })
        .collect()
}

/// The span as clients read it.
fn content(span: &Span) -> Json {
    let mut members = json!({
        "trace_id": STANDARD.encode(&span.trace_id),
        "span_id": STANDARD.encode(&span.span_id),
        "name": span.name,
        "kind": span.kind,
        "start_time_unix_nano": span.start_time_unix_nano,
        "attributes": value::shaped(&span.attributes),
        "status": span.status.as_ref().map_or(json!({}), |status| json!({ "message": status.message, "code": status.code })),
    });
    if !span.parent_span_id.is_empty() {
        members["parent_span_id"] = STANDARD.encode(&span.parent_span_id).into();
    }
    if span.end_time_unix_nano > 0 {
        members["end_time_unix_nano"] = span.end_time_unix_nano.into();
    }
    if !span.trace_state.is_empty() {
        members["trace_state"] = span.trace_state.as_str().into();
    }
    if !span.events.is_empty() {
        let events = span.events.iter().map(|event| {
            json!({ "time_unix_nano": event.time_unix_nano, "name": event.name, "attributes": value::shaped(&event.attributes) })
        });
        members["events"] = events.collect();
    }
    // Clients cannot read links with ids of other lengths.
    let mut links = span.links.iter().filter(|link| link.trace_id.len() == 16 && link.span_id.len() == 8).peekable();
    if links.peek().is_some() {
        let links = links.map(|link| {
            json!({
                "trace_id": STANDARD.encode(&link.trace_id), "span_id": STANDARD.encode(&link.span_id),
                "trace_state": link.trace_state, "attributes": value::shaped(&link.attributes),
            })
        });
        members["links"] = links.collect();
    }
    members
}
