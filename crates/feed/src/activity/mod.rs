//! Activity: events as people read them, newest first, of what they may see.

pub mod http;
mod store;

use base::{Cursor, Limit, Page, Result, Time};
use db::Tx;
use people::{Actor, Person, Right, project, require};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// One event with its actor's name, which stands beside the log and never in it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Happening {
    pub seq: i64,
    pub at: Time,
    pub actor: Person,
    pub kind: String,
    /// The name of the thing, like `experiment:12`.
    pub subject: String,
    /// The project's key.
    pub project: Option<String>,
    #[schemars(with = "Option<std::collections::BTreeMap<String, Json>>")]
    pub body: Json,
    pub hash: String,
}

/// Which events; absent means all that the caller may see.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The key of a project.
    pub project: Option<String>,
    pub subject: Option<String>,
    pub cursor: Option<String>,
    /// Between 1 and 200; 50 when absent.
    pub limit: Option<i64>,
}

pub fn list(tx: &mut Tx, actor: &Actor, wanted: &Wanted) -> Result<Page<Happening>> {
    let limit = Limit::new(wanted.limit, 50, 200)?;
    let before = wanted.cursor.as_deref().map(Cursor::read::<i64>).transpose()?;
    let projects = match &wanted.project {
        Some(key) => {
            let project = project::by_key(tx, actor, key)?;
            require(tx, actor, Right::Read, &project.id)?;
            Some(vec![project.id])
        }
        None if actor.admin && actor.project.is_none() => None,
        None => Some(project::visible(tx, actor)?.into_iter().map(|project| project.id).collect()),
    };
    let found = store::list(tx, projects.as_deref(), wanted.subject.as_deref(), before, limit)?;
    Ok(Page::cut(found, limit, |happening| happening.seq))
}
