//! A board shows a project's items in columns, one for each status. A column may have a limit: so
//! many items at once, whoever brings them and in whatever way. It is checked where items come into a
//! status ([`limit::check`], asked by `item::flow`), and as writes run one after the other, one free
//! place is taken by exactly one of many who want it. Lowering a limit expels nobody: the column is
//! over it then, and nothing comes in until it is below.
//!
//! Whoever may overrule can bring an item in although the column is full, and says why; the log tells.

pub(crate) mod http;
pub(crate) mod limit;
mod store;
#[cfg(test)]
mod tests;

use base::{
    Result, StatusId,
    refuse::{invalid, not_found},
    text,
};
use db::Tx;
use people::{Actor, Can, Right};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    backlog::{self, Backlog},
    status::{self, Status},
};

/// A project's columns in the order of its statuses; none before it has items.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Board {
    pub columns: Vec<Column>,
    /// Verbs: edit (items), limit, overrule.
    pub can: Can,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "BoardColumn")]
pub struct Column {
    pub status: Status,
    /// Items that may be in it at once.
    pub limit: Option<i64>,
    /// What people agreed about the step, in Markdown.
    pub policy: Option<String>,
    /// Items that are in it, whatever a filter shows; counted up to 10,000.
    pub count: i64,
}

/// What a column shall be. What is absent is taken away.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewBoardColumn")]
pub struct Change {
    /// 1 to 1,000.
    pub limit: Option<i64>,
    pub policy: Option<String>,
}

const LARGEST: i64 = 1_000;
const LONGEST_POLICY: usize = 2_000;

pub fn show(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Board> {
    let (project, backlog) = backlog::find(tx, actor, Right::Read, key)?;
    let mut can = Can::new();
    for (verb, right) in [("edit", Right::Plan), ("limit", Right::Administer), ("overrule", Right::Overrule)] {
        can = can.with(verb, people::may(tx, actor, right, &project.id)?);
    }
    let columns = match backlog {
        Some(backlog) => columns(tx, &backlog)?,
        None => Vec::new(),
    };
    Ok(Board { columns, can })
}

fn columns(tx: &mut Tx, backlog: &Backlog) -> Result<Vec<Column>> {
    let statuses = status::all(tx, backlog.id)?;
    statuses.into_iter().map(|status| column(tx, status)).collect()
}

fn column(tx: &mut Tx, status: Status) -> Result<Column> {
    let (limit, policy) = store::column(tx, status.id)?;
    let count = store::count(tx, status.id, None)?;
    Ok(Column { status, limit, policy: Some(policy).filter(|policy| !policy.is_empty()), count })
}

/// Says what holds for the column of a status.
pub fn set(tx: &mut Tx, actor: &Actor, key: &str, id: StatusId, change: &Change) -> Result<Column> {
    let backlog = backlog::open(tx, actor, Right::Administer, key)?;
    let status = status::all(tx, backlog.id)?.into_iter().find(|status| status.id == id);
    let status = status.ok_or_else(|| not_found("status"))?;
    if change.limit.is_some_and(|limit| !(1..=LARGEST).contains(&limit)) {
        return Err(invalid("limit", format!("must be between 1 and {LARGEST}; leave it away for none")));
    }
    let policy = text::optional("policy", change.policy.as_deref().unwrap_or_default(), LONGEST_POLICY)?;
    let before = column(tx, status.clone())?;
    store::set(tx, id, change.limit, &policy)?;
    let after = column(tx, status)?;
    if after != before {
        let said = |column: &Column| json!({ "limit": column.limit, "policy": column.policy });
        let body = json!({ "status": after.status.name, "before": said(&before), "after": said(&after) });
        let subject = format!("column:{id}");
        tx.emit(actor.event("column.set", subject).project(&backlog.project.id).body(body))?;
        backlog.touch(tx);
    }
    Ok(after)
}

/// When the status is removed.
pub(crate) fn forget(tx: &mut Tx, status: StatusId) -> Result<()> {
    store::forget(tx, status)
}
