//! A sitting as pages and exports show it. Cards of a round that is not revealed are left out here,
//! whoever asks: their own, too.

use std::collections::HashMap;

use base::{EstimateNoteId, EstimateRoundId, ItemId, Result, SittingId, Time, UserId};
use db::Tx;
use people::{Actor, Can, Duty, Person, Right, member};
use plan::{
    backlog::{self, Backlog},
    item::{self, Brief, Faces},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Card, Deck, Note, Round, Sitting, Standing, State, Vote, check_moderates, check_open, check_votes,
    note::check_noted,
    round::{check_accept, check_repeat, check_reveal, check_revealed, check_voting, dissenters, is_dissent, weighed},
    still_votes, store,
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "SittingTotals")]
pub struct Totals {
    /// Items that had a round.
    pub items: usize,
    pub rounds: usize,
    /// Cards that were revealed, breaks left out.
    pub votes: usize,
    /// Rounds whose sizes differed and about which something was said: a note or a consent.
    pub discussed: usize,
    /// The sum of the estimates that were agreed on: those of the `estimated` items.
    pub points: f64,
    /// Items for which an estimate was agreed on.
    pub estimated: usize,
    /// Items that had a round and have no estimate from here.
    pub unestimated: usize,
}

/// All that is known of a sitting and shown to everybody: what an export holds.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "SittingRecord")]
pub struct Record {
    pub id: SittingId,
    /// The project's key.
    pub project: String,
    pub name: String,
    pub deck: Deck,
    pub cards: Vec<Card>,
    pub moderator: Person,
    /// Seconds that a round is meant to take.
    pub timer: Option<i64>,
    pub created_at: Time,
    pub closed_at: Option<Time>,
    /// In the order in which they first came up.
    pub items: Vec<ItemRounds>,
    pub totals: Totals,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "EstimatedItem")]
pub struct ItemRounds {
    /// As it was when its first round began.
    pub key: String,
    /// As it is now; null when it is gone or not yours to see.
    pub item: Option<Brief>,
    /// What was agreed on last; null: not yet.
    pub estimate: Option<f64>,
    /// The first comes first.
    pub rounds: Vec<RoundShown>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "EstimateRound")]
pub struct RoundShown {
    pub id: EstimateRoundId,
    pub number: i64,
    pub state: State,
    pub opened_at: Time,
    /// When the timer runs out.
    pub ends_at: Option<Time>,
    pub revealed_at: Option<Time>,
    pub ended_at: Option<Time>,
    /// Who has voted, by name.
    pub voted: Vec<Person>,
    /// The cards, by the name of who chose them; empty until they are revealed.
    pub votes: Vec<VoteShown>,
    /// What the cards say together; null until they are revealed.
    pub result: Option<Outcome>,
    pub notes: Vec<NoteShown>,
    /// What was agreed on.
    pub card: Option<String>,
    pub estimate: Option<f64>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "RevealedVote")]
pub struct VoteShown {
    pub person: Person,
    pub card: String,
    pub consent: Option<ConsentShown>,
    /// Whether another size waits for their consent: not for that of people who have no vote any more.
    pub counts: bool,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "GivenConsent")]
pub struct ConsentShown {
    /// The card that they agreed to.
    pub card: String,
    pub at: Time,
    /// Who wrote it down: they themselves or the moderator.
    pub by: Person,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "EstimateResult")]
pub struct Outcome {
    pub standing: Standing,
    pub lowest: Option<String>,
    pub highest: Option<String>,
    /// Of the deck, between the lowest and the highest card.
    pub steps: usize,
    /// The card that most chose.
    pub proposal: Option<String>,
    /// Whether a note must tell what came up before it goes on.
    pub needs_note: bool,
    /// Who chose another size than the proposal and has not consented; of a round that goes on, those who still have
    /// a vote.
    pub dissent: Vec<Person>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "EstimateNote")]
pub struct NoteShown {
    pub id: EstimateNoteId,
    pub text: String,
    pub by: Person,
    pub at: Time,
    /// Whether it became an item.
    pub planned: bool,
    /// The item that it became; null when that is gone or not yours to see.
    pub item: Option<Brief>,
}

/// A sitting as its page shows it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Sitting")]
pub struct Shown {
    #[serde(flatten)]
    pub record: Record,
    pub product_owners: Vec<Person>,
    /// Those who are there and vote, by name.
    pub present: Vec<Person>,
    /// The open round; its item is the one that it stands under in `items`.
    pub round: Option<EstimateRoundId>,
    /// Whether you have voted in the open round.
    pub voted: bool,
    /// Those who are there and have not voted in the open round.
    pub waiting: Vec<Person>,
    /// The server's time, by which timers run.
    pub now: Time,
    /// Send it back in `If-Match` with a change.
    pub version: i64,
    /// Verbs: join, moderate, edit, take_over, open, close; of the open round: vote, reveal, note, consent,
    /// accept, repeat, set_aside.
    pub can: Can,
}

/// What rows there are of a sitting.
#[derive(Default)]
pub(super) struct Parts {
    pub rounds: Vec<Round>,
    votes: HashMap<EstimateRoundId, Vec<Vote>>,
    notes: HashMap<EstimateRoundId, Vec<Note>>,
}

impl Parts {
    fn of(tx: &mut Tx, sitting: &Sitting) -> Result<Self> {
        Ok(Self::of_all(tx, &[sitting.id])?.remove(&sitting.id).unwrap_or_default())
    }

    pub fn of_all(tx: &mut Tx, sittings: &[SittingId]) -> Result<HashMap<SittingId, Self>> {
        let mut votes: HashMap<_, Vec<Vote>> = HashMap::new();
        for vote in store::votes(tx, sittings)? {
            votes.entry(vote.round).or_default().push(vote);
        }
        let mut notes: HashMap<_, Vec<Note>> = HashMap::new();
        for note in store::notes(tx, sittings)? {
            notes.entry(note.round).or_default().push(note);
        }
        let mut all: HashMap<SittingId, Self> = HashMap::new();
        for round in store::rounds(tx, sittings)? {
            let parts = all.entry(round.sitting).or_default();
            parts.votes.extend(votes.remove_entry(&round.id));
            parts.notes.extend(notes.remove_entry(&round.id));
            parts.rounds.push(round);
        }
        Ok(all)
    }

    fn votes(&self, round: EstimateRoundId) -> &[Vote] {
        self.votes.get(&round).map_or(&[], Vec::as_slice)
    }

    /// Each item with its rounds.
    fn by_item(&self) -> Vec<(ItemId, Vec<&Round>)> {
        let mut items: Vec<(ItemId, Vec<&Round>)> = Vec::new();
        for round in &self.rounds {
            match items.iter_mut().find(|(item, _)| *item == round.item) {
                Some((_, rounds)) => rounds.push(round),
                None => items.push((round.item, vec![round])),
            }
        }
        items
    }

    pub fn totals(&self, sitting: &Sitting) -> Totals {
        let items = self.by_item();
        let revealed = || self.rounds.iter().filter(|round| round.revealed_at.is_some());
        let counts = |vote: &&Vote| sitting.sizes.says(&vote.card) != super::Says::Break;
        let discussed = |round: &&Round| {
            let votes = self.votes(round.id);
            let said = self.notes.contains_key(&round.id) || votes.iter().any(|vote| vote.consent.is_some());
            said && weighed(sitting, votes).steps > 0
        };
        let estimates: Vec<f64> = items.iter().filter_map(|(_, rounds)| agreed(rounds)).collect();
        Totals {
            items: items.len(),
            rounds: self.rounds.len(),
            votes: revealed().map(|round| self.votes(round.id).iter().filter(counts).count()).sum(),
            discussed: revealed().filter(discussed).count(),
            points: estimates.iter().fold(0.0, |sum, points| sum + points),
            estimated: estimates.len(),
            unestimated: items.len() - estimates.len(),
        }
    }
}

fn agreed(rounds: &[&Round]) -> Option<f64> {
    rounds.iter().rev().find_map(|round| round.estimate)
}

/// The caller has checked that the actor may look.
pub fn record(tx: &mut Tx, actor: &Actor, sitting: &Sitting) -> Result<Record> {
    let backlog = backlog::get(tx, sitting.backlog)?;
    let parts = Parts::of(tx, sitting)?;
    let mut faces = Faces::default();
    let by_item = parts.by_item();
    let made = parts.notes.values().flatten().filter_map(|note| note.item);
    let ids: Vec<ItemId> = by_item.iter().map(|(item, _)| *item).chain(made).collect();
    let briefs = item::briefs(tx, actor, &ids)?;
    let mut items = Vec::with_capacity(by_item.len());
    for (item, rounds) in by_item {
        let shown = rounds.iter().map(|round| shown_round(tx, sitting, &backlog, &parts, round, &mut faces, &briefs));
        items.push(ItemRounds {
            key: rounds.first().map(|round| round.key.clone()).unwrap_or_default(),
            item: briefs.get(&item).cloned(),
            estimate: agreed(&rounds),
            rounds: shown.collect::<Result<_>>()?,
        });
    }
    Ok(Record {
        id: sitting.id,
        project: backlog.project.key,
        name: sitting.name.clone(),
        deck: sitting.deck,
        cards: sitting.sizes.cards(),
        moderator: faces.of(tx, &sitting.moderator)?,
        timer: sitting.timer,
        created_at: sitting.created_at,
        closed_at: sitting.closed_at,
        items,
        totals: parts.totals(sitting),
    })
}

fn shown_round(
    tx: &mut Tx,
    sitting: &Sitting,
    backlog: &Backlog,
    parts: &Parts,
    round: &Round,
    faces: &mut Faces,
    briefs: &HashMap<ItemId, Brief>,
) -> Result<RoundShown> {
    let cast = parts.votes(round.id);
    let voted = named(tx, faces, cast.iter().map(|vote| &vote.user))?;
    let revealed: &[Vote] = if round.revealed_at.is_some() { cast } else { &[] };
    let mut votes = Vec::with_capacity(revealed.len());
    for vote in revealed {
        let counts = round.ended_at.is_some() || still_votes(tx, backlog, &vote.user)?;
        let consent = match &vote.consent {
            Some(given) => Some(ConsentShown { card: given.card.clone(), at: given.at, by: faces.of(tx, &given.by)? }),
            None => None,
        };
        votes.push(VoteShown { person: faces.of(tx, &vote.user)?, card: vote.card.clone(), consent, counts });
    }
    votes.sort_by(|one, other| one.person.name.cmp(&other.person.name));
    let result = match round.revealed_at {
        Some(_) => {
            let goes_on = round.ended_at.is_none().then_some(backlog);
            Some(result(tx, sitting, goes_on, revealed, faces)?)
        }
        None => None,
    };
    let mut notes = Vec::new();
    for note in parts.notes.get(&round.id).map_or(&[][..], Vec::as_slice) {
        notes.push(NoteShown {
            id: note.id,
            text: note.text.clone(),
            by: faces.of(tx, &note.by)?,
            at: note.at,
            planned: note.item.is_some(),
            item: note.item.and_then(|item| briefs.get(&item).cloned()),
        });
    }
    Ok(RoundShown {
        id: round.id,
        number: round.number,
        state: round.state(),
        opened_at: round.opened_at,
        ends_at: round.ends_at,
        revealed_at: round.revealed_at,
        ended_at: round.ended_at,
        voted,
        votes,
        result,
        notes,
        card: round.card.clone(),
        estimate: round.estimate,
    })
}

/// `goes_on`: where the round does.
fn result(
    tx: &mut Tx,
    sitting: &Sitting,
    goes_on: Option<&Backlog>,
    votes: &[Vote],
    faces: &mut Faces,
) -> Result<Outcome> {
    let weighed = weighed(sitting, votes);
    let against: Vec<&UserId> = match (&weighed.proposal, goes_on) {
        (None, _) => Vec::new(),
        (Some(card), Some(backlog)) => dissenters(tx, sitting, backlog, votes, card)?,
        (Some(card), None) => {
            votes.iter().filter(|vote| is_dissent(sitting, vote, card)).map(|vote| &vote.user).collect()
        }
    };
    Ok(Outcome {
        dissent: named(tx, faces, against.into_iter())?,
        needs_note: weighed.needs_note(),
        standing: weighed.standing,
        lowest: weighed.lowest,
        highest: weighed.highest,
        steps: weighed.steps,
        proposal: weighed.proposal,
    })
}

fn named<'a>(tx: &mut Tx, faces: &mut Faces, users: impl Iterator<Item = &'a UserId>) -> Result<Vec<Person>> {
    let mut people = users.map(|user| faces.of(tx, user)).collect::<Result<Vec<_>>>()?;
    people.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(people)
}

/// The caller has checked that the actor may look.
pub fn show(tx: &mut Tx, actor: &Actor, sitting: &Sitting) -> Result<Shown> {
    let backlog = backlog::get(tx, sitting.backlog)?;
    let open = store::open_round(tx, sitting.id)?;
    let votes = match &open {
        Some(round) => store::votes_of(tx, round.id)?,
        None => Vec::new(),
    };
    let has_voted = |user: &UserId| votes.iter().any(|vote| vote.user == *user);
    let mut present = Vec::new();
    for user in store::present(tx, sitting.id)? {
        // A round waits for nobody who cannot vote any more.
        if still_votes(tx, &backlog, &user)? {
            present.push(user);
        }
    }
    let missing = present.iter().filter(|user| open.is_some() && !has_voted(user));
    let mut faces = Faces::default();
    Ok(Shown {
        record: record(tx, actor, sitting)?,
        product_owners: member::holders(tx, &backlog.project.id, Duty::ProductOwner)?,
        waiting: named(tx, &mut faces, missing)?,
        present: named(tx, &mut faces, present.iter())?,
        round: open.as_ref().map(|round| round.id),
        voted: has_voted(&actor.user),
        now: tx.now(),
        version: sitting.version,
        can: can(tx, actor, sitting, &backlog, open.as_ref(), &votes)?,
    })
}

fn can(
    tx: &mut Tx,
    actor: &Actor,
    sitting: &Sitting,
    backlog: &Backlog,
    open: Option<&Round>,
    votes: &[Vote],
) -> Result<Can> {
    let cannot = people::may(tx, actor, Right::Plan, &backlog.project.id)?;
    let why = |refusal: Result<()>| cannot.clone().or_else(|| refusal.err().map(|why| why.detail().to_owned()));
    let moderates = |tx: &mut Tx| check_moderates(tx, actor, sitting).and_then(|()| check_open(sitting));
    let takes_over = match people::may(tx, actor, Right::Administer, &backlog.project.id)? {
        Some(why) => Some(why),
        None if sitting.moderator == actor.user => Some("You moderate already.".to_owned()),
        None => why(check_open(sitting)),
    };
    let moderate = why(moderates(tx));
    let join = why(check_votes(tx, actor, sitting, backlog));
    let can = Can::new()
        .with("join", join.clone())
        .with("moderate", moderate.clone())
        .with("edit", moderate.clone())
        .with("take_over", takes_over)
        .with("close", moderate.clone());
    let Some(round) = open else { return Ok(can.with("open", moderate)) };
    let then = |refusal: Result<()>| moderate.clone().or_else(|| refusal.err().map(|why| why.detail().to_owned()));
    let own = votes.iter().any(|vote| vote.user == actor.user);
    let consent = match check_revealed(round) {
        Ok(()) if !own => Some("You did not vote in this round.".to_owned()),
        refusal => why(refusal),
    };
    Ok(can
        .with("open", then(Err(super::round::still_open(&round.key))))
        .with("vote", join.or_else(|| why(check_voting(round))))
        .with("reveal", then(check_reveal(round, votes)))
        .with("note", why(check_noted(round)))
        .with("consent", consent)
        .with("accept", then(check_accept(tx, sitting, backlog, round, None).map(drop)))
        .with("repeat", then(check_repeat(tx, sitting, round)))
        .with("set_aside", moderate.clone()))
}
