//! A bundle is exactly what is approved: the hypothesis, the run with all that it logged, the digests
//! of its artifacts and of the models that it made, the registered versions that offer them, the rule
//! in force, the code it came from, the plan, and the version of the checklist. Its digest is SHA-256
//! over its canonical JSON; a bundle that somebody asked for or approved is kept word for word.

pub mod change;
pub mod store;
#[cfg(test)]
pub(crate) mod tests;
pub mod version;

use std::collections::BTreeMap;

use base::{ExperimentId, ModelId, Number, Result, RunId, Time, canonical, refuse::internal};
use db::Tx;
use lab::{
    artifact, experiment, model, rule,
    run::{self, Content, Run, Status},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
pub use version::Version;

use crate::{review, rollout::Plan};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bundle {
    /// SHA-256 over the canonical JSON of everything else here.
    #[serde(default)]
    pub digest: String,
    pub run: Evidence,
    /// Those of the run, then those of its models, by path.
    pub artifacts: Vec<Artifact>,
    /// What the run made, wherever it lies in the project.
    pub models: Vec<Model>,
    /// Registered versions of the run and of its models, by name and number. Absent in a bundle that was
    /// kept before bundles listed them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<Vec<Version>>,
    pub datasets: Vec<Dataset>,
    /// What the experiment claims.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hypothesis: Option<String>,
    pub rule: Option<Rule>,
    pub code: Option<Code>,
    pub plan: Plan,
    pub checklist_version: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BundleRun")]
pub struct Evidence {
    pub id: RunId,
    pub status: Status,
    pub ended_at: Option<Time>,
    pub params: BTreeMap<String, String>,
    /// The latest value of each.
    pub metrics: BTreeMap<String, Number>,
    /// How many points each has. Points are never changed or taken away, so a history to which any
    /// came has another count, also where the latest value stays.
    #[serde(default)]
    pub points: BTreeMap<String, i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BundleArtifact")]
pub struct Artifact {
    /// The model that it belongs to; absent where it is the run's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelId>,
    /// From the top of what the run, or the model, has.
    pub path: String,
    pub sha256: String,
    pub size: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BundleModel")]
pub struct Model {
    pub id: ModelId,
    /// `pending`, `ready`, `failed` or `deleted`; `unknown` where the project has no such model.
    pub status: String,
    pub params: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BundleDataset")]
pub struct Dataset {
    pub name: String,
    pub digest: String,
    pub context: Option<String>,
}

/// The rule with the moment it was set: setting the same one again is another decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BundleRule")]
pub struct Rule {
    #[serde(flatten)]
    pub asks: RuleAsks,
    pub set_at: Time,
    pub changed_after_first_run: bool,
}

/// As [`rule::New`]; spelled out, because a flattened part cannot refuse unknown fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BundleRuleAsks")]
pub struct RuleAsks {
    pub metric: String,
    pub comparator: rule::Comparator,
    pub threshold: f64,
    pub constraints: Vec<rule::Constraint>,
    pub dataset: Option<String>,
    pub time_box_days: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BundleCode")]
pub struct Code {
    pub commit: Option<String>,
    pub source: Option<String>,
}

impl Bundle {
    /// Bundles that list no versions name the files of a model by `models/ID/` before their path.
    fn tell_models_apart(&mut self) {
        for file in &mut self.artifacts {
            let named = file.path.strip_prefix("models/").and_then(|rest| rest.split_once('/'));
            let Some((id, path)) = named else { continue };
            if let Some(model) = self.models.iter().find(|model| model.id.as_str() == id) {
                (file.model, file.path) = (Some(model.id.clone()), path.to_owned());
            }
        }
    }
}

impl Model {
    /// Whether it is there, whole.
    pub fn is_ready(&self) -> bool {
        self.status == model::Status::Ready.as_str()
    }
}

/// What a promotion of this run with this plan would be about now.
pub fn of(tx: &mut Tx, run: &Run, plan: &Plan) -> Result<Bundle> {
    let content = run::content(tx, std::slice::from_ref(run))?.pop().unwrap_or_default();
    let models = models(tx, run, &content)?;
    let mut bundle = Bundle {
        digest: String::new(),
        artifacts: artifacts(tx, run, &models)?,
        models: models.into_iter().map(|(model, _)| model).collect(),
        versions: None,
        datasets: datasets(&content),
        hypothesis: experiment::load(tx, run.experiment)?.and_then(|experiment| experiment.hypothesis),
        rule: rule::in_force(tx, run.experiment)?.map(Rule::from),
        code: code(&content),
        plan: plan.clone(),
        checklist_version: review::VERSION,
        run: evidence(run, content),
    };
    bundle.versions = Some(version::all(tx, run, &bundle)?);
    bundle.digest = digest(&body(&bundle)?);
    Ok(bundle)
}

/// The bundle that was kept under this digest.
pub fn kept(tx: &mut Tx, digest: &str) -> Result<Bundle> {
    let body = store::body(tx, digest)?;
    let mut bundle: Bundle = serde_json::from_str(&body).map_err(internal)?;
    if bundle.versions.is_none() {
        bundle.tell_models_apart();
    }
    Ok(Bundle { digest: digest.to_owned(), ..bundle })
}

pub fn keep(tx: &mut Tx, bundle: &Bundle) -> Result<()> {
    store::keep(tx, &bundle.digest, &body(bundle)?)
}

/// Canonical JSON without the digest.
fn body(bundle: &Bundle) -> Result<String> {
    let mut json = serde_json::to_value(bundle).map_err(internal)?;
    if let Value::Object(members) = &mut json {
        members.remove("digest");
    }
    Ok(canonical::to_string(&json))
}

fn digest(body: &str) -> String {
    hex::encode(Sha256::digest(body))
}

fn evidence(run: &Run, content: Content) -> Evidence {
    Evidence {
        id: run.id.clone(),
        status: run.status,
        ended_at: run.ended_at,
        params: content.params.into_iter().collect(),
        points: content.metrics.iter().map(|latest| (latest.key.clone(), latest.points)).collect(),
        metrics: content.metrics.into_iter().map(|latest| (latest.key, Number(latest.point.value))).collect(),
    }
}

/// The models that the run made, each with the experiment where its files lie.
fn models(tx: &mut Tx, run: &Run, content: &Content) -> Result<Vec<(Model, Option<ExperimentId>)>> {
    let mut models = Vec::new();
    for made in &content.made {
        let id = made.model.clone();
        let known = model::load(tx, &id)?.filter(|model| model.project == run.project);
        models.push(match known {
            None => (Model { id, status: "unknown".to_owned(), params: BTreeMap::new() }, None),
            Some(known) => {
                let gone = known.deleted_at.is_some();
                let status = if gone { "deleted" } else { known.status.as_str() }.to_owned();
                let content = model::content(tx, std::slice::from_ref(&known))?.pop().unwrap_or_default();
                (Model { id, status, params: content.params.into_iter().collect() }, Some(known.experiment))
            }
        });
    }
    Ok(models)
}

fn artifacts(tx: &mut Tx, run: &Run, models: &[(Model, Option<ExperimentId>)]) -> Result<Vec<Artifact>> {
    let mut artifacts: Vec<Artifact> = artifact::of_run(tx, run)?
        .into_iter()
        .map(|file| Artifact { model: None, path: file.path, sha256: file.sha256, size: file.size })
        .collect();
    for (model, experiment) in models {
        let Some(experiment) = experiment else { continue };
        for file in artifact::of_model(tx, *experiment, &model.id)? {
            let model = Some(model.id.clone());
            artifacts.push(Artifact { model, path: file.path, sha256: file.sha256, size: file.size });
        }
    }
    artifacts.sort_by(|a, b| (&a.model, &a.path).cmp(&(&b.model, &b.path)));
    Ok(artifacts)
}

fn datasets(content: &Content) -> Vec<Dataset> {
    let read = content.inputs.iter().map(|input| Dataset {
        name: input.dataset.name.clone(),
        digest: input.dataset.digest.clone(),
        context: input.context().map(str::to_owned),
    });
    let mut datasets: Vec<Dataset> = read.collect();
    datasets.sort();
    datasets
}

/// Clients tell in tags where the code lies; those that keep it in no repository tell its name.
fn code(content: &Content) -> Option<Code> {
    let tag = |key: &str| content.tags.iter().find(|(k, _)| k == key).map(|(_, value)| value.clone());
    let code = Code { commit: tag("mlflow.source.git.commit"), source: tag("mlflow.source.name") };
    (code.commit.is_some() || code.source.is_some()).then_some(code)
}

impl From<rule::Rule> for Rule {
    fn from(rule: rule::Rule) -> Self {
        let rule::New { metric, comparator, threshold, constraints, dataset, time_box_days } = rule.asks;
        let asks = RuleAsks { metric, comparator, threshold, constraints, dataset, time_box_days };
        Self { asks, set_at: rule.set_at, changed_after_first_run: rule.after_first_run }
    }
}
