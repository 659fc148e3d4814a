use base::{ProjectId, Result, refuse::invalid};
use db::{Query, Tx};

use super::{Attribute, Field};
use crate::{
    experiment::{
        Experiment,
        store::{EXPERIMENTS, read},
    },
    search::{
        Search,
        store::{push_keyed, push_part, push_test, push_view},
    },
};

pub fn search(tx: &mut Tx, projects: &[ProjectId], search: &Search<Field>) -> Result<Vec<Experiment>> {
    let mut query = Query::new(EXPERIMENTS);
    query.push(" WHERE project IN (").bind_all(projects.iter().cloned()).push(")");
    push_view(&mut query, "deleted_at", search.view);
    for condition in &search.conditions {
        query.push(" AND ");
        match &condition.field {
            Field::Attribute(attribute) => push_test(&mut query, column(*attribute), &condition.test),
            Field::Tag(key) => {
                push_keyed(
                    &mut query,
                    "experiment_tag",
                    "experiment_tag.experiment = experiment.id",
                    key,
                    &condition.test,
                );
            }
        }
    }
    query.push(" ORDER BY ");
    for order in &search.order {
        let column = match &order.field {
            // Ids are ordered as the numbers they are.
            Field::Attribute(Attribute::Id) => "id",
            Field::Attribute(attribute) => column(*attribute),
            Field::Tag(_) => return Err(invalid("order_by", "cannot name a tag")),
        };
        query.push(column).push(if order.descending { " DESC, " } else { " ASC, " });
    }
    query.push("created_at DESC, id");
    push_part(&mut query, search.limit, search.after)?;
    tx.all_q(&query, read)
}

fn column(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Name => "name",
        Attribute::Id => "CAST(id AS TEXT)",
        Attribute::CreatedAt => "created_at",
        Attribute::UpdatedAt => "updated_at",
    }
}
