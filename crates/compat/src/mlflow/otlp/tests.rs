//! What is decoded, and what it says of its trace.

use prost::Message;

use super::{
    arrived, json, read,
    wire::{
        AnyValue, ArrayValue, ExportRequest, KeyValue, KeyValueList, Resource, ResourceSpans, ScopeSpans, Span, Status,
        Value,
    },
};
use axum::http::{HeaderMap, HeaderValue, header};

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }) }
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn root() -> Span {
    let inputs = KeyValueList {
        values: vec![pair("question", text("why?")), pair("deep", Value::Array(ArrayValue::default()))],
    };
    Span {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        name: "answer".to_owned(),
        start_time_unix_nano: 5_000_000,
        end_time_unix_nano: 9_000_000,
        attributes: vec![
            pair("mlflow.spanInputs", Value::Kvlist(inputs)),
            pair("mlflow.spanOutputs", text("because")),
            pair("mlflow.spanType", text("CHAIN")),
            pair("mlflow.traceTag.color", text("red")),
            pair("mlflow.chat.tokenUsage", text(r#"{"input_tokens": 3}"#)),
            pair("session.id", text("s-1")),
            pair("score", Value::Double(f64::NAN)),
            pair("raw", Value::Bytes(vec![0, 255])),
        ],
        status: Some(Status { message: String::new(), code: 1 }),
        ..Span::default()
    }
}

fn request(spans: Vec<Span>) -> ExportRequest {
    let attributes = vec![pair("service.name", text("shop")), pair("telemetry.sdk.name", text("x"))];
    let scope_spans = vec![ScopeSpans { spans }];
    ExportRequest { resource_spans: vec![ResourceSpans { resource: Some(Resource { attributes }), scope_spans }] }
}

fn headers(kind: &str) -> HeaderMap {
    HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_str(kind).unwrap())])
}

#[test]
fn a_root_span_says_what_its_trace_is() {
    let child = Span { span_id: vec![3; 8], parent_span_id: vec![2; 8], ..root() };
    let other = Span { trace_id: vec![9; 16], ..root() };
    let body = request(vec![child, root(), other]).encode_to_vec();
    let found = arrived(&headers("application/x-protobuf"), &body).unwrap();
    assert_eq!(found.len(), 2, "two traces");
    let trace = &found[0];
    assert_eq!(trace.trace.as_str(), format!("tr-{}", "01".repeat(16)));
    assert_eq!((trace.name.as_deref(), trace.response.as_deref()), (Some("answer"), Some("because")));
    assert_eq!(trace.request.as_deref(), Some(r#"{"deep":[],"question":"why?"}"#));
    assert_eq!(trace.tags, [("service.name".into(), "shop".into()), ("color".into(), "red".into())]);
    assert_eq!(trace.metadata, [("mlflow.trace.session".into(), "s-1".into())]);
    let [child, root] = trace.spans.as_slice() else { panic!("two spans") };
    assert_eq!((child.parent.as_deref(), root.parent.as_deref()), (Some("02".repeat(8).as_str()), None));
    assert_eq!(
        (root.kind.as_str(), root.status, root.started_at, root.ended_at),
        ("CHAIN", "OK", 5_000_000, Some(9_000_000))
    );
    assert_eq!(root.usage.as_deref(), Some(r#"{"input_tokens":3}"#));
    let content: serde_json::Value = serde_json::from_str(&root.content).unwrap();
    assert_eq!(content["trace_id"], "AQEBAQEBAQEBAQEBAQEBAQ==");
    assert_eq!(content["attributes"][6], serde_json::json!({ "key": "score", "value": { "double_value": "NaN" } }));
    assert_eq!(content["attributes"][7]["value"]["bytes_value"], "AP8=");
    assert!(content.get("parent_span_id").is_none());
}

#[test]
fn json_says_the_same() {
    let body = r#"{"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{"spans": [{
        "traceId": "01010101010101010101010101010101", "spanId": "0202020202020202", "name": "answer", "kind": "SPAN_KIND_CLIENT",
        "startTimeUnixNano": "5000000", "endTimeUnixNano": 9000000, "status": {"code": 2},
        "attributes": [{"key": "a", "value": {"kvlistValue": {"values": [{"key": "b", "value": {"intValue": "-7"}}]}}},
                       {"key": "none", "value": {}}],
        "events": [{"timeUnixNano": "6", "name": "e"}], "links": [{"traceId": "01", "spanId": "02"}]}]}]}]}"#;
    let found = arrived(&headers("application/json"), body.as_bytes()).unwrap();
    let span = &found[0].spans[0];
    assert_eq!(
        (span.status, span.attributes.clone()),
        ("ERROR", vec![("a".into(), r#"{"b":-7}"#.into()), ("none".into(), "null".into())])
    );
    let content: serde_json::Value = serde_json::from_str(&span.content).unwrap();
    assert_eq!((content["kind"].as_i64(), content["events"][0]["time_unix_nano"].as_i64()), (Some(3), Some(6)));
    assert!(content.get("links").is_none(), "links that no client can read");
}

#[test]
fn what_is_no_span_is_refused() {
    let refused = |span: Span| read::arrived(&request(vec![root(), span])).unwrap_err().detail().to_owned();
    assert!(refused(Span { trace_id: vec![1; 15], ..root() }).contains("trace_id"));
    assert!(refused(Span { span_id: vec![0; 8], ..root() }).contains("span_id"));
    assert!(refused(Span { parent_span_id: vec![1; 9], ..root() }).contains("parent_span_id"));
    assert!(refused(Span { start_time_unix_nano: u64::MAX, ..root() }).contains("nanoseconds"));
    assert!(read::arrived(&request(vec![root(); super::MOST_SPANS + 1])).unwrap_err().detail().contains("at most"));
    assert!(read::arrived(&request(vec![])).unwrap_err().detail().contains("no spans"));
    assert!(json::request(br#"{"resourceSpans": 5}"#).is_err());
    let good = request(vec![root()]).encode_to_vec();
    assert!(arrived(&headers("application/x-protobuf"), &good[..good.len() - 3]).is_err());
    assert!(arrived(&headers("text/plain"), &good).is_err());
    assert!(arrived(&HeaderMap::new(), &good).is_err());
}

/// Values within values, as deep as a message may be and deeper.
#[test]
fn deep_values_do_no_harm() {
    let deep = |depth: usize| {
        let mut value = text("bottom");
        for _ in 0..depth {
            value = Value::Array(ArrayValue { values: vec![AnyValue { value: Some(value) }] });
        }
        request(vec![Span { attributes: vec![pair("deep", value)], ..root() }]).encode_to_vec()
    };
    let kind = headers("application/x-protobuf");
    assert!(arrived(&kind, &deep(20)).is_ok());
    assert!(arrived(&kind, &deep(2_000)).is_err());
}
