//! Adding up what the spans of a tree used.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

/// A span as far as sums need it.
pub struct Used {
    pub id: String,
    pub parent: Option<String>,
    pub usage: Option<String>,
    pub cost: Option<String>,
}

/// The sum as a JSON object, member by member. Where a span says what it used, that includes what
/// is below it: only the uppermost on each path count. None where no span says anything.
pub fn sum(spans: &[Used], part: impl Fn(&Used) -> &Option<String>) -> Option<String> {
    let said: HashMap<&str, Map<String, Value>> = spans
        .iter()
        .filter_map(|span| Some((span.id.as_str(), serde_json::from_str(part(span).as_deref()?).ok()?)))
        .collect();
    let parents: HashMap<&str, &str> =
        spans.iter().filter_map(|span| Some((span.id.as_str(), span.parent.as_deref()?))).collect();
    let mut sums: BTreeMap<&str, Value> = BTreeMap::new();
    let mut covered = Covered::default();
    for (id, members) in &said {
        if covered.is(id, &parents, |above| said.contains_key(above)) {
            continue;
        }
        for (name, value) in members.iter().filter(|(_, value)| value.is_number()) {
            let sum = sums.entry(name).or_insert_with(|| Value::from(0));
            *sum = plus(sum, value);
        }
    }
    if sums.is_empty() { None } else { serde_json::to_string(&sums).ok() }
}

/// For each span that was asked for, whether one above it says something too.
#[derive(Default)]
struct Covered<'s>(HashMap<&'s str, bool>);

impl<'s> Covered<'s> {
    fn is(&mut self, id: &'s str, parents: &HashMap<&'s str, &'s str>, says: impl Fn(&str) -> bool) -> bool {
        let mut way = Vec::new();
        let mut at = id;
        // Spans that claim to be their own ancestors end the way.
        let covered = loop {
            if let Some(known) = self.0.get(at) {
                break *known;
            }
            self.0.insert(at, false);
            way.push(at);
            match parents.get(at) {
                None => break false,
                Some(above) if says(above) => break true,
                Some(above) => at = above,
            }
        };
        for below in way {
            self.0.insert(below, covered);
        }
        covered
    }
}

/// Whole numbers stay whole.
fn plus(a: &Value, b: &Value) -> Value {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => Value::from(a.saturating_add(b)),
        _ => Value::from(a.as_f64().unwrap_or_default() + b.as_f64().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(id: &str, parent: Option<&str>, tokens: Option<&str>) -> Used {
        Used { id: id.into(), parent: parent.map(Into::into), usage: tokens.map(Into::into), cost: None }
    }

    #[test]
    fn what_a_parent_includes_is_not_counted_twice() {
        let spans = [
            used("a", None, None),
            used("b", Some("a"), Some(r#"{"input_tokens": 5, "cached": true}"#)),
            used("c", Some("b"), Some(r#"{"input_tokens": 3}"#)),
            used("d", Some("a"), Some(r#"{"input_tokens": 1, "output_tokens": 0.5}"#)),
            used("e", Some("d"), None),
            used("f", Some("e"), Some(r#"{"input_tokens": 100}"#)),
            used("g", Some("gone"), Some("no JSON")),
        ];
        assert_eq!(sum(&spans, |span| &span.usage).unwrap(), r#"{"input_tokens":6,"output_tokens":0.5}"#);
        assert_eq!(sum(&spans, |span| &span.cost), None);
        let circle = [used("a", Some("b"), Some(r#"{"n": 1}"#)), used("b", Some("a"), None)];
        assert_eq!(sum(&circle, |span| &span.usage), None, "nothing of it is uppermost");
    }
}
