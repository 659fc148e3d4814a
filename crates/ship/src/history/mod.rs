//! What happened to some things, read from the log.

mod store;

use base::{Result, Time};
use db::Tx;
use people::Person;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

/// One event with its actor's name, which stands beside the log and never in it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "HistoryEntry")]
pub struct Entry {
    pub seq: i64,
    pub at: Time,
    pub actor: Person,
    pub kind: String,
    pub subject: String,
    /// The project's key.
    pub project: Option<String>,
    #[schemars(with = "Option<std::collections::BTreeMap<String, Json>>")]
    pub body: Json,
}

/// As many as a page shows.
const MOST: i64 = 200;

/// The latest events about a thing and, since it began, about others that matter to it; newest first.
pub fn of(tx: &mut Tx, name: &str, others: &[String]) -> Result<Vec<Entry>> {
    store::of(tx, name, others, MOST)
}
