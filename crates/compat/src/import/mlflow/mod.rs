//! An MLflow tracking store as a source: a tracking server, or the `mlruns` folder of the file store.
//!
//! [`bring`] writes what a [`Source`] holds. It may be interrupted anywhere and started again: every
//! step looks at what is there already, and what ends a run or hides it comes last.

mod bring;
mod evaluation;
mod files;
mod folder;
mod group;
mod models;
mod points;
mod progress;
mod registry;
mod server;
mod shape;
mod sift;
mod spans;
mod tally;
#[cfg(test)]
mod tests;
mod told;
mod traces;

use base::{Result, refuse::invalid};

pub use bring::{Destination, bring};
pub use progress::Progress;
pub use server::Credentials;
pub use tally::{Counts, Row, Tally};

use folder::Folder;
use lab::evaluation::Record;
use server::Server;
use shape::{
    Bytes, Dataset, Experiment, Files, History, Listed, Model, Owner, Page, Registered, Run, Spans, Trace, Version,
};

pub enum Source {
    Server(Server),
    Folder(Folder),
}

impl Source {
    /// `text` is what the user named: an http(s) address, or a folder.
    pub fn open(text: &str, credentials: Credentials) -> Result<Self> {
        if text.starts_with("http://") || text.starts_with("https://") {
            return Server::at(text, credentials).map(Self::Server);
        }
        if let Some((scheme, _)) = text.split_once("://").filter(|(scheme, _)| *scheme != "file") {
            let why = format!(
                "is {scheme}://…, which cannot be read directly; start `mlflow server` on it and name its http address"
            );
            return Err(invalid("SOURCE", why));
        }
        let path = text.strip_prefix("file://").or_else(|| text.strip_prefix("file:")).unwrap_or(text);
        Folder::at(path).map(Self::Folder)
    }

    /// What the source is known by when an import goes on.
    pub fn id(&self) -> &str {
        match self {
            Self::Server(server) => server.id(),
            Self::Folder(folder) => folder.id(),
        }
    }

    fn experiments(&self) -> Result<Listed<Experiment>> {
        match self {
            Self::Server(server) => server.experiments(),
            Self::Folder(folder) => folder.experiments(),
        }
    }

    /// A page of the experiment's runs, deleted ones too, beginning where `from` says.
    fn runs(&self, experiment: &Experiment, from: Option<&str>) -> Result<Page<Run>> {
        match self {
            Self::Server(server) => server.runs(experiment, from),
            Self::Folder(folder) => folder.runs(experiment, from),
        }
    }

    fn history(&self, run: &Run, key: &str) -> Result<History> {
        match self {
            Self::Server(server) => server.history(run, key),
            Self::Folder(folder) => folder.history(run, key),
        }
    }

    fn models(&self, experiment: &Experiment) -> Result<Listed<Model>> {
        match self {
            Self::Server(server) => server.models(experiment),
            Self::Folder(folder) => folder.models(experiment),
        }
    }

    /// Registered models and prompts.
    fn registered(&self) -> Result<Listed<Registered>> {
        match self {
            Self::Server(server) => server.registered(),
            Self::Folder(folder) => folder.registered(),
        }
    }

    fn versions(&self, of: &Registered) -> Result<Listed<Version>> {
        match self {
            Self::Server(server) => server.versions(of),
            Self::Folder(folder) => folder.versions(of),
        }
    }

    fn traces(&self, experiment: &Experiment, from: Option<&str>) -> Result<Page<Trace>> {
        match self {
            Self::Server(server) => server.traces(experiment, from),
            Self::Folder(folder) => folder.traces(experiment, from),
        }
    }

    /// Of each trace, in the same order.
    fn spans(&self, traces: &[Trace]) -> Result<Vec<Spans>> {
        match self {
            Self::Server(server) => server.spans(traces),
            Self::Folder(folder) => Ok(traces.iter().map(|trace| folder.spans(trace)).collect()),
        }
    }

    /// Ids of the experiment's traces that were linked to the run. The file store knows no links.
    fn linked(&self, experiment: &Experiment, run: &Run) -> Result<Vec<String>> {
        match self {
            Self::Server(server) => server.linked(experiment, run),
            Self::Folder(_) => Ok(Vec::new()),
        }
    }

    /// The file store knows no evaluation datasets.
    fn datasets(&self) -> Result<Listed<Dataset>> {
        match self {
            Self::Server(server) => server.datasets(),
            Self::Folder(_) => Ok(Listed::default()),
        }
    }

    fn records(&self, dataset: &Dataset, from: Option<&str>) -> Result<Page<Record>> {
        match self {
            Self::Server(server) => server.records(dataset, from),
            Self::Folder(_) => Ok(Page::default()),
        }
    }

    fn files(&self, owner: Owner) -> Result<Files> {
        match self {
            Self::Server(server) => server.files(owner),
            Self::Folder(folder) => folder.files(owner),
        }
    }

    fn bytes(&self, owner: Owner, path: &str) -> Result<Bytes> {
        match self {
            Self::Server(server) => server.bytes(owner, path),
            Self::Folder(folder) => folder.bytes(owner, path),
        }
    }
}
