//! What clients do with traces: tell, tag, link, delete.

use base::{Result, RunId, Time, TraceId};
use db::Tx;
use lab::{
    assessment,
    trace::{self, Chosen},
};
use people::Actor;
use serde::Serialize;

use super::info::{TraceInfo, infos, told};
use crate::mlflow::{
    answer::{Answer, Done, json},
    ask::{Ask, LARGE},
    fields::refused,
    refusal::Refusal,
    space::experiment_id,
};

#[derive(Serialize)]
pub struct One {
    pub trace: Inner,
}

#[derive(Serialize)]
pub struct Inner {
    pub trace_info: TraceInfo,
}

/// The client's word on a whole trace; spans may have come before or come later.
pub async fn start(ask: Ask<LARGE>) -> Answer<One> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let (experiment, told, said) = told(&mut fields.need_object("trace")?.need_object("trace_info")?)?;
    let kept = db.write(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let experiment = experiment_id(tx, &actor, "experiment_id", &experiment)?;
        let trace = trace::tell(tx, &actor, experiment, &told)?;
        assessment::tell(tx, &actor, &trace, &said)?;
        infos(tx, &actor, &[trace])
    });
    match kept.await?.pop() {
        Some(trace_info) => Ok(json(One { trace: Inner { trace_info } })),
        None => Err(base::refuse::not_found("trace").into()),
    }
}

pub async fn set_tag(mut ask: Ask) -> Result<Done, Refusal> {
    let id = trace_id(&mut ask);
    let (key, value) = (ask.fields.need_text("key")?, ask.fields.text("value")?.unwrap_or_default());
    act(ask, move |tx, actor| trace::set_tag(tx, actor, &id, &key, &value)).await
}

pub async fn delete_tag(mut ask: Ask) -> Result<Done, Refusal> {
    let id = trace_id(&mut ask);
    let key = ask.fields.need_text("key")?;
    act(ask, move |tx, actor| trace::delete_tag(tx, actor, &id, &key)).await
}

pub async fn link_to_run(mut ask: Ask) -> Result<Done, Refusal> {
    let ids = trace_ids(&mut ask, "trace_ids")?;
    let run = RunId(ask.fields.need_text("run_id")?);
    act(ask, move |tx, actor| trace::link_to_run(tx, actor, &ids, &run)).await
}

pub async fn link_prompts(mut ask: Ask) -> Result<Done, Refusal> {
    let id = TraceId(ask.fields.need_text("trace_id")?);
    let prompts = ask.fields.objects("prompt_versions")?.into_iter();
    let prompts = prompts.map(|mut prompt| Ok((prompt.need_text("name")?, prompt.need_text("version")?)));
    let prompts = prompts.collect::<Result<Vec<_>>>()?;
    act(ask, move |tx, actor| trace::link_prompts(tx, actor, &id, &prompts)).await
}

#[derive(Serialize)]
pub struct Deleted {
    traces_deleted: usize,
}

pub async fn delete(mut ask: Ask) -> Answer<Deleted> {
    let experiment = ask.fields.need_text("experiment_id")?;
    let chosen = chosen(&mut ask)?;
    let Ask { db, caller, space, .. } = ask;
    let deleted = db.write(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let experiment = experiment_id(tx, &actor, "experiment_id", &experiment)?;
        trace::delete(tx, &actor, experiment, &chosen)
    });
    Ok(json(Deleted { traces_deleted: deleted.await? }))
}

fn chosen(ask: &mut Ask) -> Result<Chosen> {
    let until = ask.fields.int("max_timestamp_millis")?;
    let most = ask.fields.int("max_traces")?;
    let ids = trace_ids(ask, "request_ids")?;
    match (until, most, ids.is_empty()) {
        (None, None, false) => Ok(Chosen::These(ids)),
        (Some(until), None, true) => Ok(Chosen::Until(Time(until), None)),
        (Some(until), Some(most), true) => match usize::try_from(most) {
            Ok(most) if most > 0 => Ok(Chosen::Until(Time(until), Some(most))),
            _ => Err(ask.fields.invalid("max_traces", &most.to_string(), "it must be above 0.")),
        },
        (None, Some(_), _) => Err(refused("The parameter 'max_traces' goes with 'max_timestamp_millis'.".to_owned())),
        _ => Err(refused("Name either 'max_timestamp_millis' or 'request_ids'.".to_owned())),
    }
}

async fn act(ask: Ask, act: impl Fn(&mut Tx, &Actor) -> Result<()> + Send + 'static) -> Result<Done, Refusal> {
    let Ask { db, caller, space, .. } = ask;
    db.write(move |tx| {
        let actor = space.enter(tx, &caller)?;
        act(tx, &actor)
    })
    .await?;
    Ok(Done)
}

pub fn trace_id(ask: &mut Ask) -> TraceId {
    TraceId(ask.path.take("trace_id").unwrap_or_default())
}

/// Traces in one request.
const MOST: usize = 1_000;

pub fn trace_ids(ask: &mut Ask, name: &str) -> Result<Vec<TraceId>> {
    let ids = ask.fields.texts(name)?;
    if ids.len() > MOST {
        return Err(ask.fields.invalid(name, &format!("{} ids", ids.len()), format!("it may hold at most {MOST}.")));
    }
    Ok(ids.into_iter().map(TraceId).collect())
}
