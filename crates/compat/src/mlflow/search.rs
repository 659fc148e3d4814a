//! `runs/search`.

use base::{ExperimentId, Result};
use db::Tx;
use lab::{
    run,
    search::{Search, View},
};
use people::{Actor, Right};
use serde::Serialize;

use super::{
    answer::{Answer, json},
    ask::Ask,
    filter, page,
    shape::{self, Names, WrittenRun},
    shelf::Shelf,
    space::{Keys, Space, known_experiment},
};

#[derive(Serialize)]
pub struct Page {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    runs: Vec<WrittenRun>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

pub const VIEW: &[(&str, i64, View)] =
    &[("ACTIVE_ONLY", 1, View::Active), ("DELETED_ONLY", 2, View::Deleted), ("ALL", 3, View::All)];

pub async fn runs(ask: Ask, keys: Keys, shelf: Shelf) -> Answer<Page> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let experiments = fields.texts("experiment_ids")?;
    let filter = fields.text("filter")?.unwrap_or_default();
    let order = fields.texts("order_by")?;
    let view = fields.choice("run_view_type", VIEW)?.unwrap_or_default();
    let question = page::question(&(&experiments, &filter, &order, view as u8));
    let search = Search {
        view,
        conditions: filter::run::conditions(&filter)?,
        order: filter::run::orders(&order)?,
        limit: page::size(&mut fields, Some(1_000), 50_000)?,
        after: page::position(&mut fields, question)?.unwrap_or_default(),
    };
    let caller = keys.enter(&space, &db, &caller).await?;
    let page = db.read(move |tx| {
        let actor = Space::default().settle(tx, &caller)?;
        if let Some(project) = &actor.project {
            people::require(tx, &actor, Right::Read, project)?;
        }
        let experiments = experiment_ids(tx, &actor, &experiments)?;
        let found = run::search(tx, &actor, &experiments, &search)?;
        let held = shelf.of(tx, &found.items)?;
        let shape = |(run, held)| {
            let names = Names::of_run(&actor, &run);
            WrittenRun { info: shape::run_info(run, names), held }
        };
        let next_page_token = found.next.map(|next| page::token(&next, question));
        Ok(Page { runs: found.items.into_iter().zip(held).map(shape).collect(), next_page_token })
    });
    Ok(json(page.await?))
}

/// Each experiment once; a Default experiment that nobody used yet has nothing to find.
pub fn experiment_ids(tx: &mut Tx, actor: &Actor, texts: &[String]) -> Result<Vec<ExperimentId>> {
    let mut ids: Vec<ExperimentId> = Vec::with_capacity(texts.len());
    for text in texts {
        ids.extend(known_experiment(tx, actor, "experiment_ids", text)?);
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}
