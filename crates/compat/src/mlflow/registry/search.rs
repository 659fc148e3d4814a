//! `registered-models/search` and `model-versions/search`.

use base::Result;
use lab::{
    registry::search::{search, versions as search_versions},
    search::Search,
};
use serde::Serialize;
use ship::registry::{entries, placed};

use super::shape::{ModelShape, VersionShape, model_shape, version_shape};
use crate::mlflow::{
    answer::{Answer, json},
    ask::Ask,
    fields::Fields,
    filter::registered,
    page,
    space::reach,
};

#[derive(Serialize)]
pub struct Models {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    registered_models: Vec<ModelShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

#[derive(Serialize)]
pub struct Versions {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    model_versions: Vec<VersionShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

pub async fn models(ask: Ask) -> Answer<Models> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let (filter, order) = asked(&mut fields)?;
    let question = page::question(&("models", &filter, &order));
    let (prompts, conditions) = registered::models(&filter)?;
    let search_for = Search {
        conditions,
        order: registered::model_orders(&order)?,
        limit: page::size(&mut fields, Some(100), 1_000)?,
        after: page::position(&mut fields, question)?.unwrap_or_default(),
        ..Search::default()
    };
    let found = db.read(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let projects = reach(tx, &actor)?;
        let found = search(tx, &actor, &projects, prompts, &search_for)?;
        Ok((entries(tx, found.items)?, found.next))
    });
    let (entries, next) = found.await?;
    let registered_models = entries.into_iter().map(model_shape).collect();
    Ok(json(Models { registered_models, next_page_token: next.map(|next| page::token(&next, question)) }))
}

/// So many are answered at once, however many are asked for: the token leads to the rest. A prompt's
/// versions carry whole texts.
const MOST_VERSIONS: usize = 10_000;
const MOST_PROMPTS: usize = 500;

pub async fn versions(ask: Ask) -> Answer<Versions> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let (filter, order) = asked(&mut fields)?;
    let question = page::question(&("versions", &filter, &order));
    let (prompts, conditions) = registered::versions(&filter)?;
    let most = if prompts { MOST_PROMPTS } else { MOST_VERSIONS };
    let search_for = Search {
        conditions,
        order: registered::version_orders(&order)?,
        limit: page::size(&mut fields, Some(MOST_VERSIONS), 200_000)?.min(most),
        after: page::position(&mut fields, question)?.unwrap_or_default(),
        ..Search::default()
    };
    let found = db.read(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let projects = reach(tx, &actor)?;
        let found = search_versions(tx, &actor, &projects, prompts, &search_for)?;
        Ok((placed(tx, found.items)?, found.next))
    });
    let (placed, next) = found.await?;
    let model_versions = placed.into_iter().map(version_shape).collect();
    Ok(json(Versions { model_versions, next_page_token: next.map(|next| page::token(&next, question)) }))
}

/// The filter and the clauses of the order.
fn asked(fields: &mut Fields) -> Result<(String, Vec<String>)> {
    Ok((fields.text("filter")?.unwrap_or_default(), fields.texts("order_by")?))
}
