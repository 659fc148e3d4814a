//! Finding traces by what they and their spans hold, and by what was said of them.

pub(super) mod store;

use base::{ExperimentId, Result, refuse::invalid};
use db::Tx;
use people::Actor;
use regex::Regex;

use super::Trace;
use crate::{
    assessment, experiment,
    search::{Condition, Found, Search, Test},
};

/// By what a trace can be searched, and as far as [`Field::is_ordered`] says, ordered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    Attribute(Attribute),
    /// The run that it ran in. Asked whether it equals one, runs count that it was linked to.
    Run,
    Tag(String),
    Metadata(String),
    /// Some one span of which all such conditions hold.
    Span(SpanField),
    /// All that its spans say.
    Text,
    /// A valid assessment of this kind and name.
    Assessment(assessment::Kind, String),
    /// A prompt it was linked to, as `name/version`.
    Prompt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attribute {
    Id,
    ClientId,
    Name,
    State,
    /// Milliseconds since 1970, as are the other times.
    At,
    /// Milliseconds.
    Duration,
    EndedAt,
    /// For orders.
    Experiment,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SpanField {
    Name,
    Kind,
    Status,
    /// All of it, as JSON.
    Content,
    Attribute(String),
}

impl Field {
    pub fn is_ordered(&self) -> bool {
        matches!(self, Self::Attribute(_) | Self::Run | Self::Tag(_) | Self::Metadata(_))
    }
}

/// What must hold a match of a regular expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    pub field: Field,
    pub expression: String,
}

const MOST_EXPERIMENTS: usize = 10_000;
/// Different values that the expressions of a search are held against.
const MOST_VALUES: usize = 10_000;
/// Bytes that a compiled expression may take.
const LARGEST: usize = 1024 * 1024;

/// Traces of these experiments, as far as the actor may look at them; others are passed over. The
/// usual order is the latest first, then the id.
pub fn search(
    tx: &mut Tx,
    actor: &Actor,
    experiments: &[ExperimentId],
    search: &Search<Field>,
    patterns: &[Pattern],
) -> Result<Found<Trace>> {
    if experiments.len() > MOST_EXPERIMENTS {
        return Err(invalid("locations", format!("must hold at most {MOST_EXPERIMENTS}")));
    }
    search.check()?;
    let seen = experiment::visible(tx, actor, experiments)?;
    if seen.is_empty() {
        return Ok(Found::none());
    }
    let mut search = search.clone();
    let mut room = MOST_VALUES;
    for pattern in patterns {
        search.conditions.push(resolve(tx, &seen, pattern, &mut room)?);
    }
    let traces = store::search(tx, &seen, &search)?;
    Ok(Found::cut(traces, search.limit, search.after))
}

/// What a regular expression matches; nothing where it is none, or one that would be too large.
pub fn readable(expression: &str) -> Option<Regex> {
    regex::RegexBuilder::new(expression).size_limit(LARGEST).build().ok()
}

/// The two engines know different expressions, so none sees one: it becomes the list of those values
/// that it matches.
fn resolve(tx: &mut Tx, experiments: &[ExperimentId], pattern: &Pattern, room: &mut usize) -> Result<Condition<Field>> {
    let expression = readable(&pattern.expression).ok_or_else(|| {
        invalid("filter", format!("has the regular expression {:?}, which cannot be read", pattern.expression))
    })?;
    let values = store::values(tx, experiments, &pattern.field, *room + 1)?;
    let Some(left) = room.checked_sub(values.len()) else {
        let why = format!("asks RLIKE of more than {MOST_VALUES} different values; use LIKE, or fewer experiments");
        return Err(invalid("filter", why));
    };
    *room = left;
    let matching = values.into_iter().filter(|value| expression.is_match(value)).collect();
    Ok(Condition { field: pattern.field.clone(), test: Test::In(matching) })
}
