//! A template is what a new item of a kind begins with in a project, where its maker says nothing.

pub(crate) mod http;
mod store;
#[cfg(test)]
mod tests;

use base::{BacklogId, Result, refuse::not_found, text};
use db::Tx;
use people::{Actor, Right};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    backlog, checklist,
    item::{Kind, LONGEST_TEXT, checked_lines},
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ItemTemplate")]
pub struct Template {
    /// Markdown.
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub acceptance: Vec<String>,
    #[serde(default)]
    pub checklist: Vec<String>,
}

/// A template as someone wants it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewItemTemplate")]
pub struct New {
    /// Markdown.
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub acceptance: Vec<String>,
    #[serde(default)]
    pub checklist: Vec<String>,
    /// The template as it was read, an empty one where there was none. When it is another by now, nothing is changed,
    /// and the answer is 412.
    #[serde(default)]
    pub was: Option<Template>,
}

/// A kind and its template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ItemTemplateOf")]
pub struct Shown {
    pub kind: Kind,
    #[serde(flatten)]
    pub template: Template,
}

pub fn list(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Vec<Shown>> {
    match backlog::find(tx, actor, Right::Read, key)?.1 {
        Some(backlog) => store::all(tx, backlog.id),
        None => Ok(Vec::new()),
    }
}

pub fn set(tx: &mut Tx, actor: &Actor, key: &str, kind: Kind, wanted: &New) -> Result<Shown> {
    let backlog = backlog::open(tx, actor, Right::Administer, key)?;
    backlog::check_unchanged(wanted.was.as_ref(), &of(tx, backlog.id, kind)?)?;
    let template = Template {
        description: text::optional("description", &wanted.description, LONGEST_TEXT)?,
        acceptance: checked_lines("acceptance", &wanted.acceptance)?,
        checklist: checklist::checked("checklist", &wanted.checklist)?,
    };
    store::set(tx, backlog.id, kind, &template)?;
    emit(tx, actor, &backlog, "template.set", kind)?;
    Ok(Shown { kind, template })
}

pub fn remove(tx: &mut Tx, actor: &Actor, key: &str, kind: Kind) -> Result<()> {
    let backlog = backlog::open(tx, actor, Right::Administer, key)?;
    if !store::remove(tx, backlog.id, kind)? {
        return Err(not_found("template"));
    }
    emit(tx, actor, &backlog, "template.removed", kind)
}

fn emit(tx: &mut Tx, actor: &Actor, backlog: &backlog::Backlog, event: &'static str, kind: Kind) -> Result<()> {
    let subject = format!("template:{}/{kind}", backlog.project.key);
    tx.emit(actor.event(event, subject).project(&backlog.project.id).body(json!({ "kind": kind })))?;
    backlog.touch(tx);
    Ok(())
}

/// What a new item of the kind begins with. Checks no right.
pub(crate) fn of(tx: &mut Tx, backlog: BacklogId, kind: Kind) -> Result<Template> {
    Ok(store::get(tx, backlog, kind)?.unwrap_or_default())
}
