//! What experiments can be searched and ordered by.

use base::Result;
use lab::{
    experiment::search::{Attribute, Field},
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
                Field::Attribute(Attribute::CreatedAt | Attribute::UpdatedAt) => number(comparison)?,
                Field::Attribute(Attribute::Id) => text(comparison, Also::Lists)?,
                Field::Attribute(Attribute::Name) => text(comparison, Also::Nothing)?,
                Field::Tag(_) => text(comparison, Also::Null)?,
            };
            Ok(Condition { field, test })
        })
        .collect()
}

pub fn orders(clauses: &[String]) -> Result<Vec<Order<Field>>> {
    super::orders(clauses, |identifier| match field(identifier)? {
        Field::Tag(_) => Err(unknown(identifier, "experiments cannot be ordered by tags")),
        field => Ok(field),
    })
}

fn field(identifier: &Identifier) -> Result<Field> {
    match (identifier.entity.as_deref(), identifier.key.as_str()) {
        (None | Some("attribute"), "name") => Ok(Field::Attribute(Attribute::Name)),
        (None | Some("attribute"), "experiment_id") => Ok(Field::Attribute(Attribute::Id)),
        (None | Some("attribute"), "creation_time") => Ok(Field::Attribute(Attribute::CreatedAt)),
        (None | Some("attribute"), "last_update_time") => Ok(Field::Attribute(Attribute::UpdatedAt)),
        (Some("tag" | "tags"), key) => Ok(Field::Tag(key.to_owned())),
        _ => Err(unknown(
            identifier,
            "experiments can be asked for name, experiment_id, creation_time and last_update_time (with attribute. \
             before them or without), and for tags.KEY",
        )),
    }
}
