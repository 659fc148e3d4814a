//! `slipway import mlflow`

use std::{
    io::{IsTerminal, Read, Write, stderr},
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use base::{Result, refuse::invalid};
use blob::{Blob, Written};
use bytes::Bytes;
use clap::{Args, Subcommand};
use compat::import::mlflow::{self, Credentials, Destination, Progress, Row, Source};
use futures_util::stream;
use people::{project, user};

use crate::{
    serve::{self, say},
    settings::{Place, Serving},
};

#[derive(Debug, Subcommand)]
pub enum Import {
    /// An MLflow tracking server, or an mlruns folder
    ///
    /// Brings experiments, runs with their ids, times, params, tags, datasets and every metric point, logged models,
    /// registered models and prompts with their versions, traces with spans and assessments, evaluation datasets, and
    /// artifacts. It only reads the source. It may run while the server runs, may be interrupted at any moment, and may
    /// be started again: it goes on where it stopped, and brings what is new.
    ///
    /// Ends with a table of what the source holds and what became of it. Exit code 0: all of it is here or was left
    /// out for a reason that the table tells. 1: the counts do not agree. 2: the import could not go on; what came
    /// until then stays.
    #[command(after_help = "Examples:
  slipway import mlflow http://mlflow.example.org:5000 --project CHURN --dry-run
  MLFLOW_TRACKING_USERNAME=dana MLFLOW_TRACKING_PASSWORD=… slipway import mlflow https://mlflow.example.org --project CHURN
  slipway import mlflow ./mlruns --project CHURN --user dana@example.org

The source is asked with MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.
A database of MLflow (sqlite:///mlflow.db) is read through its server: mlflow server --backend-store-uri …")]
    Mlflow(Mlflow),
}

#[derive(Args, Debug)]
pub struct Mlflow {
    /// Address of a running tracking server, or an mlruns folder
    source: String,
    /// Key of the project that it comes into
    #[arg(long, value_name = "KEY")]
    project: String,
    /// E-mail address of who brings it and owns it then [default: the first administrator of the workspace]
    #[arg(long, value_name = "EMAIL")]
    user: Option<String>,
    /// Count, and say what would be left out; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Folder of the artifacts, the one that the server uses [default: artifacts, in the data folder]
    #[arg(long, env = "SLIPWAY_ARTIFACTS", value_name = "DIR")]
    artifacts: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

pub fn run(command: Import) -> Result<ExitCode> {
    let Import::Mlflow(Mlflow { source, project, user, dry_run, artifacts, place }) = command;
    let serving = Serving { place: place.clone(), artifacts, ..Serving::default() }.resolve()?;
    let db = super::open(place)?;
    let (actor, project) = db.read_blocking(move |tx| {
        let actor = match &user {
            Some(email) => user::actor(tx, email)?,
            None => user::first_admin(tx)?,
        };
        let missing = |_| invalid("--project", format!("{} sees no project {project}", actor.name));
        let found = project::by_key(tx, &actor, &project).map_err(missing)?;
        Ok((actor, found.id))
    })?;
    let source = Source::open(&source, credentials())?;
    let artifacts = serving.artifacts();
    if !artifacts.is_dir() {
        let why = format!("{} is no folder; name the one that the server keeps artifacts in", artifacts.display());
        return Err(invalid("--artifacts", why));
    }
    let blob = Blob::folder(artifacts)?;
    let runtime = serve::runtime()?;
    let keep =
        |bytes: Box<dyn Read + Send>| -> Result<Written> { runtime.block_on(blob.put(stream::iter(Chunks(bytes)))) };
    let mut shown = Shown::new();
    let to = Destination { db: &db, actor, project, keep: &keep, dry: dry_run };
    let outcome = mlflow::bring(&source, &to, &mut |progress| shown.tell(progress));
    shown.end();
    let tally = outcome?;
    say(tally.to_string().trim_end());
    Ok(if tally.reconciles() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn credentials() -> Credentials {
    let from = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    Credentials {
        token: from("MLFLOW_TRACKING_TOKEN"),
        username: from("MLFLOW_TRACKING_USERNAME"),
        password: from("MLFLOW_TRACKING_PASSWORD"),
    }
}

/// Bytes a piece at a time.
struct Chunks(Box<dyn Read + Send>);

const CHUNK: usize = 256 * 1024;

impl Iterator for Chunks {
    type Item = std::io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut chunk = vec![0; CHUNK];
        match self.0.read(&mut chunk) {
            Ok(0) => None,
            Ok(read) => {
                chunk.truncate(read);
                Some(Ok(chunk.into()))
            }
            Err(error) => Some(Err(error)),
        }
    }
}

/// Progress on standard error: a bar where somebody looks, lines where a file is written.
struct Shown {
    looks: bool,
    last: Option<Instant>,
}

impl Shown {
    fn new() -> Self {
        Self { looks: stderr().is_terminal(), last: None }
    }

    fn tell(&mut self, progress: &Progress) {
        let every = Duration::from_millis(if self.looks { 100 } else { 2_000 });
        if !progress.over && self.last.is_some_and(|last| last.elapsed() < every) {
            return;
        }
        self.last = Some(Instant::now());
        let read = |row: Row| progress.read.of(row);
        let counts = format!(
            "{} of {} experiments, {} runs, {} metric points, {} traces, {} versions, {} files",
            progress.done,
            progress.of,
            read(Row::Runs),
            read(Row::Points),
            read(Row::Traces),
            read(Row::Versions),
            read(Row::Files)
        );
        let line = match self.looks {
            true => format!("\r{} {counts}\x1b[K", bar(progress)),
            false => format!("{counts}; now {:?}\n", progress.at),
        };
        drop(stderr().write_all(line.as_bytes()));
    }

    fn end(&self) {
        if self.looks {
            eprintln!();
        }
    }
}

fn bar(progress: &Progress) -> String {
    const WIDTH: usize = 20;
    let full = (progress.done * WIDTH).checked_div(progress.of).unwrap_or(WIDTH);
    format!("[{}{}]", "#".repeat(full), "-".repeat(WIDTH - full))
}
