//! What came up when votes stood apart, and the item that it becomes.

use base::{
    EstimateNoteId, EstimateRoundId, Result, SittingId, TeamId,
    refuse::{conflict, not_found},
    text,
};
use db::Tx;
use people::{Actor, Right};
use plan::{
    item::{self, Kind, New},
    relation::{self, Stands},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Note, Sitting, State, check_open, find, round::tell, store};

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewEstimateNote")]
pub struct NewNote {
    /// One line, up to 300 characters: it may become the title of an item.
    pub text: String,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EstimateNoteItem")]
pub struct AsItem {
    /// Absent: the note.
    pub title: Option<String>,
    /// Absent: a task.
    pub kind: Option<Kind>,
    /// A member's e-mail address or id, or `me`.
    pub assignee: Option<String>,
    /// The id of a team of the project.
    pub team: Option<TeamId>,
    /// Whether the estimated item waits for the new one.
    #[serde(default = "yes")]
    pub blocks: bool,
}

fn yes() -> bool {
    true
}

const LONGEST: usize = 300;
const MOST: i64 = 100;

/// Writes down what came up, once the votes are seen.
pub fn note(tx: &mut Tx, actor: &Actor, id: SittingId, round: EstimateRoundId, new: &NewNote) -> Result<Sitting> {
    let (sitting, backlog) = find(tx, actor, Right::Plan, id)?;
    check_open(&sitting)?;
    let round = store::round(tx, round)?.filter(|round| round.sitting == id).ok_or_else(|| not_found("round"))?;
    check_noted(&round)?;
    if store::count_notes(tx, round.id)? >= MOST {
        return Err(conflict(format!("{} has {MOST} notes, which is as many as there can be.", round.name())));
    }
    let (text, now) = (text::line("text", &new.text, LONGEST)?, tx.now());
    let (by, note) = (actor.user.clone(), EstimateNoteId(0));
    let note = Note { id: note, round: round.id, text, by, at: now, item: None };
    let note = Note { id: store::add_note(tx, &note)?, ..note };
    tell(tx, actor, &sitting, &backlog, &round, "estimate.noted", json!({ "note": note.id, "text": note.text }))?;
    Ok(sitting)
}

pub(super) fn check_noted(round: &super::Round) -> Result<()> {
    if round.revealed_at.is_some() {
        return Ok(());
    }
    Err(conflict(match round.state() {
        State::Voting => format!("{} is not revealed yet. Notes tell what came up after.", round.name()),
        _ => format!("{} ended without being revealed.", round.name()),
    }))
}

/// Makes an item of the note; unless told otherwise, the estimated item waits for it.
pub fn to_item(tx: &mut Tx, actor: &Actor, id: SittingId, note: EstimateNoteId, wanted: &AsItem) -> Result<Sitting> {
    let (sitting, backlog) = find(tx, actor, Right::Plan, id)?;
    let found = store::note(tx, note)?.ok_or_else(|| not_found("note"))?;
    let round = store::round(tx, found.round)?.filter(|round| round.sitting == id);
    let round = round.ok_or_else(|| not_found("note"))?;
    if let Some(item) = found.item {
        let key = item::briefs(tx, actor, &[item])?.remove(&item).map_or_else(|| "an item".to_owned(), |item| item.key);
        return Err(conflict(format!("This note has become {key} already.")));
    }
    let description = format!("Came up in {}, when {} was estimated.", sitting.name, round.key);
    let new = New {
        title: wanted.title.clone().unwrap_or_else(|| found.text.clone()),
        kind: wanted.kind,
        assignee: wanted.assignee.clone(),
        team: wanted.team.clone(),
        description: Some(description),
        ..New::default()
    };
    let made = item::create(tx, actor, &backlog.project.key, &new)?;
    if wanted.blocks {
        // By the key that it had here: where it is by now may not be theirs to see.
        let blocks = relation::New { kind: Stands::Blocks, item: round.key.clone(), contract: false };
        relation::relate(tx, actor, &made.key, &blocks)?;
    }
    store::set_note_item(tx, note, made.id)?;
    let body = json!({ "note": note, "text": found.text, "made": made.key, "blocks": wanted.blocks });
    tell(tx, actor, &sitting, &backlog, &round, "estimate.note_planned", body)?;
    Ok(sitting)
}
