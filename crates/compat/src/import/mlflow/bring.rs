//! From a source into a project: experiment by experiment, its models, then its runs.

use std::{
    collections::{HashMap, HashSet},
    io::Read,
};

use base::{ExperimentId, ProjectId, Result, Time, refuse::conflict};
use blob::Written;
use db::Db;
use lab::{
    experiment::{self, Brought, Origin},
    limit,
};
use people::Actor;
use ship::evidence;

use super::{
    Progress, Row, Source, Tally,
    shape::{Broken, Experiment, Pairs, Seen},
};

/// Where it goes, and who brings it.
pub struct Destination<'a> {
    pub db: &'a Db,
    pub actor: Actor,
    pub project: ProjectId,
    /// Takes bytes into the blob store.
    pub keep: &'a dyn Fn(Box<dyn Read + Send>) -> Result<Written>,
    /// Counts only.
    pub dry: bool,
}

pub(super) struct Import<'a> {
    pub source: &'a Source,
    pub to: &'a Destination<'a>,
    pub tally: Tally,
    pub progress: Progress,
    /// Which experiment of the source became which of ours.
    pub experiments: HashMap<String, ExperimentId>,
    /// The experiment that every project has, where the source's holds nothing.
    pub empty_default: Option<String>,
    /// Runs and logged models that a dry import would bring.
    pub come: HashSet<String>,
    pub tell: &'a mut dyn FnMut(&Progress),
}

/// The experiment that things go into.
#[derive(Clone, Copy)]
pub(super) struct Target {
    /// None where a dry import would make it.
    pub id: Option<ExperimentId>,
    /// Nothing can be written to it any more.
    pub closed: bool,
    /// An earlier import brought all there was.
    pub whole: bool,
}

/// Why nothing of it can be written.
pub(super) const CLOSED: &str = "it is deleted here, with its experiment or by itself; restore it to import more of it";
pub(super) const LIVE: &str = "it is deployed here, and stays as it was approved";
const EMPTY_DEFAULT: &str = "the experiment Default holds nothing, and every project has its own";

/// Brings everything, as often as it is called: what is there stays as it is.
pub fn bring(source: &Source, to: &Destination, tell: &mut dyn FnMut(&Progress)) -> Result<Tally> {
    let tally = Tally::new(to.dry);
    let (experiments, come) = (HashMap::new(), HashSet::new());
    let (progress, empty_default) = (Progress::default(), None);
    let mut import = Import { source, to, tally, progress, experiments, empty_default, come, tell };
    import.all()?;
    Ok(import.tally)
}

impl Import<'_> {
    fn all(&mut self) -> Result<()> {
        let listed = self.source.experiments()?;
        self.broken(listed.broken);
        let mut experiments = Vec::with_capacity(listed.items.len());
        for experiment in listed.items {
            match self.is_empty_default(&experiment)? {
                true => {
                    self.skip(EMPTY_DEFAULT);
                    self.empty_default = Some(experiment.id);
                }
                false => experiments.push(experiment),
            }
        }
        let targets = self.targets(&experiments)?;
        let registered = self.source.registered()?;
        self.check_names(&registered.items)?;
        self.progress.of = experiments.len();
        for (experiment, target) in experiments.iter().zip(targets) {
            self.progress.at.clone_from(&experiment.name);
            self.report();
            self.experiment(experiment, target)?;
            self.progress.done += 1;
            self.report();
        }
        self.progress.at = "registered models".to_owned();
        self.registry(registered)?;
        self.progress.at = "evaluation datasets".to_owned();
        self.datasets()?;
        self.progress.over = true;
        self.report();
        Ok(())
    }

    fn is_empty_default(&self, experiment: &Experiment) -> Result<bool> {
        if !experiment.is_default() {
            return Ok(false);
        }
        let page = self.source.runs(experiment, None)?;
        let has_runs = !page.items.is_empty() || !page.broken.is_empty();
        let has_traces = || Ok(!self.source.traces(experiment, None)?.items.is_empty());
        Ok(!has_runs && self.source.models(experiment)?.items.is_empty() && !has_traces()?)
    }

    fn skip(&mut self, why: &str) {
        self.tally.source.add(Row::Experiments, 1);
        self.tally.leave_out(Row::Experiments, 1, why);
    }

    fn origin(&self, experiment: &Experiment) -> Origin {
        Origin { source: self.source.id().to_owned(), id: experiment.id.clone() }
    }

    /// Where each experiment goes; none for one that is not here yet. Refused as a whole, before
    /// anything is written, where a name belongs to something else.
    fn targets(&self, experiments: &[Experiment]) -> Result<Vec<Option<Target>>> {
        let asked: Vec<(Origin, String)> =
            experiments.iter().map(|experiment| (self.origin(experiment), experiment.name.clone())).collect();
        let (actor, project) = (self.to.actor.clone(), self.to.project.clone());
        self.to.db.read_blocking(move |tx| {
            people::require(tx, &actor, people::Right::Track, &project)?;
            let (mut targets, mut taken, mut names) = (Vec::new(), Vec::new(), HashSet::new());
            for (origin, name) in &asked {
                let found = experiment::brought_from(tx, &actor, &project, origin)?;
                let free = experiment::find_by_name(tx, &actor, &project, name)?.is_none();
                if found.is_none() && !(free && names.insert(name)) {
                    taken.push(format!("{name:?}"));
                }
                targets.push(found.map(|(experiment, whole)| Target {
                    id: Some(experiment.id),
                    closed: experiment.deleted_at.is_some(),
                    whole,
                }));
            }
            if taken.is_empty() {
                return Ok(targets);
            }
            Err(conflict(format!(
                "The project has experiments of these names that did not come from this source: {}. Rename them, here or \
                 in the source, or import into another project. Nothing was imported.",
                taken.join(", ")
            )))
        })
    }

    fn experiment(&mut self, from: &Experiment, known: Option<Target>) -> Result<()> {
        if let Err(refusal) = limit::check_name("its name", &from.name, limit::EXPERIMENT_NAME) {
            self.skip(&format!("{refusal}; its runs were not read"));
            return Ok(());
        }
        if from.name.trim().is_empty() {
            self.skip("it has no name; its runs were not read");
            return Ok(());
        }
        self.tally.source.add(Row::Experiments, 1);
        self.tally.before.add(Row::Experiments, u64::from(known.is_some()));
        self.tally.after.add(Row::Experiments, 1);
        self.broken(from.broken.clone());
        let torn = self.tally.torn;
        let tags = self.experiment_tags(from);
        let target = self.open(from, known, &tags)?;
        self.experiments.extend(target.id.map(|id| (from.id.clone(), id)));
        self.models(from, target)?;
        let has_traces = self.traces(from, target)?;
        let (mut next, mut seen) = (None, Seen::default());
        loop {
            let page = self.source.runs(from, next.as_deref())?;
            self.broken(page.broken);
            self.group(from, page.items, target, has_traces)?;
            self.report();
            next = seen.next(page.next)?;
            if next.is_none() {
                break;
            }
        }
        if self.tally.torn == torn { self.close(from, target) } else { Ok(()) }
    }

    fn experiment_tags(&mut self, from: &Experiment) -> Pairs {
        let mut kept = Pairs::new();
        for (key, value) in &from.tags {
            self.tally.source.add(Row::Tags, 1);
            let length = limit::check_length("its value", value, limit::EXPERIMENT_TAG_VALUE);
            match limit::check_key("its key", key).and(length) {
                Ok(()) => kept.push((key.clone(), value.clone())),
                Err(refusal) => self.tally.leave_out(Row::Tags, 1, refusal.detail()),
            }
        }
        kept
    }

    /// Makes the experiment where it is new, and adds the tags that it does not have.
    fn open(&mut self, from: &Experiment, known: Option<Target>, tags: &Pairs) -> Result<Target> {
        let actor = self.to.actor.clone();
        let Some(target) = known else {
            self.tally.after.add(Row::Tags, tags.len() as u64);
            if self.to.dry {
                return Ok(Target { id: None, closed: false, whole: false });
            }
            let (origin, name, tags) = (self.origin(from), from.name.clone(), tags.clone());
            let created_at = from.created_at;
            let (first, project) = (from.is_default(), self.to.project.clone());
            let made = self.to.db.write_blocking(move |tx| {
                let created_at = created_at.map_or(tx.now(), Time);
                let (origin, name, tags) = (origin.clone(), name.clone(), tags.clone());
                experiment::bring(tx, &actor, &project, &Brought { origin, name, tags, created_at, first })
            })?;
            return Ok(Target { id: Some(made.id), closed: false, whole: false });
        };
        let Some(id) = target.id else { return Ok(target) };
        let here = self.to.db.read_blocking(move |tx| experiment::tags(tx, &[id]))?;
        let has = |key: &str| here.iter().any(|(_, other, _)| other == key);
        let missing: Pairs = tags.iter().filter(|(key, _)| !has(key)).cloned().collect();
        let before = (tags.len() - missing.len()) as u64;
        self.tally.before.add(Row::Tags, before);
        if target.closed {
            self.tally.after.add(Row::Tags, before);
            self.tally.leave_out(Row::Tags, missing.len() as u64, CLOSED);
            return Ok(target);
        }
        self.tally.after.add(Row::Tags, tags.len() as u64);
        if !self.to.dry && !missing.is_empty() {
            self.to.db.write_blocking(move |tx| {
                missing.iter().try_for_each(|(key, value)| experiment::set_tag(tx, &actor, id, key, value))
            })?;
        }
        Ok(target)
    }

    /// What is deleted in the source is deleted here too, once all of it came, unless it is deployed;
    /// whoever restores it keeps it.
    fn close(&mut self, from: &Experiment, target: Target) -> Result<()> {
        let Some(id) = target.id.filter(|_| !self.to.dry && !target.closed && !target.whole) else { return Ok(()) };
        let (actor, deleted) = (self.to.actor.clone(), from.deleted);
        self.to.db.write_blocking(move |tx| {
            experiment::note_whole(tx, id)?;
            match deleted && evidence::environment_of_experiment(tx, id)?.is_none() {
                true => evidence::delete_experiment(tx, &actor, id),
                false => Ok(()),
            }
        })
    }

    pub(super) fn broken(&mut self, broken: Broken) {
        for (row, why) in broken {
            self.tally.source.add(row, 1);
            self.tally.leave_out(row, 1, &why);
        }
    }

    pub(super) fn report(&mut self) {
        self.progress.read = self.tally.source;
        (self.tell)(&self.progress);
    }
}
