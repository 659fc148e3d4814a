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
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use base::{
    Result, RunId,
    refuse::{internal, invalid},
};
use db::Db;
use lab::{
    experiment,
    trace::{self, Arrived},
};
use people::{
    Right,
    door::{App, Caller},
};
use prost::Message;
use tokio::sync::Semaphore;

pub(crate) use self::{json::answered, read::of_trace, wire::Span};
use super::{
    ask::{LARGE, PathWords, caller, drain, media_type, whole},
    fields::refused,
    refusal::Refusal,
    space::{Space, experiment_id, home, known_experiment},
};

/// Spans in one request.
const MOST_SPANS: usize = 10_000;

/// Requests that are unpacked and stored at the same time; further ones wait. A few kilobytes may
/// become [`LARGE`] bytes and as much again in messages.
static UNPACKING: Semaphore = Semaphore::const_new(3);

const EXPERIMENT: &str = "x-mlflow-experiment-id";
const RUN: &str = "x-mlflow-run-id";
const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

/// A request of somebody who may send spans there, with its body as it came.
pub struct Export {
    db: Db,
    caller: Caller,
    space: Space,
    experiment: String,
    headers: HeaderMap,
    body: Bytes,
}

impl FromRequest<App> for Export {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let (space, caller, experiment) = match asked(&mut parts, app).await {
            Ok((space, caller, Some(experiment))) => (space, caller, experiment),
            outcome => {
                drain(&mut body.into_data_stream()).await;
                return Err(outcome.map_or_else(|error| Refusal(error).into_response(), |_| lost()));
            }
        };
        let body = whole(&parts.headers, body, LARGE).await.map_err(|error| Refusal(error).into_response())?;
        Ok(Self { db: app.db.clone(), caller, space, experiment, headers: parts.headers, body })
    }
}

/// Who asks, and for which experiment; refuses those who may not send spans there, before the body is
/// read: a few bytes of it can cost a lot.
async fn asked(parts: &mut Parts, app: &App) -> Result<(Space, Caller, Option<String>)> {
    let space = PathWords::of(parts, app).await?.space();
    let caller = caller(parts, app).await?;
    let experiment = said(&parts.headers, EXPERIMENT);
    if let Some(experiment) = &experiment {
        may_send(&app.db, &space, &caller, experiment).await?;
    }
    Ok((space, caller, experiment))
}

async fn may_send(db: &Db, space: &Space, caller: &Caller, experiment: &str) -> Result<()> {
    let (space, caller, experiment) = (space.clone(), caller.clone(), experiment.to_owned());
    db.read(move |tx| {
        let actor = space.settle(tx, &caller)?;
        if let Some(id) = known_experiment(tx, &actor, EXPERIMENT, &experiment)? {
            return experiment::must_write(tx, &actor, id).map(drop);
        }
        let project = home(tx, &actor)?;
        people::require(tx, &actor, Right::Track, &project)
    })
    .await
}

fn lost() -> Response {
    let why = format!("needs the header {EXPERIMENT}: the id of the experiment that the spans belong to");
    let mut response = Refusal(invalid("headers", why)).into_response();
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response
}

/// Answers with an empty message of the protocol, whatever was sent.
pub async fn export(export: Export) -> Result<Response, Refusal> {
    let Export { db, caller, space, experiment, headers, body } = export;
    let run = said(&headers, RUN).map(RunId);
    let permit = UNPACKING.acquire().await.map_err(internal)?;
    // Whoever goes away leaves work behind, so the permit goes with the work.
    let decoded = tokio::task::spawn_blocking(move || arrived(&headers, &body).map(|arrived| (arrived, permit)));
    let unpacked = decoded.await.map_err(internal)??;
    let stored = db.write(move |tx| {
        let (arrived, _) = &unpacked;
        let actor = space.settle(tx, &caller)?;
        let experiment = experiment_id(tx, &actor, EXPERIMENT, &experiment)?;
        trace::take(tx, &actor, experiment, arrived)?;
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
