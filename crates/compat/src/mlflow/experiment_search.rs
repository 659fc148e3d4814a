//! `experiments/search`.

use std::collections::HashMap;

use base::Result;
use db::Tx;
use lab::{
    experiment::{self, Experiment},
    search::Search,
};
use serde::Serialize;

use super::{
    answer::{Answer, json},
    ask::Ask,
    filter, page,
    search::VIEW,
    shape::{self, ExperimentShape, Names, Pair},
    space::reach,
};

#[derive(Serialize)]
pub struct Page {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    experiments: Vec<ExperimentShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

pub async fn experiments(ask: Ask) -> Answer<Page> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let filter = fields.text("filter")?.unwrap_or_default();
    let order = fields.texts("order_by")?;
    let view = fields.choice("view_type", VIEW)?.unwrap_or_default();
    let question = page::question(&(&filter, &order, view as u8));
    let search = Search {
        view,
        conditions: filter::experiment::conditions(&filter)?,
        order: filter::experiment::orders(&order)?,
        limit: page::size(&mut fields, None, 50_000)?,
        after: page::position(&mut fields, question)?.unwrap_or_default(),
    };
    let found = db.read(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let projects = reach(tx, &actor)?;
        let found = experiment::search(tx, &actor, &projects, &search)?;
        let names = Names::of(tx, &actor)?;
        Ok((shapes(tx, found.items, names)?, found.next))
    });
    let (experiments, next) = found.await?;
    Ok(json(Page { experiments, next_page_token: next.map(|next| page::token(&next, question)) }))
}

/// The experiments with their tags, in the same order.
pub fn shapes(tx: &mut Tx, experiments: Vec<Experiment>, names: Names) -> Result<Vec<ExperimentShape>> {
    let mut tags: HashMap<_, Vec<Pair>> = HashMap::new();
    let ids: Vec<_> = experiments.iter().map(|experiment| experiment.id).collect();
    for part in ids.chunks(500) {
        for (id, key, value) in experiment::tags(tx, part)? {
            tags.entry(id).or_default().push(Pair { key, value });
        }
    }
    let shape = |experiment: Experiment| {
        let tags = tags.remove(&experiment.id).unwrap_or_default();
        shape::experiment(experiment, tags, names)
    };
    Ok(experiments.into_iter().map(shape).collect())
}
