//! Which names a gate governs in a project, and which version of a model each of them means.

use std::collections::{BTreeSet, HashMap, HashSet};

use base::{ProjectId, PromotionId, RegisteredModelId, Result};
use db::Tx;
use lab::{
    artifact::{self, Owner, Path},
    model,
    registry::{Version, version},
    run,
};

use super::store::{self, Live};
use crate::bundle::{self, Bundle};

/// Governed before anybody asks for a promotion: otherwise the name could be taken before.
const ALWAYS: &str = "production";

#[derive(Clone, Debug)]
pub struct Governed {
    /// In lower case.
    environments: BTreeSet<String>,
    /// The latest deployment first.
    live: Vec<Live>,
}

/// A version that is deployed.
#[derive(Clone, Debug)]
pub struct Deployed {
    pub environment: String,
    pub version: Version,
    /// What brought it there.
    pub promotion: PromotionId,
}

impl Governed {
    /// Checks no right.
    pub fn of(tx: &mut Tx, project: &ProjectId) -> Result<Self> {
        let mut environments: BTreeSet<String> =
            store::environments(tx, project)?.iter().map(|name| fold(name)).collect();
        environments.insert(ALWAYS.to_owned());
        Ok(Self { environments, live: store::live(tx, project)? })
    }

    /// Whether the name is an environment's, in whatever case.
    pub fn governs(&self, name: &str) -> bool {
        self.environments.contains(&fold(name))
    }

    /// For each of these models and each environment the version that is deployed there: one that
    /// comes from the deployed run, was there when it was deployed, and whose bytes are those that
    /// were approved. Of several, the highest number. The latest deployment with a version of the
    /// model decides: where its bytes have changed since, nothing older steps in.
    pub fn deployed(&self, tx: &mut Tx, models: &[RegisteredModelId]) -> Result<Vec<Deployed>> {
        let runs: Vec<_> = self.live.iter().map(|live| live.run.clone()).collect();
        if runs.is_empty() || models.is_empty() {
            return Ok(Vec::new());
        }
        let candidates = version::of_runs(tx, models, &runs)?;
        let mut deployed: Vec<Deployed> = Vec::new();
        // Models and environments for which a later deployment has a version.
        let mut decided = HashSet::new();
        for Live { environment, run, digest, promotion, deployed_at } in &self.live {
            let place = |version: &Version| (version.model, fold(environment));
            let was_there =
                |version: &&Version| version.run.as_ref() == Some(run) && version.created_at <= *deployed_at;
            let candidates: Vec<&Version> =
                candidates.iter().filter(was_there).filter(|version| !decided.contains(&place(version))).collect();
            let mut approved = None;
            for version in candidates {
                decided.insert(place(version));
                if deployed.iter().any(|d| (d.version.model, fold(&d.environment)) == place(version)) {
                    continue;
                }
                let approved = match &mut approved {
                    Some(known) => known,
                    None => approved.insert(Approved::of(tx, digest)?),
                };
                if approved.has(tx, version)? {
                    let (environment, promotion) = (environment.clone(), promotion.clone());
                    deployed.push(Deployed { environment, version: version.clone(), promotion });
                }
            }
        }
        Ok(deployed)
    }
}

pub fn fold(name: &str) -> String {
    name.to_lowercase()
}

/// What was approved, and what was found out about it.
struct Approved {
    bundle: Bundle,
    /// Where the run and the models that it made lie.
    roots: Vec<String>,
    /// By location: versions may share one.
    known: HashMap<String, bool>,
}

impl Approved {
    fn of(tx: &mut Tx, digest: &str) -> Result<Self> {
        let bundle = bundle::kept(tx, digest)?;
        let mut roots = Vec::new();
        roots.extend(run::load(tx, &bundle.run.id)?.map(|run| run.artifact_uri()));
        for made in &bundle.models {
            roots.extend(model::load(tx, &made.id)?.map(|model| model.artifact_uri()));
        }
        Ok(Self { bundle, roots, known: HashMap::new() })
    }

    fn has(&mut self, tx: &mut Tx, version: &Version) -> Result<bool> {
        if let Some(known) = self.known.get(&version.location) {
            return Ok(*known);
        }
        let found = self.holds(tx, &version.location)?;
        self.known.insert(version.location.clone(), found);
        Ok(found)
    }

    /// Whether what lies there is what was approved, byte for byte as far as the bytes are here. Of
    /// those in other stores a bundle knows no digests: there the place must be the run's or its model's.
    fn holds(&self, tx: &mut Tx, location: &str) -> Result<bool> {
        let Some(path) = location.strip_prefix("mlflow-artifacts:/") else {
            return Ok(self.roots.iter().any(|root| is_within(location, root)));
        };
        let Ok(path) = Path::parse(path) else { return Ok(false) };
        let Some(place) = self.place_of(&path) else { return Ok(false) };
        let below = |file: &artifact::File| format!("{place}{}", &file.path[path.as_str().len()..]);
        let there: BTreeSet<(String, String)> =
            artifact::at(tx, &path)?.into_iter().map(|file| (below(&file), file.sha256)).collect();
        let approved = self.bundle.artifacts.iter().filter(|file| is_within(&file.path, &place));
        let approved: BTreeSet<(String, String)> =
            approved.map(|file| (file.path.clone(), file.sha256.clone())).collect();
        Ok(!there.is_empty() && there == approved)
    }

    /// How the bundle calls what lies at the path; nothing when it lies in another run or model.
    fn place_of(&self, path: &Path) -> Option<String> {
        match path.owner() {
            Owner::Model(id) => {
                let root = Path::of_model(path.experiment(), id);
                let rest = path.as_str().strip_prefix(root.as_str())?;
                let is_made = self.bundle.models.iter().any(|model| model.id == *id);
                is_made.then(|| format!("models/{id}{rest}"))
            }
            Owner::Run(id) if *id == self.bundle.run.id => {
                path.as_str().split_once("/artifacts/").map(|(_, rest)| rest.to_owned())
            }
            Owner::Run(_) | Owner::Trace(_) => None,
        }
    }
}

fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
