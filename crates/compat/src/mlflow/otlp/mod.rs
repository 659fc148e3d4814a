//! Span intake: the OpenTelemetry protocol over HTTP, as protocol buffers or JSON, plain or
//! compressed. A request is decoded and checked as a whole before anything of it is stored.

mod count;
mod inflate;
mod json;
mod read;
#[cfg(test)]
mod tests;
mod value;
mod wire;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base::{
    Result, RunId,
    refuse::{internal, invalid},
};
use db::Db;
use lab::trace::{self, Arrived};
use people::door::{App, Caller};
use prost::Message;

pub(crate) use self::{json::answered, read::of_trace, wire::Span};
use super::{
    ask::{LARGE, PathWords, caller, media_type, whole},
    fields::refused,
    refusal::Refusal,
    space::{Space, experiment_id},
};

/// Spans in one request.
const MOST_SPANS: usize = 10_000;

const EXPERIMENT: &str = "x-mlflow-experiment-id";
const RUN: &str = "x-mlflow-run-id";
const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

/// A request with its body, as it came.
pub struct Export {
    db: Db,
    caller: Caller,
    space: Space,
    headers: HeaderMap,
    body: Bytes,
}

impl FromRequest<App> for Export {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let space = PathWords::of(&mut parts, app).await?.space();
        let caller = caller(&mut parts, app).await?;
        let body = whole(&parts.headers, body, LARGE).await?;
        Ok(Self { db: app.db.clone(), caller, space, headers: parts.headers, body })
    }
}

/// Answers with an empty message of the protocol, whatever was sent.
pub async fn export(export: Export) -> Result<Response, Refusal> {
    let Export { db, caller, space, headers, body } = export;
    let Some(experiment) = said(&headers, EXPERIMENT) else {
        let why = format!("needs the header {EXPERIMENT}: the id of the experiment that the spans belong to");
        let mut response = Refusal(invalid("headers", why)).into_response();
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(response);
    };
    let run = said(&headers, RUN).map(RunId);
    let decoded = tokio::task::spawn_blocking(move || arrived(&headers, &body));
    let arrived = decoded.await.map_err(internal)??;
    let stored = db.write(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let experiment = experiment_id(tx, &actor, EXPERIMENT, &experiment)?;
        trace::take(tx, &actor, experiment, &arrived)?;
        let Some(run) = &run else { return Ok(()) };
        let traces: Vec<_> = arrived.iter().map(|arrived| arrived.trace.clone()).collect();
        traces.chunks(100).try_for_each(|part| trace::link_to_run(tx, &actor, part, run))
    });
    stored.await?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(PROTOBUF))], Bytes::new()).into_response())
}

fn said(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn arrived(headers: &HeaderMap, body: &[u8]) -> Result<Vec<Arrived>> {
    let kind = media_type(headers).to_ascii_lowercase();
    if ![PROTOBUF, JSON].contains(&kind.as_str()) {
        return Err(refused(format!("Send spans as {PROTOBUF} or {JSON}, and say which in the header Content-Type.")));
    }
    let body = match headers.get(header::CONTENT_ENCODING).map(|encoding| encoding.to_str().unwrap_or("?")) {
        None => body,
        Some(encoding) => &inflate::inflated(body, encoding, LARGE)?,
    };
    let request = match kind.as_str() {
        JSON => json::request(body)?,
        _ if count::is_too_many(body) => {
            return Err(refused("The body holds too many attributes and values; send the spans in parts.".to_owned()));
        }
        _ => wire::ExportRequest::decode(body).map_err(|error| {
            refused(format!("The body is no export request of the OpenTelemetry protocol ({error})."))
        })?,
    };
    read::arrived(&request)
}
