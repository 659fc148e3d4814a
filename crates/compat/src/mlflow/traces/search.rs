//! `traces/search`, and its older form.

use base::Result;
use lab::{
    search::{Found, Search},
    trace::{self, Trace},
};
use people::Actor;
use serde::Serialize;

use super::{
    info::{TraceInfo, experiment, infos},
    old::{OldInfo, old_infos},
};
use crate::mlflow::{
    answer::{Answer, json},
    ask::Ask,
    filter, page,
    search::experiment_ids,
};

#[derive(Serialize)]
pub struct Page<T> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    traces: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

pub async fn traces(mut ask: Ask) -> Answer<Page<TraceInfo>> {
    let locations = ask.fields.objects("locations")?;
    if locations.is_empty() {
        return Err(ask.fields.missing("locations").into());
    }
    let experiments = locations.into_iter().map(|mut place| experiment(&mut place)).collect::<Result<_>>()?;
    found(ask, experiments, infos).await
}

pub async fn old(mut ask: Ask) -> Answer<Page<OldInfo>> {
    let experiments = ask.fields.texts("experiment_ids")?;
    if experiments.is_empty() {
        return Err(ask.fields.missing("experiment_ids").into());
    }
    found(ask, experiments, old_infos).await
}

async fn found<T: Send + 'static>(
    ask: Ask,
    experiments: Vec<String>,
    shape: fn(&mut db::Tx, &Actor, &[Trace]) -> Result<Vec<T>>,
) -> Answer<Page<T>> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let filter = fields.text("filter")?.unwrap_or_default();
    let order = fields.texts("order_by")?;
    let question = page::question(&(&experiments, &filter, &order));
    let (conditions, patterns) = filter::trace::conditions(&filter)?;
    let search = Search {
        conditions,
        order: filter::trace::orders(&order)?,
        limit: page::size(&mut fields, Some(100), 500)?,
        after: page::position(&mut fields, question)?.unwrap_or_default(),
        ..Search::default()
    };
    let found = db.read(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let experiments = experiment_ids(tx, &actor, &experiments)?;
        let Found { items, next } = trace::search(tx, &actor, &experiments, &search, &patterns)?;
        Ok((shape(tx, &actor, &items)?, next))
    });
    let (traces, next) = found.await?;
    Ok(json(Page { traces, next_page_token: next.map(|next| page::token(&next, question)) }))
}
