//! Traces of an experiment. They come before the runs, which they may be linked to.

use std::collections::HashSet;

use base::{ExperimentId, ProjectId, Result, RunId, TraceId};
use db::Tx;
use lab::{assessment, trace};

use super::{
    Row,
    bring::{CLOSED, Import, Target},
    shape::{Experiment, Run, Seen, Trace},
    sift::trace::{self as sift, Here, Wanted},
};

/// A trace on its way.
struct Way {
    wanted: Wanted,
    here: Option<Here>,
}

const ELSEWHERE: &str = "a trace of this id is in another experiment here";
/// Traces of a transaction; each may have thousands of spans.
const TOGETHER: usize = 10;
/// Links of a transaction.
const LINKS: usize = 100;

impl Import<'_> {
    /// Answers whether the experiment has any.
    pub(super) fn traces(&mut self, from: &Experiment, target: Target) -> Result<bool> {
        let (mut next, mut seen) = (None, Seen::default());
        let mut any = false;
        loop {
            let page = self.source.traces(from, next.as_deref())?;
            self.broken(page.broken);
            any |= !page.items.is_empty();
            for part in page.items.chunks(TOGETHER) {
                self.trace_group(part, target)?;
                self.report();
            }
            next = seen.next(page.next)?;
            if next.is_none() {
                return Ok(any);
            }
        }
    }

    fn trace_group(&mut self, all: &[Trace], target: Target) -> Result<()> {
        let spans = self.source.spans(all)?;
        let ids: Vec<TraceId> = all.iter().map(|trace| trace.told.id.clone()).collect();
        let mut ways = Vec::with_capacity(all.len());
        for ((from, spans), here) in all.iter().zip(spans).zip(self.traces_here(ids)?) {
            self.tally.source.add(Row::Traces, 1);
            self.broken(from.broken.clone());
            let Some(wanted) = sift::trace(from, spans, &mut self.tally) else { continue };
            let is_foreign = here.as_ref().is_some_and(|here| Some(here.trace.experiment) != target.id);
            if is_foreign {
                self.tally.leave_whole_out(Row::Traces, sift::whole(&wanted), ELSEWHERE);
                continue;
            }
            let before = here.as_ref().map(|here| sift::here(&wanted, here)).unwrap_or_default();
            self.tally.before += before;
            if target.closed {
                for row in Row::ALL {
                    self.tally.leave_out(row, sift::whole(&wanted).of(row) - before.of(row), CLOSED);
                }
            }
            ways.push(Way { wanted, here });
        }
        if let Some(experiment) = target.id.filter(|_| !self.to.dry && !target.closed) {
            self.write_traces(experiment, &ways)?;
        }
        self.count_traces(ways, target)
    }

    /// One transaction, with spans and assessments.
    fn write_traces(&self, experiment: ExperimentId, ways: &[Way]) -> Result<()> {
        let lacks = |way: &&Way| {
            let here = way.here.as_ref().map(|here| sift::here(&way.wanted, here));
            let has_ended = way.here.as_ref().is_some_and(|here| here.trace.state != way.wanted.brought.told.state);
            here != Some(sift::whole(&way.wanted)) || has_ended
        };
        let wanted: Vec<Wanted> = ways.iter().filter(lacks).map(|way| way.wanted.clone()).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let actor = self.to.actor.clone();
        self.to.db.write_blocking(move |tx| {
            wanted.iter().try_for_each(|Wanted { brought, assessments }| {
                let trace = trace::bring(tx, &actor, experiment, brought)?;
                assessment::bring(tx, &actor, &trace, assessments)
            })
        })
    }

    /// Counts anew what is here.
    fn count_traces(&mut self, ways: Vec<Way>, target: Target) -> Result<()> {
        if self.to.dry && !target.closed {
            ways.iter().for_each(|way| self.tally.after += sift::whole(&way.wanted));
            return Ok(());
        }
        let heres = self.traces_here(ways.iter().map(|way| way.wanted.brought.told.id.clone()).collect())?;
        for (way, here) in ways.iter().zip(heres) {
            self.tally.after += here.map(|here| sift::here(&way.wanted, &here)).unwrap_or_default();
        }
        Ok(())
    }

    fn traces_here(&self, ids: Vec<TraceId>) -> Result<Vec<Option<Here>>> {
        let project = self.to.project.clone();
        self.to.db.read_blocking(move |tx| ids.iter().map(|id| here(tx, id, &project)).collect())
    }

    /// Traces that were linked to the run.
    pub(super) fn links(&mut self, experiment: &Experiment, run: &Run, closed: Option<&str>) -> Result<()> {
        let there: Vec<TraceId> = self.source.linked(experiment, run)?.into_iter().map(TraceId).collect();
        if there.is_empty() {
            return Ok(());
        }
        let id = RunId(run.id.clone());
        let here = self.linked_here(&id)?;
        let missing: Vec<TraceId> = there.iter().filter(|id| !here.contains(id)).cloned().collect();
        let before = (there.len() - missing.len()) as u64;
        self.tally.source.add(Row::Inputs, there.len() as u64);
        self.tally.before.add(Row::Inputs, before);
        if let Some(why) = closed {
            self.tally.after.add(Row::Inputs, before);
            self.tally.leave_out(Row::Inputs, missing.len() as u64, why);
            return Ok(());
        }
        if self.to.dry {
            self.tally.after.add(Row::Inputs, there.len() as u64);
            return Ok(());
        }
        for part in missing.chunks(LINKS) {
            let (actor, id, part) = (self.to.actor.clone(), id.clone(), part.to_vec());
            self.to.db.write_blocking(move |tx| trace::link_to_run(tx, &actor, &part, &id))?;
        }
        let here = self.linked_here(&id)?;
        let linked = there.iter().filter(|id| here.contains(id)).count() as u64;
        self.tally.after.add(Row::Inputs, linked);
        // A trace that was left out is linked to nothing.
        self.tally.leave_out(Row::Inputs, there.len() as u64 - linked, "the trace that was linked is not here");
        Ok(())
    }

    fn linked_here(&self, run: &RunId) -> Result<HashSet<TraceId>> {
        let run = run.clone();
        Ok(self.to.db.read_blocking(move |tx| trace::linked(tx, &run))?.into_iter().collect())
    }
}

fn here(tx: &mut Tx, id: &TraceId, project: &ProjectId) -> Result<Option<Here>> {
    let Some(trace) = trace::in_project(tx, id, project)? else { return Ok(None) };
    let content = trace::content(tx, std::slice::from_ref(&trace))?.pop().unwrap_or_default();
    let (spans, assessments) = (trace::span_ids(tx, &trace)?, assessment::ids(tx, &trace)?);
    Ok(Some(Here { trace, content, spans, assessments }))
}
