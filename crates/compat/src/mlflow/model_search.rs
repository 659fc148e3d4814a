//! `logged-models/search`.

use base::Result;
use lab::{
    model::{
        self,
        search::{Field, OnDataset},
    },
    search::{Order, Search},
};
use serde::Serialize;

use super::{
    answer::{Answer, json},
    ask::Ask,
    fields::{Fields, refused},
    filter,
    models::{ModelShape, shape},
    page,
    search::experiment_ids,
    shape::Names,
};

#[derive(Serialize)]
pub struct Page {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    models: Vec<ModelShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

pub async fn models(ask: Ask) -> Answer<Page> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let experiments = fields.texts("experiment_ids")?;
    if experiments.is_empty() {
        return Err(fields.missing("experiment_ids").into());
    }
    let filter = fields.text("filter")?.unwrap_or_default();
    let datasets = few(&mut fields, "datasets")?.into_iter().map(dataset).collect::<Result<Vec<_>>>()?;
    let order = orders(&mut fields)?;
    let ways: Vec<_> = order.iter().map(|order| (&order.field, order.descending)).collect();
    let question = page::question(&(&experiments, &filter, &datasets, ways));
    let search = Search {
        conditions: filter::model::conditions(&filter)?,
        order,
        limit: page::size(&mut fields, Some(50), 1_000)?,
        after: page::position(&mut fields, question)?.unwrap_or_default(),
        ..Search::default()
    };
    let found = db.read(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let experiments = experiment_ids(tx, &actor, &experiments)?;
        let found = model::search(tx, &actor, &experiments, &datasets, &search)?;
        let contents = model::content(tx, &found.items)?;
        Ok((found, contents, Names::of(tx, &actor)?))
    });
    let (found, contents, names) = found.await?;
    let models = found.items.into_iter().zip(contents).map(|(model, content)| shape(model, content, names));
    let next_page_token = found.next.map(|next| page::token(&next, question));
    Ok(json(Page { models: models.collect(), next_page_token }))
}

/// Each becomes a part of the query.
fn few(fields: &mut Fields, name: &str) -> Result<Vec<Fields>> {
    const MOST: usize = 20;
    let items = fields.objects(name)?;
    if items.len() > MOST {
        return Err(refused(format!(
            "Invalid value for parameter '{name}' supplied: it may hold at most {MOST} items."
        )));
    }
    Ok(items)
}

fn dataset(mut fields: Fields) -> Result<OnDataset> {
    Ok(OnDataset { name: fields.need_text("dataset_name")?, digest: fields.text("dataset_digest")? })
}

fn orders(fields: &mut Fields) -> Result<Vec<Order<Field>>> {
    let mut orders: Vec<Order<Field>> = Vec::new();
    for mut clause in few(fields, "order_by")? {
        let name = clause.need_text("field_name")?;
        let on = match (clause.text("dataset_name")?, clause.text("dataset_digest")?) {
            (Some(name), digest) => Some(OnDataset { name, digest }),
            (None, Some(_)) => return Err(clause.missing("dataset_name")),
            (None, None) => None,
        };
        let descending = !clause.flag("ascending")?.unwrap_or(true);
        let field = filter::model::ordered_by(&name, on)?;
        if orders.iter().any(|known| known.field == field) {
            return Err(refused(format!("Invalid order_by: it names {name} twice.")));
        }
        orders.push(Order { field, descending });
    }
    Ok(orders)
}
