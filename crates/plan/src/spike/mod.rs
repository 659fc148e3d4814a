//! A spike is an item that asks a question and has a time box. When the box has ended, the item is
//! locked for work until its answer is written: yes, no or unknown. Without an answer it is never
//! closed.

pub(crate) mod http;
mod store;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use base::{
    ItemId, Result, Time, UserId,
    refuse::{conflict, insufficient, invalid, not_found},
    text, words,
};
use db::Tx;
use people::{Actor, Person, Right};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    backlog,
    item::{self, Faces, Item, Kind, LONGEST_TEXT},
    status::{Category, Status},
};

words! {
    /// What came of the question.
    Answer {
        Yes = "yes",
        No = "no",
        Unknown = "unknown",
    }
}

/// The question and its time box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewSpike")]
pub struct New {
    /// One line that can be answered.
    pub question: String,
    /// 1 to 30, from the moment the spike first had a time box.
    pub days: i64,
}

/// The question and its time box, anew.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SpikeChange")]
pub struct Change {
    /// One line that can be answered.
    pub question: String,
    /// 1 to 30, from the moment the spike first had a time box.
    pub days: i64,
    /// Both as they were read. When they are others by now, nothing is changed, and the answer is 412.
    #[serde(default)]
    pub was: Option<New>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SpikeAnswer")]
pub struct NewAnswer {
    pub answer: Answer,
    /// Markdown: what was found, and where it shows.
    pub finding: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spike {
    pub question: String,
    pub days: i64,
    pub boxed_at: Time,
    pub answer: Option<(Answer, String, Time, UserId)>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Spike")]
pub struct Shown {
    pub question: String,
    pub days: i64,
    /// When the time box ends.
    pub ends_at: Time,
    /// The box has ended and no answer is written: nothing else can be done.
    pub locked: bool,
    pub answer: Option<Answer>,
    pub finding: Option<String>,
    pub answered_at: Option<Time>,
    pub answered_by: Option<Person>,
}

const LONGEST_BOX: i64 = 30;

impl Spike {
    pub fn ends_at(&self) -> Time {
        self.boxed_at.plus_days(self.days)
    }

    fn is_locked(&self, now: Time) -> bool {
        self.answer.is_none() && now > self.ends_at()
    }
}

/// The item's question; none for other kinds. Checks no right.
pub fn of(tx: &mut Tx, item: ItemId) -> Result<Option<Spike>> {
    store::get(tx, item)
}

/// The questions of those of the items that have one. Checks no right.
pub fn some(tx: &mut Tx, items: &[ItemId]) -> Result<HashMap<ItemId, Spike>> {
    store::some(tx, items)
}

/// The item's question as its page shows it. Checks no right.
pub(crate) fn show(tx: &mut Tx, item: ItemId) -> Result<Option<Shown>> {
    let Some(spike) = store::get(tx, item)? else { return Ok(None) };
    let (locked, ends_at) = (spike.is_locked(tx.now()), spike.ends_at());
    let mut shown = Shown {
        question: spike.question,
        days: spike.days,
        ends_at,
        locked,
        answer: None,
        finding: None,
        answered_at: None,
        answered_by: None,
    };
    if let Some((answer, finding, at, by)) = spike.answer {
        shown.answer = Some(answer);
        shown.finding = Some(finding);
        shown.answered_at = Some(at);
        shown.answered_by = Some(Faces::default().of(tx, &by)?);
    }
    Ok(Some(shown))
}

/// For a new item: a spike has a question, and nothing else has one.
pub(crate) fn begin(tx: &mut Tx, item: &Item, new: Option<&New>) -> Result<()> {
    match new {
        None if item.face.kind == Kind::Spike => {
            Err(invalid("spike", "must be given: the question and the days of its time box"))
        }
        None => Ok(()),
        Some(_) if item.face.kind != Kind::Spike => {
            Err(invalid("spike", format!("belongs to spikes; this is {}", item.face.kind.phrase())))
        }
        Some(new) => {
            let (question, now) = (checked(new)?, tx.now());
            store::set(tx, item.id, &question, new.days, now)
        }
    }
}

/// Words the question anew, or gives it another time box, as long as neither has ended.
pub fn set(tx: &mut Tx, actor: &Actor, key: &str, wanted: &Change) -> Result<Item> {
    let item = item::find_alive(tx, actor, Right::Plan, key)?;
    let new = New { question: wanted.question.clone(), days: wanted.days };
    let question = checked(&new)?;
    let spike = store::get(tx, item.id)?.ok_or_else(|| not_found("spike"))?;
    let is = New { question: spike.question.clone(), days: spike.days };
    backlog::check_unchanged(wanted.was.as_ref(), &is)?;
    check_unlocked(tx, &item)?;
    if spike.answer.is_some() {
        return Err(conflict("This question is answered. Make another spike for another question."));
    }
    if (question.as_str(), new.days) != (&spike.question, spike.days) {
        store::set(tx, item.id, &question, new.days, spike.boxed_at)?;
        let before = json!({ "question": spike.question, "days": spike.days });
        let body = json!({ "before": before, "after": { "question": question, "days": new.days } });
        item::emit(tx, actor, &item, "spike.set", body)?;
    }
    item::get(tx, item.id)
}

/// Writes the answer, which unlocks the item. Another one replaces it.
pub fn answer(tx: &mut Tx, actor: &Actor, key: &str, new: &NewAnswer) -> Result<Item> {
    let item = item::find_alive(tx, actor, Right::Plan, key)?;
    let spike = store::get(tx, item.id)?.ok_or_else(|| not_found("spike"))?;
    let finding = text::required("finding", &new.finding, LONGEST_TEXT)?;
    store::set_answer(tx, item.id, new.answer, &finding, &actor.user)?;
    let late = spike.is_locked(tx.now());
    let body = json!({ "answer": new.answer, "finding": finding, "late": late });
    item::emit(tx, actor, &item, "spike.answered", body)?;
    item::get(tx, item.id)
}

/// Refuses work on a spike whose time box has ended without an answer.
pub(crate) fn check_unlocked(tx: &mut Tx, item: &Item) -> Result<()> {
    match why_locked(tx, item)? {
        Some(why) => Err(conflict(why).with("locked", true)),
        None => Ok(()),
    }
}

pub(crate) fn why_locked(tx: &mut Tx, item: &Item) -> Result<Option<String>> {
    if item.face.kind != Kind::Spike {
        return Ok(None);
    }
    let now = tx.now();
    let spike = store::get(tx, item.id)?.filter(|spike| spike.is_locked(now));
    Ok(spike.map(|spike| {
        format!(
            "The time box of {} has ended. Answer its question first: \"{}\" (yes, no or unknown).",
            item.key, spike.question
        )
    }))
}

/// Refuses to close a spike without an answer.
pub(crate) fn check_closing(tx: &mut Tx, item: &Item, to: &Status) -> Result<()> {
    if item.face.kind != Kind::Spike || !matches!(to.category, Category::Done | Category::Cancelled) {
        return Ok(());
    }
    match store::get(tx, item.id)?.and_then(|spike| spike.answer) {
        Some(_) => Ok(()),
        None => Err(insufficient(
            match item.key.as_str() {
                "" => "A spike begins open, and is closed with an answer: yes, no or unknown.".to_owned(),
                key => format!("{key} is closed with an answer: yes, no or unknown. Write it first."),
            },
            json!(["answer"]),
        )),
    }
}

/// A spike is made with its question, so nothing else becomes one.
pub(crate) fn check_kind(tx: &mut Tx, item: &Item, kind: Kind) -> Result<()> {
    match store::get(tx, item.id)? {
        None if kind == Kind::Spike => {
            Err(invalid("kind", "cannot become spike: a spike is made with its question and its time box"))
        }
        Some(spike) if item.face.kind == Kind::Spike && spike.answer.is_none() => {
            Err(conflict(format!("{} stays a spike until its question is answered: yes, no or unknown.", item.key)))
        }
        _ => Ok(()),
    }
}

fn checked(new: &New) -> Result<String> {
    if !(1..=LONGEST_BOX).contains(&new.days) {
        return Err(invalid("spike.days", format!("must be between 1 and {LONGEST_BOX}")));
    }
    text::line("spike.question", &new.question, 500)
}

/// When the item is emptied.
pub(crate) fn forget(tx: &mut Tx, item: ItemId) -> Result<()> {
    store::forget(tx, item)
}
