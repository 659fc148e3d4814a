//! What happens in a round, from its opening to the estimate.

use base::{
    EstimateRoundId, ItemId, Kind, Result, SittingId, UserId,
    refuse::{conflict, invalid, not_found},
};
use db::Tx;
use people::{Actor, Right, user};
use plan::{
    backlog::Backlog,
    item::{self, Item, worker},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{
    Consented, Round, Says, Sitting, State, Vote, check_open, check_votes, emit, find, moderated,
    rule::{Weighed, weigh},
    still_votes, store,
};

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewEstimateRound")]
pub struct NewRound {
    /// The key of an item of the project.
    pub item: String,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EstimateVote")]
pub struct NewVote {
    /// A card of the deck.
    pub card: String,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EstimateConsent")]
pub struct Consent {
    /// The card that is agreed to; absent: the one that most chose.
    pub card: Option<String>,
    /// Whose consent the moderator writes down: a member's e-mail address or id; absent: one's own.
    pub of: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EstimateAccept")]
pub struct Accept {
    /// Absent: the one that most chose.
    pub card: Option<String>,
    /// What a card that is a word stands for; of one that is a number, absent or the same.
    pub estimate: Option<f64>,
}

const MOST_ROUNDS: i64 = 500;

/// Opens the first round of an item, or one more of an item that was estimated before.
pub fn open(tx: &mut Tx, actor: &Actor, id: SittingId, new: &NewRound) -> Result<Sitting> {
    let (sitting, backlog) = moderated(tx, actor, id)?;
    let item = item::find_alive(tx, actor, Right::Plan, &new.item).map_err(|refusal| match refusal.kind() {
        Kind::NotFound => {
            let why = format!("must be the key of an item; there is no {}, or it is not yours to see", new.item);
            invalid("item", why)
        }
        _ => refusal,
    })?;
    if item.backlog != sitting.backlog {
        let why = format!("must be an item of {}; {} is in another project", backlog.project.key, item.key);
        return Err(invalid("item", why));
    }
    if let Some(open) = store::open_round(tx, id)? {
        return Err(still_open(&open.key));
    }
    begin(tx, actor, &sitting, &backlog, &item)?;
    Ok(sitting)
}

pub(super) fn still_open(key: &str) -> base::Error {
    conflict(format!("{key} is being estimated here. Accept a size, vote again, or set it aside first."))
}

fn begin(tx: &mut Tx, actor: &Actor, sitting: &Sitting, backlog: &Backlog, item: &Item) -> Result<()> {
    if store::count_rounds(tx, sitting.id)? >= MOST_ROUNDS {
        return Err(conflict(format!("{} has {MOST_ROUNDS} rounds. Start another sitting.", sitting.name)));
    }
    let now = tx.now();
    let round = Round {
        id: EstimateRoundId(0),
        sitting: sitting.id,
        item: item.id,
        key: item.key.clone(),
        number: store::last_number(tx, sitting.id, item.id)? + 1,
        opened_at: now,
        ends_at: sitting.timer.map(|seconds| now.plus_ms(seconds * 1_000)),
        revealed_at: None,
        ended_at: None,
        outcome: None,
        card: None,
        estimate: None,
    };
    let id = store::add_round(tx, &round).map_err(|e| e.on("estimate_round_open", || still_open("An item")))?;
    tell(tx, actor, sitting, backlog, &Round { id, ..round }, "estimate.opened", json!({}))
}

/// The round that is open, and is this one.
fn current(tx: &mut Tx, sitting: &Sitting, id: EstimateRoundId) -> Result<Round> {
    let round = store::round(tx, id)?.filter(|round| round.sitting == sitting.id);
    let round = round.ok_or_else(|| not_found("round"))?;
    match round.state() {
        State::Voting | State::Revealed => Ok(round),
        _ => Err(conflict(format!("{} has ended; what was said in it stays.", round.name()))),
    }
}

pub(super) fn check_voting(round: &Round) -> Result<()> {
    match round.state() {
        State::Voting => Ok(()),
        _ => Err(conflict(format!("{} is revealed. Wait for the next round to vote again.", round.name()))),
    }
}

pub(super) fn check_revealed(round: &Round) -> Result<()> {
    match round.state() {
        State::Revealed => Ok(()),
        State::Voting => Err(conflict(format!("{} is not revealed yet.", round.name()))),
        _ => Err(conflict(format!("{} has ended; what was said in it stays.", round.name()))),
    }
}

/// Chooses a card, or another one. Nothing that is told of it says which.
pub fn vote(tx: &mut Tx, actor: &Actor, id: SittingId, round: EstimateRoundId, vote: &NewVote) -> Result<Sitting> {
    let (sitting, backlog) = find(tx, actor, Right::Plan, id)?;
    check_votes(tx, actor, &sitting, &backlog)?;
    let round = current(tx, &sitting, round)?;
    check_voting(&round)?;
    let card = sitting.sizes.card("card", &vote.card)?.card;
    store::join(tx, id, &actor.user)?;
    if store::set_vote(tx, round.id, &actor.user, &card)? {
        tell(tx, actor, &sitting, &backlog, &round, "estimate.voted", json!({}))?;
    }
    Ok(sitting)
}

/// Takes one's card back.
pub fn take_back(tx: &mut Tx, actor: &Actor, id: SittingId, round: EstimateRoundId) -> Result<Sitting> {
    let (sitting, backlog) = find(tx, actor, Right::Plan, id)?;
    check_votes(tx, actor, &sitting, &backlog)?;
    let round = current(tx, &sitting, round)?;
    check_voting(&round)?;
    if store::remove_vote(tx, round.id, &actor.user)? {
        tell(tx, actor, &sitting, &backlog, &round, "estimate.vote_taken_back", json!({}))?;
    }
    Ok(sitting)
}

/// Shows all cards to everybody at once. What people chose who have no vote any more does not count.
pub fn reveal(tx: &mut Tx, actor: &Actor, id: SittingId, round: EstimateRoundId) -> Result<Sitting> {
    let (sitting, backlog) = moderated(tx, actor, id)?;
    let mut round = current(tx, &sitting, round)?;
    for vote in store::votes_of(tx, round.id)? {
        if round.state() == State::Voting && !still_votes(tx, &backlog, &vote.user)? {
            store::remove_vote(tx, round.id, &vote.user)?;
        }
    }
    let votes = store::votes_of(tx, round.id)?;
    check_reveal(&round, &votes)?;
    round.revealed_at = Some(tx.now());
    store::update_round(tx, &round)?;
    let cards: Vec<Json> = votes.iter().map(|vote| json!({ "user": vote.user, "card": vote.card })).collect();
    let weighed = weighed(&sitting, &votes);
    let body = json!({ "votes": cards, "standing": weighed.standing, "steps": weighed.steps });
    tell(tx, actor, &sitting, &backlog, &round, "estimate.revealed", body)?;
    Ok(sitting)
}

pub(super) fn check_reveal(round: &Round, votes: &[Vote]) -> Result<()> {
    if round.state() != State::Voting {
        return Err(conflict(format!("{} is revealed already.", round.name())));
    }
    if votes.is_empty() {
        return Err(conflict("Nobody has voted yet. There is nothing to reveal."));
    }
    Ok(())
}

/// Whoever chose another card says that they can live with this one; or the moderator writes down that
/// they said so.
pub fn consent(
    tx: &mut Tx,
    actor: &Actor,
    id: SittingId,
    round: EstimateRoundId,
    consent: &Consent,
) -> Result<Sitting> {
    let (sitting, backlog) = find(tx, actor, Right::Plan, id)?;
    check_open(&sitting)?;
    let whose = match &consent.of {
        None => actor.user.clone(),
        Some(of) => worker(tx, actor, &backlog.project.id, "of", of)?,
    };
    if whose != actor.user {
        super::check_moderates(tx, actor, &sitting)?;
    }
    let round = current(tx, &sitting, round)?;
    check_revealed(&round)?;
    let votes = store::votes_of(tx, round.id)?;
    let weighed = weighed(&sitting, &votes);
    let card = chosen(&sitting, &weighed, consent.card.as_deref())?;
    let vote = votes.iter().find(|vote| vote.user == whose);
    let Some(vote) = vote.filter(|vote| sitting.sizes.place(&vote.card).is_some()) else {
        return Err(conflict("Consent is asked of those who gave another size. There is none here."));
    };
    if vote.card == card {
        return Err(conflict(format!("{card} is the card that was chosen. There is nothing to consent to.")));
    }
    if vote.consent.as_ref().is_some_and(|given| given.card == card) {
        return Ok(sitting);
    }
    let given = Consented { card: card.clone(), at: tx.now(), by: actor.user.clone() };
    store::set_consent(tx, round.id, &whose, &given)?;
    let body = json!({ "user": whose, "card": card, "chose": vote.card });
    tell(tx, actor, &sitting, &backlog, &round, "estimate.consented", body)?;
    Ok(sitting)
}

/// The card that is meant; without a word the one that most chose.
fn chosen(sitting: &Sitting, weighed: &Weighed, named: Option<&str>) -> Result<String> {
    let Some(named) = named else {
        return weighed.proposal.clone().ok_or_else(|| invalid("card", "must say which size is meant"));
    };
    let card = sitting.sizes.card("card", named)?;
    match card.says {
        Says::Size => Ok(card.card),
        _ => Err(invalid("card", format!("must be a size; {} is none", card.card))),
    }
}

/// Votes once more on the same item.
pub fn repeat(tx: &mut Tx, actor: &Actor, id: SittingId, round: EstimateRoundId) -> Result<Sitting> {
    let (sitting, backlog) = moderated(tx, actor, id)?;
    let round = current(tx, &sitting, round)?;
    check_repeat(tx, &sitting, &round)?;
    let item = estimated(tx, actor, &sitting, &round)?;
    let round = ended(tx, round, State::Repeated)?;
    tell(tx, actor, &sitting, &backlog, &round, "estimate.repeated", json!({}))?;
    begin(tx, actor, &sitting, &backlog, &item)?;
    Ok(sitting)
}

pub(super) fn check_repeat(tx: &mut Tx, sitting: &Sitting, round: &Round) -> Result<()> {
    check_revealed(round)?;
    let votes = store::votes_of(tx, round.id)?;
    let noted = store::is_noted(tx, round.id)?;
    weighed(sitting, &votes).lacks_note(noted).map_or(Ok(()), Err)
}

/// Ends the round without an estimate. Cards that were not revealed stay hidden.
pub fn set_aside(tx: &mut Tx, actor: &Actor, id: SittingId, round: EstimateRoundId) -> Result<Sitting> {
    let (sitting, backlog) = moderated(tx, actor, id)?;
    let round = current(tx, &sitting, round)?;
    end_aside(tx, actor, &sitting, &backlog, round)?;
    Ok(sitting)
}

pub(super) fn end_aside(tx: &mut Tx, actor: &Actor, sitting: &Sitting, backlog: &Backlog, round: Round) -> Result<()> {
    let round = ended(tx, round, State::SetAside)?;
    tell(tx, actor, sitting, backlog, &round, "estimate.set_aside", json!({}))
}

fn ended(tx: &mut Tx, round: Round, outcome: State) -> Result<Round> {
    let round = Round { ended_at: Some(tx.now()), outcome: Some(outcome), ..round };
    store::update_round(tx, &round)?;
    Ok(round)
}

/// Accepts a size and writes the item's estimate.
pub fn accept(tx: &mut Tx, actor: &Actor, id: SittingId, round: EstimateRoundId, accept: &Accept) -> Result<Sitting> {
    let (sitting, backlog) = moderated(tx, actor, id)?;
    let round = current(tx, &sitting, round)?;
    let card = check_accept(tx, &sitting, &backlog, &round, accept.card.as_deref())?;
    let estimate = meant(&sitting, &card, accept.estimate)?;
    let item = estimated(tx, actor, &sitting, &round)?;
    let before = item.face.estimate;
    let mut content = item::content(tx, &item)?;
    content.face.estimate = Some(estimate);
    item::put(tx, actor, &item, content)?;
    let round = Round { card: Some(card.clone()), estimate: Some(estimate), ..round };
    let round = ended(tx, round, State::Settled)?;
    let body = json!({ "card": card, "estimate": estimate, "before": before });
    tell(tx, actor, &sitting, &backlog, &round, "estimate.accepted", body)?;
    Ok(sitting)
}

/// The size that may be accepted.
pub(super) fn check_accept(
    tx: &mut Tx,
    sitting: &Sitting,
    backlog: &Backlog,
    round: &Round,
    named: Option<&str>,
) -> Result<String> {
    check_revealed(round)?;
    let votes = store::votes_of(tx, round.id)?;
    let noted = store::is_noted(tx, round.id)?;
    let weighed = weighed(sitting, &votes);
    let card = match named {
        None => weighed.proposal.clone().unwrap_or_default(),
        named => chosen(sitting, &weighed, named)?,
    };
    let mut dissent = Vec::new();
    for user in dissenters(tx, sitting, backlog, &votes, &card)? {
        dissent.push(user::person(tx, user)?.name);
    }
    if let Some(refusal) = weighed.why_not_accept(noted, &dissent) {
        return Err(refusal);
    }
    let agrees = |vote: &Vote| vote.card == card || vote.consent.as_ref().is_some_and(|given| given.card == card);
    if !votes.iter().any(agrees) {
        let why = format!("Nobody chose {card} or agreed to it. Accept what was chosen, or vote again.");
        return Err(conflict(why));
    }
    Ok(card)
}

/// Whose consent to the card is still to be given. Nobody waits for those who have no vote any more: their cards stay
/// to be seen, and could be taken back by another round only.
pub(super) fn dissenters<'v>(
    tx: &mut Tx,
    sitting: &Sitting,
    backlog: &Backlog,
    votes: &'v [Vote],
    card: &str,
) -> Result<Vec<&'v UserId>> {
    let mut dissenters = Vec::new();
    for vote in votes.iter().filter(|vote| is_dissent(sitting, vote, card)) {
        if still_votes(tx, backlog, &vote.user)? {
            dissenters.push(&vote.user);
        }
    }
    Ok(dissenters)
}

/// Whether the vote was for another size, without consent to this one.
pub(super) fn is_dissent(sitting: &Sitting, vote: &Vote, card: &str) -> bool {
    let other = vote.card != card && sitting.sizes.place(&vote.card).is_some();
    other && vote.consent.as_ref().is_none_or(|given| given.card != card)
}

fn meant(sitting: &Sitting, card: &str, said: Option<f64>) -> Result<f64> {
    match (sitting.sizes.estimate(card), said) {
        (Some(number), None) => Ok(number),
        (Some(number), Some(said)) if number == said => Ok(number),
        (Some(number), Some(_)) => Err(invalid("estimate", format!("must be {number}, as the card says"))),
        (None, Some(said)) if (0.0..=1_000.0).contains(&said) => Ok(said),
        (None, Some(_)) => Err(invalid("estimate", "must be between 0 and 1000")),
        (None, None) => Err(invalid("estimate", format!("must be a number: say which estimate {card} stands for"))),
    }
}

/// The round's item, as long as it can be estimated here.
fn estimated(tx: &mut Tx, actor: &Actor, sitting: &Sitting, round: &Round) -> Result<Item> {
    let gone = |what: &str| conflict(format!("{} {what}. Set it aside here.", round.key));
    let item = match item::get(tx, round.item) {
        Err(refusal) if refusal.is(Kind::NotFound) => return Err(gone("is gone")),
        found => found?,
    };
    if item.backlog != sitting.backlog {
        return Err(gone("was moved to another project"));
    }
    item::find_alive(tx, actor, Right::Plan, &item.key)
}

pub(super) fn weighed(sitting: &Sitting, votes: &[Vote]) -> Weighed {
    weigh(&sitting.sizes, votes.iter().map(|vote| vote.card.as_str()))
}

/// An event of the round; its item is named, so that readers of the log need no other table.
pub(super) fn tell(
    tx: &mut Tx,
    actor: &Actor,
    sitting: &Sitting,
    backlog: &Backlog,
    round: &Round,
    kind: &'static str,
    mut body: Json,
) -> Result<()> {
    let item: ItemId = round.item;
    body["round"] = json!(round.id);
    body["number"] = json!(round.number);
    body["item"] = json!(item);
    body["key"] = json!(round.key);
    emit(tx, actor, sitting, backlog, kind, body)
}
