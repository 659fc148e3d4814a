//! What runs can be searched and ordered by.

use base::{Error, Result};
use lab::{
    run::search::{Attribute, DatasetField, Field},
    search::{Condition, Order},
};

use super::{
    Identifier,
    test::{Also, number, text},
    unknown,
};

pub fn conditions(filter: &str) -> Result<Vec<Condition<Field>>> {
    super::parse(filter)?
        .iter()
        .map(|comparison| {
            let field = field(&comparison.identifier)?;
            let test = match &field {
                Field::Metric(_) | Field::Attribute(Attribute::StartedAt | Attribute::EndedAt) => number(comparison)?,
                Field::Attribute(Attribute::Id) | Field::Dataset(_) => text(comparison, Also::Lists)?,
                Field::Attribute(_) => text(comparison, Also::Nothing)?,
                Field::Param(_) | Field::Tag(_) => text(comparison, Also::Null)?,
            };
            Ok(Condition { field, test })
        })
        .collect()
}

pub fn orders(clauses: &[String]) -> Result<Vec<Order<Field>>> {
    super::orders(clauses, field)
}

fn field(identifier: &Identifier) -> Result<Field> {
    let key = identifier.key.clone();
    match identifier.entity.as_deref() {
        None | Some("attribute" | "attributes" | "attr" | "run") => attribute(identifier).map(Field::Attribute),
        Some("metric" | "metrics") => Ok(Field::Metric(key)),
        Some("param" | "params" | "parameter" | "parameters") => Ok(Field::Param(key)),
        Some("tag" | "tags") => Ok(Field::Tag(key)),
        Some("dataset" | "datasets") => match key.as_str() {
            "name" => Ok(Field::Dataset(DatasetField::Name)),
            "digest" => Ok(Field::Dataset(DatasetField::Digest)),
            "context" => Ok(Field::Dataset(DatasetField::Context)),
            _ => Err(unknown(identifier, "a dataset has a name, a digest and a context")),
        },
        Some(_) => Err(unknown(identifier, "runs have metrics, params, tags, attributes and datasets")),
    }
}

fn attribute(identifier: &Identifier) -> Result<Attribute, Error> {
    match identifier.key.as_str() {
        "run_id" => Ok(Attribute::Id),
        "run_name" | "run name" | "Run name" | "Run Name" => Ok(Attribute::Name),
        "user_id" => Ok(Attribute::UserName),
        "status" => Ok(Attribute::Status),
        "artifact_uri" => Ok(Attribute::ArtifactUri),
        "start_time" | "created" | "Created" => Ok(Attribute::StartedAt),
        "end_time" => Ok(Attribute::EndedAt),
        _ => Err(unknown(
            identifier,
            "runs can be asked for run_id, run_name, user_id, status, artifact_uri, start_time and end_time, and for \
             metrics.KEY, params.KEY, tags.KEY and dataset.name",
        )),
    }
}
