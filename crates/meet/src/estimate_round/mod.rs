//! An estimate round is one item being sized together: everybody who does the work chooses a card, no
//! card leaves the server before the moderator reveals them all, then those who chose the lowest and the
//! highest explain, and people vote again or accept a size ([`rule`] says when).
//!
//! voting → revealed → settled, or repeated by the next round of the same item. A round may be set aside
//! at any time. All of them are kept, with their votes and notes.
//!
//! Rounds happen in a sitting, one at a time: it has a deck and a moderator, who asks and does not vote.
//! Neither do product owners, who explain, nor viewers, who watch. The estimate is written by
//! [`plan::item::put`], as any other change of an item is.

mod deck;
mod export;
pub(crate) mod http;
mod list;
mod note;
mod round;
mod rule;
mod show;
mod store;
#[cfg(test)]
mod tests;

use base::{
    BacklogId, EstimateNoteId, EstimateRoundId, ItemId, Result, SittingId, Time, UserId,
    refuse::{conflict, forbidden, invalid, not_found},
    text, words,
};
use db::Tx;
use people::{
    Actor, Duty, Right, Role,
    door::{Version, present},
    member, user,
};
use plan::{
    backlog::{self, Backlog, allow},
    item::worker,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

pub use deck::{Card, Deck, Says, Sizes};
pub use list::{Line, list};
pub use note::{AsItem, NewNote, note, to_item};
pub use round::{
    Accept, Consent, NewRound, NewVote, accept, consent, open, repeat, reveal, set_aside, take_back, vote,
};
pub use rule::Standing;
pub use show::{Record, Shown, record, show};

words! {
    /// How far a round has come.
    State {
        Voting = "voting",
        Revealed = "revealed",
        Settled = "settled",
        Repeated = "repeated",
        SetAside = "set_aside",
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Sitting {
    pub id: SittingId,
    pub backlog: BacklogId,
    pub name: String,
    pub deck: Deck,
    /// As the deck was when the sitting began.
    pub sizes: Sizes,
    pub moderator: UserId,
    /// Seconds that a round is meant to take.
    pub timer: Option<i64>,
    pub created_at: Time,
    pub closed_at: Option<Time>,
    pub version: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    pub id: EstimateRoundId,
    pub sitting: SittingId,
    pub item: ItemId,
    /// The item's key when the round began.
    pub key: String,
    /// The first of the item in its sitting is 1.
    pub number: i64,
    pub opened_at: Time,
    /// When the timer runs out. Nothing happens then; it is there to be seen.
    pub ends_at: Option<Time>,
    pub revealed_at: Option<Time>,
    pub ended_at: Option<Time>,
    /// How it ended.
    pub outcome: Option<State>,
    /// What was agreed on.
    pub card: Option<String>,
    pub estimate: Option<f64>,
}

/// What somebody chose. Whoever shows it checks first that its round is revealed.
#[derive(Clone, Debug, PartialEq)]
pub struct Vote {
    pub round: EstimateRoundId,
    pub user: UserId,
    pub card: String,
    /// The other card that they agreed to.
    pub consent: Option<Consented>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Consented {
    pub card: String,
    pub at: Time,
    /// Who wrote it down: they themselves, or the moderator to whom they said it.
    pub by: UserId,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    pub id: EstimateNoteId,
    pub round: EstimateRoundId,
    pub text: String,
    pub by: UserId,
    pub at: Time,
    /// The item that it became.
    pub item: Option<ItemId>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewSitting")]
pub struct New {
    /// Absent: the next number.
    pub name: Option<String>,
    /// Absent: modified Fibonacci.
    pub deck: Option<Deck>,
    /// Of a deck of your own: 2 to 20 cards, from the smallest.
    pub cards: Option<Vec<String>>,
    /// Seconds that a round is meant to take, 10 to 3,600; absent: as long as it takes.
    pub timer: Option<i64>,
}

/// What is absent stays.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SittingChange")]
pub struct Change {
    pub name: Option<String>,
    /// For rounds that begin from now on; null for none.
    #[serde(default, deserialize_with = "present")]
    pub timer: Option<Option<i64>>,
    /// Who moderates from now on: a member's e-mail address or id, or `me`. The moderator hands over; an
    /// admin of the project takes over.
    pub moderator: Option<String>,
}

const LONGEST_NAME: usize = 100;
const TIMER: std::ops::RangeInclusive<i64> = 10..=3_600;

impl Sitting {
    fn subject(&self) -> String {
        format!("sitting:{}", self.id)
    }
}

impl Round {
    pub fn state(&self) -> State {
        match (self.outcome, self.revealed_at) {
            (Some(outcome), _) => outcome,
            (None, Some(_)) => State::Revealed,
            (None, None) => State::Voting,
        }
    }

    /// As people speak of it.
    fn name(&self) -> String {
        format!("Round {} of {}", self.number, self.key)
    }
}

/// The sitting, for someone with the right; refused as absent where it is not theirs to see.
pub fn find(tx: &mut Tx, actor: &Actor, right: Right, id: SittingId) -> Result<(Sitting, Backlog)> {
    let sitting = store::get(tx, id)?.ok_or_else(|| not_found("sitting"))?;
    let backlog = backlog::get(tx, sitting.backlog)?;
    allow(tx, actor, right, &backlog.project.id, "sitting")?;
    Ok((sitting, backlog))
}

/// As [`find`], for what only its moderator does, while it is not closed.
fn moderated(tx: &mut Tx, actor: &Actor, id: SittingId) -> Result<(Sitting, Backlog)> {
    let (sitting, backlog) = find(tx, actor, Right::Plan, id)?;
    check_moderates(tx, actor, &sitting)?;
    check_open(&sitting)?;
    Ok((sitting, backlog))
}

fn check_moderates(tx: &mut Tx, actor: &Actor, sitting: &Sitting) -> Result<()> {
    if sitting.moderator == actor.user {
        return Ok(());
    }
    let moderator = user::person(tx, &sitting.moderator)?.name;
    Err(forbidden(format!("{moderator} moderates here. Ask them, or take over as an admin of the project.")))
}

fn check_open(sitting: &Sitting) -> Result<()> {
    match sitting.closed_at {
        Some(_) => Err(conflict(format!("{} is closed; what was said in it stays. Start another.", sitting.name))),
        None => Ok(()),
    }
}

/// Whether the actor is one of those who vote. They have the right to plan.
fn check_votes(tx: &mut Tx, actor: &Actor, sitting: &Sitting, backlog: &Backlog) -> Result<()> {
    if sitting.moderator == actor.user {
        return Err(forbidden("Whoever moderates has no vote. Hand over to somebody else to vote yourself."));
    }
    if member::duties(tx, &backlog.project.id, &actor.user)?.contains(&Duty::ProductOwner) {
        return Err(forbidden("Product owners explain the item and have no vote: those who do the work size it."));
    }
    check_open(sitting)
}

/// Whether somebody who voted is still one of those who vote: a member who is no product owner and can sign in.
fn still_votes(tx: &mut Tx, backlog: &Backlog, who: &UserId) -> Result<bool> {
    let project = &backlog.project.id;
    let works = matches!(member::role(tx, project, who)?, Some(Role::Member | Role::Admin));
    let decides = member::duties(tx, project, who)?.contains(&Duty::ProductOwner);
    Ok(works && !decides && user::get(tx, who)?.state == user::State::Active)
}

/// Starts a sitting; whoever does moderates it.
pub fn create(tx: &mut Tx, actor: &Actor, key: &str, new: &New) -> Result<Sitting> {
    let backlog = backlog::open(tx, actor, Right::Plan, key)?;
    let name = match &new.name {
        Some(name) => text::line("name", name, LONGEST_NAME)?,
        None => format!("Planning poker {}", store::count(tx, backlog.id)? + 1),
    };
    let deck = new.deck.unwrap_or(if new.cards.is_some() { Deck::Own } else { Deck::ModifiedFibonacci });
    let sitting = Sitting {
        id: SittingId(0),
        backlog: backlog.id,
        name,
        deck,
        sizes: deck::sizes(deck, new.cards.as_deref())?,
        moderator: actor.user.clone(),
        timer: new.timer.map(checked_timer).transpose()?,
        created_at: tx.now(),
        closed_at: None,
        version: 1,
    };
    let id = store::add(tx, &sitting)?;
    let sitting = Sitting { id, ..sitting };
    let body = json!({ "deck": deck, "cards": sitting.sizes, "timer": sitting.timer });
    emit(tx, actor, &sitting, &backlog, "estimate.started", body)?;
    Ok(sitting)
}

fn checked_timer(seconds: i64) -> Result<i64> {
    if TIMER.contains(&seconds) {
        return Ok(seconds);
    }
    Err(invalid("timer", "must be 10 to 3600 seconds"))
}

/// Changes the sitting. `version` is the one that the actor read; when it is another by now, the answer
/// shows the current values.
pub fn change(tx: &mut Tx, actor: &Actor, id: SittingId, version: Version, change: &Change) -> Result<Sitting> {
    let (sitting, backlog) = find(tx, actor, Right::Plan, id)?;
    let takes_over = change.moderator.is_some() && change.name.is_none() && change.timer.is_none();
    if !takes_over || people::may(tx, actor, Right::Administer, &backlog.project.id)?.is_some() {
        check_moderates(tx, actor, &sitting)?;
    }
    let shown = |tx: &mut Tx| Ok(serde_json::to_value(show(tx, actor, &sitting)?).unwrap_or_default());
    version.check(sitting.version, || shown(tx))?;
    check_open(&sitting)?;
    let mut after = sitting.clone();
    if let Some(name) = &change.name {
        after.name = text::line("name", name, LONGEST_NAME)?;
    }
    if let Some(timer) = change.timer {
        after.timer = timer.map(checked_timer).transpose()?;
    }
    if let Some(moderator) = &change.moderator {
        after.moderator = worker(tx, actor, &backlog.project.id, "moderator", moderator)?;
    }
    if after == sitting {
        return Ok(sitting);
    }
    if after.moderator != sitting.moderator {
        store::leave(tx, id, &after.moderator)?;
        store::forget_hidden_vote(tx, id, &after.moderator)?;
    }
    store::update(tx, &after)?;
    let said = |sitting: &Sitting| {
        let Sitting { name, timer, moderator, .. } = sitting;
        json!({ "name": name, "timer": timer, "moderator": moderator })
    };
    let body = json!({ "before": said(&sitting), "after": said(&after) });
    emit(tx, actor, &after, &backlog, "estimate.changed", body)?;
    Ok(Sitting { version: sitting.version + 1, ..after })
}

/// Ends the sitting. A round that is not settled is set aside.
pub fn close(tx: &mut Tx, actor: &Actor, id: SittingId) -> Result<Sitting> {
    let (sitting, backlog) = moderated(tx, actor, id)?;
    if let Some(open) = store::open_round(tx, id)? {
        round::end_aside(tx, actor, &sitting, &backlog, open)?;
    }
    let closed = Sitting { closed_at: Some(tx.now()), ..sitting };
    store::update(tx, &closed)?;
    let totals = record(tx, actor, &closed)?.totals;
    emit(tx, actor, &closed, &backlog, "estimate.closed", json!({ "totals": totals }))?;
    Ok(Sitting { version: closed.version + 1, ..closed })
}

/// Somebody who votes is there, or is not any more: pages show who is still waited for. It is no event.
pub fn be_there(tx: &mut Tx, actor: &Actor, id: SittingId, there: bool) -> Result<Sitting> {
    let (sitting, backlog) = find(tx, actor, Right::Plan, id)?;
    let changed = if there {
        check_votes(tx, actor, &sitting, &backlog)?;
        store::join(tx, id, &actor.user)?
    } else {
        store::leave(tx, id, &actor.user)?
    };
    if changed {
        touch(tx, &sitting, &backlog);
    }
    Ok(sitting)
}

fn emit(
    tx: &mut Tx,
    actor: &Actor,
    sitting: &Sitting,
    backlog: &Backlog,
    kind: &'static str,
    mut body: Json,
) -> Result<()> {
    body["name"] = sitting.name.as_str().into();
    tx.emit(actor.event(kind, sitting.subject()).project(&backlog.project.id).body(body))?;
    touch(tx, sitting, backlog);
    Ok(())
}

fn touch(tx: &mut Tx, sitting: &Sitting, backlog: &Backlog) {
    tx.touch(Some(&backlog.project.id), sitting.subject());
    tx.touch(Some(&backlog.project.id), format!("estimates:{}", backlog.project.key));
}
