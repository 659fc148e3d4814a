//! Logged models of an experiment. They come before the runs, which refer to them.

use std::collections::HashMap;

use base::{ExperimentId, ModelId, Result};
use db::Tx;
use lab::{
    artifact::{self, Path},
    model::{self, Brought, Content},
};
use ship::evidence;

use super::{
    Row,
    bring::{CLOSED, Import, LIVE, Target},
    shape::{Experiment, Model, Owner},
    sift,
};

struct Here {
    model: model::Model,
    content: Content,
    files: HashMap<String, u64>,
    live: bool,
}

impl Here {
    /// Why nothing more of it is brought.
    fn closed(&self) -> Option<&'static str> {
        if self.model.deleted_at.is_some() { Some(CLOSED) } else { self.live.then_some(LIVE) }
    }
}

const ELSEWHERE: &str = "a model of this id is here already, and it did not come from there";

impl Import<'_> {
    pub(super) fn models(&mut self, from: &Experiment, target: Target) -> Result<()> {
        let listed = self.source.models(from)?;
        self.broken(listed.broken);
        for model in listed.items {
            self.tally.source.add(Row::Models, 1);
            self.broken(model.broken.clone());
            let here = self.model_here(&model.id)?;
            let foreign = here.as_ref().is_some_and(|here| Some(here.model.experiment) != target.id);
            match sift::model_refusal(&model).or(foreign.then(|| ELSEWHERE.to_owned())) {
                Some(why) => self.leave_model_out(&model, &why)?,
                None => self.model(&model, here, target)?,
            }
            self.report();
        }
        Ok(())
    }

    fn model(&mut self, from: &Model, here: Option<Here>, target: Target) -> Result<()> {
        if self.to.dry {
            self.come.insert(from.id.clone());
        }
        let wanted = sift::model(from, &mut self.tally);
        let whole = sift::model_whole(&wanted);
        let closed = target.closed.then_some(CLOSED).or_else(|| here.as_ref()?.closed());
        let before = here.as_ref().map(|here| sift::model_here(&wanted, &here.content)).unwrap_or_default();
        self.tally.before += before;
        if let Some(why) = closed {
            for row in [Row::Models, Row::Params, Row::Tags, Row::Values] {
                self.tally.leave_out(row, whole.of(row) - before.of(row), why);
            }
        }
        let id = target.id.filter(|_| !self.to.dry && closed.is_none() && before != whole);
        if let Some(experiment) = id {
            self.write_model(experiment, wanted.clone())?;
        }
        let none = HashMap::new();
        let files = here.as_ref().map_or(&none, |here| &here.files);
        let root = target.id.map(|experiment| Path::of_model(experiment, &wanted.id));
        let files = self.files(Owner::Model(from), root.as_ref(), files, closed, false)?;
        if self.to.dry && closed.is_none() {
            self.tally.after += whole;
            return Ok(());
        }
        if let Some(here) = self.model_here(&from.id)? {
            self.tally.after += sift::model_here(&wanted, &here.content);
            self.count_files(&files, &here.files);
        }
        Ok(())
    }

    fn write_model(&self, experiment: ExperimentId, wanted: Brought) -> Result<()> {
        let actor = self.to.actor.clone();
        self.to.db.write_blocking(move |tx| model::bring(tx, &actor, experiment, &wanted).map(drop))
    }

    fn leave_model_out(&mut self, from: &Model, why: &str) -> Result<()> {
        let within = format!("their model was left out: {why}");
        self.tally.leave_out(Row::Models, 1, why);
        let wanted = sift::model(from, &mut self.tally);
        let whole = sift::model_whole(&wanted);
        for row in [Row::Params, Row::Tags, Row::Values] {
            self.tally.leave_out(row, whole.of(row), &within);
        }
        self.leave_files_out(Owner::Model(from), &within)
    }

    fn model_here(&self, id: &str) -> Result<Option<Here>> {
        let id = ModelId(id.to_owned());
        self.to.db.read_blocking(move |tx| here(tx, &id))
    }
}

fn here(tx: &mut Tx, id: &ModelId) -> Result<Option<Here>> {
    let Some(model) = model::load(tx, id)? else { return Ok(None) };
    let content = model::content(tx, std::slice::from_ref(&model))?.pop().unwrap_or_default();
    let files = artifact::of_model(tx, model.experiment, id)?;
    let files = files.into_iter().map(|file| (file.path, file.size.unsigned_abs())).collect();
    let live = evidence::environment_of_model(tx, id)?.is_some();
    Ok(Some(Here { model, content, files, live }))
}
