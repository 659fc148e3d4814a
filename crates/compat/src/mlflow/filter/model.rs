//! What logged models can be searched and ordered by. Orders are objects there, not clauses.

use base::Result;
use lab::{
    model::{
        Status,
        search::{Attribute, Field, OnDataset},
    },
    search::{Condition, NumberOperator, Test, TextOperator},
};

use super::{
    Comparison, Identifier,
    test::{Also, number, text, unfit},
    unknown,
};

pub fn conditions(filter: &str) -> Result<Vec<Condition<Field>>> {
    super::parse(filter)?
        .iter()
        .map(|comparison| {
            let field = field(&comparison.identifier)?;
            let test = match &field {
                Field::Attribute(Attribute::Status) => status(comparison)?,
                Field::Metric(_) | Field::Attribute(Attribute::CreatedAt | Attribute::UpdatedAt) => number(comparison)?,
                Field::Attribute(Attribute::Name) => text(comparison, Also::Lists)?,
                _ => text(comparison, Also::Nothing)?,
            };
            Ok(Condition { field, test })
        })
        .collect()
}

/// What an order names: an attribute or a metric, which may be that of one dataset.
pub fn ordered_by(name: &str, on: Option<OnDataset>) -> Result<Field> {
    let (entity, key) = match name.split_once('.') {
        Some((entity, key)) => (Some(entity.to_owned()), key.trim_matches('`').to_owned()),
        None => (None, name.to_owned()),
    };
    let identifier = Identifier { entity, key, at: 1 };
    match (field(&identifier)?, on) {
        (Field::Metric(key), Some(on)) => Ok(Field::MetricOn(key, on)),
        (Field::Param(_) | Field::Tag(_), _) => {
            Err(unknown(&identifier, "logged models are ordered by attributes and metrics"))
        }
        (field, _) => Ok(field),
    }
}

fn field(identifier: &Identifier) -> Result<Field> {
    let key = identifier.key.clone();
    let attribute = match (identifier.entity.as_deref(), key.as_str()) {
        (Some("metrics"), _) => return Ok(Field::Metric(key)),
        (Some("params"), _) => return Ok(Field::Param(key)),
        (Some("tags"), _) => return Ok(Field::Tag(key)),
        (None | Some("attributes"), "name") => Attribute::Name,
        (None | Some("attributes"), "model_id") => Attribute::Id,
        (None | Some("attributes"), "model_type") => Attribute::ModelType,
        (None | Some("attributes"), "status") => Attribute::Status,
        (None | Some("attributes"), "source_run_id") => Attribute::Run,
        (None | Some("attributes"), "creation_timestamp" | "creation_time" | "creation_timestamp_ms") => {
            Attribute::CreatedAt
        }
        (None | Some("attributes"), "last_updated_timestamp" | "last_updated_timestamp_ms") => Attribute::UpdatedAt,
        _ => {
            return Err(unknown(
                identifier,
                "logged models can be asked for name, model_id, model_type, status, source_run_id, creation_timestamp \
                 and last_updated_timestamp, and for metrics.KEY, params.KEY and tags.KEY",
            ));
        }
    };
    Ok(Field::Attribute(attribute))
}

/// Clients write `READY`, `LOGGED_MODEL_READY` or `2`.
fn status(comparison: &Comparison) -> Result<Test> {
    let (operator, word) = match text(comparison, Also::Nothing)? {
        Test::Text(TextOperator::Equal, word) => (NumberOperator::Equal, word),
        Test::Text(TextOperator::NotEqual, word) => (NumberOperator::NotEqual, word),
        _ => return Err(unfit(comparison, "a status can be compared with = and !=")),
    };
    let status = match word.trim_start_matches("LOGGED_MODEL_") {
        "PENDING" | "1" => Status::Pending,
        "READY" | "2" => Status::Ready,
        "UPLOAD_FAILED" | "FAILED" | "3" => Status::Failed,
        _ => return Err(unfit(comparison, "a status is PENDING, READY or FAILED")),
    };
    Ok(Test::Number(operator, status.number() as f64))
}
