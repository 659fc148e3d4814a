use base::{BacklogId, EstimateNoteId, EstimateRoundId, ItemId, Limit, Result, SittingId, UserId, refuse::internal};
use db::{Query, Row, Tx, params};
use serde_json::json;

use super::{Consented, Deck, Note, Round, Sitting, State, Vote};

const SITTINGS: &str = "SELECT id, backlog, name, deck, cards, moderator, timer, created_at, closed_at, version
    FROM estimate_sitting";

fn sitting(row: &Row) -> Result<Sitting> {
    Ok(Sitting {
        id: row.get(0)?,
        backlog: row.get(1)?,
        name: row.get(2)?,
        deck: Deck::stored(row.get(3)?)?,
        sizes: serde_json::from_value(row.get(4)?).map_err(internal)?,
        moderator: row.get(5)?,
        timer: row.get(6)?,
        created_at: row.get(7)?,
        closed_at: row.get(8)?,
        version: row.get(9)?,
    })
}

pub fn get(tx: &mut Tx, id: SittingId) -> Result<Option<Sitting>> {
    tx.first(&format!("{SITTINGS} WHERE id = $1"), params![id], sitting)
}

/// Where a page of the list begins: after a sitting that is closed or not, and that began then.
pub type Place = (bool, i64, i64);

/// Those that go on first, then the latest.
pub fn page(tx: &mut Tx, backlog: BacklogId, after: Option<Place>, limit: Limit) -> Result<Vec<Sitting>> {
    let mut query = Query::new(SITTINGS);
    query.push(" WHERE backlog = ").bind(backlog);
    if let Some((closed, at, id)) = after {
        query.push(if closed { " AND closed_at IS NOT NULL AND (" } else { " AND (closed_at IS NOT NULL OR " });
        query.push("created_at < ").bind(at).push(" OR (created_at = ").bind(at);
        query.push(" AND id < ").bind(id).push("))");
    }
    query.push(" ORDER BY closed_at IS NOT NULL, created_at DESC, id DESC LIMIT ").bind(limit.plus_one());
    tx.all_q(&query, sitting)
}

pub fn count(tx: &mut Tx, backlog: BacklogId) -> Result<i64> {
    tx.one("SELECT COUNT(*) FROM estimate_sitting WHERE backlog = $1", params![backlog], |row| row.get(0))
}

pub fn add(tx: &mut Tx, new: &Sitting) -> Result<SittingId> {
    let sql = "INSERT INTO estimate_sitting (backlog, name, deck, cards, moderator, timer, created_at, version)
               VALUES ($1, $2, $3, $4, $5, $6, $7, 1) RETURNING id";
    let cards = json!(new.sizes);
    let values = params![new.backlog, &new.name, new.deck.as_str(), cards, &new.moderator, new.timer, new.created_at];
    tx.one(sql, values, |row| row.get(0))
}

pub fn update(tx: &mut Tx, sitting: &Sitting) -> Result<()> {
    let sql = "UPDATE estimate_sitting SET name = $1, moderator = $2, timer = $3, closed_at = $4, version = version + 1
               WHERE id = $5";
    let values = params![&sitting.name, &sitting.moderator, sitting.timer, sitting.closed_at, sitting.id];
    tx.run(sql, values).map(drop)
}

pub fn present(tx: &mut Tx, id: SittingId) -> Result<Vec<UserId>> {
    let sql = "SELECT user_id FROM estimate_seat WHERE sitting = $1 ORDER BY at, user_id";
    tx.all(sql, params![id], |row| row.get(0))
}

/// Whether they were not there before.
pub fn join(tx: &mut Tx, id: SittingId, user: &UserId) -> Result<bool> {
    let now = tx.now();
    let sql = "INSERT INTO estimate_seat (sitting, user_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    Ok(tx.run(sql, params![id, user, now])? > 0)
}

/// Whether they were there.
pub fn leave(tx: &mut Tx, id: SittingId, user: &UserId) -> Result<bool> {
    Ok(tx.run("DELETE FROM estimate_seat WHERE sitting = $1 AND user_id = $2", params![id, user])? > 0)
}

const ROUNDS: &str = "SELECT id, sitting, item, item_key, number, opened_at, ends_at, revealed_at, ended_at, outcome,
    card, estimate FROM estimate_round";

fn read_round(row: &Row) -> Result<Round> {
    Ok(Round {
        id: row.get(0)?,
        sitting: row.get(1)?,
        item: row.get(2)?,
        key: row.get(3)?,
        number: row.get(4)?,
        opened_at: row.get(5)?,
        ends_at: row.get(6)?,
        revealed_at: row.get(7)?,
        ended_at: row.get(8)?,
        outcome: row.get::<Option<String>>(9)?.map(State::stored).transpose()?,
        card: row.get(10)?,
        estimate: row.get(11)?,
    })
}

pub fn round(tx: &mut Tx, id: EstimateRoundId) -> Result<Option<Round>> {
    tx.first(&format!("{ROUNDS} WHERE id = $1"), params![id], read_round)
}

pub fn open_round(tx: &mut Tx, sitting: SittingId) -> Result<Option<Round>> {
    tx.first(&format!("{ROUNDS} WHERE sitting = $1 AND ended_at IS NULL"), params![sitting], read_round)
}

/// Of all of these, in the order in which they were opened.
pub fn rounds(tx: &mut Tx, sittings: &[SittingId]) -> Result<Vec<Round>> {
    tx.all_q(&of_all(ROUNDS, "sitting", sittings, "id"), read_round)
}

fn of_all(select: &str, sitting: &str, sittings: &[SittingId], order: &str) -> Query {
    let mut query = Query::new(select);
    query.push(" WHERE ").push(sitting).push(" IN (").bind_all(sittings.iter().copied());
    query.push(") ORDER BY ").push(order);
    query
}

pub fn count_rounds(tx: &mut Tx, sitting: SittingId) -> Result<i64> {
    tx.one("SELECT COUNT(*) FROM estimate_round WHERE sitting = $1", params![sitting], |row| row.get(0))
}

pub fn last_number(tx: &mut Tx, sitting: SittingId, item: ItemId) -> Result<i64> {
    let sql = "SELECT COALESCE(MAX(number), 0) FROM estimate_round WHERE sitting = $1 AND item = $2";
    tx.one(sql, params![sitting, item], |row| row.get(0))
}

pub fn add_round(tx: &mut Tx, new: &Round) -> Result<EstimateRoundId> {
    let sql = "INSERT INTO estimate_round (sitting, item, item_key, number, opened_at, ends_at)
               VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
    let values = params![new.sitting, new.item, &new.key, new.number, new.opened_at, new.ends_at];
    tx.one(sql, values, |row| row.get(0))
}

pub fn update_round(tx: &mut Tx, round: &Round) -> Result<()> {
    let sql = "UPDATE estimate_round SET revealed_at = $1, ended_at = $2, outcome = $3, card = $4, estimate = $5
               WHERE id = $6";
    let outcome = round.outcome.map(State::as_str);
    let values = params![round.revealed_at, round.ended_at, outcome, round.card.as_deref(), round.estimate, round.id];
    tx.run(sql, values).map(drop)
}

const VOTES: &str = "SELECT v.round, v.user_id, v.card, v.consent_card, v.consent_at, v.consent_by
    FROM estimate_vote v JOIN estimate_round r ON r.id = v.round";

fn vote(row: &Row) -> Result<Vote> {
    let consent = match (row.get(3)?, row.get(4)?, row.get(5)?) {
        (Some(card), Some(at), Some(by)) => Some(Consented { card, at, by }),
        _ => None,
    };
    Ok(Vote { round: row.get(0)?, user: row.get(1)?, card: row.get(2)?, consent })
}

pub fn votes(tx: &mut Tx, sittings: &[SittingId]) -> Result<Vec<Vote>> {
    tx.all_q(&of_all(VOTES, "r.sitting", sittings, "v.round, v.user_id"), vote)
}

pub fn votes_of(tx: &mut Tx, round: EstimateRoundId) -> Result<Vec<Vote>> {
    tx.all(&format!("{VOTES} WHERE r.id = $1 ORDER BY v.user_id"), params![round], vote)
}

/// Whether it is another card than before.
pub fn set_vote(tx: &mut Tx, round: EstimateRoundId, user: &UserId, card: &str) -> Result<bool> {
    let now = tx.now();
    let sql = "INSERT INTO estimate_vote (round, user_id, card, at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (round, user_id) DO UPDATE SET card = excluded.card, at = excluded.at
               WHERE estimate_vote.card <> excluded.card";
    Ok(tx.run(sql, params![round, user, card, now])? > 0)
}

pub fn remove_vote(tx: &mut Tx, round: EstimateRoundId, user: &UserId) -> Result<bool> {
    Ok(tx.run("DELETE FROM estimate_vote WHERE round = $1 AND user_id = $2", params![round, user])? > 0)
}

/// What somebody chose in a round of the sitting that goes on and is not revealed.
pub fn forget_hidden_vote(tx: &mut Tx, sitting: SittingId, user: &UserId) -> Result<()> {
    let sql = "DELETE FROM estimate_vote WHERE user_id = $2 AND round IN (
                   SELECT id FROM estimate_round WHERE sitting = $1 AND ended_at IS NULL AND revealed_at IS NULL)";
    tx.run(sql, params![sitting, user]).map(drop)
}

pub fn set_consent(tx: &mut Tx, round: EstimateRoundId, user: &UserId, given: &Consented) -> Result<()> {
    let sql = "UPDATE estimate_vote SET consent_card = $1, consent_at = $2, consent_by = $3
               WHERE round = $4 AND user_id = $5";
    tx.run(sql, params![&given.card, given.at, &given.by, round, user]).map(drop)
}

const NOTES: &str = "SELECT n.id, n.round, n.text, n.by, n.at, n.item
    FROM estimate_note n JOIN estimate_round r ON r.id = n.round";

fn read_note(row: &Row) -> Result<Note> {
    Ok(Note {
        id: row.get(0)?,
        round: row.get(1)?,
        text: row.get(2)?,
        by: row.get(3)?,
        at: row.get(4)?,
        item: row.get(5)?,
    })
}

pub fn notes(tx: &mut Tx, sittings: &[SittingId]) -> Result<Vec<Note>> {
    tx.all_q(&of_all(NOTES, "r.sitting", sittings, "n.id"), read_note)
}

pub fn note(tx: &mut Tx, id: EstimateNoteId) -> Result<Option<Note>> {
    tx.first(&format!("{NOTES} WHERE n.id = $1"), params![id], read_note)
}

pub fn count_notes(tx: &mut Tx, round: EstimateRoundId) -> Result<i64> {
    tx.one("SELECT COUNT(*) FROM estimate_note WHERE round = $1", params![round], |row| row.get(0))
}

pub fn is_noted(tx: &mut Tx, round: EstimateRoundId) -> Result<bool> {
    Ok(count_notes(tx, round)? > 0)
}

pub fn add_note(tx: &mut Tx, new: &Note) -> Result<EstimateNoteId> {
    let sql = "INSERT INTO estimate_note (round, text, by, at) VALUES ($1, $2, $3, $4) RETURNING id";
    tx.one(sql, params![new.round, &new.text, &new.by, new.at], |row| row.get(0))
}

pub fn set_note_item(tx: &mut Tx, id: EstimateNoteId, item: ItemId) -> Result<()> {
    tx.run("UPDATE estimate_note SET item = $1 WHERE id = $2", params![item, id]).map(drop)
}
