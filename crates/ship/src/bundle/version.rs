//! The registered versions of a bundle: under which names and numbers a project offers what lies in it.

use std::collections::BTreeSet;

use base::{ModelId, RegisteredModelId, Result};
use db::Tx;
use lab::{
    artifact, model,
    registry::{self, version},
    run::Run,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Artifact, Bundle};

/// A version whose bytes are of the bundle. It says nothing of itself that could change but the name
/// of its model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BundleVersion")]
pub struct Version {
    pub model: RegisteredModelId,
    /// The model's name.
    pub name: String,
    pub number: i64,
    /// Where its bytes lie.
    pub location: String,
    /// Once this is deployed, the environment's alias of the model names it: the highest number here.
    pub aliased: bool,
}

impl Version {
    pub fn is(&self, version: &registry::Version) -> bool {
        (self.model, self.number, &self.location) == (version.model, version.number, &version.location)
    }
}

/// Where the bytes of a bundle lie: those of its run, and of each model that it made.
pub struct Places(Vec<(String, Option<ModelId>)>);

/// A folder or a file of a bundle, as its artifacts are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    model: Option<ModelId>,
    path: String,
}

impl Places {
    pub fn of(tx: &mut Tx, run: &Run, models: impl Iterator<Item = ModelId>) -> Result<Self> {
        let mut places = vec![(run.artifact_uri(), None)];
        for id in models {
            places.extend(model::load(tx, &id)?.map(|model| (model.artifact_uri(), Some(id))));
        }
        Ok(Self(places))
    }

    /// Nothing where the location is elsewhere.
    pub fn find(&self, location: &str) -> Option<Place> {
        self.0.iter().find_map(|(root, model)| {
            let rest = location.strip_prefix(root.as_str())?;
            let path = if rest.is_empty() { "" } else { rest.strip_prefix('/')? };
            Some(Place { model: model.clone(), path: path.to_owned() })
        })
    }
}

impl Place {
    pub fn holds(&self, file: &Artifact) -> bool {
        let below = file.path.strip_prefix(&self.path);
        let within = below.is_some_and(|rest| self.path.is_empty() || rest.is_empty() || rest.starts_with('/'));
        file.model == self.model && within
    }
}

/// Whether this program keeps what lies there, and so knows its digests.
pub fn kept_here(location: &str) -> Option<&str> {
    location.strip_prefix("mlflow-artifacts:/")
}

/// The versions that offer what lies in the bundle, by name and number. One that only names the run,
/// for bytes elsewhere or for none, is none of them.
pub fn all(tx: &mut Tx, run: &Run, bundle: &Bundle) -> Result<Vec<Version>> {
    let known = version::of_run(tx, &run.project, &run.id)?;
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let places = Places::of(tx, run, bundle.models.iter().map(|model| model.id.clone()))?;
    let offers = |version: &registry::Version| {
        let Some(place) = places.find(&version.location) else { return false };
        kept_here(&version.location).is_none() || bundle.artifacts.iter().any(|file| place.holds(file))
    };
    let offered: Vec<registry::Version> = known.into_iter().filter(offers).collect();
    let is_highest = |version: &registry::Version| {
        offered.iter().all(|other| other.model != version.model || other.number <= version.number)
    };
    let listed = offered.iter().map(|version| Version {
        model: version.model,
        name: version.name.clone(),
        number: version.number,
        location: version.location.clone(),
        aliased: is_highest(version),
    });
    Ok(listed.collect())
}

/// Whether what lies there is what the bundle holds, byte for byte as far as the bytes are here. Of
/// those in other stores it knows no digests: there the place must be the run's or its model's.
pub fn is_unchanged(tx: &mut Tx, places: &Places, bundle: &Bundle, location: &str) -> Result<bool> {
    let Some(place) = places.find(location) else { return Ok(false) };
    let Some(path) = kept_here(location) else { return Ok(true) };
    let Ok(path) = artifact::Path::parse(path) else { return Ok(false) };
    let root = path.as_str().strip_suffix(&place.path).unwrap_or_default().trim_end_matches('/').len() + 1;
    let there: BTreeSet<(String, String)> =
        artifact::at(tx, &path)?.into_iter().map(|file| (file.path[root..].to_owned(), file.sha256)).collect();
    let approved = bundle.artifacts.iter().filter(|file| place.holds(file));
    let approved: BTreeSet<(String, String)> = approved.map(|file| (file.path.clone(), file.sha256.clone())).collect();
    Ok(!there.is_empty() && there == approved)
}
