//! The shapes that clients read. Absent lists and values are left out.

use std::sync::Arc;

use base::{ExperimentId, Number, Result, Time, refuse::internal};
use db::Tx;
use lab::{
    experiment::{self, Experiment},
    metric::Point,
    run::{Content, Run},
};
use people::Actor;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use serde_json::value::{RawValue, to_raw_value};

use super::space::DEFAULT;

/// How experiments are called in an answer: within one project its Default experiment is `"0"`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Names {
    first: Option<ExperimentId>,
}

impl Names {
    /// For a settled actor.
    pub fn of(tx: &mut Tx, actor: &Actor) -> Result<Self> {
        let Some(project) = &actor.project else { return Ok(Self::default()) };
        Ok(Self { first: experiment::first_of(tx, actor, project)?.map(|experiment| experiment.id) })
    }

    /// [`Names::of`] for an answer that names this experiment only.
    pub fn of_one(actor: &Actor, experiment: &Experiment) -> Self {
        Self { first: (experiment.first && actor.project.is_some()).then_some(experiment.id) }
    }

    /// [`Names::of`] for an answer that names this run only.
    pub fn of_run(actor: &Actor, run: &Run) -> Self {
        Self { first: (run.first && actor.project.is_some()).then_some(run.experiment) }
    }

    pub fn experiment(self, id: ExperimentId) -> String {
        if self.first == Some(id) { DEFAULT.to_owned() } else { id.to_string() }
    }
}

#[derive(Debug, Serialize)]
pub struct Pair {
    pub key: String,
    pub value: String,
}

pub fn pairs(pairs: Vec<(String, String)>) -> Vec<Pair> {
    pairs.into_iter().map(|(key, value)| Pair { key, value }).collect()
}

#[derive(Debug, Serialize)]
pub struct ExperimentShape {
    experiment_id: String,
    name: String,
    artifact_location: String,
    lifecycle_stage: &'static str,
    creation_time: i64,
    last_update_time: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Pair>,
    workspace: &'static str,
}

pub fn experiment(experiment: Experiment, tags: Vec<Pair>, names: Names) -> ExperimentShape {
    ExperimentShape {
        experiment_id: names.experiment(experiment.id),
        artifact_location: experiment.artifact_location(),
        name: experiment.name,
        lifecycle_stage: stage(experiment.deleted_at),
        creation_time: experiment.created_at.ms(),
        last_update_time: experiment.updated_at.ms(),
        tags,
        workspace: "default",
    }
}

#[derive(Debug, Serialize)]
pub struct RunShape {
    pub info: RunInfo,
    data: RunData,
    inputs: RunInputs,
    outputs: RunOutputs,
}

#[derive(Debug, Serialize)]
pub struct RunInfo {
    run_id: String,
    run_uuid: String,
    run_name: String,
    experiment_id: String,
    user_id: String,
    status: &'static str,
    start_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<i64>,
    artifact_uri: String,
    lifecycle_stage: &'static str,
}

#[derive(Debug, Serialize)]
struct RunData {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<MetricShape>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    params: Vec<Pair>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Pair>,
}

#[derive(Debug, Serialize)]
struct RunInputs {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dataset_inputs: Vec<DatasetInput>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    model_inputs: Vec<ModelInput>,
}

#[derive(Debug, Serialize)]
struct RunOutputs {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    model_outputs: Vec<ModelOutput>,
}

#[derive(Debug, Serialize)]
struct DatasetInput {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Pair>,
    dataset: DatasetShape,
}

#[derive(Debug, Serialize)]
struct DatasetShape {
    name: String,
    digest: String,
    source_type: String,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
}

#[derive(Debug, Serialize)]
struct ModelInput {
    model_id: String,
}

#[derive(Debug, Serialize)]
struct ModelOutput {
    model_id: String,
    step: i64,
}

#[derive(Debug, Serialize)]
pub struct MetricShape<K = String> {
    pub key: K,
    pub value: Number,
    pub timestamp: i64,
    pub step: i64,
}

impl<K> MetricShape<K> {
    pub fn new(key: K, point: Point) -> Self {
        Self { key, value: Number(point.value), timestamp: point.at.ms(), step: point.step }
    }
}

pub fn stage(deleted_at: Option<Time>) -> &'static str {
    if deleted_at.is_some() { "deleted" } else { "active" }
}

pub fn run_info(run: Run, names: Names) -> RunInfo {
    RunInfo {
        artifact_uri: run.artifact_uri(),
        run_id: run.id.to_string(),
        run_uuid: run.id.0,
        run_name: run.name,
        experiment_id: names.experiment(run.experiment),
        user_id: run.user_name,
        status: run.status.as_str(),
        start_time: run.started_at.ms(),
        end_time: run.ended_at.map(Time::ms),
        lifecycle_stage: stage(run.deleted_at),
    }
}

pub fn run(run: Run, content: Content, names: Names) -> RunShape {
    let (data, inputs, outputs) = held(content);
    RunShape { info: run_info(run, names), data, inputs, outputs }
}

/// What a run holds, as it stands in an answer.
#[derive(Debug)]
pub struct Written {
    data: Box<RawValue>,
    inputs: Box<RawValue>,
    outputs: Box<RawValue>,
}

impl Written {
    pub fn new(content: Content) -> Result<Self> {
        let (data, inputs, outputs) = held(content);
        Ok(Self { data: raw(&data)?, inputs: raw(&inputs)?, outputs: raw(&outputs)? })
    }

    /// How many bytes it has.
    pub fn size(&self) -> usize {
        self.data.get().len() + self.inputs.get().len() + self.outputs.get().len()
    }
}

fn raw(part: &impl Serialize) -> Result<Box<RawValue>> {
    to_raw_value(part).map_err(internal)
}

/// As [`RunShape`] is written.
#[derive(Debug)]
pub struct WrittenRun {
    pub info: RunInfo,
    pub held: Arc<Written>,
}

impl Serialize for WrittenRun {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut run = to.serialize_struct("Run", 4)?;
        run.serialize_field("info", &self.info)?;
        run.serialize_field("data", &self.held.data)?;
        run.serialize_field("inputs", &self.held.inputs)?;
        run.serialize_field("outputs", &self.held.outputs)?;
        run.end()
    }
}

fn held(content: Content) -> (RunData, RunInputs, RunOutputs) {
    let Content { params, metrics, tags, inputs, read, made } = content;
    let dataset_inputs = inputs.into_iter().map(|input| DatasetInput {
        tags: pairs(input.tags),
        dataset: DatasetShape {
            name: input.dataset.name,
            digest: input.dataset.digest,
            source_type: input.dataset.source_type,
            source: input.dataset.source,
            schema: input.dataset.shape,
            profile: input.dataset.profile,
        },
    });
    let data = RunData {
        metrics: metrics.into_iter().map(|latest| MetricShape::new(latest.key, latest.point)).collect(),
        params: pairs(params),
        tags: pairs(tags),
    };
    let inputs = RunInputs {
        dataset_inputs: dataset_inputs.collect(),
        model_inputs: read.into_iter().map(|model| ModelInput { model_id: model.0 }).collect(),
    };
    let model_outputs = made.into_iter().map(|made| ModelOutput { model_id: made.model.0, step: made.step }).collect();
    (data, inputs, RunOutputs { model_outputs })
}
