//! Reading traces, with or without their spans.

use std::time::Duration;

use base::{
    ExperimentId, Result, TraceId,
    refuse::{internal, not_found},
};
use db::Tx;
use lab::trace::{self, Content, Trace};
use people::Actor;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    act::{Inner, One, trace_id, trace_ids},
    info::{TraceInfo, infos},
};
use crate::mlflow::{
    answer::{Answer, json},
    ask::Ask,
    search::experiment_ids,
};

pub async fn info(mut ask: Ask) -> Answer<One> {
    let id = trace_id(&mut ask);
    let Ask { db, caller, space, .. } = ask;
    let found = db.read(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let trace = trace::get(tx, &actor, &id)?;
        infos(tx, &actor, &[trace])
    });
    let trace_info = found.await?.pop().ok_or_else(|| not_found("trace"))?;
    Ok(json(One { trace: Inner { trace_info } }))
}

#[derive(Serialize)]
pub struct Whole {
    trace: Full,
}

#[derive(Serialize)]
pub struct Full {
    trace_info: TraceInfo,
    spans: Vec<Box<RawValue>>,
}

/// How long the last spans of a trace are waited for, from one look to the next.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(700)];

/// A trace whose client announced more spans than came is not whole: it is refused as absent after
/// a short wait, unless the caller takes what there is.
pub async fn get(mut ask: Ask) -> Answer<Whole> {
    let id = TraceId(ask.fields.need_text("trace_id")?);
    let partial = ask.fields.flag("allow_partial")?.unwrap_or_default();
    let mut pauses = PAUSES.into_iter();
    loop {
        let (space, caller, id) = (ask.space.clone(), ask.caller.clone(), id.clone());
        let found = ask.db.read(move |tx| {
            let actor = space.settle(tx, &caller)?;
            let trace = trace::get(tx, &actor, &id)?;
            full(tx, &actor, &[trace])
        });
        let (trace, whole) = found.await?.pop().ok_or_else(|| not_found("trace"))?;
        if whole || partial {
            return Ok(json(Whole { trace }));
        }
        let Some(pause) = pauses.next() else { return Err(not_found("trace with all its spans").into()) };
        tokio::time::sleep(pause).await;
    }
}

#[derive(Serialize)]
pub struct Many {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    traces: Vec<Full>,
}

/// Those that are there, with the spans that are there.
pub async fn batch(mut ask: Ask) -> Answer<Many> {
    let (ids, experiments) = batch_of(&mut ask)?;
    let Ask { db, caller, space, .. } = ask;
    let found = db.read(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let traces = several(tx, &actor, &ids, &experiments)?;
        full(tx, &actor, &traces)
    });
    Ok(json(Many { traces: found.await?.into_iter().map(|(trace, _)| trace).collect() }))
}

#[derive(Serialize)]
pub struct Infos {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    trace_infos: Vec<TraceInfo>,
}

pub async fn batch_infos(mut ask: Ask) -> Answer<Infos> {
    let (ids, experiments) = batch_of(&mut ask)?;
    let Ask { db, caller, space, .. } = ask;
    let found = db.read(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let traces = several(tx, &actor, &ids, &experiments)?;
        infos(tx, &actor, &traces)
    });
    Ok(json(Infos { trace_infos: found.await? }))
}

fn batch_of(ask: &mut Ask) -> Result<(Vec<TraceId>, Vec<String>)> {
    let ids = trace_ids(ask, "trace_ids")?;
    if ids.is_empty() {
        return Err(ask.fields.missing("trace_ids"));
    }
    Ok((ids, ask.fields.texts("experiment_ids")?))
}

fn several(tx: &mut Tx, actor: &Actor, ids: &[TraceId], experiments: &[String]) -> Result<Vec<Trace>> {
    let within: Vec<ExperimentId> = experiment_ids(tx, actor, experiments)?;
    trace::several(tx, actor, ids, (!experiments.is_empty()).then_some(&within))
}

/// Each with all its spans, and whether those are all that its client announced.
fn full(tx: &mut Tx, actor: &Actor, traces: &[Trace]) -> Result<Vec<(Full, bool)>> {
    let announced: Vec<_> = trace::content(tx, traces)?.iter().map(announced).collect();
    let infos = infos(tx, actor, traces)?;
    let mut full = Vec::with_capacity(traces.len());
    for ((trace, trace_info), announced) in traces.iter().zip(infos).zip(announced) {
        let spans = trace::spans(tx, trace)?;
        let whole = !spans.is_empty() && spans.len() as u64 >= announced;
        let spans = spans.into_iter().map(|span| RawValue::from_string(span).map_err(internal));
        full.push((Full { trace_info, spans: spans.collect::<Result<_>>()? }, whole));
    }
    Ok(full)
}

/// How many spans the client says there are.
fn announced(content: &Content) -> u64 {
    let stats = content.metadata.iter().find(|(key, _)| key == "mlflow.trace.sizeStats");
    let stats = stats.and_then(|(_, stats)| serde_json::from_str::<serde_json::Value>(stats).ok());
    stats.and_then(|stats| stats["num_spans"].as_u64()).unwrap_or_default()
}
