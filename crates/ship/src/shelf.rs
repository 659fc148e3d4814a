//! A registered model in the stories of this part: what Mei does with it, and what it answers.

use base::{Result, RunId};
use lab::registry::{self, Model, New, version};

use crate::{
    registry::{
        Placed, by_alias, create_version, delete_version, entries, label, remove_alias, rename, set_alias, unregister,
    },
    story::Story,
};

/// What is asked of one model.
pub struct Shelf<'s> {
    pub story: &'s Story<'s>,
    pub model: Model,
}

pub fn registered<'s>(story: &'s Story<'s>, name: &str, tags: Vec<(String, String)>) -> Shelf<'s> {
    let (project, new) = (story.world.churn.id.clone(), New { name: name.to_owned(), description: None, tags });
    let model = story.act("Mei", move |tx, mei| registry::register(tx, mei, &project, &new)).unwrap();
    Shelf { story, model }
}

impl Shelf<'_> {
    pub fn add(&self, source: &str, run: Option<&RunId>) -> Result<i64> {
        let new = version::New { source: source.to_owned(), run: run.cloned(), ..Default::default() };
        let model = self.model.clone();
        self.story.act("Mei", move |tx, mei| create_version(tx, mei, &model, &new)).map(|version| version.number)
    }

    /// What lies below `model` of the run's artifacts.
    pub fn add_of(&self, run: &RunId) -> i64 {
        let source = format!("mlflow-artifacts:/{}/{run}/artifacts/model", self.story.experiment);
        self.add(&source, Some(run)).unwrap()
    }

    pub fn at(&self, name: &str) -> Result<i64> {
        let (model, name) = (self.model.clone(), name.to_owned());
        let found = self.story.look("Mara", move |tx, _| by_alias(tx, &model, &name))?;
        Ok(found.expect("an alias").number)
    }

    pub fn set(&self, name: &str, number: i64) -> Result<()> {
        let (model, name) = (self.model.clone(), name.to_owned());
        self.story.act("Mei", move |tx, mei| set_alias(tx, mei, &model, &name, number))
    }

    pub fn remove(&self, name: &str) -> Result<()> {
        let (model, name) = (self.model.clone(), name.to_owned());
        self.story.act("Mei", move |tx, mei| remove_alias(tx, mei, &model, &name))
    }

    pub fn rename(&self, name: &str) -> Result<()> {
        let (id, name) = (self.model.id, name.to_owned());
        self.story.act("Mei", move |tx, mei| {
            let model = registry::get(tx, mei, id)?;
            rename(tx, mei, &model, &name).map(drop)
        })
    }

    pub fn unregister(&self) -> Result<()> {
        let model = self.model.clone();
        self.story.act("Mei", move |tx, mei| unregister(tx, mei, &model))
    }

    pub fn delete(&self, number: i64) -> Result<()> {
        let model = self.model.clone();
        self.story.act("Mei", move |tx, mei| delete_version(tx, mei, &model, number))
    }

    pub fn label(&self, number: i64, stage: version::Stage) -> Result<Placed> {
        let model = self.model.clone();
        self.story.act("Mei", move |tx, mei| label(tx, mei, &model, number, stage, false))
    }

    /// Aliases as `name=number`, and the latest of each stage as `Stage:number`.
    pub fn shown(&self) -> String {
        let model = self.model.clone();
        let entry = self.story.look("Mara", move |tx, _| entries(tx, vec![model.clone()])).unwrap().remove(0);
        let aliases = entry.aliases.iter().map(|alias| format!("{}={}", alias.alias, alias.version));
        let stages = entry.latest.iter().map(|p| format!("{}:{}", p.stage.as_str(), p.version.number));
        aliases.chain(stages).collect::<Vec<_>>().join(" ")
    }
}
