//! A checkpoint as pages show it.

use base::{CheckpointId, Cursor, Day, Limit, Page, Result, Time, UserId};
use db::Tx;
use people::{Actor, Can, Person, Right};
use plan::{
    backlog::{self, Backlog},
    item::Faces,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Checkpoint, Choice, Decider, Decision, Pack,
    asked::{by_name, check_asked, deciders, known},
    check_open, check_undecided,
    decide::{Elsewhere, elsewhere},
    store,
};

/// A checkpoint in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "CheckpointLine")]
pub struct Line {
    pub id: CheckpointId,
    pub title: String,
    pub first_day: Day,
    pub last_day: Day,
    pub created_at: Time,
    pub closed_at: Option<Time>,
    /// Who is asked to decide, by name.
    pub asked: Vec<Decider>,
    /// How many it shows.
    pub questions: i64,
    /// How many of them had an answer when it was shown.
    pub answered: i64,
    pub decided: i64,
}

/// A checkpoint as its page shows it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Checkpoint")]
pub struct Shown {
    pub id: CheckpointId,
    /// The project's key.
    pub project: String,
    pub title: String,
    pub first_day: Day,
    pub last_day: Day,
    pub created_at: Time,
    pub created_by: Person,
    pub closed_at: Option<Time>,
    pub closed_by: Option<Person>,
    /// Who is asked to decide, by name.
    pub asked: Vec<Decider>,
    pub pack: Pack,
    /// As they were made, those that were replaced too.
    pub decisions: Vec<DecisionShown>,
    /// Keys of the questions that were open when it was shown and that nobody has decided.
    pub undecided: Vec<String>,
    /// Verbs: decide, ask, rebuild, close, delete.
    pub can: Can,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "CheckpointDecision")]
pub struct DecisionShown {
    /// The key under which the question stands in the pack.
    pub question: String,
    pub choice: Choice,
    /// Perhaps empty where it continues.
    pub reason: String,
    pub by: Person,
    pub at: Time,
    /// Its author decided otherwise since.
    pub replaced: bool,
    /// Null unless the item came back into another status than where it stood.
    pub brought: Option<Elsewhere>,
}

/// The project's checkpoints, the latest first.
pub fn list(tx: &mut Tx, actor: &Actor, key: &str, cursor: Option<&str>, limit: Limit) -> Result<Page<Line>> {
    let (_, backlog) = backlog::find(tx, actor, Right::Read, key)?;
    let after = cursor.map(Cursor::read::<store::Place>).transpose()?;
    let Some(Backlog { id, project }) = backlog else { return Ok(Page::whole(Vec::new())) };
    let found = store::lines(tx, id, after, limit)?;
    let mut page = Page::cut(found, limit, |line| (line.created_at.ms(), line.id.0));
    let mut asked = store::all_asked(tx, &page.items)?;
    let everybody: Vec<UserId> = asked.values().flatten().cloned().collect();
    let known = known(tx, &project.id, &everybody)?;
    for line in &mut page.items {
        let users = asked.remove(&line.id).unwrap_or_default();
        line.asked = by_name(users.iter().filter_map(|user| known.get(user).cloned()));
    }
    Ok(page)
}

/// The caller has checked that the actor may look.
pub fn show(tx: &mut Tx, actor: &Actor, checkpoint: &Checkpoint) -> Result<Shown> {
    let backlog = backlog::get(tx, checkpoint.backlog)?;
    let mut faces = Faces::default();
    let made = store::decisions(tx, checkpoint.id)?;
    let mut decisions = Vec::with_capacity(made.len());
    for decision in &made {
        let of = checkpoint.pack.questions.iter().find(|question| question.item == decision.item);
        decisions.push(DecisionShown {
            question: of.map(|question| question.key.clone()).unwrap_or_default(),
            choice: decision.choice,
            reason: decision.reason.clone(),
            by: faces.of(tx, &decision.by)?,
            at: decision.at,
            replaced: decision.replaced_at.is_some(),
            brought: elsewhere(tx, decision, &backlog)?,
        });
    }
    let closed_by = checkpoint.closed.as_ref().map(|(_, by)| faces.of(tx, by)).transpose()?;
    Ok(Shown {
        id: checkpoint.id,
        title: checkpoint.title.clone(),
        first_day: checkpoint.first_day.clone(),
        last_day: checkpoint.last_day.clone(),
        created_at: checkpoint.created_at,
        created_by: faces.of(tx, &checkpoint.created_by)?,
        closed_at: checkpoint.closed.as_ref().map(|(at, _)| *at),
        closed_by,
        asked: deciders(tx, checkpoint, &backlog)?,
        pack: checkpoint.pack.clone(),
        decisions,
        undecided: undecided(checkpoint, &made),
        can: can(tx, actor, checkpoint, &backlog)?,
        project: backlog.project.key,
    })
}

pub(super) fn undecided(checkpoint: &Checkpoint, made: &[Decision]) -> Vec<String> {
    let decided = |item| made.iter().any(|decision| decision.item == item);
    let open = checkpoint.pack.questions.iter().filter(|question| !question.options.is_empty());
    open.filter(|question| !decided(question.item)).map(|question| question.key.clone()).collect()
}

fn can(tx: &mut Tx, actor: &Actor, checkpoint: &Checkpoint, backlog: &Backlog) -> Result<Can> {
    let project = &backlog.project.id;
    let why = |cannot: &Option<String>, refusal: Result<()>| {
        cannot.clone().or_else(|| refusal.err().map(|why| why.detail().to_owned()))
    };
    let (may_decide, may_plan) =
        (people::may(tx, actor, Right::Decide, project)?, people::may(tx, actor, Right::Plan, project)?);
    let asked = check_asked(tx, actor, checkpoint, backlog).and_then(|()| check_open(checkpoint));
    let rebuild = check_undecided(tx, checkpoint, "Make another checkpoint to show what is known now.");
    let delete = check_undecided(tx, checkpoint, "It stays, with the decisions.");
    Ok(Can::new()
        .with("decide", why(&may_decide, asked))
        .with("ask", why(&may_plan, check_open(checkpoint)))
        .with("rebuild", why(&may_plan, rebuild))
        .with("close", why(&may_plan, check_open(checkpoint)))
        .with("delete", why(&may_plan, delete)))
}
