use lab::{evaluation, search::Search};
use serde::Serialize;

use super::shape::{self, DatasetShape};
use crate::mlflow::{
    answer::{Answer, json},
    ask::Ask,
    filter, page,
    search::experiment_ids,
    space::reach,
};

#[derive(Serialize)]
pub struct Page {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    datasets: Vec<DatasetShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

pub async fn datasets(ask: Ask) -> Answer<Page> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let experiments = fields.texts("experiment_ids")?;
    let filter = fields.text("filter_string")?.unwrap_or_default();
    let order = fields.texts("order_by")?;
    let question = page::question(&(&experiments, &filter, &order));
    let search = Search {
        conditions: filter::evaluation::conditions(&filter)?,
        order: filter::evaluation::orders(&order)?,
        limit: page::size(&mut fields, Some(1_000), 50_000)?,
        after: page::position(&mut fields, question)?.unwrap_or_default(),
        ..Search::default()
    };
    let found = db.read(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let projects = reach(tx, &actor)?;
        let within = experiment_ids(tx, &actor, &experiments)?;
        let within = (!experiments.is_empty()).then_some(within);
        let found = evaluation::search(tx, &actor, &projects, within.as_deref(), &search)?;
        Ok((shape::datasets(tx, found.items)?, found.next))
    });
    let (datasets, next) = found.await?;
    Ok(json(Page { datasets, next_page_token: next.map(|next| page::token(&next, question)) }))
}
