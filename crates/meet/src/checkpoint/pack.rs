//! The evidence pack: what was asked in these days, what is known, what it took, and what can be done next, in
//! plain words. It is built in one go from a fixed number of reads, however many questions there are, before the
//! transaction that stores it, and then frozen.

use std::collections::HashMap;

use base::{
    Day, ExperimentId, ItemId, Kind as Refused, Result, SprintId, StatusId, Time,
    refuse::{internal, invalid},
};
use db::Tx;
use lab::{
    experiment::{self, Experiment},
    rule::{self, Rule},
    run::{self, Usage},
    verdict::{self, Overview},
};
use people::{Actor, Right};
use plan::{
    backlog::Backlog,
    item::{self, Faces, Item, Kind},
    spike::{self, Answer, Spike},
    sprint::{self, Mode, State},
    status::{self, Category, Status},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Choice, Price,
    glossary::{self, Term},
    told::{self, Facts},
};

base::words! {
    /// What is known of a question: what the runs say of a hypothesis, or a spike's answer.
    Outcome {
        Open = "open",
        Supported = "supported",
        Refuted = "refuted",
        Yes = "yes",
        No = "no",
        Unknown = "unknown",
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "EvidencePack")]
pub struct Pack {
    pub built_at: Time,
    /// The whole in a few sentences.
    pub summary: Vec<String>,
    pub sprint: Option<Goal>,
    /// Open ones first, each group by rank.
    pub questions: Vec<Question>,
    /// There are more than a pack shows.
    pub more_questions: bool,
    /// What was finished in these days, in that order.
    pub finished: Vec<Finished>,
    /// Hours of runs in these days.
    pub hours: f64,
    /// What they cost; null without a price.
    pub cost: Option<f64>,
    pub price: Option<f64>,
    pub currency: Option<String>,
    /// Words that stand above and may need a word.
    pub glossary: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PackSprint")]
pub struct Goal {
    pub id: SprintId,
    pub name: String,
    pub mode: Mode,
    pub goal: String,
    pub first_day: Day,
    pub last_day: Day,
    pub state: State,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PackQuestion")]
pub struct Question {
    pub item: ItemId,
    pub key: String,
    pub kind: Kind,
    pub title: String,
    /// What is claimed or asked.
    pub statement: String,
    /// Who works on it.
    pub owner: Option<String>,
    /// The name of its status.
    pub status: String,
    pub outcome: Outcome,
    /// What decides it, in sentences.
    pub asks: Vec<String>,
    /// What is known, in sentences.
    pub found: Vec<String>,
    /// Of a hypothesis, in these days.
    pub runs: Option<Runs>,
    /// Hours of its runs in these days.
    pub hours: f64,
    /// What they cost; null without a price.
    pub cost: Option<f64>,
    /// The last day of its time box.
    pub ends_on: Option<Day>,
    /// Calendar days from the pack's to that one, 0 on that one; null when it had ended or there is none.
    pub days_left: Option<i64>,
    /// Why nobody could go on with it.
    pub blocked: Option<String>,
    /// What can be done next; empty when it was closed.
    pub options: Vec<Next>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PackRuns")]
pub struct Runs {
    pub total: i64,
    pub finished: i64,
    pub failed: i64,
    pub running: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PackOption")]
pub struct Next {
    pub choice: Choice,
    /// What it means here, in a sentence.
    pub says: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PackFinished")]
pub struct Finished {
    pub key: String,
    pub kind: Kind,
    pub title: String,
    pub done_at: Time,
}

impl Pack {
    /// How many questions had an answer.
    pub(super) fn answered(&self) -> i64 {
        self.questions.iter().filter(|question| question.outcome != Outcome::Open).count() as i64
    }
}

const MOST_QUESTIONS: usize = 100;
/// Of what was finished no more are named.
pub(super) const MOST_FINISHED: i64 = 200;
const HOUR_MS: f64 = 3_600_000.0;

/// The goal of a sprint of the backlog.
pub fn sprint_of(tx: &mut Tx, actor: &Actor, backlog: &Backlog, id: SprintId) -> Result<Goal> {
    let absent = || invalid("sprint", "must be the id of a sprint of this project");
    let (sprint, of) = sprint::find(tx, actor, Right::Read, id)
        .map_err(|refusal| if refusal.is(Refused::NotFound) { absent() } else { refusal })?;
    if of.id != backlog.id {
        return Err(absent());
    }
    Ok(Goal {
        id,
        state: sprint.state(),
        name: sprint.name,
        mode: sprint.mode,
        goal: sprint.goal,
        first_day: sprint.first_day,
        last_day: sprint.last_day,
    })
}

/// As of now. Checks no right.
pub fn build(
    tx: &mut Tx,
    backlog: &Backlog,
    first: &Day,
    last: &Day,
    sprint: Option<Goal>,
    price: Option<&Price>,
) -> Result<Pack> {
    let now = tx.now();
    let (from, until) = (first.begins(), last.next().begins().min(now.plus_ms(1)));
    let mut items = item::questions(tx, backlog.id, from, until, MOST_QUESTIONS as i64 + 1)?;
    let more_questions = items.len() > MOST_QUESTIONS;
    items.truncate(MOST_QUESTIONS);
    let known = Known::of(tx, backlog, &items, from, until)?;
    let mut faces = Faces::default();
    let mut questions = Vec::with_capacity(items.len());
    for item in &items {
        let owner = item.face.assignee.as_ref().map(|who| faces.of(tx, who)).transpose()?;
        questions.push(known.question(item, owner.map(|person| person.name), now, price)?);
    }
    questions.sort_by_key(|question| question.options.is_empty());
    let done = item::done_between(tx, backlog.id, from, until, MOST_FINISHED)?;
    let finished = done.into_iter().filter_map(|item| {
        Some(Finished { done_at: item.done_at?, key: item.key, kind: item.face.kind, title: item.face.title })
    });
    let finished: Vec<Finished> = finished.collect();
    let ms: i64 = known.usage.values().map(|usage| usage.ms).sum();
    let mut pack = Pack {
        built_at: now,
        summary: Vec::new(),
        sprint,
        questions,
        more_questions,
        finished,
        hours: hours(ms),
        cost: price.map(|price| cost(ms, price)),
        price: price.map(|price| price.amount),
        currency: price.map(|price| price.currency.clone()),
        glossary: Vec::new(),
    };
    pack.summary = told::summary(&pack);
    pack.glossary = glossary::of(&pack);
    Ok(pack)
}

/// What is read once for all questions.
struct Known {
    statuses: HashMap<StatusId, Status>,
    spikes: HashMap<ItemId, Spike>,
    experiments: HashMap<ExperimentId, Experiment>,
    rules: HashMap<ExperimentId, Rule>,
    overviews: HashMap<ExperimentId, Overview>,
    usage: HashMap<ExperimentId, Usage>,
}

impl Known {
    fn of(tx: &mut Tx, backlog: &Backlog, items: &[Item], from: Time, until: Time) -> Result<Self> {
        let ids: Vec<ItemId> = items.iter().map(|item| item.id).collect();
        let tried: Vec<ExperimentId> = items.iter().filter_map(|item| item.experiment).collect();
        let rules = rule::in_force_of(tx, &tried)?;
        let statuses = status::all(tx, backlog.id)?;
        let experiments = experiment::some(tx, &tried)?;
        Ok(Self {
            statuses: statuses.into_iter().map(|status| (status.id, status)).collect(),
            spikes: spike::some(tx, &ids)?,
            experiments: experiments.into_iter().map(|experiment| (experiment.id, experiment)).collect(),
            overviews: verdict::overview(tx, &rules)?,
            usage: run::usage(tx, &tried, from, until)?,
            rules,
        })
    }

    fn question(&self, item: &Item, owner: Option<String>, now: Time, price: Option<&Price>) -> Result<Question> {
        let status = self.statuses.get(&item.face.status);
        let status = status.ok_or_else(|| internal(format!("{} has a status of another backlog", item.key)))?;
        let spike = self.spikes.get(&item.id);
        let tried = item.experiment.and_then(|id| self.experiments.get(&id));
        let (rule, overview) = match tried {
            Some(tried) => (self.rules.get(&tried.id), self.overviews.get(&tried.id)),
            None => (None, None),
        };
        let usage = item.experiment.map(|id| self.usage.get(&id).copied().unwrap_or_default());
        let ends_at = rule.and_then(|rule| rule.decide_by).or(spike.map(Spike::ends_at));
        let ahead = ends_at.filter(|end| *end > now);
        let days_left = ahead.map(|end| Day::of(end).days_since(&Day::of(now)));
        let facts = Facts {
            item,
            owner: owner.as_deref(),
            outcome: outcome(spike, overview),
            rule,
            overview,
            spike,
            ends_on: ends_at.map(Day::of),
            days_left,
            closed: matches!(status.category, Category::Done | Category::Cancelled),
        };
        let statement = spike.map(|spike| spike.question.clone());
        let statement = statement.or_else(|| tried.and_then(|tried| tried.hypothesis.clone()));
        let ms = usage.map_or(0, |usage| usage.ms);
        Ok(Question {
            item: item.id,
            key: item.key.clone(),
            kind: item.face.kind,
            title: item.face.title.clone(),
            statement: statement.unwrap_or_else(|| item.face.title.clone()),
            status: status.name.clone(),
            outcome: facts.outcome,
            asks: told::asks(&facts),
            found: told::found(&facts),
            options: told::options(&facts),
            runs: usage.map(|Usage { runs, .. }| Runs {
                total: runs.total,
                finished: runs.finished,
                failed: runs.failed,
                running: runs.running,
            }),
            hours: hours(ms),
            cost: price.map(|price| cost(ms, price)),
            ends_on: facts.ends_on.clone(),
            days_left,
            blocked: item.face.blocked.clone(),
            owner,
        })
    }
}

fn outcome(spike: Option<&Spike>, overview: Option<&Overview>) -> Outcome {
    if let Some((answer, ..)) = spike.and_then(|spike| spike.answer.as_ref()) {
        return match answer {
            Answer::Yes => Outcome::Yes,
            Answer::No => Outcome::No,
            Answer::Unknown => Outcome::Unknown,
        };
    }
    match overview.and_then(|overview| overview.verdict.as_ref()).map(|verdict| verdict.state) {
        Some(verdict::State::Supported) => Outcome::Supported,
        Some(verdict::State::Refuted) => Outcome::Refuted,
        Some(verdict::State::Open) | None => Outcome::Open,
    }
}

/// To two decimals.
fn hours(ms: i64) -> f64 {
    cents(ms as f64 / HOUR_MS)
}

fn cost(ms: i64, price: &Price) -> f64 {
    cents(ms as f64 / HOUR_MS * price.amount)
}

fn cents(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
