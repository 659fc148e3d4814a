//! Where a version comes from, as clients spell it, and where that leads.
//!
//! What this server keeps must lie within the run or the logged model that the version names, so
//! that its origin is true. Object stores are the clients' own: the server never opens them.

use base::{
    Error, Kind, ModelId, Result, RunId,
    refuse::{internal, invalid},
};
use db::Tx;
use people::{Actor, Right};
use percent_encoding::percent_decode_str;

use super::{New, Version};
use crate::{
    artifact::{self, Path},
    limit, model,
    registry::Model,
    run::{self, Run},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `models:/m-…`
    Logged(ModelId),
    /// `models:/NAME/3`, `models:/NAME/latest`, `models:/NAME/Staging`, `models:/NAME@champion`
    Registered { name: String, which: Which },
    /// `runs:/RUN/PATH`
    Run(RunId, String),
    /// `mlflow-artifacts:/PATH`
    Kept(String),
    /// Anything that clients reach by themselves: `s3://…`
    Elsewhere,
}

/// Which version of a registered model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    Number(i64),
    Alias(String),
    /// Another word: a label of older clients, or `latest`.
    Word(String),
}

/// What a server must not be led to, and what means another machine's disk.
const REFUSED: [&str; 8] = ["file", "http", "https", "ftp", "ftps", "sftp", "data", "prompts"];

impl Source {
    pub fn parse(text: &str) -> Result<Self> {
        limit::check_length("source", text, limit::LOCATION)?;
        check_path(text)?;
        let (scheme, rest) = text.split_once(':').unwrap_or_default();
        let known = scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        let scheme = scheme.to_ascii_lowercase();
        if !known || REFUSED.contains(&scheme.as_str()) {
            return Err(wrong(
                "must be a logged model (models:/m-…), a run's artifacts (runs:/RUN/PATH), another version \
                              (models:/NAME/3) or a place in an object store (s3://…)",
            ));
        }
        match scheme.as_str() {
            "models" => registered(below_root(rest)?),
            "runs" => match below_root(rest)?.split_once('/') {
                Some((run, path)) if !run.is_empty() && !path.trim_matches('/').is_empty() => {
                    Ok(Self::Run(RunId::from(run), path.trim_matches('/').to_owned()))
                }
                _ => Err(wrong("must name a path below the run: runs:/RUN/PATH")),
            },
            "mlflow-artifacts" => Ok(Self::Kept(below_root(rest)?.trim_end_matches('/').to_owned())),
            _ => Ok(Self::Elsewhere),
        }
    }
}

fn registered(text: &str) -> Result<Source> {
    if let Some((name, alias)) = text.split_once('@') {
        return match name.contains('/') || name.is_empty() || alias.is_empty() {
            true => Err(wrong("must be like models:/NAME@ALIAS")),
            false => Ok(Source::Registered { name: name.to_owned(), which: Which::Alias(alias.to_owned()) }),
        };
    }
    match text.split_once('/') {
        None if text.starts_with("m-") => Ok(Source::Logged(ModelId::from(text))),
        Some((name, word)) if !name.is_empty() && !word.is_empty() && !word.contains('/') => {
            let which = word.parse().map_or_else(|_| Which::Word(word.to_owned()), Which::Number);
            Ok(Source::Registered { name: name.to_owned(), which })
        }
        _ => Err(wrong("must be like models:/m-… or models:/NAME/3")),
    }
}

/// What follows the one slash; two would name another server.
fn below_root(rest: &str) -> Result<&str> {
    match rest.strip_prefix('/') {
        Some(below) if !below.starts_with('/') => Ok(below),
        _ => Err(wrong("must have exactly one slash after the colon: it cannot name another server")),
    }
}

/// No `..`, however it is encoded, and no control characters.
fn check_path(text: &str) -> Result<()> {
    let mut text = text.to_owned();
    loop {
        if text.chars().any(char::is_control) || text.split(['/', '\\']).any(|segment| segment == "..") {
            return Err(wrong("must be an absolute place, without .. and control characters"));
        }
        let decoded = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if decoded == text {
            return Ok(());
        }
        text = decoded;
    }
}

fn wrong(why: &str) -> Error {
    invalid("source", why)
}

/// Where a source leads.
pub(super) struct Origin {
    pub source: String,
    pub location: String,
    pub run: Option<RunId>,
    pub logged_model: Option<ModelId>,
}

/// `copied` is the version that a [`Source::Registered`] names.
pub(super) fn origin(tx: &mut Tx, actor: &Actor, model: &Model, new: &New, copied: Option<&Version>) -> Result<Origin> {
    let logged = new.logged_model.as_ref().map(|id| logged(tx, actor, model, id)).transpose()?;
    let run = new.run.clone().or_else(|| logged.as_ref()?.run.clone());
    let found =
        |location: String| Origin { source: new.source.clone(), location, run, logged_model: new.logged_model.clone() };
    match (Source::parse(&new.source)?, &logged) {
        (Source::Registered { .. }, _) => copy(new, copied.ok_or_else(|| internal("the copied version is not known"))?),
        (Source::Logged(id), Some(logged)) if logged.id == id => Ok(found(logged.artifact_uri())),
        (Source::Logged(_), _) => Err(outside("model_id")),
        (Source::Run(id, path), None) if new.run.as_ref() == Some(&id) => {
            let run = within(tx, actor, model, &id)?;
            Ok(found(made_by(tx, &run, &path)?.unwrap_or_else(|| new.source.clone())))
        }
        (Source::Run(..), _) => Err(outside("run_id")),
        (Source::Kept(path), Some(logged)) => {
            check_kept(&path, &logged.artifact_uri(), "model_id").map(|()| found(new.source.clone()))
        }
        (Source::Kept(path), None) => {
            let id = new.run.as_ref().ok_or_else(|| outside("run_id"))?;
            let root = within(tx, actor, model, id)?.artifact_uri();
            check_kept(&path, &root, "run_id").map(|()| found(new.source.clone()))
        }
        (Source::Elsewhere, _) => Ok(found(new.source.clone())),
    }
}

fn copy(new: &New, from: &Version) -> Result<Origin> {
    let other_run = new.run.is_some() && new.run != from.run;
    let other_model = new.logged_model.is_some() && new.logged_model != from.logged_model;
    if other_run || other_model {
        return Err(wrong("is a version with another run_id or model_id; leave both away"));
    }
    if from.prompt {
        return Err(wrong("is a prompt, which cannot become a model"));
    }
    Ok(Origin {
        source: format!("models:/{}/{}", from.name, from.number),
        location: from.location.clone(),
        run: from.run.clone(),
        logged_model: from.logged_model.clone(),
    })
}

fn logged(tx: &mut Tx, actor: &Actor, model: &Model, id: &ModelId) -> Result<model::Model> {
    let found =
        model::get(tx, actor, id, false).map_err(|e| if e.is(Kind::NotFound) { outside("model_id") } else { e })?;
    if found.project == model.project { Ok(found) } else { Err(outside("model_id")) }
}

fn within(tx: &mut Tx, actor: &Actor, model: &Model, id: &RunId) -> Result<Run> {
    let found = run::find(tx, actor, Right::Read, id);
    let found = found.map_err(|e| if e.is(Kind::NotFound) { outside("run_id") } else { e })?;
    if found.project == model.project { Ok(found) } else { Err(outside("run_id")) }
}

/// The run's files at the path, or else the latest logged model of this name that it made.
fn made_by(tx: &mut Tx, run: &Run, path: &str) -> Result<Option<String>> {
    if !artifact::at(tx, &Path::of_run(run).join(path)?)?.is_empty() {
        return Ok(Some(format!("{}/{path}", run.artifact_uri())));
    }
    Ok(model::made_by(tx, run, path)?.map(|made| made.artifact_uri()))
}

fn check_kept(path: &str, root: &str, field: &str) -> Result<()> {
    Path::parse(path).map_err(|e| if e.is(Kind::NotFound) { outside(field) } else { wrong("must be a plain path") })?;
    let root = root.strip_prefix("mlflow-artifacts:/").ok_or_else(|| outside(field))?;
    match path.strip_prefix(root) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => Ok(()),
        _ => Err(outside(field)),
    }
}

fn outside(field: &str) -> Error {
    let why = format!("does not lie within what {field} names in this project");
    invalid("source", why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, which: Which) -> Source {
        Source::Registered { name: name.to_owned(), which }
    }

    #[test]
    fn sources_are_told_apart() {
        for (text, source) in [
            ("models:/m-1f", Source::Logged(ModelId::from("m-1f"))),
            ("models:/churn/3", named("churn", Which::Number(3))),
            ("models:/churn/latest", named("churn", Which::Word("latest".to_owned()))),
            ("models:/churn@champion", named("churn", Which::Alias("champion".to_owned()))),
            ("runs:/a1/sub/model/", Source::Run(RunId::from("a1"), "sub/model".to_owned())),
            ("mlflow-artifacts:/1/a1/artifacts/model", Source::Kept("1/a1/artifacts/model".to_owned())),
            ("s3://bucket/model", Source::Elsewhere),
            ("dbfs:/model", Source::Elsewhere),
        ] {
            assert_eq!(Source::parse(text).unwrap(), source, "{text}");
        }
    }

    #[test]
    fn what_could_lead_elsewhere_is_no_source() {
        for text in [
            "",
            "model",
            "/etc/passwd",
            "c:/model",
            "file:///etc",
            "http://host/x",
            "HTTPS://host/x",
            "ftp://host/x",
            "models:/churn",
            "models://host/m-1f",
            "models:m-1f",
            "models:/churn/3/4",
            "models:/a/b@c",
            "models:/@c",
            "runs:/a1",
            "runs:/a1/",
            "runs://host/a1/model",
            "mlflow-artifacts://host/1/a1/artifacts",
            "s3://bucket/../other",
            "s3://bucket/%2e%2e/other",
            "s3://bucket/%252e%252e/other",
            "s3://bucket/a\u{0}",
        ] {
            assert!(Source::parse(text).is_err(), "{text}");
        }
    }
}
