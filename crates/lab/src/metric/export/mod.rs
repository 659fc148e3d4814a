//! Whole histories as a table, for analysis elsewhere: one line for each point of a run, or of all
//! runs of an experiment that are not deleted. Read in parts, so that memory stays the same however
//! much there is; each part sees what is committed when it is read.

mod csv;
pub(super) mod http;
mod parquet;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use base::{ExperimentId, Result, RunId};
use db::Tx;
use people::Actor;

use super::{After, Point, history};
use crate::{experiment, run};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    Run(RunId),
    Experiment(ExperimentId),
}

/// A point with all that says whose it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub run: Arc<Named>,
    pub key: Arc<str>,
    pub point: Point,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The small key that the store uses.
    pub num: i64,
    pub id: RunId,
    pub name: String,
}

/// Where the next part begins.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The last run that is done.
    done: Option<i64>,
    run: Option<Arc<Named>>,
    /// The series that was read last; `after` where it goes on.
    key: String,
    after: Option<After>,
}

/// So many runs and series are looked at for one part, whether they hold points or not.
const MOST_LOOKS: usize = 10_000;

/// Up to `most` lines: runs as they came, series by key, points by moment; and where to go on.
pub fn part(tx: &mut Tx, actor: &Actor, of: &Of, mut place: Place, most: usize) -> Result<(Vec<Line>, Option<Place>)> {
    let only = check(tx, actor, of)?;
    let mut lines = Vec::new();
    for _ in 0..MOST_LOOKS {
        if lines.len() >= most {
            break;
        }
        let Some(run) = current(tx, of, &only, &mut place)? else { return Ok((lines, None)) };
        if place.after.is_none() {
            let Some(key) = store::next_key(tx, run.num, &place.key)? else {
                place = Place { done: Some(run.num), ..Place::default() };
                continue;
            };
            place.key = key;
        }
        let (points, after) = history(tx, run.num, &place.key, most - lines.len(), place.after)?;
        let key: Arc<str> = place.key.as_str().into();
        lines.extend(points.into_iter().map(|point| Line { run: Arc::clone(&run), key: Arc::clone(&key), point }));
        place.after = after;
    }
    Ok((lines, Some(place)))
}

/// Asked for every part: whoever loses the right gets no more. Answers the run, where it is one.
fn check(tx: &mut Tx, actor: &Actor, of: &Of) -> Result<Option<Arc<Named>>> {
    match of {
        Of::Experiment(id) => experiment::get(tx, actor, *id).map(|_| None),
        Of::Run(id) => {
            let run = run::get(tx, actor, id)?;
            Ok(Some(Arc::new(Named { num: run.num, id: run.id, name: run.name })))
        }
    }
}

fn current(tx: &mut Tx, of: &Of, only: &Option<Arc<Named>>, place: &mut Place) -> Result<Option<Arc<Named>>> {
    if place.run.is_none() {
        place.run = match of {
            Of::Run(_) => only.clone().filter(|_| place.done.is_none()),
            Of::Experiment(id) => store::next_run(tx, *id, place.done.unwrap_or(i64::MIN))?.map(Arc::new),
        };
    }
    Ok(place.run.clone())
}
