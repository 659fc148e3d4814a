//! What runs, experiments and logged models can be searched by. A search is made of conditions,
//! all of which must hold, and an order; the types say what can be asked, the stores how it is
//! found. A key that something does not have satisfies no condition but `Null`.

pub(crate) mod store;

use base::{Result, refuse::invalid};

/// Whether deleted ones are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    #[default]
    Active,
    Deleted,
    All,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Condition<F> {
    pub field: F,
    pub test: Test,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    Text(TextOperator, String),
    Number(NumberOperator, f64),
    In(Vec<String>),
    NotIn(Vec<String>),
    Null,
    NotNull,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextOperator {
    Equal,
    NotEqual,
    /// `%` stands for any characters, `_` for one; there is no escape character.
    Like,
    /// [`TextOperator::Like`] that does not tell the case of A to Z.
    ILike,
    /// The text is a part, whatever the case of A to Z.
    Contains,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberOperator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Above,
    AtLeast,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Order<F> {
    pub field: F,
    pub descending: bool,
}

/// What to look for, in which order, and which part of what is found.
#[derive(Clone, Debug, PartialEq)]
pub struct Search<F> {
    pub view: View,
    pub conditions: Vec<Condition<F>>,
    /// Ties, and an empty list, fall back to the usual order of what is searched. What lacks a key
    /// comes last in both directions.
    pub order: Vec<Order<F>>,
    pub limit: usize,
    /// How many to pass over.
    pub after: usize,
}

/// More than anybody asks, and less than a database refuses.
const MOST_CONDITIONS: usize = 100;
const MOST_ORDERS: usize = 20;

impl<F: PartialEq> Search<F> {
    pub(crate) fn check(&self) -> Result<()> {
        if self.conditions.len() > MOST_CONDITIONS {
            return Err(invalid("filter", format!("must have at most {MOST_CONDITIONS} conditions")));
        }
        if self.order.len() > MOST_ORDERS {
            return Err(invalid("order_by", format!("must name at most {MOST_ORDERS} fields")));
        }
        let repeats = |(place, order): (usize, &Order<F>)| self.order[..place].iter().any(|o| o.field == order.field);
        if self.order.iter().enumerate().any(repeats) {
            return Err(invalid("order_by", "must not name a field twice"));
        }
        Ok(())
    }
}

impl<F> Default for Search<F> {
    fn default() -> Self {
        Self { view: View::Active, conditions: Vec::new(), order: Vec::new(), limit: 1_000, after: 0 }
    }
}

/// A part of what was found.
#[derive(Clone, Debug)]
pub struct Found<T> {
    pub items: Vec<T>,
    /// The `after` of the next part, if there is one.
    pub next: Option<usize>,
}

impl<T> Found<T> {
    pub(crate) fn none() -> Self {
        Self { items: Vec::new(), next: None }
    }

    /// `items` hold one more than the limit when there is a next part.
    pub(crate) fn cut(mut items: Vec<T>, limit: usize, after: usize) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        Self { items, next: more.then_some(after.saturating_add(limit)) }
    }

    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Found<U> {
        Found { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}
