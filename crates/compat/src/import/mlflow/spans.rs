//! Spans in the forms in which MLflow writes them, as one: what version 3 answers; what its clients
//! put into `traces.json`, with attributes as JSON texts; and what clients before 3 put there.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value as Json, json};

use crate::mlflow::{Span, answered};

pub fn span(from: &Json) -> Result<Span, String> {
    let form = match (from.get("context"), &from["attributes"]) {
        (Some(context), _) => old(from, context),
        (None, Json::Object(_)) => filed(from),
        _ => from.clone(),
    };
    answered(form.to_string().as_bytes()).map_err(|refusal| refusal.detail().to_owned())
}

/// With attributes by their names.
fn filed(from: &Json) -> Json {
    let mut span = from.clone();
    for name in ["trace_id", "span_id", "parent_span_id"] {
        span[name] = id(&from[name]);
    }
    span["attributes"] = attributes(&from["attributes"]);
    span["status"] = json!({ "code": code(&from["status"]["code"]), "message": from["status"]["message"] });
    span["events"] = events(&from["events"], "time_unix_nano");
    span["links"] = links(&from["links"]);
    span
}

/// As clients before 3 wrote them.
fn old(from: &Json, context: &Json) -> Json {
    json!({
        "trace_id": id(&context["trace_id"]),
        "span_id": id(&context["span_id"]),
        "parent_span_id": id(&from["parent_id"]),
        "name": from["name"],
        "start_time_unix_nano": from["start_time"],
        "end_time_unix_nano": from["end_time"],
        "status": { "code": code(&from["status_code"]), "message": from["status_message"] },
        "attributes": attributes(&from["attributes"]),
        "events": events(&from["events"], "timestamp"),
        "links": links(&from["links"]),
    })
}

/// Base64 of the bytes, which are written so already or in hexadecimal digits, perhaps after `0x` or `tr-`.
fn id(value: &Json) -> Json {
    let Some(text) = value.as_str() else { return Json::Null };
    let digits = text.trim_start_matches("0x").trim_start_matches("tr-");
    let is_hex = matches!(digits.len(), 16 | 32) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    match hex::decode(digits) {
        Ok(bytes) if is_hex => STANDARD.encode(bytes).into(),
        _ => text.into(),
    }
}

fn code(word: &Json) -> Json {
    match word.as_str() {
        Some(word) if !word.starts_with("STATUS_CODE_") => format!("STATUS_CODE_{word}").into(),
        _ => word.clone(),
    }
}

fn events(from: &Json, at: &str) -> Json {
    let event = |event: &Json| json!({ "name": event["name"], "time_unix_nano": event[at], "attributes": attributes(&event["attributes"]) });
    from.as_array().into_iter().flatten().map(event).collect()
}

fn links(from: &Json) -> Json {
    let link = |link: &Json| {
        let (trace, span) = (id(&link["trace_id"]), id(&link["span_id"]));
        json!({ "trace_id": trace, "span_id": span, "attributes": attributes(&link["attributes"]) })
    };
    from.as_array().into_iter().flatten().map(link).collect()
}

/// Texts hold JSON, where they hold any.
fn attributes(from: &Json) -> Json {
    let Json::Object(members) = from else { return json!([]) };
    let meant = |value: &Json| match value.as_str() {
        Some(text) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        None => value.clone(),
    };
    members.iter().map(|(key, value)| json!({ "key": key, "value": tagged(&meant(value)) })).collect()
}

/// The form of the protocol: `{"string_value": "…"}`.
fn tagged(value: &Json) -> Json {
    match value {
        Json::Null => json!({}),
        Json::String(text) => json!({ "string_value": text }),
        Json::Bool(flag) => json!({ "bool_value": flag }),
        Json::Number(number) if number.is_i64() => json!({ "int_value": number }),
        Json::Number(number) => json!({ "double_value": number }),
        Json::Array(items) => json!({ "array_value": { "values": items.iter().map(tagged).collect::<Json>() } }),
        Json::Object(members) => json!({ "kvlist_value": { "values": pairs(members) } }),
    }
}

fn pairs(members: &Map<String, Json>) -> Json {
    members.iter().map(|(key, value)| json!({ "key": key, "value": tagged(value) })).collect()
}
