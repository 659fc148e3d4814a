//! Everything that runs hold, read for many at once.

use std::{borrow::Borrow, collections::HashMap};

use base::{ModelId, Result};
use db::Tx;

use super::{
    Run,
    store::{self, Held},
};
use crate::{
    dataset::{self, Input},
    metric::Latest,
};

/// What a run holds; lists are ordered by key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    pub params: Vec<(String, String)>,
    /// The latest point of each series.
    pub metrics: Vec<Latest>,
    pub tags: Vec<(String, String)>,
    pub inputs: Vec<Input>,
    /// Models that it read.
    pub read: Vec<ModelId>,
    /// Models that it made.
    pub made: Vec<Made>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub model: ModelId,
    pub step: i64,
}

/// So many runs are asked for at once.
const AT_ONCE: usize = 500;

/// Of a run, when it was read: as long as it has the same, its content is the same.
///
/// Points come and never go, so another history has another number of them; all else that a run holds counts
/// its revision up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    revision: i64,
    points: i64,
}

/// The stamp of each run, in the same order. Checks no right.
pub fn stamps(tx: &mut Tx, runs: &[Run]) -> Result<Vec<Stamp>> {
    let nums: Vec<i64> = runs.iter().map(|run| run.num).collect();
    let mut points = HashMap::with_capacity(runs.len());
    for part in nums.chunks(AT_ONCE) {
        points.extend(store::points(tx, &padded(part))?);
    }
    let stamp = |run: &Run| Stamp { revision: run.revision, points: points.get(&run.num).copied().unwrap_or_default() };
    Ok(runs.iter().map(stamp).collect())
}

/// The content of each run, in the same order. Checks no right.
pub fn content<R: Borrow<Run>>(tx: &mut Tx, runs: &[R]) -> Result<Vec<Content>> {
    let mut contents = Vec::with_capacity(runs.len());
    for part in runs.chunks(AT_ONCE) {
        contents.extend(content_of(tx, part)?);
    }
    Ok(contents)
}

fn content_of<R: Borrow<Run>>(tx: &mut Tx, runs: &[R]) -> Result<Vec<Content>> {
    let nums: Vec<i64> = runs.iter().map(|run| run.borrow().num).collect();
    let asked = padded(&nums);
    let places: HashMap<i64, usize> = nums.iter().enumerate().map(|(place, num)| (*num, place)).collect();
    let mut contents = vec![Content::default(); runs.len()];
    let (mut models, mut have_inputs) = (Vec::new(), false);
    store::held(tx, &asked, |run, held| {
        let content = &mut contents[places[&run]];
        match held {
            Held::Param(key, value) => content.params.push((key, value)),
            Held::Tag(key, value) => content.tags.push((key, value)),
            Held::Metric(latest) => content.metrics.push(latest),
            Held::Model { model, is_output, step } => models.push((step, model, is_output, run)),
            Held::Inputs => have_inputs = true,
        }
    })?;
    for content in &mut contents {
        content.params.sort_unstable();
        content.tags.sort_unstable();
        content.metrics.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    }
    models.sort_unstable();
    for (step, model, is_output, run) in models {
        let content = &mut contents[places[&run]];
        match is_output {
            true => content.made.push(Made { model, step }),
            false => content.read.push(model),
        }
    }
    if have_inputs {
        for (run, input) in dataset::of_runs(tx, &asked)? {
            contents[places[&run]].inputs.push(input);
        }
    }
    Ok(contents)
}

/// The list, filled up with its last entry to a power of two, so that few statements are prepared.
fn padded(nums: &[i64]) -> Vec<i64> {
    let mut padded = nums.to_vec();
    if let Some(last) = nums.last() {
        padded.resize(nums.len().next_power_of_two(), *last);
    }
    padded
}
