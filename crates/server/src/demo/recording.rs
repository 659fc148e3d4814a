//! The recorded runs, as `demo/README.md` describes them.

use std::{collections::BTreeMap, io::Read};

use base::{Result, refuse::internal};
use serde::Deserialize;
use serde_json::Value as Json;

static SHIPPED: &[u8] = include_bytes!("../../../../demo/runs.json.gz");

#[derive(Debug, Deserialize)]
pub struct Recording {
    pub projects: Vec<Project>,
}

#[derive(Debug, Deserialize)]
pub struct Project {
    pub key: String,
    pub name: String,
    pub workstream: String,
    pub experiments: Vec<Experiment>,
}

#[derive(Debug, Deserialize)]
pub struct Experiment {
    pub name: String,
    pub hypothesis: String,
    pub owner: String,
    pub outcome: Outcome,
    pub proposed_days_ago: i64,
    pub evidence: Option<String>,
    /// Under which name the project offers the evidence run's model.
    pub registered: Option<String>,
    pub rule: Json,
    pub dataset: BTreeMap<String, String>,
    pub runs: Vec<Run>,
}

/// How far the demo takes a bet.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    InProduction,
    Waiting,
    Refuted,
    Open,
}

#[derive(Debug, Deserialize)]
pub struct Run {
    pub name: String,
    pub by: String,
    /// Seconds after the proposal.
    pub starts_after: f64,
    /// Seconds, measured.
    pub lasts: Option<f64>,
    pub status: String,
    pub params: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    /// Per metric: step, seconds after the start, value.
    pub series: BTreeMap<String, Vec<(i64, f64, f64)>>,
    pub artifacts: Vec<Artifact>,
    /// What it trained, as the client saves it.
    #[serde(default)]
    pub model: Vec<Artifact>,
}

#[derive(Debug, Deserialize)]
pub struct Artifact {
    pub path: String,
    pub base64: String,
}

impl Recording {
    pub fn shipped() -> Result<Self> {
        let mut text = String::new();
        flate2::read::GzDecoder::new(SHIPPED).read_to_string(&mut text).map_err(internal)?;
        serde_json::from_str(&text).map_err(internal)
    }
}
