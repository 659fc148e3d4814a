//! What evaluation datasets can be searched and ordered by.

use base::Result;
use lab::{
    evaluation::search::Field,
    search::{Condition, Order, Test},
};

use super::{
    Identifier,
    test::{Also, number, text, unfit},
    unknown,
};

pub fn conditions(filter: &str) -> Result<Vec<Condition<Field>>> {
    super::parse(filter)?
        .iter()
        .map(|comparison| {
            let field = field(&comparison.identifier)?;
            let test = match &field {
                Field::CreatedAt | Field::UpdatedAt => number(comparison)?,
                Field::Name => match text(comparison, Also::Lists)? {
                    Test::NotIn(_) => return Err(unfit(comparison, "a name can be asked with IN, not with NOT IN")),
                    test => test,
                },
                _ => text(comparison, Also::Nothing)?,
            };
            Ok(Condition { field, test })
        })
        .collect()
}

pub fn orders(clauses: &[String]) -> Result<Vec<Order<Field>>> {
    super::orders(clauses, |identifier| match field(identifier)? {
        field if field.is_ordered() => Ok(field),
        _ => Err(unknown(identifier, "evaluation datasets are ordered by name, created_time and last_update_time")),
    })
}

fn field(identifier: &Identifier) -> Result<Field> {
    match (identifier.entity.as_deref(), identifier.key.as_str()) {
        (Some("tag" | "tags"), key) => Ok(Field::Tag(key.to_owned())),
        (None | Some("attribute" | "attributes"), "name") => Ok(Field::Name),
        (None | Some("attribute" | "attributes"), "created_by") => Ok(Field::CreatedBy),
        (None | Some("attribute" | "attributes"), "last_updated_by") => Ok(Field::UpdatedBy),
        (None | Some("attribute" | "attributes"), "created_time") => Ok(Field::CreatedAt),
        (None | Some("attribute" | "attributes"), "last_update_time") => Ok(Field::UpdatedAt),
        _ => Err(unknown(
            identifier,
            "evaluation datasets can be asked for name, created_by, last_updated_by, created_time and \
             last_update_time, and for tags.KEY",
        )),
    }
}
