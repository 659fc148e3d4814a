use base::{ExperimentId, Result, refuse::invalid};
use db::{Query, Tx};

use super::{Attribute, Field, OnDataset};
use crate::{
    model::{
        Model,
        store::{MODELS, read},
    },
    search::{
        Order, Search,
        store::{push_keyed, push_part, push_test, push_view},
    },
};

pub fn search(
    tx: &mut Tx,
    experiments: &[ExperimentId],
    datasets: &[OnDataset],
    search: &Search<Field>,
) -> Result<Vec<Model>> {
    let mut query = Query::new(MODELS);
    query.push(" WHERE model.experiment IN (").bind_all(experiments.iter().copied()).push(")");
    push_view(&mut query, "model.deleted_at", search.view);
    if !datasets.is_empty() {
        query.push(" AND EXISTS (SELECT 1 FROM logged_model_metric m WHERE m.model = model.num");
        push_on(&mut query, datasets);
        query.push(")");
    }
    for condition in &search.conditions {
        query.push(" AND ");
        match &condition.field {
            Field::Attribute(attribute) => push_test(&mut query, column(*attribute), &condition.test),
            Field::Metric(key) => {
                query.push(
                    "EXISTS (SELECT 1 FROM logged_model_metric m WHERE m.model = model.num AND m.odd <> 1 AND m.key = ",
                );
                query.bind(key.clone());
                push_on(&mut query, datasets);
                query.push(" AND ");
                push_test(&mut query, "m.value", &condition.test);
                query.push(")");
            }
            Field::MetricOn(..) => return Err(invalid("filter", "cannot name a dataset")),
            Field::Param(key) => {
                push_keyed(
                    &mut query,
                    "logged_model_param",
                    "logged_model_param.model = model.num",
                    key,
                    &condition.test,
                );
            }
            Field::Tag(key) => {
                push_keyed(&mut query, "logged_model_tag", "logged_model_tag.model = model.num", key, &condition.test);
            }
        }
    }
    query.push(" ORDER BY ");
    for order in &search.order {
        push_order(&mut query, order)?;
    }
    query.push("model.created_at DESC, model.id");
    push_part(&mut query, search.limit, search.after)?;
    tx.all_q(&query, read)
}

/// Of the values `m`, those measured on one of the datasets; all when there are none.
fn push_on(query: &mut Query, datasets: &[OnDataset]) {
    for (place, dataset) in datasets.iter().enumerate() {
        query.push(if place == 0 { " AND (" } else { " OR " });
        query.push("(m.dataset = ").bind(dataset.name.clone());
        if let Some(digest) = &dataset.digest {
            query.push(" AND m.digest = ").bind(digest.clone());
        }
        query.push(")");
    }
    if !datasets.is_empty() {
        query.push(")");
    }
}

fn column(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Name => "model.name",
        Attribute::Id => "model.id",
        Attribute::ModelType => "model.model_type",
        Attribute::Status => "model.status",
        Attribute::Run => "model.run",
        Attribute::CreatedAt => "model.created_at",
        Attribute::UpdatedAt => "model.updated_at",
    }
}

/// Those without a value come last in both directions.
fn push_order(query: &mut Query, order: &Order<Field>) -> Result<()> {
    let way = if order.descending { " DESC NULLS LAST, " } else { " ASC NULLS LAST, " };
    let (key, on) = match &order.field {
        Field::Attribute(attribute) => {
            query.push(column(*attribute)).push(way);
            return Ok(());
        }
        Field::Metric(key) => (key, None),
        Field::MetricOn(key, on) => (key, Some(on)),
        Field::Param(_) | Field::Tag(_) => return Err(invalid("order_by", "must name an attribute or a metric")),
    };
    query.push("(SELECT m.value FROM logged_model_metric m WHERE m.model = model.num AND m.odd <> 1 AND m.key = ");
    query.bind(key.clone());
    push_on(query, on.map(std::slice::from_ref).unwrap_or_default());
    query.push(" ORDER BY m.step DESC, m.at DESC, m.value DESC LIMIT 1)").push(way);
    Ok(())
}
