//! The `mlruns` folder as MLflow's file store writes it:
//!
//!     EXPERIMENT/meta.yaml, tags/KEY, datasets/ID/meta.yaml, models/ID/…
//!     EXPERIMENT/RUN/meta.yaml, params/KEY, metrics/KEY, tags/KEY, inputs/ID/…, outputs/ID/…, artifacts/…
//!     EXPERIMENT/traces/ID/trace_info.yaml, request_metadata/KEY, tags/KEY, assessments/ID.yaml, artifacts/traces.json
//!     models/NAME/meta.yaml, tags/KEY, aliases/ALIAS, version-N/meta.yaml, version-N/tags/KEY
//!     .trash/EXPERIMENT/…   deleted experiments

mod lines;
mod read;
mod registry;
#[cfg(test)]
mod tests;
mod traces;
mod walk;
mod yaml;

use std::{
    fs::{self, File as Opened},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

use base::{Result, refuse::invalid};

use super::{
    Row,
    shape::{Bytes, Experiment, File, Files, History, Listed, Model, Owner, Page, Run, foreign_scheme},
};

pub struct Folder {
    root: PathBuf,
    id: String,
}

/// Folders of an experiment that are no runs.
const RESERVED: [&str; 5] = ["tags", "datasets", "traces", "models", "assessments"];

/// So many runs are read at once.
const PAGE: usize = 50;

impl Folder {
    pub fn at(path: &str) -> Result<Self> {
        let root = fs::canonicalize(path).map_err(|e| invalid("SOURCE", format!("{path} cannot be opened: {e}")))?;
        let id = root.display().to_string();
        let folder = Self { root, id };
        if folder.homes()?.is_empty() {
            let inside = folder.root.join("mlruns").is_dir();
            let hint = if inside { format!("; its folder mlruns may be meant: {path}/mlruns") } else { String::new() };
            let why = format!("{path} is no mlruns folder: no folder in it has the meta.yaml of an experiment{hint}");
            return Err(invalid("SOURCE", why));
        }
        Ok(folder)
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// The folders of the experiments, deleted ones too.
    fn homes(&self) -> Result<Vec<PathBuf>> {
        let all = [walk::folders(&self.root)?, walk::folders(&self.root.join(".trash"))?].concat();
        let has_meta = |home: &PathBuf| home.join("meta.yaml").is_file();
        let visible = all.into_iter().filter(|(name, _)| !name.starts_with('.') && name != "models");
        Ok(visible.map(|(_, home)| home).filter(has_meta).collect())
    }

    pub fn experiments(&self) -> Result<Listed<Experiment>> {
        let mut listed = Listed::default();
        for home in self.homes()? {
            match read::experiment(&home) {
                Ok(experiment) => listed.items.push(experiment),
                Err(why) => listed.broken.push((Row::Experiments, self.named(&home, &why))),
            }
        }
        Ok(listed)
    }

    pub fn runs(&self, experiment: &Experiment, from: Option<&str>) -> Result<Page<Run>> {
        let homes = walk::folders(&experiment.home)?.into_iter().filter(|(name, _)| !RESERVED.contains(&name.as_str()));
        let mut rest = homes.filter(|(name, _)| from.is_none_or(|from| name.as_str() > from)).peekable();
        let mut page = Page::default();
        let mut last = None;
        for (name, home) in rest.by_ref().take(PAGE) {
            match read::run(experiment, &name, &home) {
                Ok(run) => page.items.push(run),
                Err(why) => page.broken.push((Row::Runs, self.named(&home, &why))),
            }
            last = Some(name);
        }
        page.next = last.filter(|_| rest.peek().is_some());
        Ok(page)
    }

    pub fn history(&self, run: &Run, key: &str) -> Result<History> {
        let path = run.home.join("metrics").join(key);
        let file = Opened::open(&path).map_err(|e| walk::unreadable(&path, &e))?;
        let mut history = History::default();
        for line in BufReader::new(file).split(b'\n') {
            let line = line.map_err(|e| walk::unreadable(&path, &e))?;
            let text = str::from_utf8(&line).unwrap_or("?").trim();
            if text.is_empty() {
                continue;
            }
            match lines::point(text) {
                Some(point) => history.points.push(point),
                None => history.broken += 1,
            }
        }
        Ok(history)
    }

    pub fn models(&self, experiment: &Experiment) -> Result<Listed<Model>> {
        let mut listed = Listed::default();
        for (name, home) in walk::folders(&experiment.home.join("models"))? {
            match read::model(&name, &home) {
                Ok(Some(model)) => listed.items.push(model),
                Ok(None) => {}
                Err(why) => listed.broken.push((Row::Models, self.named(&home, &why))),
            }
        }
        Ok(listed)
    }

    pub fn files(&self, owner: Owner) -> Result<Files> {
        let location = owner.location();
        if foreign_scheme(location).is_some() || (is_empty(&artifacts(owner)) && self.is_outside(location)) {
            return Ok(Files::Elsewhere(format!(
                "they lie in {location}, outside of the folder; copy them there first"
            )));
        }
        let (found, odd) = walk::files(&artifacts(owner))?;
        Ok(Files::Here(Listed {
            items: found.into_iter().map(|found| File { path: found.name, size: found.size }).collect(),
            broken: odd.into_iter().map(|why| (Row::Files, why)).collect(),
        }))
    }

    /// Whether the location is another folder, with something in it.
    fn is_outside(&self, location: &str) -> bool {
        let path = location.strip_prefix("file://").or_else(|| location.strip_prefix("file:")).unwrap_or(location);
        let found = Path::new(path).is_absolute().then(|| fs::canonicalize(path).ok()).flatten();
        found.is_some_and(|real| !real.starts_with(&self.root) && !is_empty(&real))
    }

    /// `path` is one that [`Folder::files`] gave.
    pub fn bytes(&self, owner: Owner, path: &str) -> Result<Bytes> {
        let path = artifacts(owner).join(path);
        match fs::symlink_metadata(&path).and_then(|about| Ok((about.is_file(), Opened::open(&path)?))) {
            Ok((true, file)) => Ok(Bytes::Found(Box::new(file))),
            Ok(_) => Ok(Bytes::Gone("it is no plain file".to_owned())),
            Err(error) => Ok(Bytes::Gone(format!("it cannot be read: {error}"))),
        }
    }

    fn named(&self, home: &Path, why: &str) -> String {
        format!("{}: {why}", home.strip_prefix(&self.root).unwrap_or(home).display())
    }
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none())
}

fn artifacts(owner: Owner) -> PathBuf {
    match owner {
        Owner::Run(run) => run.home.join("artifacts"),
        Owner::Model(model) => model.home.join("artifacts"),
    }
}
