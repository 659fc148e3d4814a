//! Models and versions as our own interface shows them.

use std::collections::{BTreeMap, HashMap};

use base::{
    Cursor, ExperimentId, Limit, ModelId, Page, PromotionId, RegisteredModelId, Result, RunId, Time, refuse::internal,
};
use db::Tx;
use lab::{
    registry::{self, Listing, Model, version},
    run,
};
use people::{Actor, Can, Person, Right, project, user};
use schemars::JsonSchema;
use serde::Serialize;

use super::show::{Alias, Entry, Placed, entries, placed};

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "RegisteredModel")]
pub struct Shown {
    pub id: RegisteredModelId,
    /// The project's key.
    pub project: String,
    pub name: String,
    /// Its versions are texts, not models.
    pub prompt: bool,
    pub description: Option<String>,
    /// The highest number that is there.
    pub latest_version: Option<i64>,
    /// How many versions are there.
    pub version_count: i64,
    pub aliases: Vec<ShownAlias>,
    pub tags: BTreeMap<String, String>,
    pub created_at: Time,
    pub updated_at: Time,
    pub can: Can,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Alias")]
pub struct ShownAlias {
    pub alias: String,
    pub version: i64,
    /// It says what is deployed in the environment of this name; nobody set it.
    pub governed: bool,
    /// Why the version is there, where it is deployed.
    pub promotion: Option<PromotionId>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "RegisteredModelDetail")]
pub struct Detail {
    #[serde(flatten)]
    pub model: Shown,
    /// The highest numbers first.
    pub versions: Page<ShownVersion>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ModelVersion")]
pub struct ShownVersion {
    pub number: i64,
    /// As the client gave it.
    pub source: String,
    /// The run that made it, where this project has it.
    pub run: Option<SourceRun>,
    pub logged_model: Option<ModelId>,
    pub description: Option<String>,
    /// `None`, `Staging`, `Production` or `Archived`.
    pub stage: &'static str,
    pub aliases: Vec<String>,
    /// A prompt's text is the tag `mlflow.prompt.text`.
    pub tags: BTreeMap<String, String>,
    pub created_by: Person,
    pub created_at: Time,
    pub updated_at: Time,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SourceRun {
    pub id: RunId,
    pub name: String,
    pub experiment: ExperimentId,
}

/// The models or prompts of a project, the last changed first.
pub fn list(
    tx: &mut Tx,
    actor: &Actor,
    key: &str,
    q: Option<&str>,
    prompts: bool,
    cursor: Option<&str>,
    limit: Limit,
) -> Result<Page<Shown>> {
    let project = project::by_key(tx, actor, key)?;
    let after = cursor.map(Cursor::read::<(i64, i64)>).transpose()?.map(|(at, id)| (Time(at), id));
    let listing = Listing { prompts, q: q.map(str::to_owned), after, limit };
    let found = registry::list(tx, actor, &project.id, &listing)?;
    let found = Page::cut(found, limit, |model| (model.updated_at.ms(), model.id.0));
    let can = can(tx, actor, &project.id)?;
    Ok(Page { items: all_shown(tx, found.items, &project.key, &can)?, next: found.next })
}

fn all_shown(tx: &mut Tx, models: Vec<Model>, key: &str, can: &Can) -> Result<Vec<Shown>> {
    let ids: Vec<_> = models.iter().map(|model| model.id).collect();
    let counts: HashMap<_, _> = version::counts(tx, &ids)?.into_iter().collect();
    let count = |entry: &Entry| counts.get(&entry.model.id).copied().unwrap_or_default();
    let entries = entries(tx, models)?.into_iter();
    Ok(entries.map(|entry| shown(count(&entry), entry, key, can.clone())).collect())
}

/// A model with its versions.
pub fn detail(tx: &mut Tx, actor: &Actor, id: RegisteredModelId, cursor: Option<&str>, limit: Limit) -> Result<Detail> {
    let model = registry::get(tx, actor, id)?;
    let before = cursor.map(Cursor::read::<i64>).transpose()?;
    let found = version::list(tx, &model, before, limit.plus_one())?;
    let found = Page::cut(found, limit, |version| version.number);
    let key = project::get(tx, &model.project)?.key;
    let can = can(tx, actor, &model.project)?;
    let mut versions = Vec::new();
    for placed in placed(tx, found.items)? {
        versions.push(shown_version(tx, placed)?);
    }
    let model = all_shown(tx, vec![model], &key, &can)?.pop();
    let model = model.ok_or_else(|| internal("the registered model is gone"))?;
    Ok(Detail { model, versions: Page { items: versions, next: found.next } })
}

fn can(tx: &mut Tx, actor: &Actor, project: &base::ProjectId) -> Result<Can> {
    Ok(Can::new().with("edit", people::may(tx, actor, Right::Track, project)?))
}

fn shown(version_count: i64, entry: Entry, key: &str, can: Can) -> Shown {
    let Entry { model, tags, aliases, latest } = entry;
    let alias = |Alias { alias, version, promotion }: Alias| ShownAlias {
        alias,
        version,
        governed: promotion.is_some(),
        promotion,
    };
    Shown {
        id: model.id,
        project: key.to_owned(),
        name: model.name,
        prompt: model.prompt,
        description: model.description,
        latest_version: latest.iter().map(|placed| placed.version.number).max(),
        version_count,
        aliases: aliases.into_iter().map(alias).collect(),
        tags: tags.into_iter().collect(),
        created_at: model.created_at,
        updated_at: model.updated_at,
        can,
    }
}

fn shown_version(tx: &mut Tx, placed: Placed) -> Result<ShownVersion> {
    let Placed { version, stage, tags, aliases } = placed;
    let run = match &version.run {
        Some(id) => run::load(tx, id)?.filter(|run| run.project == version.project),
        None => None,
    };
    Ok(ShownVersion {
        number: version.number,
        source: version.source,
        run: run.map(|run| SourceRun { id: run.id, name: run.name, experiment: run.experiment }),
        logged_model: version.logged_model,
        description: version.description,
        stage: stage.as_str(),
        aliases,
        tags: tags.into_iter().collect(),
        created_by: user::person(tx, &version.creator)?,
        created_at: version.created_at,
        updated_at: version.updated_at,
    })
}
