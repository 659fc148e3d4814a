//! The same messages as JSON: names in camelCase, ids in hexadecimal digits, long numbers perhaps as
//! texts. MLflow's own answers have the names in snake_case and the ids in base64.

use base::Result;
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    MOST_SPANS,
    wire::{
        AnyValue, ArrayValue, Event, ExportRequest, KeyValue, KeyValueList, Link, Resource, ResourceSpans, ScopeSpans,
        Span, Status, Value,
    },
};
use crate::mlflow::fields::Fields;

/// Values in a body; a span has some hundreds at most.
const MOST_VALUES: usize = 1_000_000;
/// Attributes of a span, items of a list.
const MOST: usize = 100_000;

pub fn request(body: &[u8]) -> Result<ExportRequest> {
    let mut fields = Fields::from_body_of(body, MOST_VALUES)?;
    Ok(ExportRequest { resource_spans: list(&mut fields, "resource_spans", resource_spans)? })
}

fn list<T>(fields: &mut Fields, name: &str, read: impl Fn(Fields) -> Result<T>) -> Result<Vec<T>> {
    fields.objects_up_to(name, MOST)?.into_iter().map(read).collect()
}

fn resource_spans(mut fields: Fields) -> Result<ResourceSpans> {
    let resource = match fields.object("resource")? {
        Some(mut resource) => Some(Resource { attributes: attributes(&mut resource)? }),
        None => None,
    };
    Ok(ResourceSpans { resource, scope_spans: list(&mut fields, "scope_spans", scope_spans)? })
}

fn scope_spans(mut fields: Fields) -> Result<ScopeSpans> {
    let spans = fields.objects_up_to("spans", MOST_SPANS)?;
    Ok(ScopeSpans { spans: spans.into_iter().map(|fields| span(fields, Ids::Hex)).collect::<Result<_>>()? })
}

/// How ids are written.
#[derive(Clone, Copy)]
enum Ids {
    Hex,
    Base64,
}

/// A span as MLflow's servers answer it.
pub fn answered(body: &[u8]) -> Result<Span> {
    span(Fields::from_body_of(body, MOST_VALUES)?, Ids::Base64)
}

fn span(mut fields: Fields, ids: Ids) -> Result<Span> {
    Ok(Span {
        trace_id: id(&mut fields, "trace_id", ids)?,
        span_id: id(&mut fields, "span_id", ids)?,
        trace_state: fields.text("trace_state")?.unwrap_or_default(),
        parent_span_id: id(&mut fields, "parent_span_id", ids)?,
        name: fields.text("name")?.unwrap_or_default(),
        kind: small(&mut fields, "kind", KINDS)?,
        start_time_unix_nano: nanos(&mut fields, "start_time_unix_nano")?,
        end_time_unix_nano: nanos(&mut fields, "end_time_unix_nano")?,
        attributes: attributes(&mut fields)?,
        events: list(&mut fields, "events", event)?,
        links: list(&mut fields, "links", |fields| link(fields, ids))?,
        status: match fields.object("status")? {
            Some(mut status) => Some(Status {
                message: status.text("message")?.unwrap_or_default(),
                code: small(&mut status, "code", CODES)?,
            }),
            None => None,
        },
    })
}

const KINDS: &[(&str, i64, i32)] = &[
    ("SPAN_KIND_UNSPECIFIED", 0, 0),
    ("SPAN_KIND_INTERNAL", 1, 1),
    ("SPAN_KIND_SERVER", 2, 2),
    ("SPAN_KIND_CLIENT", 3, 3),
    ("SPAN_KIND_PRODUCER", 4, 4),
    ("SPAN_KIND_CONSUMER", 5, 5),
];

const CODES: &[(&str, i64, i32)] =
    &[("STATUS_CODE_UNSET", 0, 0), ("STATUS_CODE_OK", 1, 1), ("STATUS_CODE_ERROR", 2, 2)];

fn small(fields: &mut Fields, name: &str, choices: &[(&str, i64, i32)]) -> Result<i32> {
    Ok(fields.choice(name, choices)?.unwrap_or_default())
}

fn event(mut fields: Fields) -> Result<Event> {
    Ok(Event {
        time_unix_nano: nanos(&mut fields, "time_unix_nano")?,
        name: fields.text("name")?.unwrap_or_default(),
        attributes: attributes(&mut fields)?,
    })
}

fn link(mut fields: Fields, ids: Ids) -> Result<Link> {
    Ok(Link {
        trace_id: id(&mut fields, "trace_id", ids)?,
        span_id: id(&mut fields, "span_id", ids)?,
        trace_state: fields.text("trace_state")?.unwrap_or_default(),
        attributes: attributes(&mut fields)?,
    })
}

fn id(fields: &mut Fields, name: &str, ids: Ids) -> Result<Vec<u8>> {
    let text = fields.text(name)?.unwrap_or_default();
    let (bytes, how) = match ids {
        Ids::Hex => (hex::decode(&text).ok(), "in hexadecimal digits"),
        Ids::Base64 => (STANDARD.decode(&text).ok(), "in base64"),
    };
    bytes.ok_or_else(|| fields.invalid(name, &text, format!("it must be written {how}.")))
}

fn nanos(fields: &mut Fields, name: &str) -> Result<u64> {
    let nanos = fields.int(name)?.unwrap_or_default();
    u64::try_from(nanos).map_err(|_| fields.invalid(name, &nanos.to_string(), "it must not be negative."))
}

fn attributes(fields: &mut Fields) -> Result<Vec<KeyValue>> {
    list(fields, "attributes", key_value)
}

fn key_value(mut fields: Fields) -> Result<KeyValue> {
    let key = fields.text("key")?.unwrap_or_default();
    Ok(KeyValue { key, value: fields.object("value")?.map(any_value).transpose()? })
}

fn any_value(mut fields: Fields) -> Result<AnyValue> {
    Ok(AnyValue { value: value(&mut fields)? })
}

fn value(fields: &mut Fields) -> Result<Option<Value>> {
    if let Some(text) = fields.text("string_value")? {
        return Ok(Some(Value::String(text)));
    }
    if let Some(flag) = fields.flag("bool_value")? {
        return Ok(Some(Value::Bool(flag)));
    }
    if let Some(int) = fields.int("int_value")? {
        return Ok(Some(Value::Int(int)));
    }
    if let Some(double) = fields.double("double_value")? {
        return Ok(Some(Value::Double(double)));
    }
    if let Some(mut array) = fields.object("array_value")? {
        return Ok(Some(Value::Array(ArrayValue { values: list(&mut array, "values", any_value)? })));
    }
    if let Some(mut members) = fields.object("kvlist_value")? {
        return Ok(Some(Value::Kvlist(KeyValueList { values: list(&mut members, "values", key_value)? })));
    }
    let Some(text) = fields.text("bytes_value")? else { return Ok(None) };
    let bytes = STANDARD.decode(&text);
    bytes.map(|bytes| Some(Value::Bytes(bytes))).map_err(|_| fields.invalid("bytes_value", &text, "it must be base64."))
}
