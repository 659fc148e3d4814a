//! What a comparison asks of a value: the operators that texts and numbers have.

use base::{Error, Result};
use lab::search::{NumberOperator, Test, TextOperator};

use super::{Comparison, Operand, Operator};
use crate::mlflow::fields::refused;

/// Databases refuse much longer ones.
const LONGEST_PATTERN: usize = 10_000;

/// Which operators a text has besides `=`, `!=`, `LIKE` and `ILIKE`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Also {
    Nothing,
    /// `IN` and `NOT IN`.
    Lists,
    /// `IS NULL` and `IS NOT NULL`.
    Null,
}

pub fn text(comparison: &Comparison, also: Also) -> Result<Test> {
    let plain = |operator| match &comparison.operand {
        Operand::Text(text) => Ok(Test::Text(operator, text.clone())),
        _ => Err(unfit(comparison, "its value is a text, so it is compared with a text in quotes")),
    };
    match (comparison.operator, &comparison.operand) {
        (Operator::Equal, _) => plain(TextOperator::Equal),
        (Operator::NotEqual, _) => plain(TextOperator::NotEqual),
        (Operator::Like | Operator::ILike, Operand::Text(pattern)) if pattern.len() > LONGEST_PATTERN => {
            Err(unfit(comparison, "a pattern may have at most 10,000 bytes"))
        }
        (Operator::Like, _) => plain(TextOperator::Like),
        (Operator::ILike, _) => plain(TextOperator::ILike),
        (Operator::In, Operand::Texts(texts)) if also == Also::Lists => Ok(Test::In(texts.clone())),
        (Operator::NotIn, Operand::Texts(texts)) if also == Also::Lists => Ok(Test::NotIn(texts.clone())),
        (Operator::IsNull, _) if also == Also::Null => Ok(Test::Null),
        (Operator::IsNotNull, _) if also == Also::Null => Ok(Test::NotNull),
        _ => Err(unfit(
            comparison,
            match also {
                Also::Nothing => "it can be compared with =, !=, LIKE and ILIKE",
                Also::Lists => "it can be compared with =, !=, LIKE, ILIKE, IN and NOT IN",
                Also::Null => "it can be compared with =, !=, LIKE, ILIKE, IS NULL and IS NOT NULL",
            },
        )),
    }
}

pub fn number(comparison: &Comparison) -> Result<Test> {
    let operator = match comparison.operator {
        Operator::Equal => NumberOperator::Equal,
        Operator::NotEqual => NumberOperator::NotEqual,
        Operator::Less => NumberOperator::Less,
        Operator::AtMost => NumberOperator::AtMost,
        Operator::Greater => NumberOperator::Above,
        Operator::AtLeast => NumberOperator::AtLeast,
        _ => return Err(unfit(comparison, "a number can be compared with =, !=, <, <=, > and >=")),
    };
    match comparison.operand {
        Operand::Number(number) => Ok(Test::Number(operator, number)),
        _ => Err(unfit(comparison, "its value is a number, so it is compared with a number without quotes")),
    }
}

pub fn unfit(comparison: &Comparison, why: &str) -> Error {
    let Comparison { identifier, operator, .. } = comparison;
    refused(format!(
        "Invalid filter: {identifier} (at character {}) cannot be asked with {} like this; {why}.",
        identifier.at,
        operator.name()
    ))
}
