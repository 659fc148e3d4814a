//! Evaluation datasets with their records. They come after the experiments that they are attached to.

use std::collections::HashSet;

use base::{EvaluationDatasetId, ExperimentId, Result};
use lab::{
    evaluation::{self, Brought, Record},
    experiment,
};

use super::{
    Row,
    bring::Import,
    shape::{Dataset, Seen},
    sift::evaluation as sift,
};

/// What is here of a dataset.
#[derive(Default)]
struct Here {
    /// It is in this project.
    is_here: bool,
    /// It is in another project.
    is_elsewhere: bool,
    tags: HashSet<String>,
    experiments: HashSet<ExperimentId>,
    /// By what records are known.
    records: HashSet<String>,
}

const ELSEWHERE: &str = "a dataset of this id is in another project here";

impl Import<'_> {
    pub(super) fn datasets(&mut self) -> Result<()> {
        let listed = self.source.datasets()?;
        self.broken(listed.broken);
        for from in listed.items {
            self.dataset(&from)?;
            self.report();
        }
        Ok(())
    }

    fn dataset(&mut self, from: &Dataset) -> Result<()> {
        self.tally.source.add(Row::Datasets, 1);
        let attached = self.attached(from)?;
        let wanted = sift::dataset(from, attached, &mut self.tally);
        let here = self.dataset_here(&wanted.id)?;
        let why = sift::refusal(&wanted).or(here.is_elsewhere.then(|| ELSEWHERE.to_owned()));
        if let Some(why) = why {
            return self.leave_dataset_out(from, &wanted, &why);
        }
        self.tally.before.add(Row::Datasets, u64::from(here.is_here));
        self.tally.before.add(Row::Tags, tagged(&wanted, &here));
        let lacks = !here.is_here
            || tagged(&wanted, &here) < wanted.new.tags.len() as u64
            || wanted.new.experiments.iter().any(|id| !here.experiments.contains(id));
        if lacks && !self.to.dry {
            let (actor, project, brought) = (self.to.actor.clone(), self.to.project.clone(), wanted.clone());
            self.to.db.write_blocking(move |tx| evaluation::bring(tx, &actor, &project, &brought))?;
        }
        let mut come = HashSet::new();
        self.all_records(from, &wanted.id, &here, &mut come)?;
        if self.to.dry {
            self.tally.after.add(Row::Datasets, 1);
            self.tally.after.add(Row::Tags, wanted.new.tags.len() as u64);
            self.tally.after.add(Row::Records, come.len() as u64);
            return Ok(());
        }
        let here = self.dataset_here(&wanted.id)?;
        self.tally.after.add(Row::Datasets, u64::from(here.is_here));
        self.tally.after.add(Row::Tags, tagged(&wanted, &here));
        self.tally.after.add(Row::Records, come.intersection(&here.records).count() as u64);
        Ok(())
    }

    /// Those experiments of the source that are here. Its Default experiment is the project's.
    fn attached(&mut self, from: &Dataset) -> Result<Vec<ExperimentId>> {
        let default = self.empty_default.clone().filter(|id| from.experiments.contains(id) && !self.to.dry);
        if let Some(id) = default.filter(|id| !self.experiments.contains_key(id)) {
            let (actor, project) = (self.to.actor.clone(), self.to.project.clone());
            let ours = self.to.db.write_blocking(move |tx| experiment::default_of(tx, &actor, &project))?;
            self.experiments.insert(id, ours.id);
        }
        Ok(from.experiments.iter().filter_map(|id| self.experiments.get(id).copied()).collect())
    }

    /// Page by page, each in a transaction; `come` is what they are known by afterwards.
    fn all_records(
        &mut self,
        from: &Dataset,
        id: &EvaluationDatasetId,
        here: &Here,
        come: &mut HashSet<String>,
    ) -> Result<()> {
        let (mut next, mut seen) = (None, Seen::default());
        loop {
            let page = self.source.records(from, next.as_deref())?;
            self.broken(page.broken);
            let mut missing: Vec<Record> = Vec::new();
            for record in sift::records(page.items, &mut self.tally) {
                let digest = record.digest();
                let is_known = here.records.contains(&digest);
                if !come.insert(digest) {
                    self.tally.leave_out(Row::Records, 1, "a record of the same inputs is there twice; kept once");
                } else if is_known {
                    self.tally.before.add(Row::Records, 1);
                } else {
                    missing.push(record);
                }
            }
            if !self.to.dry && !missing.is_empty() {
                let (actor, id) = (self.to.actor.clone(), id.clone());
                self.to.db.write_blocking(move |tx| evaluation::bring_records(tx, &actor, &id, &missing))?;
            }
            self.report();
            next = seen.next(page.next)?;
            if next.is_none() {
                return Ok(());
            }
        }
    }

    fn leave_dataset_out(&mut self, from: &Dataset, wanted: &Brought, why: &str) -> Result<()> {
        let mut whole = super::Counts::default();
        whole.add(Row::Datasets, 1);
        whole.add(Row::Tags, wanted.new.tags.len() as u64);
        let (mut next, mut seen) = (None, Seen::default());
        loop {
            let page = self.source.records(from, next.as_deref())?;
            self.broken(page.broken);
            whole.add(Row::Records, sift::records(page.items, &mut self.tally).len() as u64);
            next = seen.next(page.next)?;
            if next.is_none() {
                break;
            }
        }
        self.tally.leave_whole_out(Row::Datasets, whole, why);
        Ok(())
    }

    fn dataset_here(&self, id: &EvaluationDatasetId) -> Result<Here> {
        let (id, project) = (id.clone(), self.to.project.clone());
        self.to.db.read_blocking(move |tx| {
            let Some(dataset) = evaluation::load(tx, &id)? else { return Ok(Here::default()) };
            if dataset.project != project {
                return Ok(Here { is_elsewhere: true, ..Here::default() });
            }
            let tags = evaluation::tags(tx, std::slice::from_ref(&dataset))?.concat();
            Ok(Here {
                is_here: true,
                is_elsewhere: false,
                tags: tags.into_iter().map(|(key, _)| key).collect(),
                experiments: evaluation::experiments(tx, &dataset)?.into_iter().collect(),
                records: evaluation::digests(tx, &dataset)?,
            })
        })
    }
}

fn tagged(wanted: &Brought, here: &Here) -> u64 {
    wanted.new.tags.iter().filter(|(key, _)| here.tags.contains(key)).count() as u64
}
