//! Deciding a review and answering its points.

use std::collections::BTreeMap;

use base::{
    Error, Result, ReviewId,
    refuse::{conflict, forbidden, invalid, not_found},
    text,
};
use db::Tx;
use people::{Actor, door::IfMatch};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{
    Check, Decision, Judges, Kind, ReviewPage, Sheet, State, get, seen,
    store::{self, CheckRow, RequestRow, ReviewRow},
    view,
};
use crate::{gate::with_article, promotion, seat::Seat, subject::Subject};

/// What a reviewer says. What is left away stays as it is.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ReviewJudgement")]
pub struct Judgement {
    pub decision: Option<Decision>,
    /// Why; required to decline.
    pub note: Option<String>,
    /// By key: the points that belong to this review.
    #[serde(default)]
    pub checklist: BTreeMap<String, Answer>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CheckAnswer")]
pub struct Answer {
    pub state: State,
    /// A sentence, a link; required to pass.
    pub evidence: Option<String>,
}

const LONGEST_NOTE: usize = 10_000;

/// Decides a review, answers its points, or both. `seen_as` is what the reviewer saw.
pub fn decide(tx: &mut Tx, actor: &Actor, id: &ReviewId, seen_as: &IfMatch, said: &Judgement) -> Result<ReviewPage> {
    let (subject, sheet) = seen(tx, actor, id)?;
    let row = sheet.reviews.iter().find(|row| row.id == *id).ok_or_else(|| not_found("review"))?;
    let seat = Seat::of(tx, actor, &subject.project)?;
    if let Some(refusal) = refusal(tx, &seat, &subject, &sheet.request, row.kind)? {
        return Err(refusal);
    }
    seen_as.check(&row.version.to_string(), || Ok(json!(view::page(tx, actor, &subject, &sheet, id)?)))?;
    let judges = Judges::now(tx, &subject)?;
    let answers = answers(&sheet, &judges, row.kind, said)?;
    let decided = decided(actor, &judges, row, said)?;
    let changed = note(tx, actor, &subject, &sheet, row, decided, answers)?;
    if changed {
        promotion::settle(tx, actor, &subject)?;
    }
    get(tx, actor, id)
}

/// Why this person may not decide a review of this kind; nothing when they may.
pub fn refusal(tx: &mut Tx, seat: &Seat, subject: &Subject, request: &RequestRow, kind: Kind) -> Result<Option<Error>> {
    if let Some(refusal) = seat.not_deciding() {
        return Ok(Some(refusal));
    }
    if subject.owners.contains(&seat.user) {
        let owned = if seat.user == subject.owner { "own" } else { "owned" };
        return Ok(Some(forbidden(format!("You {owned} this experiment, so someone else must judge it."))));
    }
    if !seat.holds(kind.duty()) {
        let who = with_article(kind.duty());
        let detail = format!("The {} review is decided by {who}; you do not have that duty here.", kind.as_str());
        return Ok(Some(forbidden(detail)));
    }
    if let Some(refusal) = subject.gone() {
        return Ok(Some(refusal));
    }
    if request.replaced_at.is_some() {
        return Ok(Some(conflict("A newer request for reviews replaced this one. Decide there.")));
    }
    if store::is_deployed(tx, &request.id)? {
        let detail = "What was judged here has been deployed. Ask for new reviews to judge the experiment again.";
        return Ok(Some(conflict(detail)));
    }
    Ok(None)
}

/// The points as they will be, those that change. The same answer from someone who counts, where the
/// one before does not any more, is a change.
fn answers(sheet: &Sheet, judges: &Judges, kind: Kind, said: &Judgement) -> Result<Vec<CheckRow>> {
    let mut changed = Vec::new();
    for (key, answer) in &said.checklist {
        let field = format!("checklist.{key}");
        let check = Check::parse(key).ok_or_else(|| invalid(&field, format!("is no point; there are {}", keys())))?;
        match check.kind() {
            None => return Err(invalid(&field, "is computed from the run and cannot be typed")),
            Some(other) if other != kind => {
                return Err(invalid(&field, format!("belongs to the {} review", other.as_str())));
            }
            Some(_) => {}
        }
        let Some(row) = sheet.checks.iter().find(|row| row.check == check) else { continue };
        let evidence = written(&format!("{field}.evidence"), answer.evidence.as_deref(), &row.evidence)?;
        if answer.state == State::Pass && evidence.is_none() {
            return Err(invalid(&format!("{field}.evidence"), "must say what shows that this point passed"));
        }
        let same = (answer.state, &evidence) == (row.state, &row.evidence);
        if !same || row.flaw(judges).is_some() {
            changed.push(CheckRow { state: answer.state, evidence, ..row.clone() });
        }
    }
    Ok(changed)
}

fn keys() -> String {
    Check::ALL.map(Check::as_str).join(", ")
}

/// The review as it will be, if it changes.
fn decided(actor: &Actor, judges: &Judges, row: &ReviewRow, said: &Judgement) -> Result<Option<ReviewRow>> {
    let note = written("note", said.note.as_deref(), &row.note)?;
    let decision = said.decision.or(row.decision);
    if decision == Some(Decision::Declined) && note.is_none() {
        return Err(invalid("note", "must say why the review is declined"));
    }
    let theirs = row.decided_by.as_ref().is_some_and(|judge| *judge != actor.user);
    if said.decision.is_none() && theirs && note != row.note {
        return Err(invalid("decision", "must come with the note: the one that stands is somebody else's"));
    }
    let adopts = said.decision.is_some() && row.flaw(judges).is_some();
    let same = decision == row.decision && note == row.note && !adopts;
    Ok((!same).then(|| ReviewRow { decision, note, ..row.clone() }))
}

/// What was sent, else what stood there; an empty text counts as none.
fn written(field: &str, sent: Option<&str>, stood: &Option<String>) -> Result<Option<String>> {
    let Some(sent) = sent else { return Ok(stood.clone()) };
    Ok(Some(text::optional(field, sent, LONGEST_NOTE)?).filter(|text| !text.is_empty()))
}

/// Writes down what changed, and says whether anything did.
fn note(
    tx: &mut Tx,
    actor: &Actor,
    subject: &Subject,
    sheet: &Sheet,
    row: &ReviewRow,
    decided: Option<ReviewRow>,
    answers: Vec<CheckRow>,
) -> Result<bool> {
    if decided.is_none() && answers.is_empty() {
        return Ok(false);
    }
    let now = tx.now();
    let (by, at) = (Some(actor.user.clone()), Some(now));
    let name = format!("review:{}", row.id);
    let about = json!({ "experiment": subject.id, "request": sheet.request.id, "review": row.kind });
    for answer in answers {
        let answer = CheckRow { decided_by: by.clone(), decided_at: at, ..answer };
        store::set_check(tx, &sheet.request.id, &answer)?;
        let mut body = about.clone();
        body["key"] = answer.check.as_str().into();
        body["state"] = answer.state.as_str().into();
        tx.emit(actor.event("check.decided", &name).project(&subject.project).body(body))?;
    }
    let mut review = decided.clone().unwrap_or_else(|| row.clone());
    review.version += 1;
    if let Some(decided) = decided {
        let mut body = about;
        let kind = match decided.decision {
            Some(decision) => {
                (review.decided_by, review.decided_at) = (by, at);
                body["decision"] = decision.as_str().into();
                "review.decided"
            }
            None => "review.noted",
        };
        tx.emit(actor.event(kind, &name).project(&subject.project).body(body))?;
    }
    store::set_review(tx, &review)?;
    tx.touch(Some(&subject.project), subject.name_of());
    Ok(true)
}
