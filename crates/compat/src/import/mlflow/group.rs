//! A page of runs: small things in one transaction, then points in batches, then files; what ends
//! or hides a run comes last, so that an import that was cut off goes on where it stopped.

use std::{collections::HashMap, sync::Arc};

use base::{RunId, Time};
use db::Tx;
use lab::{
    artifact::{self, Path},
    limit,
    metric::{self, Point},
    run::{self, Batch, Brought, Content},
};
use ship::evidence;

use base::Result;

use super::{
    Counts, Row,
    bring::{CLOSED, Import, LIVE, Target},
    points,
    shape::{Experiment, Owner, Run},
    sift,
};

/// What is here of a run.
#[derive(Clone, Debug)]
struct Here {
    run: run::Run,
    content: Content,
    files: HashMap<String, u64>,
    live: bool,
}

impl Here {
    /// Why nothing more of it is brought.
    fn closed(&self) -> Option<&'static str> {
        if self.run.deleted_at.is_some() { Some(CLOSED) } else { self.live.then_some(LIVE) }
    }
}

/// A run on its way.
struct Way {
    from: Run,
    wanted: Brought,
    here: Option<Here>,
    /// Why nothing is written to it, if nothing is.
    closed: Option<&'static str>,
    /// Points of each series, each once.
    series: Vec<(String, u64)>,
    /// Paths.
    files: Vec<String>,
    /// A file did not arrive whole.
    torn: bool,
}

const ELSEWHERE: &str = "a run of this id is here already, and it did not come from there";
/// Points of a transaction.
const BATCH: usize = limit::BATCH_METRICS;

impl Import<'_> {
    pub(super) fn group(
        &mut self,
        experiment: &Experiment,
        runs: Vec<Run>,
        target: Target,
        has_traces: bool,
    ) -> Result<()> {
        let heres = self.here(&runs)?;
        let mut ways = Vec::with_capacity(runs.len());
        for (from, here) in runs.into_iter().zip(heres) {
            self.tally.source.add(Row::Runs, 1);
            self.broken(from.broken.clone());
            let foreign = here.as_ref().is_some_and(|here| Some(here.run.experiment) != target.id);
            match sift::refusal(&from.id).or(foreign.then(|| ELSEWHERE.to_owned())) {
                Some(why) => self.leave_run_out(&from, &why)?,
                None => ways.push(self.way(from, here, target)),
            }
        }
        if !self.to.dry {
            self.begin(&ways, target)?;
        }
        self.all_points(&mut ways)?;
        for way in &mut ways {
            self.run_files(way, target)?;
        }
        for way in ways.iter().filter(|_| has_traces) {
            self.links(experiment, &way.from, way.closed)?;
        }
        if !self.to.dry {
            self.end(&ways, target)?;
        }
        self.count(&ways)
    }

    fn here(&self, runs: &[Run]) -> Result<Vec<Option<Here>>> {
        let ids: Vec<RunId> = runs.iter().map(|run| RunId(run.id.clone())).collect();
        self.to.db.read_blocking(move |tx| ids.iter().map(|id| here(tx, id)).collect())
    }

    fn leave_run_out(&mut self, from: &Run, why: &str) -> Result<()> {
        let within = format!("their run was left out: {why}");
        self.tally.leave_out(Row::Runs, 1, why);
        let wanted = sift::run(from, &mut self.tally);
        let whole = sift::run_whole(&wanted);
        for row in [Row::Params, Row::Tags, Row::Inputs] {
            self.tally.leave_out(row, whole.of(row), &within);
        }
        for key in &from.keys {
            let history = self.source.history(from, key)?;
            let all = history.points.len() as u64 + history.broken;
            self.tally.source.add(Row::Points, all);
            self.tally.leave_out(Row::Points, all, &within);
        }
        self.leave_files_out(Owner::Run(from), &within)
    }

    fn way(&mut self, from: Run, here: Option<Here>, target: Target) -> Way {
        let mut wanted = sift::run(&from, &mut self.tally);
        let closed = target.closed.then_some(CLOSED).or_else(|| here.as_ref()?.closed());
        if let Some(here) = &here {
            let theirs: HashMap<&str, &str> =
                here.content.params.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            let all = wanted.params.len();
            wanted.params.retain(|(key, value)| theirs.get(key.as_str()).is_none_or(|other| other == value));
            let differing = (all - wanted.params.len()) as u64;
            self.tally.leave_out(Row::Params, differing, "the run has another value of the param here");
        }
        let before = here.as_ref().map(|here| sift::run_here(&wanted, &here.content)).unwrap_or_default();
        self.tally.before += before;
        if let Some(why) = closed {
            let whole = sift::run_whole(&wanted);
            for row in [Row::Runs, Row::Params, Row::Tags, Row::Inputs] {
                self.tally.leave_out(row, whole.of(row) - before.of(row), why);
            }
        }
        if self.to.dry {
            self.come.insert(from.id.clone());
        }
        Way { from, wanted, here, closed, series: Vec::new(), files: Vec::new(), torn: false }
    }

    /// Runs with their params, tags and inputs.
    fn begin(&self, ways: &[Way], target: Target) -> Result<()> {
        let Some(experiment) = target.id else { return Ok(()) };
        let lacks = |way: &&Way| {
            let here = way.here.as_ref().map(|here| sift::run_here(&way.wanted, &here.content));
            way.closed.is_none() && here != Some(sift::run_whole(&way.wanted))
        };
        let wanted: Vec<Brought> = ways.iter().filter(lacks).map(|way| way.wanted.clone()).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let actor = self.to.actor.clone();
        self.to
            .db
            .write_blocking(move |tx| wanted.iter().try_for_each(|wanted| run::bring(tx, &actor, experiment, wanted)))
    }

    fn all_points(&mut self, ways: &mut [Way]) -> Result<()> {
        let mut waiting: Vec<(RunId, metric::New)> = Vec::with_capacity(BATCH);
        for way in ways {
            for key in way.from.keys.clone() {
                let missing = self.series(way, &key)?;
                let key: Arc<str> = key.into();
                for point in missing {
                    let (id, key) = (way.wanted.id.clone(), Arc::clone(&key));
                    waiting.push((id, metric::New { key, point, model: None }));
                    if waiting.len() == BATCH {
                        self.write_points(std::mem::take(&mut waiting))?;
                        self.report();
                    }
                }
            }
        }
        self.write_points(waiting)
    }

    /// Counts a series; answers its points where they are to be written.
    fn series(&mut self, way: &mut Way, key: &str) -> Result<Vec<Point>> {
        let series = points::series(self.source.history(&way.from, key)?);
        let kept = series.points.len() as u64;
        self.tally.source.add(Row::Points, series.in_source);
        self.tally.leave_out(Row::Points, series.repeated, "the same point is there twice; kept once");
        self.tally.leave_out(Row::Points, series.broken, "the line is none that MLflow writes");
        self.tally.leave_out(Row::Points, series.early, "its moment is before 1970");
        if let Err(refusal) = limit::check_key("its key", key) {
            self.tally.leave_out(Row::Points, kept, refusal.detail());
            return Ok(Vec::new());
        }
        way.series.push((key.to_owned(), kept));
        let latest = way.here.as_ref().and_then(|here| here.content.metrics.iter().find(|latest| latest.key == key));
        let before = latest.map_or(0, |latest| latest.points.unsigned_abs().min(kept));
        self.tally.before.add(Row::Points, before);
        if let Some(why) = way.closed {
            self.tally.leave_out(Row::Points, kept - before, why);
            return Ok(Vec::new());
        }
        let whole =
            latest.is_some_and(|latest| latest.points.unsigned_abs() == kept && is_latest(latest, &series.points));
        Ok(if whole || self.to.dry { Vec::new() } else { series.points })
    }

    /// One transaction.
    fn write_points(&self, points: Vec<(RunId, metric::New)>) -> Result<()> {
        if points.is_empty() {
            return Ok(());
        }
        let mut batches: Vec<(RunId, Batch)> = Vec::new();
        for (id, new) in points {
            match batches.last_mut().filter(|(last, _)| *last == id) {
                Some((_, batch)) => batch.metrics.push(new),
                None => batches.push((id, Batch { metrics: vec![new], ..Batch::default() })),
            }
        }
        let actor = self.to.actor.clone();
        self.to
            .db
            .append_blocking(move |tx| batches.iter().try_for_each(|(id, batch)| run::log_batch(tx, &actor, id, batch)))
    }

    fn run_files(&mut self, way: &mut Way, target: Target) -> Result<()> {
        let none = HashMap::new();
        let here = way.here.as_ref().map_or(&none, |here| &here.files);
        let root = target.id.map(|experiment| Path::run_root(experiment, &way.wanted.id));
        let torn = self.tally.torn;
        let ended = way.here.as_ref().is_some_and(|here| here.run.status.is_final());
        way.files = self.files(Owner::Run(&way.from), root.as_ref(), here, way.closed, ended)?;
        way.torn = self.tally.torn > torn;
        Ok(())
    }

    fn end(&self, ways: &[Way], target: Target) -> Result<()> {
        let ends: Vec<(RunId, run::Status, Option<Time>, bool)> = ways
            .iter()
            .filter(|way| way.closed.is_none())
            .map(|way| {
                // Whoever restored it after an import keeps it.
                let hides = way.from.deleted && !way.torn && !(target.whole && way.here.is_some());
                (way.wanted.id.clone(), way.from.status, way.from.ended_at.map(Time), hides)
            })
            .collect();
        let actor = self.to.actor.clone();
        self.to.db.write_blocking(move |tx| {
            for (id, status, ended_at, hides) in &ends {
                run::end(tx, &actor, id, *status, *ended_at)?;
                if *hides {
                    evidence::delete_run(tx, &actor, id)?;
                }
            }
            Ok(())
        })
    }

    /// Counts anew what is here.
    fn count(&mut self, ways: &[Way]) -> Result<()> {
        let runs: Vec<Run> = ways.iter().map(|way| way.from.clone()).collect();
        let heres = self.here(&runs)?;
        for (way, here) in ways.iter().zip(heres) {
            if self.to.dry && way.closed.is_none() {
                self.tally.after += expected(way);
                continue;
            }
            let Some(here) = here else { continue };
            self.tally.after += sift::run_here(&way.wanted, &here.content);
            for (key, kept) in &way.series {
                let latest = here.content.metrics.iter().find(|latest| latest.key == *key);
                let points = latest.map_or(0, |latest| latest.points.unsigned_abs().min(*kept));
                self.tally.after.add(Row::Points, points);
            }
            self.count_files(&way.files, &here.files);
        }
        Ok(())
    }
}

fn expected(way: &Way) -> Counts {
    let mut counts = sift::run_whole(&way.wanted);
    counts.add(Row::Points, way.series.iter().map(|(_, kept)| kept).sum());
    counts
}

/// Whether the series here ends with the latest of these points.
fn is_latest(here: &metric::Latest, points: &[Point]) -> bool {
    let rank = |point: &Point| (point.step, point.at, if point.value.is_nan() { 0.0 } else { point.value });
    let latest = points.iter().copied().reduce(|a, b| if rank(&b) > rank(&a) { b } else { a });
    latest.is_some_and(|latest| (latest.step, latest.at) == (here.point.step, here.point.at))
}

fn here(tx: &mut Tx, id: &RunId) -> Result<Option<Here>> {
    let Some(run) = run::load(tx, id)? else { return Ok(None) };
    let content = run::content(tx, std::slice::from_ref(&run))?.pop().unwrap_or_default();
    let files = artifact::of_run(tx, &run)?;
    let files = files.into_iter().map(|file| (file.path, file.size.unsigned_abs())).collect();
    let live = evidence::environment_of_run(tx, run.experiment, id)?.is_some();
    Ok(Some(Here { run, content, files, live }))
}
