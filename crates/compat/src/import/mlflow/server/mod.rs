//! A running MLflow tracking server, asked over its REST protocol.

mod evaluation;
pub(super) mod read;
mod registry;
mod traces;
mod wire;

use base::{
    Result,
    refuse::{conflict, invalid},
};
use serde_json::{Value as Json, json};

pub use wire::Credentials;

use self::wire::{Wire, encoded};
use super::{
    Row,
    shape::{Bytes, Experiment, File, Files, History, Listed, Model, Owner, Page, Run, Seen, foreign_scheme},
};

pub struct Server {
    wire: Wire,
    id: String,
}

const API: &str = "/api/2.0/mlflow";
/// Runs of a page; each may have thousands of params and tags.
const RUNS: usize = 50;
const POINTS: usize = 25_000;
/// Folders in folders of artifacts: deeper than this, the source goes round.
const DEEPEST: usize = 64;
/// Of one run or model.
const MOST_FOLDERS: usize = 10_000;

/// What is found of the files of a run or model.
struct Walk<'a> {
    owner: Owner<'a>,
    listed: Listed<File>,
    folders: usize,
}

impl Server {
    pub fn at(address: &str, credentials: Credentials) -> Result<Self> {
        let id = address.trim_end_matches('/').to_owned();
        let host = id.split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
        if host.is_empty() || id.contains(['?', '#']) {
            return Err(invalid("SOURCE", "must be the address of a tracking server, like http://127.0.0.1:5000"));
        }
        if host.contains('@') {
            let why = "must not hold a password; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD instead";
            return Err(invalid("SOURCE", why));
        }
        Ok(Self { wire: Wire::new(&id, credentials), id })
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn experiments(&self) -> Result<Listed<Experiment>> {
        let route = format!("{API}/experiments/search");
        let mut listed = Listed::default();
        let (mut token, mut seen) = (None, Seen::default());
        loop {
            let asked = paged(json!({ "view_type": "ALL", "max_results": 1000 }), token.as_deref());
            let page = self.wire.post(&route, &asked)?.ok_or_else(|| self.wire.no_mlflow(&route))?;
            for one in list(&page, "experiments") {
                match read::experiment(one) {
                    Some(experiment) => listed.items.push(experiment),
                    None => listed.broken.push((Row::Experiments, "the source tells neither id nor name".to_owned())),
                }
            }
            token = seen.next(next(&page))?;
            if token.is_none() {
                // The oldest first, as they came to be.
                listed.items.reverse();
                return Ok(listed);
            }
        }
    }

    pub fn runs(&self, experiment: &Experiment, from: Option<&str>) -> Result<Page<Run>> {
        let route = format!("{API}/runs/search");
        let asked = json!({ "experiment_ids": [experiment.id], "run_view_type": "ALL", "max_results": RUNS,
            "order_by": ["attributes.start_time ASC"] });
        let answer = self.wire.post(&route, &paged(asked, from))?.ok_or_else(|| self.wire.no_mlflow(&route))?;
        let mut page = Page { next: next(&answer), ..Page::default() };
        for one in list(&answer, "runs") {
            match read::run(one, experiment.deleted) {
                Ok(run) => page.items.push(run),
                Err(why) => page.broken.push((Row::Runs, why)),
            }
        }
        Ok(page)
    }

    pub fn history(&self, run: &Run, key: &str) -> Result<History> {
        let route = format!("{API}/metrics/get-history");
        let most = POINTS.to_string();
        let mut history = History::default();
        let (mut token, mut seen) = (None::<String>, Seen::default());
        loop {
            let mut query = vec![("run_id", run.id.as_str()), ("metric_key", key), ("max_results", &most)];
            query.extend(token.as_deref().map(|token| ("page_token", token)));
            // A run that was deleted for good meanwhile has none.
            let Some(page) = self.wire.get(&route, &query)? else { return Ok(history) };
            for one in list(&page, "metrics") {
                match read::point(one) {
                    Some(point) => history.points.push(point),
                    None => history.broken += 1,
                }
            }
            token = seen.next(next(&page))?;
            if token.is_none() {
                return Ok(history);
            }
        }
    }

    /// Servers older than 3.0 know no logged models.
    pub fn models(&self, experiment: &Experiment) -> Result<Listed<Model>> {
        let route = format!("{API}/logged-models/search");
        let mut listed = Listed::default();
        let (mut token, mut seen) = (None::<String>, Seen::default());
        loop {
            let asked = paged(json!({ "experiment_ids": [experiment.id], "max_results": 50 }), token.as_deref());
            let Some(page) = self.wire.post(&route, &asked)? else { return Ok(listed) };
            for one in list(&page, "models") {
                match read::model(one) {
                    Ok(model) => listed.items.push(model),
                    Err(why) => listed.broken.push((Row::Models, why)),
                }
            }
            token = seen.next(next(&page))?;
            if token.is_none() {
                return Ok(listed);
            }
        }
    }

    pub fn files(&self, owner: Owner) -> Result<Files> {
        let location = owner.location();
        if foreign_scheme(location).is_some() {
            let why = format!("they lie in {}, which the import does not open", root(location));
            return Ok(Files::Elsewhere(why));
        }
        let mut walk = Walk { owner, listed: Listed::default(), folders: 0 };
        Ok(match self.descend(&mut walk, "", 0)? {
            None => Files::Here(walk.listed),
            Some(status) => Files::Elsewhere(format!("the source answers {status} when asked for them")),
        })
    }

    /// Answers the status that came where the folder cannot be listed.
    fn descend(&self, walk: &mut Walk, folder: &str, depth: usize) -> Result<Option<u16>> {
        walk.folders += 1;
        let (mut token, mut seen) = (None::<String>, Seen::default());
        loop {
            let page = match self.folder(walk.owner, folder, token.as_deref())? {
                Ok(page) => page,
                Err(status) => return Ok(Some(status)),
            };
            for one in list(&page, "files") {
                self.list(walk, folder, depth, one)?;
            }
            token = seen.next(next(&page))?;
            if token.is_none() {
                return Ok(None);
            }
        }
    }

    fn list(&self, walk: &mut Walk, folder: &str, depth: usize, one: &Json) -> Result<()> {
        let path = one["path"].as_str().unwrap_or_default();
        let is_below = folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        if path.is_empty() || !is_below || depth == DEEPEST {
            walk.listed.broken.push((Row::Files, "the source lists it where it cannot be".to_owned()));
            return Ok(());
        }
        if !one["is_dir"].as_bool().unwrap_or(false) {
            let size = read::whole(&one["file_size"]).unwrap_or(0).unsigned_abs();
            walk.listed.items.push(File { path: path.to_owned(), size });
            return Ok(());
        }
        if walk.folders == MOST_FOLDERS {
            return Err(conflict(format!(
                "The source lists more than {MOST_FOLDERS} folders of one run or model, {folder:?} among them. It goes \
                 round, or they are to be put into an archive first."
            )));
        }
        if let Some(status) = self.descend(walk, path, depth + 1)? {
            walk.listed.broken.push((Row::Files, format!("the source answers {status} when asked for their folder")));
        }
        Ok(())
    }

    fn folder(&self, owner: Owner, folder: &str, token: Option<&str>) -> Result<Result<Json, u16>> {
        let mut query: Vec<(&str, &str)> = token.map(|token| ("page_token", token)).into_iter().collect();
        let route = match owner {
            Owner::Run(run) => {
                query.push(("run_id", &run.id));
                query.extend((!folder.is_empty()).then_some(("path", folder)));
                format!("{API}/artifacts/list")
            }
            Owner::Model(model) => {
                query.extend((!folder.is_empty()).then_some(("artifact_directory_path", folder)));
                format!("{API}/logged-models/{}/artifacts/directories", encoded(&model.id))
            }
        };
        self.wire.list(&route, &query)
    }

    pub fn bytes(&self, owner: Owner, path: &str) -> Result<Bytes> {
        let opened = match (served(owner.location()), owner) {
            (Some(root), _) => {
                self.wire.open(&format!("/api/2.0/mlflow-artifacts/artifacts/{}", segments(&[root, path])), &[])?
            }
            (None, Owner::Run(run)) => self.wire.open("/get-artifact", &[("run_id", &run.id), ("path", path)])?,
            (None, Owner::Model(model)) => {
                let route = format!("/ajax-api/2.0/mlflow/logged-models/{}/artifacts/files", encoded(&model.id));
                self.wire.open(&route, &[("artifact_file_path", path)])?
            }
        };
        Ok(match opened {
            Ok(body) => Bytes::Found(Box::new(body.into_reader())),
            Err(status) => Bytes::Gone(format!("the source answers {status} when asked for it")),
        })
    }
}

/// The path below the server's artifacts, where the server passes them on itself:
/// `mlflow-artifacts:/7/RUN/artifacts`, or with the server's name after two slashes.
fn served(location: &str) -> Option<&str> {
    let path = location.strip_prefix("mlflow-artifacts:")?;
    let path = path.strip_prefix("//").map_or(path, |rest| rest.split_once('/').map_or("", |(_, path)| path));
    Some(path.trim_matches('/'))
}

fn segments(paths: &[&str]) -> String {
    let all = paths.iter().flat_map(|path| path.split('/')).filter(|segment| !segment.is_empty());
    all.map(encoded).collect::<Vec<_>>().join("/")
}

/// `s3://bucket` of `s3://bucket/7/RUN/artifacts`.
fn root(location: &str) -> String {
    location.split('/').take(3).collect::<Vec<_>>().join("/")
}

fn paged(mut asked: Json, token: Option<&str>) -> Json {
    if let Some(token) = token {
        asked["page_token"] = token.into();
    }
    asked
}

fn next(page: &Json) -> Option<String> {
    page["next_page_token"].as_str().filter(|token| !token.is_empty()).map(str::to_owned)
}

fn list<'j>(page: &'j Json, name: &str) -> &'j [Json] {
    page[name].as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::{segments, served};

    #[test]
    fn served_artifacts_are_known_by_their_scheme() {
        assert_eq!(served("mlflow-artifacts:/7/r/artifacts"), Some("7/r/artifacts"));
        assert_eq!(served("mlflow-artifacts://host:5000/7/r/artifacts/"), Some("7/r/artifacts"));
        assert_eq!((served("file:///7/r"), served("/7/r"), served("s3://b/7")), (None, None, None));
        assert_eq!(segments(&["7/r/artifacts", "a b/50%/\u{fc}?.txt"]), "7/r/artifacts/a%20b/50%25/%C3%BC%3F.txt");
    }
}
