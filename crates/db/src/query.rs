//! A small builder for queries with optional filters.

use crate::Value;

/// SQL text with its parameters, grown piece by piece. Pieces are constant text; what callers send
/// comes in through [`Query::bind`] only.
#[derive(Clone, Debug, Default)]
pub struct Query {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value<'static>>,
}

impl Query {
    pub fn new(sql: &str) -> Self {
        Self { sql: sql.to_owned(), values: Vec::new() }
    }

    pub fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    /// Writes the next placeholder and remembers its value.
    pub fn bind(&mut self, value: impl Into<Value<'static>>) -> &mut Self {
        self.values.push(value.into());
        self.sql.push('$');
        self.sql.push_str(&self.values.len().to_string());
        self
    }

    /// Writes another query at the end of a text that has no values yet.
    #[cfg(any(test, feature = "testing"))]
    pub fn append(&mut self, query: &Query) -> &mut Self {
        assert!(self.values.is_empty(), "the placeholders would be others");
        self.sql.push_str(&query.sql);
        self.values.clone_from(&query.values);
        self
    }

    /// Writes `$3, $4, $5`. An empty list becomes `NULL`, which nothing equals.
    pub fn bind_all<T: Into<Value<'static>>>(&mut self, values: impl IntoIterator<Item = T>) -> &mut Self {
        let mut first = true;
        for value in values {
            if !first {
                self.push(", ");
            }
            first = false;
            self.bind(value);
        }
        if first {
            self.push("NULL");
        }
        self
    }

    pub fn sql(&self) -> &str {
        &self.sql
    }
}

/// `places(3, 2)` is `$3, $4`.
pub fn places(from: usize, count: usize) -> String {
    // Asked thousands of times a second, for each point that is logged.
    let mut places = String::with_capacity(count * 6);
    for place in from..from + count {
        places.push_str(if place == from { "$" } else { ", $" });
        places.push_str(&place.to_string());
    }
    places
}
