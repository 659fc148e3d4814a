//! The filter and order language of MLflow's searches.
//!
//! ```text
//! filter     = comparison { "AND" comparison }
//! comparison = identifier operator value | identifier "IS" ["NOT"] "NULL" | identifier ["NOT"] "IN" list
//! identifier = [entity "."] key          the key bare, in `backticks` or in "double quotes"
//! value      = 'text' | "text" | number
//! list       = "(" 'text' { "," 'text' } [","] ")"
//! order      = identifier ["ASC" | "DESC"]
//! ```
//!
//! This folder reads the language, and says for each kind of thing which comparisons have a
//! meaning. A refusal names the place.

pub mod evaluation;
pub mod experiment;
pub mod model;
mod parse;
pub mod registered;
pub mod run;
mod test;
#[cfg(test)]
mod tests;
mod token;
pub mod trace;

use std::hash::Hash;

use base::{Error, Result};
use parse::order;
pub use parse::parse;

use super::fields::refused;

/// One condition, before it is known whether it has a meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    pub identifier: Identifier,
    pub operator: Operator,
    pub operand: Operand,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Identifier {
    /// What stands before the first dot outside quotes.
    pub entity: Option<String>,
    pub key: String,
    /// Where it stands, in characters from 1.
    pub at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Like,
    ILike,
    /// A regular expression; traces alone have it.
    RLike,
    In,
    NotIn,
    IsNull,
    IsNotNull,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    Text(String),
    Number(f64),
    Texts(Vec<String>),
    Nothing,
}

/// One element of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub identifier: Identifier,
    pub descending: bool,
}

impl std::fmt::Display for Identifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.entity {
            Some(entity) => write!(f, "{entity}.{}", self.key),
            None => f.write_str(&self.key),
        }
    }
}

impl Operator {
    pub fn name(self) -> &'static str {
        match self {
            Operator::Equal => "=",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::AtMost => "<=",
            Operator::Greater => ">",
            Operator::AtLeast => ">=",
            Operator::Like => "LIKE",
            Operator::ILike => "ILIKE",
            Operator::RLike => "RLIKE",
            Operator::In => "IN",
            Operator::NotIn => "NOT IN",
            Operator::IsNull => "IS NULL",
            Operator::IsNotNull => "IS NOT NULL",
        }
    }
}

/// What was written cannot be read, from `at` on.
fn unread(why: &str, at: usize) -> Error {
    refused(format!("Invalid filter: {why} (at character {at})."))
}

/// What is named here cannot be asked for.
fn unknown(identifier: &Identifier, what: &str) -> Error {
    refused(format!("Invalid name {identifier} (at character {}): {what}.", identifier.at))
}

/// Reads the clauses of an order; each thing may be named once.
fn orders<F: Eq + Hash>(
    clauses: &[String],
    field: impl Fn(&Identifier) -> Result<F>,
) -> Result<Vec<lab::search::Order<F>>> {
    const MOST: usize = 20;
    if clauses.len() > MOST {
        return Err(refused(format!("Invalid order_by: it has more than {MOST} clauses.")));
    }
    let mut orders: Vec<lab::search::Order<F>> = Vec::with_capacity(clauses.len());
    for clause in clauses {
        let Order { identifier, descending } = order(clause)?;
        let field = field(&identifier)?;
        if orders.iter().any(|known| known.field == field) {
            return Err(refused(format!("Invalid order_by: it names {identifier} twice.")));
        }
        orders.push(lab::search::Order { field, descending });
    }
    Ok(orders)
}
