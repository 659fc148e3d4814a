use base::{ExperimentId, Result, refuse::invalid};
use db::{Query, Tx};

use super::{Attribute, DatasetField, Field};
use crate::{
    run::{
        Run,
        store::{RUNS, read},
    },
    search::{
        Condition, Order, Search, Test,
        store::{push_keyed, push_measured, push_part, push_test, push_view},
    },
};

pub fn search(tx: &mut Tx, experiments: &[ExperimentId], search: &Search<Field>) -> Result<Vec<Run>> {
    let mut query = Query::new(RUNS);
    for (place, order) in search.order.iter().enumerate() {
        push_join(&mut query, place, order)?;
    }
    query.push(" WHERE run.experiment IN (").bind_all(experiments.iter().copied()).push(")");
    push_view(&mut query, "run.deleted_at", search.view);
    for condition in &search.conditions {
        query.push(" AND ");
        push_condition(&mut query, condition);
    }
    query.push(" ORDER BY ");
    for (place, order) in search.order.iter().enumerate() {
        push_order(&mut query, place, order);
    }
    query.push("run.started_at DESC, run.id");
    push_part(&mut query, search.limit, search.after)?;
    tx.all_q(&query, read)
}

fn push_condition(query: &mut Query, condition: &Condition<Field>) {
    let test = &condition.test;
    match &condition.field {
        Field::Attribute(attribute) => push_test(query, column(*attribute), test),
        Field::Metric(key) => push_measured(query, "metric", "metric.run = run.num", key, test),
        Field::Param(key) => push_keyed(query, "param", "param.run = run.num", key, test),
        Field::Tag(key) => push_keyed(query, "run_tag", "run_tag.run = run.num", key, test),
        Field::Dataset(field) => push_dataset(query, *field, test),
    }
}

fn column(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Id => "run.id",
        Attribute::Name => "run.name",
        Attribute::UserName => "run.user_name",
        Attribute::Status => "run.status",
        Attribute::ArtifactUri => {
            "(COALESCE(experiment.location, 'mlflow-artifacts:/' || CAST(experiment.id AS TEXT)) || '/' || run.id || '/artifacts')"
        }
        Attribute::StartedAt => "run.started_at",
        Attribute::EndedAt => "run.ended_at",
    }
}

fn push_dataset(query: &mut Query, field: DatasetField, test: &Test) {
    if *test == Test::Null {
        query.push("NOT ");
    }
    query.push("EXISTS (SELECT 1 FROM input JOIN dataset ON dataset.id = input.dataset WHERE input.run = run.num AND ");
    let column = match field {
        DatasetField::Name => "dataset.name",
        DatasetField::Digest => "dataset.digest",
        DatasetField::Context => "input.context",
    };
    push_test(query, column, if *test == Test::Null { &Test::NotNull } else { test });
    query.push(")");
}

/// Joins what an order looks at, under a name of its own.
fn push_join(query: &mut Query, place: usize, order: &Order<Field>) -> Result<()> {
    let (table, key) = match &order.field {
        Field::Attribute(_) => return Ok(()),
        Field::Metric(key) => ("metric", key),
        Field::Param(key) => ("param", key),
        Field::Tag(key) => ("run_tag", key),
        Field::Dataset(_) => return Err(invalid("order_by", "cannot name a dataset")),
    };
    let alias = format!("o{place}");
    query.push(&format!(" LEFT JOIN {table} {alias} ON {alias}.run = run.num AND {alias}.key = ")).bind(key.clone());
    Ok(())
}

/// Those without a value come last in both directions.
fn push_order(query: &mut Query, place: usize, order: &Order<Field>) {
    let way = if order.descending { " DESC, " } else { " ASC, " };
    match &order.field {
        Field::Attribute(Attribute::EndedAt) => query.push("(run.ended_at IS NULL), run.ended_at").push(way),
        Field::Attribute(attribute) => query.push(column(*attribute)).push(way),
        Field::Metric(_) => {
            let rank = format!("CASE WHEN o{place}.id IS NULL THEN 2 WHEN o{place}.odd = 1 THEN 1 ELSE 0 END");
            query.push(&format!("{rank}, o{place}.value")).push(way)
        }
        _ => query.push(&format!("(o{place}.value IS NULL), o{place}.value")).push(way),
    };
}
