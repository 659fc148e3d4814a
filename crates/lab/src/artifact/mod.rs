//! An artifact is a file that a run produced or used. Its bytes lie in the blob store; a row gives
//! them a path. The row is written after the bytes are durable, so what is visible is complete.

mod act;
pub mod http;
pub mod path;
pub mod signed;
mod store;
#[cfg(test)]
mod tests;
pub mod upload;

use base::{ExperimentId, ModelId, Result, Time, UserId};
use db::Tx;
use people::Actor;

pub use act::{Guard, SWEEP, delete, file, hold, list, put, release, sweep, sweep_later, upload};
pub use path::{Owner, Path};

use crate::run::Run;

/// The member of a refusal that names the artifact, or the folder, that stays as it is.
pub const KEPT: &str = "kept";

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// From the root of all artifacts: `EXPERIMENT/RUN/artifacts/…`.
    pub path: String,
    pub experiment: ExperimentId,
    /// Bytes.
    pub size: i64,
    pub sha256: String,
    pub creator: UserId,
    pub at: Time,
}

/// What stands directly below a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    /// None for a folder.
    pub file: Option<File>,
}

/// All files of a run, by path; paths are relative to the run's artifacts. For what a promotion
/// binds to. Checks no right.
pub fn of_run(tx: &mut Tx, run: &Run) -> Result<Vec<File>> {
    below(tx, &Path::of_run(run))
}

/// As [`of_run`], of a logged model: clients keep a model's bytes beside the run, not below it.
pub fn of_model(tx: &mut Tx, experiment: ExperimentId, model: &ModelId) -> Result<Vec<File>> {
    below(tx, &Path::of_model(experiment, model))
}

/// All files at a path: below a folder, or the one that lies there; with their whole paths. Checks no right.
pub fn at(tx: &mut Tx, path: &Path) -> Result<Vec<File>> {
    match store::get(tx, path.as_str())? {
        Some(file) => Ok(vec![file]),
        None => store::tree(tx, path.as_str()),
    }
}

fn below(tx: &mut Tx, root: &Path) -> Result<Vec<File>> {
    let mut files = store::tree(tx, root.as_str())?;
    for file in &mut files {
        file.path = file.path[root.as_str().len() + 1..].to_owned();
    }
    Ok(files)
}

/// What stands below a folder of a run, `""` for its root. The caller may look at the run.
pub fn of_run_at(tx: &mut Tx, actor: &Actor, run: &Run, below: &str) -> Result<Vec<Entry>> {
    list(tx, actor, &Path::of_run(run).join(below)?)
}
