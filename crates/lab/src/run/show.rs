//! Runs as the interface shows them.

use std::collections::{BTreeMap, HashMap, hash_map::Entry};

use base::{ExperimentId, ModelId, Number, Result, RunId, Time, UserId};
use db::Tx;
use people::{Actor, Can, Person, Right, project, user};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Content, Run, Status, content, store};
use crate::{
    model,
    rule::{self, Rule},
    verdict::{self, Evidence},
};

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Run")]
pub struct Shown {
    pub id: RunId,
    pub name: String,
    pub experiment: ExperimentId,
    /// The project's key.
    pub project: String,
    /// Who logged it.
    pub user: Option<Person>,
    pub status: Status,
    pub started_at: Time,
    pub ended_at: Option<Time>,
    pub params: BTreeMap<String, String>,
    /// The latest value of each.
    pub metrics: BTreeMap<String, Number>,
    pub tags: BTreeMap<String, String>,
    pub datasets: Vec<ShownDataset>,
    /// Logged models that it made.
    pub models: Vec<ShownModel>,
    pub deleted: bool,
    /// What it says about the experiment's rule; null without one.
    pub evidence: Option<Evidence>,
    pub can: Can,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "RunDataset")]
pub struct ShownDataset {
    pub name: String,
    pub digest: String,
    /// What for: `training`, `eval`, …
    pub context: Option<String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "RunModel")]
pub struct ShownModel {
    pub id: ModelId,
    pub name: String,
    /// `pending`, `ready` or `failed`.
    pub status: &'static str,
}

/// Runs with their contents, as pages and tables show them. The caller has checked that the actor
/// may look.
pub fn show(tx: &mut Tx, actor: &Actor, runs: &[Run]) -> Result<Vec<Shown>> {
    let mut around = Around::default();
    let contents = content(tx, runs)?;
    runs.iter().zip(contents).map(|(run, content)| around.show(tx, actor, run, content)).collect()
}

/// What runs share, read once.
#[derive(Default)]
struct Around {
    rules: HashMap<ExperimentId, Option<Rule>>,
    people: HashMap<UserId, Option<Person>>,
    places: HashMap<ExperimentId, (String, Can)>,
}

impl Around {
    fn show(&mut self, tx: &mut Tx, actor: &Actor, run: &Run, content: Content) -> Result<Shown> {
        let evidence = self.rule(tx, run)?.map(|rule| verdict::evidence_of(run, &content, rule));
        let user = self.person(tx, run)?;
        let (project, can) = self.place(tx, actor, run)?;
        let made: Vec<ModelId> = content.made.into_iter().map(|made| made.model).collect();
        let models = model::named(tx, run.experiment, &made)?.into_iter();
        Ok(Shown {
            id: run.id.clone(),
            name: run.name.clone(),
            experiment: run.experiment,
            project,
            user,
            status: run.status,
            started_at: run.started_at,
            ended_at: run.ended_at,
            params: content.params.into_iter().collect(),
            metrics: content.metrics.into_iter().map(|latest| (latest.key, Number(latest.point.value))).collect(),
            tags: content.tags.into_iter().collect(),
            datasets: content
                .inputs
                .into_iter()
                .map(|input| ShownDataset {
                    context: input.context().map(str::to_owned),
                    name: input.dataset.name,
                    digest: input.dataset.digest,
                })
                .collect(),
            models: models.map(|(id, name, status)| ShownModel { id, name, status: status.as_str() }).collect(),
            deleted: run.deleted_at.is_some(),
            can: can_with(can, run, evidence.as_ref()),
            evidence,
        })
    }

    fn rule(&mut self, tx: &mut Tx, run: &Run) -> Result<Option<&Rule>> {
        let rule = match self.rules.entry(run.experiment) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(rule::in_force(tx, run.experiment)?),
        };
        Ok(rule.as_ref())
    }

    fn person(&mut self, tx: &mut Tx, run: &Run) -> Result<Option<Person>> {
        if let Some(person) = self.people.get(&run.creator) {
            return Ok(person.clone());
        }
        let person = match user::person(tx, &run.creator) {
            Ok(person) => Some(person),
            Err(absent) if absent.is(base::Kind::NotFound) => None,
            Err(error) => return Err(error),
        };
        self.people.insert(run.creator.clone(), person.clone());
        Ok(person)
    }

    /// The project's key, and what the actor may do with runs there.
    fn place(&mut self, tx: &mut Tx, actor: &Actor, run: &Run) -> Result<(String, Can)> {
        if let Some(place) = self.places.get(&run.experiment) {
            return Ok(place.clone());
        }
        let track = people::may(tx, actor, Right::Track, &run.project)?;
        let plan = people::may(tx, actor, Right::Plan, &run.project)?;
        let can = Can::new().with("edit", track.clone()).with("delete", track).with("ask_promotion", plan);
        let place = (project::get(tx, &run.project)?.key, can);
        self.places.insert(run.experiment, place.clone());
        Ok(place)
    }
}

/// What the run's own state adds to the actor's rights.
fn can_with(can: Can, run: &Run, evidence: Option<&Evidence>) -> Can {
    let deleted = run.deleted_at.map(|_| "The run is deleted. Restore it first.".to_owned());
    let unfit = match evidence {
        None => Some("The experiment has no rule yet, so nothing says what the run must reach.".to_owned()),
        Some(evidence) if evidence.meets => None,
        Some(evidence) => {
            Some(evidence.why_not.clone().unwrap_or_else(|| "The run does not meet the experiment's rule.".to_owned()))
        }
    };
    let add = |can: Can, verb: &'static str, why: Option<String>| {
        let why_not = can.why_not(verb).map(str::to_owned).or(why);
        can.with(verb, why_not)
    };
    let can = add(can, "edit", deleted.clone());
    let can = add(can, "delete", deleted.clone());
    add(can, "ask_promotion", deleted.or(unfit))
}

/// The keys that the runs of an experiment have between them, each list in order.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "RunColumns")]
pub struct Columns {
    pub params: Vec<String>,
    pub metrics: Vec<String>,
    pub tags: Vec<String>,
}

pub fn columns(tx: &mut Tx, experiment: ExperimentId) -> Result<Columns> {
    let [params, metrics, tags] = store::columns(tx, experiment)?;
    Ok(Columns { params, metrics, tags })
}
