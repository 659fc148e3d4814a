//! Traces as MLflow writes them in answers and in files, in the words of version 3 and of version 2,
//! read leniently.

use base::{Time, TraceId};
use lab::trace::{State, Told};
use serde_json::Value as Json;

use super::shape::{Broken, Pairs, Trace};

/// Tags that a server writes itself, to say where things lie, and its note that it was told the whole.
const SERVERS: [&str; 5] = [
    "mlflow.artifactLocation",
    "mlflow.trace.spansLocation",
    "mlflow.trace.archiveLocation",
    "mlflow.trace.archivalFailure",
    "mlflow.trace.infoFinalized",
];

/// Where a client keeps the trace's artifacts.
pub const LOCATION: &str = SERVERS[0];
pub const SPANS: &str = SERVERS[1];

/// Without tags and metadata, which the file store keeps elsewhere.
pub fn trace(info: &Json) -> Result<Trace, String> {
    let word = |names: [&str; 2]| names.into_iter().find_map(|name| info[name].as_str());
    let id = word(["trace_id", "request_id"]).filter(|id| !id.is_empty()).ok_or("the source tells no trace_id")?;
    let at = word(["request_time", ""]).and_then(|_| serde_json::from_value(info["request_time"].clone()).ok());
    let duration = whole(&info["execution_duration_ms"]).or_else(|| whole(&info["execution_time_ms"]));
    let told = Told {
        client_id: info["client_request_id"].as_str().map(str::to_owned),
        state: word(["state", "status"]).and_then(State::parse).unwrap_or_default(),
        at: at.or_else(|| whole(&info["timestamp_ms"]).map(Time)),
        duration: duration.or_else(|| seconds(info["execution_duration"].as_str()?)).map(|ms| ms.max(0)),
        request: info["request_preview"].as_str().map(str::to_owned),
        response: info["response_preview"].as_str().map(str::to_owned),
        ..Told::of(TraceId(id.to_owned()))
    };
    let assessments = info["assessments"].as_array().cloned().unwrap_or_default();
    let (tags, metadata) = (pairs(&info["tags"]), [pairs(&info["trace_metadata"]), pairs(&info["request_metadata"])]);
    let metadata = metadata.concat();
    Ok(Trace { told, tags, metadata, assessments, home: Default::default(), broken: Broken::new() })
}

/// `1.500s`, in milliseconds.
fn seconds(text: &str) -> Option<i64> {
    let seconds: f64 = text.strip_suffix('s')?.parse().ok().filter(|seconds: &f64| (0.0..1e12).contains(seconds))?;
    Some((seconds * 1_000.0).round() as i64)
}

/// 64-bit numbers may come as texts.
fn whole(value: &Json) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// An object, or a list of keys and values.
fn pairs(value: &Json) -> Pairs {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    match value {
        Json::Object(members) => members.iter().map(|(key, value)| (key.clone(), text(value))).collect(),
        Json::Array(items) => {
            let pair = |item: &Json| Some((item["key"].as_str()?.to_owned(), text(&item["value"])));
            items.iter().filter_map(pair).collect()
        }
        _ => Pairs::new(),
    }
}

/// Whether somebody else than a server wrote it.
pub fn is_told(key: &str) -> bool {
    !SERVERS.contains(&key)
}
