//! The older words for traces, of clients before 3: a trace is begun, then ended.

use base::{Result, Time, TraceId, refuse::not_found};
use db::Tx;
use lab::trace::{self, State, Told, Trace};
use people::Actor;
use serde::Serialize;

use super::{
    act::trace_id,
    info::{STATE, words},
};
use crate::mlflow::{
    answer::{Answer, json},
    ask::Ask,
    runs::pairs,
    shape::{self, Names, Pair},
    space::experiment_id,
};

#[derive(Serialize)]
pub struct One {
    trace_info: OldInfo,
}

#[derive(Serialize)]
pub struct OldInfo {
    request_id: String,
    experiment_id: String,
    timestamp_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_time_ms: Option<i64>,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    request_metadata: Vec<Pair>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Pair>,
}

pub fn old_infos(tx: &mut Tx, actor: &Actor, traces: &[Trace]) -> Result<Vec<OldInfo>> {
    let names = Names::of(tx, actor)?;
    let contents = trace::content(tx, traces)?;
    let infos = traces.iter().zip(contents).map(|(trace, content)| {
        let (metadata, tags) = words(trace, content);
        OldInfo {
            request_id: trace.id.to_string(),
            experiment_id: names.experiment(trace.experiment),
            timestamp_ms: trace.at.ms(),
            execution_time_ms: trace.duration,
            status: match trace.state {
                State::Unspecified => "TRACE_STATUS_UNSPECIFIED",
                state => state.as_str(),
            },
            request_metadata: shape::pairs(metadata.into_iter().collect()),
            tags: shape::pairs(tags.into_iter().collect()),
        }
    });
    Ok(infos.collect())
}

fn one(tx: &mut Tx, actor: &Actor, trace: Trace) -> Result<One> {
    let trace_info = old_infos(tx, actor, &[trace])?.pop().ok_or_else(|| not_found("trace"))?;
    Ok(One { trace_info })
}

/// The server chooses the id.
pub async fn begin(mut ask: Ask) -> Answer<One> {
    let experiment = ask.fields.need_text("experiment_id")?;
    let at = Some(Time(ask.fields.need_int("timestamp_ms")?));
    let (metadata, tags) = (pairs(&mut ask.fields, "request_metadata")?, pairs(&mut ask.fields, "tags")?);
    let Ask { db, caller, space, .. } = ask;
    let begun = db.write(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let experiment = experiment_id(tx, &actor, "experiment_id", &experiment)?;
        let id = TraceId(format!("tr-{}", tx.new_hex()));
        let (metadata, tags) = (metadata.clone(), tags.clone());
        let told = Told { at, state: State::InProgress, metadata, tags, ..Told::of(id) };
        let trace = trace::tell(tx, &actor, experiment, &told)?;
        one(tx, &actor, trace)
    });
    Ok(json(begun.await?))
}

pub async fn end(mut ask: Ask) -> Answer<One> {
    let id = trace_id(&mut ask);
    let end = ask.fields.int("timestamp_ms")?;
    let state = ask.fields.choice("status", STATE)?.unwrap_or_default();
    let (metadata, tags) = (pairs(&mut ask.fields, "request_metadata")?, pairs(&mut ask.fields, "tags")?);
    let Ask { db, caller, space, .. } = ask;
    let ended = db.write(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let trace = trace::get(tx, &actor, &id)?;
        let duration = end.map(|end| end.saturating_sub(trace.at.ms()).max(0));
        let (metadata, tags) = (metadata.clone(), tags.clone());
        let told = Told { duration, state, metadata, tags, ..Told::of(id.clone()) };
        let trace = trace::tell(tx, &actor, trace.experiment, &told)?;
        one(tx, &actor, trace)
    });
    Ok(json(ended.await?))
}

pub async fn info(mut ask: Ask) -> Answer<One> {
    let id = trace_id(&mut ask);
    let Ask { db, caller, space, .. } = ask;
    let found = db.read(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let trace = trace::get(tx, &actor, &id)?;
        one(tx, &actor, trace)
    });
    Ok(json(found.await?))
}
