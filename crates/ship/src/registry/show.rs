//! Models and versions with what is computed for them: aliases and stages, as gates leave them.

use std::{
    collections::{HashMap, hash_map::Entry as Slot},
    rc::Rc,
};

use base::{ProjectId, PromotionId, RegisteredModelId, Result};
use db::Tx;
use lab::registry::{
    self, Model, Version, alias,
    version::{self, Stage},
};

use super::governed::{Deployed, Governed};
use crate::environment::fold;

/// A model with what belongs to it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub model: Model,
    pub tags: Vec<(String, String)>,
    pub aliases: Vec<Alias>,
    /// The highest number in each stage.
    pub latest: Vec<Placed>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Alias {
    pub alias: String,
    pub version: i64,
    /// Where it says what is deployed: what brought it there. Nobody set it.
    pub promotion: Option<PromotionId>,
}

/// A version with what belongs to it.
#[derive(Clone, Debug)]
pub struct Placed {
    pub version: Version,
    pub stage: Stage,
    pub tags: Vec<(String, String)>,
    pub aliases: Vec<String>,
}

/// Each model, in the same order. Checks no right.
pub fn entries(tx: &mut Tx, models: Vec<Model>) -> Result<Vec<Entry>> {
    let ids: Vec<_> = models.iter().map(|model| model.id).collect();
    let mut tags = grouped(registry::tags(tx, &ids)?);
    let around = Around::of(tx, models.iter().map(|model| (model.id, &model.project, model.prompt)))?;
    let mut latest: HashMap<RegisteredModelId, Vec<Placed>> = HashMap::new();
    for placed in latest_of(tx, &ids, &around)? {
        latest.entry(placed.version.model).or_default().push(placed);
    }
    let entry = |model: Model| Entry {
        tags: tags.remove(&model.id).unwrap_or_default(),
        aliases: around.aliases.get(&model.id).cloned().unwrap_or_default(),
        latest: latest.remove(&model.id).unwrap_or_default(),
        model,
    };
    Ok(models.into_iter().map(entry).collect())
}

/// Each version, in the same order. Checks no right.
pub fn placed(tx: &mut Tx, versions: Vec<Version>) -> Result<Vec<Placed>> {
    let around = Around::of(tx, versions.iter().map(|v| (v.model, &v.project, v.prompt)))?;
    around.place(tx, versions)
}

/// The highest number in each stage of each model.
pub(super) fn in_stages(tx: &mut Tx, models: &[Model]) -> Result<Vec<Placed>> {
    let ids: Vec<_> = models.iter().map(|model| model.id).collect();
    let around = Around::of(tx, models.iter().map(|model| (model.id, &model.project, model.prompt)))?;
    latest_of(tx, &ids, &around)
}

/// What is deployed has its own stage, whatever it is labelled; so it is left out of the labels.
fn latest_of(tx: &mut Tx, models: &[RegisteredModelId], around: &Around) -> Result<Vec<Placed>> {
    let apart: Vec<i64> = around.deployed.iter().map(|deployed| deployed.version.id).collect();
    let mut versions = version::latest(tx, models, &apart)?;
    versions.extend(around.deployed.iter().map(|deployed| deployed.version.clone()));
    versions.sort_by_key(|version| (version.model, -version.number));
    versions.dedup_by_key(|version| version.id);
    let mut latest: Vec<Placed> = Vec::new();
    for placed in around.place(tx, versions)? {
        let same = |known: &Placed| known.version.model == placed.version.model && known.stage == placed.stage;
        if !latest.iter().rev().take_while(|known| known.version.model == placed.version.model).any(same) {
            latest.push(placed);
        }
    }
    Ok(latest)
}

/// What is true of some models beside their own rows.
struct Around {
    governed: HashMap<RegisteredModelId, Rc<Governed>>,
    aliases: HashMap<RegisteredModelId, Vec<Alias>>,
    deployed: Vec<Deployed>,
}

impl Around {
    fn of<'a>(tx: &mut Tx, models: impl Iterator<Item = (RegisteredModelId, &'a ProjectId, bool)>) -> Result<Self> {
        let mut kinds: HashMap<RegisteredModelId, Option<&ProjectId>> = HashMap::new();
        kinds.extend(models.map(|(id, project, prompt)| (id, (!prompt).then_some(project))));
        let mut projects: HashMap<&ProjectId, (Governed, Vec<RegisteredModelId>)> = HashMap::new();
        for (id, project) in &kinds {
            let Some(project) = *project else { continue };
            match projects.entry(project) {
                Slot::Occupied(mut known) => known.get_mut().1.push(*id),
                Slot::Vacant(unknown) => {
                    unknown.insert((Governed::of(tx, project)?, vec![*id]));
                }
            }
        }
        let mut around = Self { governed: HashMap::new(), aliases: HashMap::new(), deployed: Vec::new() };
        for (governed, ids) in projects.into_values() {
            around.deployed.extend(governed.deployed(tx, &ids)?);
            let governed = Rc::new(governed);
            around.governed.extend(ids.into_iter().map(|id| (id, Rc::clone(&governed))));
        }
        let ids: Vec<_> = kinds.into_keys().collect();
        around.read_aliases(tx, &ids)?;
        Ok(around)
    }

    fn read_aliases(&mut self, tx: &mut Tx, models: &[RegisteredModelId]) -> Result<()> {
        for (model, alias, version) in alias::of(tx, models)? {
            if !self.governs(model, &alias) {
                self.aliases.entry(model).or_default().push(Alias { alias, version, promotion: None });
            }
        }
        for Deployed { environment, version, promotion } in &self.deployed {
            if alias::check(environment).is_ok() {
                let promotion = Some(promotion.clone());
                let alias = Alias { alias: environment.clone(), version: version.number, promotion };
                self.aliases.entry(version.model).or_default().push(alias);
            }
        }
        for aliases in self.aliases.values_mut() {
            aliases.sort_by(|a, b| a.alias.cmp(&b.alias));
        }
        Ok(())
    }

    fn governs(&self, model: RegisteredModelId, name: &str) -> bool {
        self.governed.get(&model).is_some_and(|governed| governed.governs(name))
    }

    /// Where it is deployed, or else its label, unless only a gate could say so.
    fn stage(&self, version: &Version) -> Stage {
        let places = self.deployed.iter().filter(|deployed| deployed.version.id == version.id);
        let stages = places.filter_map(|deployed| Stage::parse(&fold(&deployed.environment)));
        let deployed = stages.filter(|stage| stage.is_active()).max_by_key(|stage| *stage == Stage::Production);
        match deployed {
            Some(stage) => stage,
            None if self.governs(version.model, version.stage.as_str()) => Stage::None,
            None => version.stage,
        }
    }

    fn place(&self, tx: &mut Tx, versions: Vec<Version>) -> Result<Vec<Placed>> {
        let ids: Vec<i64> = versions.iter().map(|version| version.id).collect();
        let mut tags = grouped(version::tags(tx, &ids)?);
        let place = |version: Version| {
            let aliases = self.aliases.get(&version.model).map(Vec::as_slice).unwrap_or_default();
            let mine = aliases.iter().filter(|alias| alias.version == version.number);
            Placed {
                stage: self.stage(&version),
                tags: tags.remove(&version.id).unwrap_or_default(),
                aliases: mine.map(|alias| alias.alias.clone()).collect(),
                version,
            }
        };
        Ok(versions.into_iter().map(place).collect())
    }
}

fn grouped<K: Eq + std::hash::Hash>(rows: Vec<(K, String, String)>) -> HashMap<K, Vec<(String, String)>> {
    let mut grouped: HashMap<K, Vec<(String, String)>> = HashMap::new();
    for (owner, key, value) in rows {
        grouped.entry(owner).or_default().push((key, value));
    }
    grouped
}
