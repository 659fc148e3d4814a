//! What of a registered model and its versions may be written here.

use std::collections::HashMap;

use base::{ModelId, RunId, Time};
use lab::{
    limit,
    registry::{
        self, New, prompt,
        version::{self, Brought, Source, Stage},
    },
};
use ship::registry::Governed;

use super::super::{
    Counts, Row, Tally,
    shape::{Pairs, Registered, Version, foreign_scheme},
};

/// In which a prompt names its experiments: `,7,9,`.
const EXPERIMENTS: &str = "_mlflow_experiment_ids";

/// How the experiments of the source are called here.
pub type Names = HashMap<String, String>;

/// The model without what breaks a rule, which is noted.
pub fn registered(from: &Registered, names: &Names, tally: &mut Tally) -> New {
    let tags = tags(&from.tags, tally).into_iter().map(|(key, value)| match key.as_str() {
        EXPERIMENTS => (key, renamed(&value, names)),
        _ => (key, value),
    });
    New { name: from.name.clone(), description: from.description.clone(), tags: tags.collect() }
}

/// Why the model cannot be here at all.
pub fn refusal(wanted: &New) -> Option<String> {
    registry::check(wanted).err().map(|refusal| refusal.detail().to_owned())
}

fn renamed(ids: &str, names: &Names) -> String {
    let each = ids.split(',').map(|id| names.get(id).map_or(id, String::as_str));
    each.collect::<Vec<_>>().join(",")
}

fn tags(pairs: &Pairs, tally: &mut Tally) -> Pairs {
    super::sifted(pairs, Row::Tags, limit::REGISTRY_TAG_VALUE, tally, |key| {
        limit::check_key("its key", key).map_err(|refusal| refusal.detail().to_owned())
    })
}

/// The version without what breaks a rule, and why it cannot be here, if it cannot.
pub fn version(from: &Version, of: &Registered, governed: &Governed, tally: &mut Tally) -> (Brought, Option<String>) {
    let place = if of.prompt { Ok(Place::of(prompt::PLACEHOLDERS[0])) } else { place(from) };
    let why = place.as_ref().err().cloned();
    let tags = tags(&from.tags, tally);
    let Place { source, run, logged_model } = place.unwrap_or_else(|_| Place::of(from.source.as_str()));
    let new = version::New {
        source,
        run: from.run.as_deref().map(RunId::from).or(run),
        run_link: from.run_link.clone(),
        logged_model: from.logged_model.as_deref().map(ModelId::from).or(logged_model),
        description: from.description.clone(),
        tags,
    };
    let why = why.or((from.number < 1).then(|| "its number is below 1".to_owned()));
    let why = why.or_else(|| version::check(&new).err().map(|refusal| refusal.detail().to_owned()));
    let stage = stage(&from.stage, of, governed, tally);
    let (created_at, updated_at) = (Time(from.created_at), Time(from.updated_at));
    (Brought { number: from.number, new, stage, created_at, updated_at }, why)
}

/// Where a version's bytes lie, as it is said here.
struct Place {
    source: String,
    run: Option<RunId>,
    logged_model: Option<ModelId>,
}

impl Place {
    fn of(source: impl Into<String>) -> Self {
        Self { source: source.into(), run: None, logged_model: None }
    }
}

/// What lies within the run or the logged model that made it came with that, so it is said by its id;
/// other stores stay where they are.
fn place(from: &Version) -> Result<Place, String> {
    let text = &from.source;
    let parsed = Source::parse(text).ok();
    match parsed {
        Some(Source::Logged(id)) => return Ok(Place { logged_model: Some(id), ..Place::of(text) }),
        Some(Source::Run(id, _)) => return Ok(Place { run: Some(id), ..Place::of(text) }),
        Some(Source::Registered { .. }) => return Ok(Place::of(text)),
        _ => {}
    }
    if foreign_scheme(text).is_some() {
        let why = "its source is no place that a version may have";
        return parsed.map(|_| Place::of(text)).ok_or_else(|| why.to_owned());
    }
    let made = from.logged_model.as_deref().filter(|id| below(text, id) == Some(""));
    let run = from.run.as_deref().and_then(|id| Some((id, below(text, id)?))).filter(|(_, path)| !path.is_empty());
    match (made, run) {
        (Some(id), _) => Ok(Place::of(format!("models:/{id}"))),
        (None, Some((id, path))) => Ok(Place::of(format!("runs:/{id}/{path}"))),
        (None, None) => Err("its source lies neither in its run nor in an object store".to_owned()),
    }
}

/// What follows `/ID/artifacts` in the place.
fn below<'t>(text: &'t str, id: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("/{id}/artifacts"))?;
    let is_whole = rest.is_empty() || rest.starts_with('/');
    is_whole.then(|| rest.trim_matches('/'))
}

/// The stage that older clients gave to the version; a gate's is left out.
fn stage(word: &str, of: &Registered, governed: &Governed, tally: &mut Tally) -> Stage {
    let stage = Stage::parse(word);
    if word.is_empty() || stage == Some(Stage::None) {
        return Stage::None;
    }
    tally.source.add(Row::Labels, 1);
    match stage {
        None => tally.leave_out(Row::Labels, 1, "it is no stage that MLflow knows"),
        Some(stage) if !of.prompt && governed.governs(stage.as_str()) => {
            tally.leave_out(Row::Labels, 1, &decided(stage.as_str()));
        }
        Some(stage) => return stage,
    }
    Stage::None
}

/// Why the alias cannot be here.
pub fn alias_refusal(alias: &str, of: &Registered, governed: &Governed) -> Option<String> {
    let refused = registry::alias::check_new(alias).err().map(|refusal| refusal.detail().to_owned());
    refused.or((!of.prompt && governed.governs(alias)).then(|| decided(alias)))
}

fn decided(name: &str) -> String {
    format!("{name} is an environment here, and a gate decides what is in it")
}

/// Whether the source is another version.
pub fn is_copy(brought: &Brought) -> bool {
    matches!(Source::parse(&brought.new.source), Ok(Source::Registered { .. }))
}

/// All of a version.
pub fn version_whole(brought: &Brought) -> Counts {
    let mut counts = Counts::default();
    counts.add(Row::Versions, 1);
    counts.add(Row::Tags, brought.new.tags.len() as u64);
    counts.add(Row::Labels, u64::from(brought.stage != Stage::None));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(source: &str, run: Option<&str>, model: Option<&str>) -> Result<String, String> {
        let version = Version {
            number: 1,
            source: source.to_owned(),
            run: run.map(str::to_owned),
            run_link: None,
            logged_model: model.map(str::to_owned),
            description: None,
            stage: String::new(),
            created_at: 0,
            updated_at: 0,
            tags: Pairs::new(),
            broken: Vec::new(),
        };
        place(&version).map(|place| place.source)
    }

    #[test]
    fn a_source_is_said_by_the_id_of_what_made_it() {
        let ok = |source: &str| Ok(source.to_owned());
        assert_eq!(from("mlflow-artifacts:/7/r1/artifacts/model", Some("r1"), None), ok("runs:/r1/model"));
        assert_eq!(from("file:///x/mlruns/7/r1/artifacts/a/b/", Some("r1"), None), ok("runs:/r1/a/b"));
        assert_eq!(from("/x/mlruns/7/r1/artifacts/model", Some("r1"), None), ok("runs:/r1/model"));
        assert_eq!(from("mlflow-artifacts:/7/models/m-1/artifacts", Some("r1"), Some("m-1")), ok("models:/m-1"));
        assert_eq!(from("models:/m-1", None, None), ok("models:/m-1"));
        assert_eq!(from("models:/other/3", None, None), ok("models:/other/3"));
        assert_eq!(from("s3://bucket/r1/artifacts/model", Some("r1"), None), ok("s3://bucket/r1/artifacts/model"));
    }

    #[test]
    fn what_lies_elsewhere_is_left_out() {
        for source in
            ["/etc/passwd", "file:///x/model", "http://host/r1/artifacts/x", "", "mlflow-artifacts:/7/r2/artifacts/m"]
        {
            assert!(from(source, Some("r1"), Some("m-1")).is_err(), "{source}");
        }
        assert!(from("/x/r10/artifacts/model", Some("r1"), None).is_err());
        assert!(from("/x/r1/artifacts-old/model", Some("r1"), None).is_err());
    }

    #[test]
    fn a_prompt_names_its_experiments_as_they_are_called_here() {
        let names = Names::from([("7".to_owned(), "12".to_owned()), ("0".to_owned(), "0".to_owned())]);
        assert_eq!(renamed(",7,0,9,", &names), ",12,0,9,");
    }
}
