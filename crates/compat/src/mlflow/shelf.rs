//! What runs hold, as it stands in answers: written once and kept, since searches show the same runs again and again.
//!
//! It is looked up for runs that the caller has found just now, so it shows nobody more than a search does, and
//! taken only while the run has the stamp that it had when it was written.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use base::{Result, RunId};
use db::Tx;
use lab::run::{self, Run, Stamp};

use super::shape::Written;

/// Bytes of each of the two halves.
const HALF: usize = 8 * 1024 * 1024;

/// Runs that hold more than this are read each time.
const LONGEST: usize = 64 * 1024;

/// What the two maps need for an entry besides, about.
const ENTRY: usize = 200;

#[derive(Clone, Debug, Default)]
pub struct Shelf(Arc<Mutex<Halves>>);

/// What was asked for lately is in the young half; when that is full, it becomes the old one.
#[derive(Debug, Default)]
struct Halves {
    young: HashMap<RunId, Kept>,
    old: HashMap<RunId, Kept>,
    /// Of the young half.
    bytes: usize,
}

#[derive(Clone, Debug)]
struct Kept {
    stamp: Stamp,
    written: Arc<Written>,
}

impl Shelf {
    /// What each of the runs holds, in the same order. Checks no right.
    pub fn of(&self, tx: &mut Tx, runs: &[Run]) -> Result<Vec<Arc<Written>>> {
        let stamps = run::stamps(tx, runs)?;
        let mut found: Vec<Option<Arc<Written>>> = {
            let mut halves = self.halves();
            runs.iter().zip(&stamps).map(|(run, stamp)| halves.take(&run.id, *stamp)).collect()
        };
        let missing: Vec<usize> = (0..runs.len()).filter(|place| found[*place].is_none()).collect();
        let lacking: Vec<&Run> = missing.iter().map(|place| &runs[*place]).collect();
        for (place, content) in missing.into_iter().zip(run::content(tx, &lacking)?) {
            let written = Arc::new(Written::new(content)?);
            self.halves().keep(&runs[place].id, Kept { stamp: stamps[place], written: Arc::clone(&written) });
            found[place] = Some(written);
        }
        Ok(found.into_iter().flatten().collect())
    }

    fn halves(&self) -> MutexGuard<'_, Halves> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Halves {
    fn take(&mut self, id: &RunId, stamp: Stamp) -> Option<Arc<Written>> {
        if let Some(kept) = self.young.get(id) {
            return (kept.stamp == stamp).then(|| Arc::clone(&kept.written));
        }
        let kept = self.old.remove(id).filter(|kept| kept.stamp == stamp)?;
        let written = Arc::clone(&kept.written);
        self.keep(id, kept);
        Some(written)
    }

    fn keep(&mut self, id: &RunId, kept: Kept) {
        let size = kept.written.size() + ENTRY;
        if size > LONGEST {
            return;
        }
        if self.bytes + size > HALF {
            self.old = mem::take(&mut self.young);
            self.bytes = 0;
        }
        // What it replaces counts until the halves turn.
        self.bytes += size;
        self.young.insert(id.clone(), kept);
    }
}
