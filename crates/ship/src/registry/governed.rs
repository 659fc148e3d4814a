//! Which names a gate governs in a project, and which version of a model each of them means.

use std::collections::{HashMap, HashSet};

use base::{ProjectId, PromotionId, RegisteredModelId, Result, RunId, refuse::internal};
use db::Tx;
use lab::{
    registry::{self, Version, version},
    run,
};

use super::store::{self, Live};
use crate::{
    bundle::{
        self, Bundle,
        version::{Places, is_unchanged},
    },
    environment::{self, fold, same},
};

#[derive(Clone, Debug)]
pub struct Governed {
    environments: Vec<String>,
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
        Ok(Self { environments: environment::names(tx, project)?, live: store::live(tx, project)? })
    }

    /// Whether the name is an environment's, in whatever case.
    pub fn governs(&self, name: &str) -> bool {
        self.environments.iter().any(|environment| same(environment, name))
    }

    /// For each of these models and each environment the version that is deployed there: the one that
    /// the approved bundle lists for its alias. The latest deployment that lists a version of the model
    /// decides: where its bytes are others by now, nothing older steps in.
    pub fn deployed(&self, tx: &mut Tx, models: &[RegisteredModelId]) -> Result<Vec<Deployed>> {
        let runs: Vec<_> = self.live.iter().map(|live| live.run.clone()).collect();
        if runs.is_empty() || models.is_empty() {
            return Ok(Vec::new());
        }
        let candidates = version::of_runs(tx, models, &runs)?;
        let mut deployed: Vec<Deployed> = Vec::new();
        // Models and environments for which a later deployment has a version.
        let mut decided = HashSet::new();
        for live in &self.live {
            let candidates = of_run(tx, &candidates, &live.run)?;
            if candidates.is_empty() {
                continue;
            }
            let mut approved = Approved::of(tx, live)?;
            let place = |version: &Version| (version.model, fold(&live.environment));
            let open = |version: &&Version| approved.lists(version) && !decided.contains(&place(version));
            let candidates: Vec<&Version> = candidates.into_iter().filter(open).collect();
            decided.extend(candidates.iter().map(|version| place(version)));
            for version in candidates {
                let taken = deployed.iter().any(|d| (d.version.model, fold(&d.environment)) == place(version));
                if !taken && approved.has(tx, version)? {
                    let (environment, promotion) = (live.environment.clone(), live.promotion.clone());
                    deployed.push(Deployed { environment, version: version.clone(), promotion });
                }
            }
        }
        Ok(deployed)
    }
}

/// Those that name the run or a model that it made.
fn of_run<'v>(tx: &mut Tx, versions: &'v [Version], run: &RunId) -> Result<Vec<&'v Version>> {
    let mut found = Vec::new();
    for version in versions {
        let names_it = version.run.as_ref() == Some(run);
        let made = match &version.logged_model {
            Some(model) if !names_it => run::makers(tx, model)?.iter().any(|(maker, _)| maker == run),
            _ => false,
        };
        if names_it || made {
            found.push(version);
        }
    }
    Ok(found)
}

/// The versions that a promotion brought into its environment and that are there still. Checks no right.
pub fn brought(tx: &mut Tx, project: &ProjectId, promotion: &PromotionId) -> Result<Vec<Deployed>> {
    let governed = Governed::of(tx, project)?;
    let models = registry::models(tx, project)?;
    let deployed = governed.deployed(tx, &models)?;
    Ok(deployed.into_iter().filter(|deployed| deployed.promotion == *promotion).collect())
}

/// What was approved, and what was found out about it.
struct Approved<'l> {
    live: &'l Live,
    bundle: Bundle,
    places: Places,
    /// By location: versions may share one.
    known: HashMap<String, bool>,
}

impl<'l> Approved<'l> {
    fn of(tx: &mut Tx, live: &'l Live) -> Result<Self> {
        let bundle = bundle::kept(tx, &live.digest)?;
        let run = run::load(tx, &bundle.run.id)?.ok_or_else(|| internal("the deployed run is gone"))?;
        let places = Places::of(tx, &run, bundle.models.iter().map(|model| model.id.clone()))?;
        Ok(Self { live, bundle, places, known: HashMap::new() })
    }

    /// Whether the bundle speaks of the version. One that lists none speaks of all that named its run
    /// when it was deployed.
    fn lists(&self, version: &Version) -> bool {
        match &self.bundle.versions {
            Some(listed) => listed.iter().any(|listed| listed.is(version)),
            None => version.run.as_ref() == Some(&self.live.run) && version.told_at <= self.live.deployed_at,
        }
    }

    /// Whether the alias names it, or a lower number of the model where the bundle lists none.
    fn has(&mut self, tx: &mut Tx, version: &Version) -> Result<bool> {
        let listed = self.bundle.versions.as_ref();
        if listed.is_some_and(|listed| !listed.iter().any(|listed| listed.aliased && listed.is(version))) {
            return Ok(false);
        }
        if let Some(known) = self.known.get(&version.location) {
            return Ok(*known);
        }
        let found = is_unchanged(tx, &self.places, &self.bundle, &version.location)?;
        self.known.insert(version.location.clone(), found);
        Ok(found)
    }
}
