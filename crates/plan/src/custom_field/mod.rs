//! A custom field is one that a project adds to its items: a text, a number, a day, a choice, or yes
//! and no. Values are kept under the field's id, so that renaming it loses none.

pub(crate) mod http;
mod store;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use base::{
    BacklogId, Day, Result,
    refuse::{conflict, invalid},
    text, words,
};
use db::Tx;
use people::{Actor, Right};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::backlog;

words! {
    /// What a field holds.
    Holds {
        Text = "text",
        Number = "number",
        Day = "day",
        Choice = "choice",
        YesNo = "yes_no",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CustomField")]
pub struct Field {
    pub id: i64,
    pub name: String,
    pub holds: Holds,
    /// Of a choice: what can be chosen.
    pub choices: Vec<String>,
}

/// A field as someone wants it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewCustomField")]
pub struct New {
    /// Of the field that this shall be from now on; absent for a new one.
    pub id: Option<i64>,
    pub name: String,
    /// Never changes.
    pub holds: Holds,
    #[serde(default)]
    pub choices: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewCustomFields")]
pub struct NewFields {
    /// In their order. One that is missing is removed; values that items hold are shown no more.
    pub fields: Vec<New>,
    /// The fields as they were read. When others are there by now, nothing is changed, and the answer is 412.
    #[serde(default)]
    pub was: Option<Vec<Field>>,
}

const MOST: usize = 50;
const MOST_CHOICES: usize = 200;
const LONGEST_VALUE: usize = 2_000;

pub fn list(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Vec<Field>> {
    match backlog::find(tx, actor, Right::Read, key)?.1 {
        Some(backlog) => store::all(tx, backlog.id),
        None => Ok(Vec::new()),
    }
}

/// Gives the project's items these fields.
pub fn set(tx: &mut Tx, actor: &Actor, key: &str, wanted: &NewFields) -> Result<Vec<Field>> {
    let backlog = backlog::open(tx, actor, Right::Administer, key)?;
    let before = store::all(tx, backlog.id)?;
    backlog::check_unchanged(wanted.was.as_ref(), &before)?;
    let checked = check(&before, &wanted.fields)?;
    store::set_aside(tx, backlog.id)?;
    for gone in before.iter().filter(|field| !wanted.fields.iter().any(|kept| kept.id == Some(field.id))) {
        store::remove(tx, gone.id)?;
    }
    for (place, field) in (0_i64..).zip(&checked) {
        store::put(tx, backlog.id, field, place)?;
    }
    let after = store::all(tx, backlog.id)?;
    if after != before {
        let body = json!({ "before": before, "after": after });
        let subject = format!("fields:{}", backlog.project.key);
        tx.emit(actor.event("fields.set", subject).project(&backlog.project.id).body(body))?;
        backlog.touch(tx);
    }
    Ok(after)
}

fn check(before: &[Field], wanted: &[New]) -> Result<Vec<New>> {
    if wanted.len() > MOST {
        return Err(invalid("fields", format!("must be at most {MOST}")));
    }
    let mut names = Vec::new();
    let mut checked = Vec::new();
    for (place, field) in wanted.iter().enumerate() {
        let at = |part: &str| format!("fields[{place}].{part}");
        let name = text::key(&at("name"), &field.name, 60)?;
        if names.contains(&name.to_lowercase()) {
            return Err(invalid(&at("name"), "is there twice"));
        }
        names.push(name.to_lowercase());
        if let Some(id) = field.id {
            if wanted[..place].iter().any(|other| other.id == Some(id)) {
                return Err(invalid(&at("id"), "is there twice"));
            }
            let old = before.iter().find(|old| old.id == id);
            let old = old.ok_or_else(|| invalid(&at("id"), "is no field here"))?;
            if old.holds != field.holds {
                return Err(conflict(format!("{} holds {} and stays so. Make another field.", old.name, old.holds)));
            }
        }
        let choices = checked_choices(&at("choices"), field)?;
        checked.push(New { name, choices, ..field.clone() });
    }
    Ok(checked)
}

fn checked_choices(at: &str, field: &New) -> Result<Vec<String>> {
    if (field.holds == Holds::Choice) == field.choices.is_empty() || field.choices.len() > MOST_CHOICES {
        return Err(invalid(at, format!("must be 1 to {MOST_CHOICES} for a choice, and none otherwise")));
    }
    let choices: Vec<String> = field.choices.iter().map(|choice| text::key(at, choice, 100)).collect::<Result<_>>()?;
    match (1..choices.len()).find(|place| choices[..*place].contains(&choices[*place])) {
        Some(place) => Err(invalid(at, format!("hold {} twice", choices[place]))),
        None => Ok(choices),
    }
}

/// Lays values, by the fields' names, over those that an item has; null takes one away.
pub(crate) fn lay_over(
    tx: &mut Tx,
    backlog: BacklogId,
    values: &mut BTreeMap<String, Json>,
    said: &BTreeMap<String, Json>,
) -> Result<()> {
    let fields = store::all(tx, backlog)?;
    for (name, value) in said {
        let at = format!("custom.{name}");
        let folded = name.to_lowercase();
        let field = fields.iter().find(|field| field.name.to_lowercase() == folded);
        let field = field.ok_or_else(|| invalid(&at, "is no field of this project"))?;
        match value {
            Json::Null => values.remove(&field.id.to_string()),
            value => values.insert(field.id.to_string(), checked(&at, field, value)?),
        };
    }
    Ok(())
}

fn checked(at: &str, field: &Field, value: &Json) -> Result<Json> {
    let wrong = |what: &str| invalid(at, format!("must be {what}"));
    match (field.holds, value) {
        (Holds::Text, Json::String(said)) => Ok(text::optional(at, said, LONGEST_VALUE)?.into()),
        (Holds::Text, _) => Err(wrong("a text")),
        (Holds::Number, Json::Number(_)) => Ok(value.clone()),
        (Holds::Number, _) => Err(wrong("a number")),
        (Holds::Day, Json::String(day)) if Day::parse(day).is_some() => Ok(value.clone()),
        (Holds::Day, _) => Err(wrong("a day like 2026-03-01")),
        (Holds::Choice, Json::String(choice)) if field.choices.contains(choice) => Ok(value.clone()),
        (Holds::Choice, _) => Err(wrong(&format!("one of {}", field.choices.join(", ")))),
        (Holds::YesNo, Json::Bool(_)) => Ok(value.clone()),
        (Holds::YesNo, _) => Err(wrong("true or false")),
    }
}

/// What the fields of these ids are called, those that were removed included. Checks no right.
pub(crate) fn names<'a>(tx: &mut Tx, ids: impl Iterator<Item = &'a String>) -> Result<BTreeMap<String, String>> {
    let ids: BTreeSet<i64> = ids.filter_map(|id| id.parse().ok()).collect();
    let named = store::names(tx, ids.into_iter().collect())?;
    Ok(named.into_iter().map(|(id, name)| (id.to_string(), name)).collect())
}

/// An item's values by the fields' names, those of removed fields left away. Checks no right.
pub(crate) fn show(tx: &mut Tx, backlog: BacklogId, values: &BTreeMap<String, Json>) -> Result<BTreeMap<String, Json>> {
    if values.is_empty() {
        return Ok(BTreeMap::new());
    }
    let fields = store::all(tx, backlog)?.into_iter();
    Ok(fields.filter_map(|field| Some((field.name, values.get(&field.id.to_string())?.clone()))).collect())
}
