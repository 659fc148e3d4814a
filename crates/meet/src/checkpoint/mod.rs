//! A checkpoint is where those who pay for the work, every two weeks, see what is known and decide what goes
//! on. It needs no demo: making one builds the evidence pack ([`pack`]), which says in plain words what was
//! asked, what the runs say, what that took and what can be done next. The pack is frozen: what happens later
//! changes nothing in what was shown. Until the first decision it can be built anew, or the checkpoint deleted.
//!
//! Who is asked ([`asked`]) decides each question, be they viewers: continue, stop or change. A decision acts at once,
//! by the functions through which everybody changes an item, so every rule and limit holds. Whoever decided may
//! decide otherwise until the checkpoint is closed; every decision is kept.

mod asked;
mod decide;
mod glossary;
pub(crate) mod http;
mod pack;
mod show;
mod store;
#[cfg(test)]
mod tests;
mod told;

use base::{
    BacklogId, CheckpointId, Day, ItemId, Kind, Result, SprintId, StatusId, Time, UserId,
    refuse::{conflict, internal, invalid, not_found},
    text, words,
};
use db::Tx;
use people::{Actor, Right};
use plan::backlog::{self, Backlog, allow};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

pub use asked::{Decider, Gone, NewAsked, ask};
pub use decide::{NewDecision, decide};
pub use pack::{Pack, Question};
pub use show::{Line, Shown, list, show};

words! {
    /// What shall become of a question.
    Choice {
        /// It goes on as it is.
        Continue = "continue",
        /// Nobody works on it any more.
        Stop = "stop",
        /// It goes on, but otherwise.
        Change = "change",
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub id: CheckpointId,
    pub backlog: BacklogId,
    pub title: String,
    pub first_day: Day,
    pub last_day: Day,
    pub sprint: Option<SprintId>,
    pub price: Option<Price>,
    pub created_at: Time,
    pub created_by: UserId,
    pub pack: Pack,
    pub closed: Option<(Time, UserId)>,
}

/// Of an hour of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    pub amount: f64,
    /// As people write it: `EUR`.
    pub currency: String,
}

/// What somebody decided about a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub id: i64,
    pub item: ItemId,
    pub choice: Choice,
    pub reason: String,
    pub by: UserId,
    pub at: Time,
    /// Of what was stopped: from where and to where it brought the item. Of what goes on: the status where the item
    /// should have come back and that was full, and where it came instead.
    pub moved: Option<(StatusId, StatusId)>,
    /// Its author decided otherwise since.
    pub replaced_at: Option<Time>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewCheckpoint")]
pub struct New {
    /// Absent: named by its day.
    pub title: Option<String>,
    /// Absent: the last day of the checkpoint before, or a day two weeks before the last.
    pub first_day: Option<Day>,
    /// Absent: today. Not later.
    pub last_day: Option<Day>,
    /// A sprint of the project, whose goal the pack tells.
    pub sprint: Option<SprintId>,
    /// Who is asked to decide: e-mail addresses or ids of people of the project, viewers too, or `me`.
    /// Absent: its product owners who can sign in, or you where there is none.
    pub asked: Option<Vec<String>>,
    /// What an hour of a run costs; without it the pack tells hours alone.
    pub price: Option<f64>,
    /// In what the price is, such as `EUR`.
    pub currency: Option<String>,
}

const LONGEST_TITLE: usize = 100;
/// Calendar days, both ends counted.
const LONGEST: usize = 92;
/// Days of the first checkpoint, and between two.
const USUAL_DAYS: i64 = 14;
const DEAREST: f64 = 1_000_000.0;
const LONGEST_CURRENCY: usize = 12;

impl Checkpoint {
    fn subject(&self) -> String {
        format!("checkpoint:{}", self.id)
    }

    /// The question of the pack that stands under this key.
    fn question(&self, key: &str) -> Result<&Question> {
        self.pack.questions.iter().find(|question| question.key == key).ok_or_else(|| not_found("question"))
    }
}

/// The checkpoint, for someone with the right; refused as absent where it is not theirs to see.
pub fn find(tx: &mut Tx, actor: &Actor, right: Right, id: CheckpointId) -> Result<(Checkpoint, Backlog)> {
    let checkpoint = store::get(tx, id)?.ok_or_else(|| not_found("checkpoint"))?;
    let backlog = backlog::get(tx, checkpoint.backlog)?;
    allow(tx, actor, right, &backlog.project.id, "checkpoint")?;
    Ok((checkpoint, backlog))
}

/// A checkpoint as it would be made now. Its pack reads the runs of up to a hundred questions, so it is built in
/// a read, which nobody who writes has to wait for; [`create`] stores it a moment later.
#[derive(Clone, Debug)]
pub struct Draft {
    title: String,
    first_day: Day,
    last_day: Day,
    price: Option<Price>,
    /// With the backlog that it tells of; none while the project has no items.
    pack: Option<(BacklogId, Pack)>,
}

pub fn draft(tx: &mut Tx, actor: &Actor, key: &str, new: &New) -> Result<Draft> {
    let (project, backlog) = backlog::find(tx, actor, Right::Plan, key)?;
    let today = Day::of(tx.now());
    let last_day = new.last_day.clone().unwrap_or_else(|| today.clone());
    let before = backlog.as_ref().map(|backlog| store::latest(tx, backlog.id)).transpose()?.flatten();
    let first_day = match (&new.first_day, before) {
        (Some(day), _) => day.clone(),
        (None, Some(before)) if before <= last_day => {
            before.max(Day::of(last_day.begins().plus_days(1 - LONGEST as i64)))
        }
        (None, _) => Day::of(last_day.begins().plus_days(-USUAL_DAYS)),
    };
    check_days(&first_day, &last_day, &today)?;
    let title = match &new.title {
        Some(title) => text::line("title", title, LONGEST_TITLE)?,
        None => format!("Checkpoint {last_day}"),
    };
    asked::chosen(tx, actor, &project.id, &[], new.asked.as_deref())?;
    let price = checked_price(new)?;
    let pack = match &backlog {
        Some(backlog) => {
            let sprint = new.sprint.map(|sprint| pack::sprint_of(tx, actor, backlog, sprint)).transpose()?;
            Some((backlog.id, pack::build(tx, backlog, &first_day, &last_day, sprint, price.as_ref())?))
        }
        None => None,
    };
    Ok(Draft { title, first_day, last_day, price, pack })
}

/// Makes a checkpoint of the draft, if the actor may still plan, and those who are asked and the sprint are still
/// there. What became of the items since is left out, as what happens later always is.
pub fn create(tx: &mut Tx, actor: &Actor, key: &str, new: &New, draft: &Draft) -> Result<Checkpoint> {
    let backlog = backlog::open(tx, actor, Right::Plan, key)?;
    let asked = asked::chosen(tx, actor, &backlog.project.id, &[], new.asked.as_deref())?;
    let sprint = new.sprint.map(|sprint| pack::sprint_of(tx, actor, &backlog, sprint)).transpose()?;
    let Draft { title, first_day, last_day, price, pack } = draft.clone();
    let pack = match pack {
        Some((of, pack)) if of == backlog.id => pack,
        _ => pack::build(tx, &backlog, &first_day, &last_day, sprint, price.as_ref())?,
    };
    let checkpoint = Checkpoint {
        id: CheckpointId(0),
        backlog: backlog.id,
        title,
        pack,
        first_day,
        last_day,
        sprint: new.sprint,
        price,
        created_at: tx.now(),
        created_by: actor.user.clone(),
        closed: None,
    };
    let id = store::add(tx, &checkpoint)?;
    store::set_asked(tx, id, &asked)?;
    let checkpoint = Checkpoint { id, ..checkpoint };
    let Checkpoint { first_day, last_day, sprint, .. } = &checkpoint;
    let body = json!({
        "first_day": first_day, "last_day": last_day, "sprint": sprint, "asked": asked, "questions": keys(&checkpoint),
    });
    emit(tx, actor, &checkpoint, &backlog, "checkpoint.created", body)?;
    Ok(checkpoint)
}

fn check_days(first: &Day, last: &Day, today: &Day) -> Result<()> {
    last.check("last_day")?;
    first.check("first_day")?;
    if last > today {
        return Err(invalid("last_day", "must not be after today: a pack tells what happened"));
    }
    if last < first {
        return Err(invalid("last_day", "must not be before the first"));
    }
    if first.begins().plus_days(LONGEST as i64) <= last.begins() {
        return Err(invalid("first_day", format!("must be within {LONGEST} days of the last")));
    }
    Ok(())
}

fn checked_price(new: &New) -> Result<Option<Price>> {
    let (amount, currency) = match (new.price, &new.currency) {
        (None, None) => return Ok(None),
        (None, Some(_)) => return Err(invalid("price", "must be given with its currency")),
        (Some(_), None) => return Err(invalid("currency", "must be given with the price, such as EUR")),
        (Some(amount), Some(currency)) => (amount, currency),
    };
    if !(0.0..=DEAREST).contains(&amount) {
        return Err(invalid("price", format!("must be between 0 and {DEAREST}")));
    }
    Ok(Some(Price { amount, currency: text::key("currency", currency, LONGEST_CURRENCY)? }))
}

/// The pack as it would be built now. As [`draft`], it only reads.
pub fn draft_pack(tx: &mut Tx, actor: &Actor, id: CheckpointId) -> Result<Pack> {
    let (checkpoint, backlog) = find_undecided(tx, actor, id)?;
    let sprint = match checkpoint.sprint.map(|sprint| pack::sprint_of(tx, actor, &backlog, sprint)).transpose() {
        Err(gone) if gone.is(Kind::Invalid) => None,
        found => found?,
    };
    let Checkpoint { first_day, last_day, price, .. } = &checkpoint;
    pack::build(tx, &backlog, first_day, last_day, sprint, price.as_ref())
}

/// Shows what is known now, as long as nothing was decided. Of two who do so at once the later pack stays.
pub fn rebuild(tx: &mut Tx, actor: &Actor, id: CheckpointId, pack: &Pack) -> Result<Checkpoint> {
    let (before, backlog) = find_undecided(tx, actor, id)?;
    if before.pack.built_at > pack.built_at {
        return Ok(before);
    }
    let checkpoint = Checkpoint { pack: pack.clone(), ..before };
    store::set_pack(tx, &checkpoint)?;
    emit(tx, actor, &checkpoint, &backlog, "checkpoint.rebuilt", json!({ "questions": keys(&checkpoint) }))?;
    Ok(checkpoint)
}

fn find_undecided(tx: &mut Tx, actor: &Actor, id: CheckpointId) -> Result<(Checkpoint, Backlog)> {
    let (checkpoint, backlog) = find(tx, actor, Right::Plan, id)?;
    check_undecided(tx, &checkpoint, "Make another checkpoint to show what is known now.")?;
    Ok((checkpoint, backlog))
}

/// Deletes a checkpoint on which nothing was decided.
pub fn delete(tx: &mut Tx, actor: &Actor, id: CheckpointId) -> Result<()> {
    let (checkpoint, backlog) = find(tx, actor, Right::Plan, id)?;
    check_undecided(tx, &checkpoint, "It stays, with the decisions.")?;
    store::remove(tx, id)?;
    emit(tx, actor, &checkpoint, &backlog, "checkpoint.deleted", json!({}))
}

/// Ends the checkpoint: what was decided stays. Its event says which open questions nobody decided.
pub fn close(tx: &mut Tx, actor: &Actor, id: CheckpointId) -> Result<Checkpoint> {
    let (checkpoint, backlog) = find(tx, actor, Right::Plan, id)?;
    check_open(&checkpoint)?;
    let closed = Checkpoint { closed: Some((tx.now(), actor.user.clone())), ..checkpoint };
    store::close(tx, &closed)?;
    let decisions = store::decisions(tx, id)?;
    let body = json!({ "undecided": show::undecided(&closed, &decisions) });
    emit(tx, actor, &closed, &backlog, "checkpoint.closed", body)?;
    Ok(closed)
}

fn check_open(checkpoint: &Checkpoint) -> Result<()> {
    match checkpoint.closed {
        Some(_) => {
            let why = format!("{} is closed; what was decided stays. Make another checkpoint.", checkpoint.title);
            Err(conflict(why))
        }
        None => Ok(()),
    }
}

fn check_undecided(tx: &mut Tx, checkpoint: &Checkpoint, then: &str) -> Result<()> {
    check_open(checkpoint)?;
    if store::decisions(tx, checkpoint.id)?.is_empty() {
        return Ok(());
    }
    Err(conflict(format!("Something was decided on what {} shows. {then}", checkpoint.title)))
}

fn keys(checkpoint: &Checkpoint) -> Vec<&str> {
    checkpoint.pack.questions.iter().map(|question| question.key.as_str()).collect()
}

fn emit(
    tx: &mut Tx,
    actor: &Actor,
    checkpoint: &Checkpoint,
    backlog: &Backlog,
    kind: &'static str,
    mut body: Json,
) -> Result<()> {
    body["title"] = checkpoint.title.as_str().into();
    tx.emit(actor.event(kind, checkpoint.subject()).project(&backlog.project.id).body(body))?;
    touch(tx, checkpoint, backlog);
    Ok(())
}

fn touch(tx: &mut Tx, checkpoint: &Checkpoint, backlog: &Backlog) {
    tx.touch(Some(&backlog.project.id), checkpoint.subject());
    tx.touch(Some(&backlog.project.id), format!("checkpoints:{}", backlog.project.key));
}

fn stored_pack(json: Json) -> Result<Pack> {
    serde_json::from_value(json).map_err(internal)
}
