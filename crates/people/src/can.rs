//! What a caller may do with an object now, or why not: objects carry it, so that the interface
//! repeats no rule.

use std::{borrow::Cow, collections::BTreeMap};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// Verb → `true`, or the reason why not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Can(BTreeMap<&'static str, Verdict>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Verdict(Option<String>);

impl Can {
    pub fn new() -> Self {
        Self::default()
    }

    /// `why_not` as [`crate::may`] answers it: nothing when the caller may.
    pub fn with(mut self, verb: &'static str, why_not: Option<String>) -> Self {
        self.0.insert(verb, Verdict(why_not));
        self
    }

    /// The reason why not; nothing when allowed.
    pub fn why_not(&self, verb: &str) -> Option<&str> {
        self.0.get(verb).and_then(|verdict| verdict.0.as_deref())
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            None => to.serialize_bool(true),
            Some(why_not) => to.serialize_str(why_not),
        }
    }
}

impl JsonSchema for Can {
    fn schema_name() -> Cow<'static, str> {
        "Can".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "What you may do with this now: true, or the reason why not.",
            "type": "object",
            "additionalProperties": { "oneOf": [{ "const": true }, { "type": "string" }] }
        })
    }
}
