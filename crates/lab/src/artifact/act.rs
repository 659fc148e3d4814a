//! Putting, listing, opening and deleting artifacts.

use std::{collections::BTreeMap, fmt::Display, time::Duration};

use base::{
    Error, Kind, Result,
    refuse::{conflict, internal, invalid, not_found},
};
use blob::{Blob, Written};
use bytes::Bytes;
use db::{Db, Tx};
use futures_util::Stream;
use people::{Actor, Right};
use serde_json::json;

use super::{Entry, File, KEPT, Owner, Path, store};
use crate::{
    experiment::{self, Experiment},
    model, run, trace,
};

/// The kind of the job that removes bytes that nothing refers to any more.
pub const SWEEP: &str = "artifact.sweep";

/// Bytes younger than this may belong to an upload that is just being written into its row.
const SWEEP_AGE: Duration = Duration::from_secs(24 * 3600);
const SWEEP_AGE_MS: i64 = 25 * 3600 * 1000;

/// Takes a stream of bytes in under a path; what was there before is replaced as long as its run goes on. Refused before the
/// first byte is read where the path cannot be written, and visible once all of them are durable and
/// have the digests that their sender claims.
pub async fn upload<E: Display>(
    db: &Db,
    blob: &Blob,
    actor: &Actor,
    path: &Path,
    bytes: impl Stream<Item = Result<Bytes, E>> + Send,
    claims: &[String],
    guard: Guard,
) -> Result<File> {
    let (by, to) = (actor.clone(), path.clone());
    db.read(move |tx| check_place(tx, &by, &to).and_then(|_| guard(tx, &to))).await?;
    let written = blob.put(bytes).await?;
    let sha256 = written.sha256.clone();
    let (by, to) = (actor.clone(), path.clone());
    let stored = async {
        check_claims(claims, &written.sha256)?;
        db.write(move |tx| {
            guard(tx, &to)?;
            put(tx, &by, &to, &written)
        })
        .await
    };
    let stored = stored.await;
    if stored.is_err() {
        forget(db, sha256).await;
    }
    stored
}

/// Refuses bytes that are not those that were sent.
pub(super) fn check_claims(claims: &[String], sha256: &str) -> Result<()> {
    match claims.iter().find(|claim| *claim != sha256) {
        Some(claim) => {
            Err(invalid("body", format!("has the SHA-256 {sha256}; its headers say {claim}. Send it again")))
        }
        None => Ok(()),
    }
}

/// Bytes that got no path go, unless something else refers to them.
pub(super) async fn forget(db: &Db, sha256: String) {
    // Where even this fails, the database is gone, and the caller hears of that.
    drop(db.write(move |tx| sweep_later(tx, std::slice::from_ref(&sha256))).await);
}

/// What else must agree to an upload: asked before the first byte, and again when the path is given.
pub type Guard = fn(&mut Tx, &Path) -> Result<()>;

/// Gives durable bytes a path. What a run has when it ends stays as it is: only the same bytes, or a new name, come later.
pub fn put(tx: &mut Tx, actor: &Actor, path: &Path, written: &Written) -> Result<File> {
    let experiment = check_place(tx, actor, path)?;
    let size = i64::try_from(written.size).map_err(internal)?;
    let before = store::get(tx, path.as_str())?;
    if before.as_ref().is_some_and(|before| before.sha256 != written.sha256) {
        check_goes_on(tx, path)?;
    }
    store::put(tx, path, size, &written.sha256, &actor.user)?;
    note_author(tx, actor, path)?;
    if let Some(before) = before.filter(|before| before.sha256 != written.sha256) {
        sweep_later(tx, &[before.sha256])?;
    }
    touch(tx, &experiment, path);
    store::get(tx, path.as_str())?.ok_or_else(|| internal("the new artifact is gone"))
}

/// What lies below a run or a model is part of what it says.
fn note_author(tx: &mut Tx, actor: &Actor, path: &Path) -> Result<()> {
    match path.owner() {
        Owner::Run(run) => run::note_author(tx, actor, path.experiment(), run),
        Owner::Model(model) => model::note_author(tx, actor, path.experiment(), model),
        Owner::Trace(_) => Ok(()),
    }
}

/// Refused where no run and no model is, on deleted ones, below a file and onto a folder.
pub(super) fn check_place(tx: &mut Tx, actor: &Actor, path: &Path) -> Result<Experiment> {
    let experiment = experiment::must_write(tx, actor, path.experiment()).map_err(as_artifact)?;
    check_writable(tx, path)?;
    if path.is_root() {
        return Err(invalid("path", "is where all artifacts lie; name a file below it"));
    }
    if store::has_tree(tx, path.as_str())? {
        return Err(invalid("path", "is a folder; choose the name of a file"));
    }
    if store::has_file_among(tx, path.parents())? {
        return Err(invalid("path", "lies below a file; choose another folder"));
    }
    Ok(experiment)
}

fn check_goes_on(tx: &mut Tx, path: &Path) -> Result<()> {
    let Owner::Run(run) = path.owner() else { return Ok(()) };
    if !run::has_ended(tx, path.experiment(), run)? {
        return Ok(());
    }
    Err(conflict(format!(
        "The run {run} has ended, and has another file of this name. Take the run up again to write it over, with \
         mlflow.start_run(run_id=\"{run}\") for one, or choose another name."
    ))
    .with(KEPT, path.as_str()))
}

fn check_writable(tx: &mut Tx, path: &Path) -> Result<()> {
    match path.owner() {
        Owner::Run(run) => run::check_writable(tx, path.experiment(), run),
        Owner::Model(model) => model::check_writable(tx, path.experiment(), model),
        Owner::Trace(trace) => trace::check_known(tx, path.experiment(), trace),
    }
}

/// Refused for those who may not look at the experiment, and where no run and no model of it is.
fn check_readable(tx: &mut Tx, actor: &Actor, path: &Path) -> Result<()> {
    experiment::get(tx, actor, path.experiment()).map_err(as_artifact)?;
    match path.owner() {
        Owner::Run(run) => run::check_known(tx, path.experiment(), run),
        Owner::Model(model) => model::check_known(tx, path.experiment(), model),
        Owner::Trace(trace) => trace::check_known(tx, path.experiment(), trace),
    }
}

/// What lies below an experiment that is absent is absent itself.
fn as_artifact(refusal: Error) -> Error {
    if refusal.is(Kind::NotFound) { not_found("artifact") } else { refusal }
}

fn touch(tx: &mut Tx, experiment: &Experiment, path: &Path) {
    if let Owner::Run(run) = path.owner() {
        tx.touch(Some(&experiment.project), format!("run:{run}"));
    }
}

/// What stands directly below a folder, by name. A file, or what is absent, holds nothing.
pub fn list(tx: &mut Tx, actor: &Actor, folder: &Path) -> Result<Vec<Entry>> {
    check_readable(tx, actor, folder)?;
    let below = folder.as_str().len() + 1;
    let mut entries: BTreeMap<String, Option<File>> = BTreeMap::new();
    for file in store::tree(tx, folder.as_str())? {
        match file.path[below..].split_once('/') {
            Some((name, _)) => entries.insert(name.to_owned(), None),
            None => entries.insert(file.path[below..].to_owned(), Some(file)),
        };
    }
    Ok(entries.into_iter().map(|(name, file)| Entry { name, file }).collect())
}

/// The file at a path. A folder is no file, and the refusal says so.
pub fn file(tx: &mut Tx, actor: &Actor, path: &Path) -> Result<File> {
    check_readable(tx, actor, path)?;
    match store::get(tx, path.as_str())? {
        Some(file) => Ok(file),
        None if store::has_tree(tx, path.as_str())? => Err(invalid("path", "is a folder; name a file in it")),
        None => Err(not_found("artifact")),
    }
}

/// Deletes a file, or a folder with all below it; says how many files that were.
pub fn delete(tx: &mut Tx, actor: &Actor, path: &Path) -> Result<usize> {
    let experiment = experiment::find(tx, actor, Right::Track, path.experiment()).map_err(as_artifact)?;
    check_writable(tx, path)?;
    let gone = store::delete(tx, path.as_str())?;
    if gone.is_empty() {
        return Ok(0);
    }
    note_author(tx, actor, path)?;
    let body = json!({ "path": path.as_str(), "files": gone.len() });
    tx.emit(actor.event("artifact.deleted", experiment.subject()).project(&experiment.project).body(body))?;
    sweep_later(tx, &gone)?;
    touch(tx, &experiment, path);
    Ok(gone.len())
}

/// Something other than an artifact refers to the bytes from now on, so they stay.
pub fn hold(tx: &mut Tx, sha256: &str, holder: &str) -> Result<()> {
    store::hold(tx, sha256, holder)
}

/// It refers to them no longer.
pub fn release(tx: &mut Tx, sha256: &str, holder: &str) -> Result<()> {
    store::release(tx, sha256, holder)?;
    sweep_later(tx, &[sha256.to_owned()])
}

/// Bytes that nothing refers to any more, as far as the caller knows.
pub fn sweep_later(tx: &mut Tx, sha256: &[String]) -> Result<()> {
    let due = tx.now().plus_ms(SWEEP_AGE_MS);
    for part in sha256.chunks(1_000) {
        tx.later(SWEEP, &json!({ "sha256": part }), due)?;
    }
    Ok(())
}

/// For [`SWEEP`] jobs: removes those of the bytes that nothing refers to.
pub async fn sweep(db: &Db, blob: &Blob, job: &serde_json::Value) -> Result<()> {
    let names: Vec<String> = serde_json::from_value(job["sha256"].clone()).map_err(internal)?;
    for sha256 in names {
        let name = sha256.clone();
        if db.read(move |tx| store::is_used(tx, &name)).await? {
            continue;
        }
        blob.remove(&sha256, SWEEP_AGE).await?;
    }
    Ok(())
}
