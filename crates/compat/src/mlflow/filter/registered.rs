//! What registered models and their versions can be searched and ordered by. Both have a tag that
//! tells prompts from models; without it a search finds models.

use base::Result;
use lab::{
    registry::{
        prompt::IS_PROMPT,
        search::{Field, VersionField},
    },
    search::{Condition, Order, Test},
};

use super::{
    Comparison, Identifier, Operand, Operator,
    test::{Also, number, text, unfit},
    unknown,
};
use crate::mlflow::fields::refused;

/// The conditions of a filter, and whether it asks for prompts.
pub fn models(filter: &str) -> Result<(bool, Vec<Condition<Field>>)> {
    read(filter, |comparison| {
        let field = model_field(&comparison.identifier)?;
        let test = match field {
            Field::Name => text(comparison, Also::Lists)?,
            Field::Tag(_) => text(comparison, Also::Nothing)?,
            Field::UpdatedAt => return Err(unknown(&comparison.identifier, MODELS)),
        };
        Ok(Condition { field, test })
    })
}

/// As [`models`], of versions.
pub fn versions(filter: &str) -> Result<(bool, Vec<Condition<VersionField>>)> {
    read(filter, |comparison| {
        let field = version_field(&comparison.identifier)?;
        let test = match field {
            VersionField::Name | VersionField::Run => text(comparison, Also::Lists)?,
            VersionField::Source | VersionField::Tag(_) => text(comparison, Also::Nothing)?,
            VersionField::Number => version_number(comparison)?,
            VersionField::CreatedAt | VersionField::UpdatedAt => {
                return Err(unknown(&comparison.identifier, VERSIONS));
            }
        };
        Ok(Condition { field, test })
    })
}

pub fn model_orders(clauses: &[String]) -> Result<Vec<Order<Field>>> {
    super::orders(clauses, |identifier| match model_field(identifier)? {
        Field::Tag(_) => Err(unknown(identifier, "registered models are ordered by name and last_updated_timestamp")),
        field => Ok(field),
    })
}

pub fn version_orders(clauses: &[String]) -> Result<Vec<Order<VersionField>>> {
    super::orders(clauses, |identifier| match version_field(identifier)? {
        VersionField::Tag(_) | VersionField::Run | VersionField::Source => Err(unknown(
            identifier,
            "versions are ordered by name, version_number, creation_timestamp and last_updated_timestamp",
        )),
        field => Ok(field),
    })
}

fn read<F>(filter: &str, condition: impl Fn(&Comparison) -> Result<Condition<F>>) -> Result<(bool, Vec<Condition<F>>)> {
    let mut prompts = None;
    let mut conditions = Vec::new();
    for comparison in super::parse(filter)? {
        if !is_kind(&comparison.identifier) {
            conditions.push(condition(&comparison)?);
            continue;
        }
        let wanted = wants_prompts(&comparison)?;
        if prompts.is_some_and(|known| known != wanted) {
            return Err(refused(
                "Invalid filter: it asks for prompts and for models. Search for one of them.".to_owned(),
            ));
        }
        prompts = Some(wanted);
    }
    Ok((prompts.unwrap_or_default(), conditions))
}

fn is_kind(identifier: &Identifier) -> bool {
    matches!(identifier.entity.as_deref(), Some("tag" | "tags")) && identifier.key == IS_PROMPT
}

/// Models do not have the tag, so `!= 'true'` means them too.
fn wants_prompts(comparison: &Comparison) -> Result<bool> {
    let said = match &comparison.operand {
        Operand::Text(text) if text.eq_ignore_ascii_case("true") => true,
        Operand::Text(text) if text.eq_ignore_ascii_case("false") => false,
        _ => return Err(unfit(comparison, "it is compared with 'true' or 'false'")),
    };
    match comparison.operator {
        Operator::Equal => Ok(said),
        Operator::NotEqual => Ok(!said),
        _ => Err(unfit(comparison, "it can be compared with = and !=")),
    }
}

/// Clients also write it as a text.
fn version_number(comparison: &Comparison) -> Result<Test> {
    let whole = match &comparison.operand {
        Operand::Number(number) if number.fract() == 0.0 => Some(*number),
        Operand::Text(text) => text.parse::<i32>().ok().map(f64::from),
        _ => None,
    };
    let whole = whole.ok_or_else(|| unfit(comparison, "a version is a whole number"))?;
    let asked = Comparison { operand: Operand::Number(whole), ..comparison.clone() };
    number(&asked)
}

const MODELS: &str = "registered models can be asked for name (with attribute. before it or without), and for tags.KEY";

fn model_field(identifier: &Identifier) -> Result<Field> {
    match (identifier.entity.as_deref(), identifier.key.as_str()) {
        (None | Some("attribute"), "name") => Ok(Field::Name),
        (None | Some("attribute"), "timestamp" | "last_updated_timestamp") => Ok(Field::UpdatedAt),
        (Some("tag" | "tags"), key) => Ok(Field::Tag(key.to_owned())),
        _ => Err(unknown(identifier, MODELS)),
    }
}

const VERSIONS: &str = "versions can be asked for name, version_number, run_id and source_path (with attribute. before \
                        them or without), and for tags.KEY";

fn version_field(identifier: &Identifier) -> Result<VersionField> {
    match (identifier.entity.as_deref(), identifier.key.as_str()) {
        (None | Some("attribute"), "name") => Ok(VersionField::Name),
        (None | Some("attribute"), "version_number") => Ok(VersionField::Number),
        (None | Some("attribute"), "run_id") => Ok(VersionField::Run),
        (None | Some("attribute"), "source_path") => Ok(VersionField::Source),
        (None | Some("attribute"), "creation_timestamp") => Ok(VersionField::CreatedAt),
        (None | Some("attribute"), "last_updated_timestamp") => Ok(VersionField::UpdatedAt),
        (Some("tag" | "tags"), key) => Ok(VersionField::Tag(key.to_owned())),
        _ => Err(unknown(identifier, VERSIONS)),
    }
}

#[cfg(test)]
mod tests {
    use lab::search::NumberOperator;

    use super::*;

    #[test]
    fn a_filter_says_which_of_the_two_it_wants() {
        for (filter, prompts) in [
            ("", false),
            ("name = 'a'", false),
            ("tags.`mlflow.prompt.is_prompt` = 'true'", true),
            ("tag.`mlflow.prompt.is_prompt` != 'true' AND name LIKE 'a%'", false),
            ("tag.\"mlflow.prompt.is_prompt\" != 'False'", true),
            ("tags.mlflow.prompt.is_prompt = 'TRUE'", true),
        ] {
            assert_eq!(models(filter).unwrap().0, prompts, "{filter}");
            assert_eq!(versions(filter).unwrap().0, prompts, "{filter}");
        }
        for wrong in [
            "tags.`mlflow.prompt.is_prompt` LIKE 'true'",
            "tags.`mlflow.prompt.is_prompt` = 'yes'",
            "tags.`mlflow.prompt.is_prompt` = 'true' AND tags.`mlflow.prompt.is_prompt` = 'false'",
        ] {
            assert!(models(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn versions_are_numbered_by_whole_numbers() {
        let asked = |filter: &str| versions(filter).map(|(_, mut conditions)| conditions.remove(0).test);
        let three = Test::Number(NumberOperator::Equal, 3.0);
        assert_eq!(asked("version_number = 3").unwrap(), three);
        assert_eq!(asked("version_number = '3'").unwrap(), three);
        for wrong in
            ["version_number = 1.5", "version_number = 'x'", "version_number LIKE '1'", "version_number IN ('1')"]
        {
            assert!(asked(wrong).is_err(), "{wrong}");
        }
    }
}
