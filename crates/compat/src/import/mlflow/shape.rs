//! What a source holds, as plain values; nothing is checked yet.

use std::{collections::HashSet, io::Read, path::PathBuf};

use base::{Result, refuse::conflict};
use lab::{dataset::Input, metric::Point, model, run, trace};
use serde_json::Value as Json;

use super::Row;

pub type Pairs = Vec<(String, String)>;

/// What could not be read, and why.
pub type Broken = Vec<(Row, String)>;

/// Things of one kind, and those that could not be read.
pub struct Listed<T> {
    pub items: Vec<T>,
    pub broken: Broken,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { items: Vec::new(), broken: Vec::new() }
    }
}

/// The tokens of pages that were asked for: a source that names one again would be read for ever.
#[derive(Default)]
pub struct Seen(HashSet<String>);

impl Seen {
    pub fn next(&mut self, token: Option<String>) -> Result<Option<String>> {
        match token {
            Some(token) if !self.0.insert(token.clone()) => {
                Err(conflict("The source names the same page twice, so its pages go round. Look at what it answers."))
            }
            token => Ok(token),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Experiment {
    pub id: String,
    pub name: String,
    pub tags: Pairs,
    pub created_at: Option<i64>,
    pub deleted: bool,
    /// Where it lies, in a folder.
    pub home: PathBuf,
    pub broken: Broken,
}

impl Experiment {
    /// Every MLflow store has it, mostly unused.
    pub fn is_default(&self) -> bool {
        self.id == "0" && self.name == "Default"
    }
}

#[derive(Clone, Debug)]
pub struct Run {
    pub id: String,
    pub name: String,
    pub user: String,
    pub status: run::Status,
    pub started_at: i64,
    pub ended_at: Option<i64>,
    pub deleted: bool,
    pub params: Pairs,
    pub tags: Pairs,
    pub inputs: Vec<Input>,
    pub read: Vec<String>,
    pub made: Vec<(String, i64)>,
    /// Of its metrics.
    pub keys: Vec<String>,
    pub location: String,
    pub home: PathBuf,
    pub broken: Broken,
}

/// Some of many things of one kind.
pub struct Page<T> {
    pub items: Vec<T>,
    pub broken: Broken,
    pub next: Option<String>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self { items: Vec::new(), broken: Vec::new(), next: None }
    }
}

#[derive(Clone, Debug, Default)]
pub struct History {
    pub points: Vec<Point>,
    /// Lines that are no points.
    pub broken: u64,
}

#[derive(Clone, Debug)]
pub struct Model {
    pub id: String,
    pub name: String,
    pub model_type: Option<String>,
    pub run: Option<String>,
    pub status: model::Status,
    pub created_at: i64,
    pub updated_at: i64,
    pub params: Pairs,
    pub tags: Pairs,
    pub metrics: Vec<model::Measurement>,
    pub location: String,
    pub home: PathBuf,
    pub broken: Broken,
}

/// A registered model or a prompt.
#[derive(Clone, Debug)]
pub struct Registered {
    pub name: String,
    pub description: Option<String>,
    pub created_at: i64,
    pub updated_at: i64,
    pub prompt: bool,
    pub tags: Pairs,
    /// With the numbers that they point to.
    pub aliases: Vec<(String, i64)>,
    pub home: PathBuf,
    pub broken: Broken,
}

#[derive(Clone, Debug)]
pub struct Version {
    pub number: i64,
    pub source: String,
    pub run: Option<String>,
    pub run_link: Option<String>,
    pub logged_model: Option<String>,
    pub description: Option<String>,
    /// As the source calls it.
    pub stage: String,
    pub created_at: i64,
    pub updated_at: i64,
    pub tags: Pairs,
    pub broken: Broken,
}

/// A trace without its spans.
#[derive(Clone, Debug)]
pub struct Trace {
    pub told: trace::Told,
    pub tags: Pairs,
    pub metadata: Pairs,
    /// As the protocol writes them.
    pub assessments: Vec<Json>,
    pub home: PathBuf,
    pub broken: Broken,
}

/// Spans as MLflow writes them, in one of its forms, or why they cannot be reached.
pub type Spans = Result<FoundSpans, String>;

#[derive(Default)]
pub struct FoundSpans {
    pub spans: Vec<Json>,
    /// They lie in an artifact of the trace, [`SPANS_FILE`].
    pub in_file: bool,
}

/// The artifact in which clients keep the spans that their store does not take.
pub const SPANS_FILE: &str = "traces.json";

#[derive(Clone, Debug)]
pub struct Dataset {
    pub id: String,
    pub name: String,
    pub tags: Pairs,
    pub created_by: Option<String>,
    pub updated_by: Option<String>,
    pub created_at: i64,
    pub updated_at: i64,
    /// Those that it is attached to.
    pub experiments: Vec<String>,
}

/// Whose artifacts.
#[derive(Clone, Copy)]
pub enum Owner<'s> {
    Run(&'s Run),
    Model(&'s Model),
}

impl Owner<'_> {
    pub fn location(&self) -> &str {
        match self {
            Self::Run(run) => &run.location,
            Self::Model(model) => &model.location,
        }
    }
}

pub enum Files {
    Here(Listed<File>),
    /// Why they cannot be reached.
    Elsewhere(String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// Relative to the artifacts of the run or model.
    pub path: String,
    /// In bytes, as the source says; 0 also where it does not say.
    pub size: u64,
}

pub enum Bytes {
    Found(Box<dyn Read + Send>),
    /// Why they are not there.
    Gone(String),
}

/// The scheme of a location that is neither a path nor served by the server.
pub fn foreign_scheme(location: &str) -> Option<&str> {
    let (scheme, _) = location.split_once(':')?;
    (!matches!(scheme, "file" | "mlflow-artifacts") && scheme.len() > 1).then_some(scheme)
}
