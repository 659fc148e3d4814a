//! Registered models and versions as clients read them.

use base::{Result, refuse::internal};
use db::Tx;
use lab::registry::{Model, Version};
use serde::Serialize;
use ship::registry::{self, Alias, Entry, Placed};

use crate::mlflow::shape::{Pair, pairs};

#[derive(Debug, Serialize)]
pub struct ModelShape {
    name: String,
    creation_timestamp: i64,
    last_updated_timestamp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    latest_versions: Vec<VersionShape>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Pair>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<AliasShape>,
}

#[derive(Debug, Serialize)]
struct AliasShape {
    alias: String,
    version: String,
}

#[derive(Debug, Serialize)]
pub struct VersionShape {
    name: String,
    version: String,
    creation_timestamp: i64,
    last_updated_timestamp: i64,
    current_stage: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_id: Option<String>,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Pair>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<String>,
}

#[derive(Serialize)]
pub struct OneModel {
    registered_model: ModelShape,
}

#[derive(Serialize)]
pub struct OneVersion {
    model_version: VersionShape,
}

pub fn one_model(tx: &mut Tx, model: Model) -> Result<OneModel> {
    let entry = registry::entries(tx, vec![model])?.pop().ok_or_else(|| internal("the registered model is gone"))?;
    Ok(OneModel { registered_model: model_shape(entry) })
}

pub fn one_version(tx: &mut Tx, version: Version) -> Result<OneVersion> {
    let placed = registry::placed(tx, vec![version])?.pop().ok_or_else(|| internal("the version is gone"))?;
    Ok(OneVersion::from(placed))
}

impl From<Placed> for OneVersion {
    fn from(placed: Placed) -> Self {
        Self { model_version: version_shape(placed) }
    }
}

pub fn model_shape(entry: Entry) -> ModelShape {
    let Entry { model, tags, aliases, latest } = entry;
    let alias = |Alias { alias, version, .. }: Alias| AliasShape { alias, version: version.to_string() };
    ModelShape {
        name: model.name,
        creation_timestamp: model.created_at.ms(),
        last_updated_timestamp: model.updated_at.ms(),
        description: model.description,
        latest_versions: latest.into_iter().map(version_shape).collect(),
        tags: pairs(tags),
        aliases: aliases.into_iter().map(alias).collect(),
    }
}

pub fn version_shape(placed: Placed) -> VersionShape {
    let Placed { version, stage, tags, aliases } = placed;
    VersionShape {
        version: version.number.to_string(),
        creation_timestamp: version.created_at.ms(),
        last_updated_timestamp: version.updated_at.ms(),
        current_stage: stage.as_str(),
        description: version.description,
        source: version.source,
        run_id: version.run.map(|run| run.0),
        run_link: version.run_link,
        model_id: version.logged_model.map(|model| model.0),
        status: "READY",
        tags: pairs(tags),
        aliases,
        name: version.name,
    }
}
