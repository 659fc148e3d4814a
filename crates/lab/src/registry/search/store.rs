use base::{ProjectId, Result, refuse::invalid};
use db::{Query, Tx};

use super::{Field, VersionField};
use crate::{
    registry::{
        Model, Version,
        store::{MODELS, read},
        version::{self, VERSIONS},
    },
    search::{
        Search, Test, TextOperator,
        store::{push_keyed, push_part, push_test},
    },
};

pub fn models(tx: &mut Tx, projects: &[ProjectId], prompts: bool, search: &Search<Field>) -> Result<Vec<Model>> {
    let mut query = Query::new(MODELS);
    push_place(&mut query, projects, prompts);
    for condition in &search.conditions {
        query.push(" AND ");
        match &condition.field {
            Field::Name => push_test(&mut query, "m.name", &condition.test),
            Field::UpdatedAt => push_test(&mut query, "m.updated_at", &condition.test),
            Field::Tag(key) => {
                let belongs = "registered_model_tag.model = m.id";
                push_keyed(&mut query, "registered_model_tag", belongs, key, &condition.test);
            }
        }
    }
    query.push(" ORDER BY ");
    for order in &search.order {
        let column = match &order.field {
            Field::Name => "m.name",
            Field::UpdatedAt => "m.updated_at",
            Field::Tag(_) => return Err(invalid("order_by", "cannot name a tag")),
        };
        query.push(column).push(way(order.descending));
    }
    query.push("m.name, m.id");
    push_part(&mut query, search.limit, search.after)?;
    tx.all_q(&query, read)
}

pub fn versions(
    tx: &mut Tx,
    projects: &[ProjectId],
    prompts: bool,
    search: &Search<VersionField>,
) -> Result<Vec<Version>> {
    let mut query = Query::new(VERSIONS);
    push_place(&mut query, projects, prompts);
    for condition in &search.conditions {
        query.push(" AND ");
        match &condition.field {
            VersionField::Tag(key) => {
                let belongs = "model_version_tag.version = v.id";
                push_keyed(&mut query, "model_version_tag", belongs, key, &condition.test);
            }
            VersionField::Run if !names_runs(&condition.test) => {
                push_test(&mut query, "COALESCE(v.run, '')", &condition.test);
            }
            field => push_test(&mut query, column(field)?, &condition.test),
        }
    }
    query.push(" ORDER BY ");
    for order in &search.order {
        query.push(column(&order.field)?).push(way(order.descending));
    }
    if search.order.is_empty() {
        query.push("v.updated_at DESC, ");
    }
    query.push("m.name, v.number DESC, v.id");
    push_part(&mut query, search.limit, search.after)?;
    tx.all_q(&query, version::read)
}

/// Only versions with a run can satisfy it; to any other test one without a run is one with an empty name.
fn names_runs(test: &Test) -> bool {
    match test {
        Test::Text(TextOperator::Equal, run) => !run.is_empty(),
        Test::In(_) => true,
        _ => false,
    }
}

fn push_place(query: &mut Query, projects: &[ProjectId], prompts: bool) {
    query.push(" WHERE m.project IN (").bind_all(projects.iter().cloned()).push(") AND m.prompt = ").bind(prompts);
}

fn way(descending: bool) -> &'static str {
    if descending { " DESC, " } else { " ASC, " }
}

fn column(field: &VersionField) -> Result<&'static str> {
    Ok(match field {
        VersionField::Name => "m.name",
        VersionField::Number => "v.number",
        VersionField::Run => "v.run",
        VersionField::Source => "v.source",
        VersionField::CreatedAt => "v.created_at",
        VersionField::UpdatedAt => "v.updated_at",
        VersionField::Tag(_) => return Err(invalid("order_by", "cannot name a tag")),
    })
}
