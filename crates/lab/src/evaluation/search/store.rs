use base::{ExperimentId, ProjectId, Result, refuse::invalid};
use db::{Query, Tx};

use super::Field;
use crate::{
    evaluation::{
        Dataset,
        store::{DATASETS, read},
    },
    search::{
        Search,
        store::{push_keyed, push_part, push_test},
    },
};

pub fn search(
    tx: &mut Tx,
    projects: &[ProjectId],
    experiments: Option<&[ExperimentId]>,
    search: &Search<Field>,
) -> Result<Vec<Dataset>> {
    let mut query = Query::new(DATASETS);
    query.push(" WHERE dataset.project IN (").bind_all(projects.iter().cloned()).push(")");
    if let Some(experiments) = experiments {
        query.push(" AND dataset.num IN (SELECT dataset FROM evaluation_dataset_experiment WHERE experiment IN (");
        query.bind_all(experiments.iter().copied()).push("))");
    }
    for condition in &search.conditions {
        query.push(" AND ");
        match &condition.field {
            Field::Tag(key) => {
                let of_dataset = "evaluation_dataset_tag.dataset = dataset.num";
                push_keyed(&mut query, "evaluation_dataset_tag", of_dataset, key, &condition.test);
            }
            field => push_test(&mut query, column(field)?, &condition.test),
        }
    }
    query.push(" ORDER BY ");
    for order in &search.order {
        query.push(column(&order.field)?).push(if order.descending { " DESC, " } else { " ASC, " });
    }
    query.push("dataset.created_at DESC, dataset.num DESC");
    push_part(&mut query, search.limit, search.after)?;
    tx.all_q(&query, read)
}

fn column(field: &Field) -> Result<&'static str> {
    match field {
        Field::Name => Ok("dataset.name"),
        Field::CreatedBy => Ok("dataset.created_by"),
        Field::UpdatedBy => Ok("dataset.updated_by"),
        Field::CreatedAt => Ok("dataset.created_at"),
        Field::UpdatedAt => Ok("dataset.updated_at"),
        Field::Tag(_) => Err(invalid("order_by", "must name an attribute")),
    }
}
