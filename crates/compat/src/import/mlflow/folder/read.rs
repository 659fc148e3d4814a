//! One experiment, run or model of the folder. An error says what is wrong with it as a whole; parts
//! that cannot be read are noted beside it.

use std::path::Path;

use lab::{
    dataset::{Dataset, Input},
    model, run,
};

use super::{
    super::{
        Row,
        shape::{Broken, Experiment, Model, Pairs, Run},
    },
    lines, walk,
    yaml::{self, Node},
};

pub fn experiment(home: &Path) -> Result<Experiment, String> {
    let meta = meta(home)?;
    let name = meta.text("name").ok_or("meta.yaml names no experiment")?.to_owned();
    let id = meta.text("experiment_id").ok_or("meta.yaml has no experiment_id")?.to_owned();
    let mut broken = Broken::new();
    let tags = pairs(&home.join("tags"), Row::Tags, &mut broken);
    let trashed = home.parent().is_some_and(|above| above.ends_with(".trash"));
    let deleted = trashed || meta.text("lifecycle_stage") == Some("deleted");
    Ok(Experiment { id, name, tags, created_at: meta.int("creation_time"), deleted, home: home.to_owned(), broken })
}

pub fn run(experiment: &Experiment, id: &str, home: &Path) -> Result<Run, String> {
    let meta = meta(home)?;
    let told = meta.text("run_id").or(meta.text("run_uuid")).unwrap_or(id);
    if told != id {
        return Err(format!("meta.yaml calls the run {told:?}, its folder says otherwise"));
    }
    let mut broken = Broken::new();
    let (read, made) = links(home);
    let keys = match walk::files(&home.join("metrics")) {
        Ok((found, odd)) => {
            broken.extend(odd.into_iter().map(|why| (Row::Points, why)));
            found.into_iter().map(|found| found.name).collect()
        }
        Err(error) => return Err(error.detail().to_owned()),
    };
    let tags = pairs(&home.join("tags"), Row::Tags, &mut broken);
    let name = meta.text("run_name").map(str::to_owned);
    let tagged = || tags.iter().find(|(key, _)| key == "mlflow.runName").map(|(_, name)| name.clone());
    Ok(Run {
        id: id.to_owned(),
        name: name.filter(|name| !name.is_empty()).or_else(tagged).unwrap_or_default(),
        user: meta.text("user_id").unwrap_or_default().to_owned(),
        status: status(meta.text("status"))?,
        started_at: meta.int("start_time").unwrap_or(0),
        ended_at: meta.int("end_time"),
        deleted: experiment.deleted || meta.text("lifecycle_stage") == Some("deleted"),
        params: pairs(&home.join("params"), Row::Params, &mut broken),
        inputs: inputs(experiment, home, &mut broken),
        tags,
        read,
        made,
        keys,
        location: meta.text("artifact_uri").unwrap_or_default().to_owned(),
        home: home.to_owned(),
        broken,
    })
}

/// Numbers as in MLflow's protocol; older stores wrote words.
fn status(word: Option<&str>) -> Result<run::Status, String> {
    let word = word.ok_or("meta.yaml has no status")?;
    let numbered = match word {
        "1" => Some(run::Status::Running),
        "2" => Some(run::Status::Scheduled),
        "3" => Some(run::Status::Finished),
        "4" => Some(run::Status::Failed),
        "5" => Some(run::Status::Killed),
        word => run::Status::parse(word),
    };
    numbered.ok_or_else(|| format!("meta.yaml has the unknown status {word:?}"))
}

/// None for a deleted model: nobody can ask for it any more.
pub fn model(id: &str, home: &Path) -> Result<Option<Model>, String> {
    let meta = meta(home)?;
    if meta.text("lifecycle_stage") == Some("deleted") {
        return Ok(None);
    }
    let told = meta.text("model_id").unwrap_or(id);
    if told != id {
        return Err(format!("meta.yaml calls the model {told:?}, its folder says otherwise"));
    }
    let mut broken = Broken::new();
    let status = meta.int("status").and_then(model::Status::from_number);
    let created_at = meta.int("creation_timestamp").unwrap_or(0);
    Ok(Some(Model {
        id: id.to_owned(),
        name: meta.text("name").unwrap_or_default().to_owned(),
        model_type: meta.text("model_type").map(str::to_owned),
        run: meta.text("source_run_id").map(str::to_owned),
        status: status.ok_or("meta.yaml has an unknown status")?,
        created_at,
        updated_at: meta.int("last_updated_timestamp").unwrap_or(created_at),
        params: pairs(&home.join("params"), Row::Params, &mut broken),
        tags: pairs(&home.join("tags"), Row::Tags, &mut broken),
        metrics: measurements(home, &mut broken)?,
        location: meta.text("artifact_location").unwrap_or_default().to_owned(),
        home: home.to_owned(),
        broken,
    }))
}

fn measurements(home: &Path, broken: &mut Broken) -> Result<Vec<model::Measurement>, String> {
    let (found, odd) = walk::files(&home.join("metrics")).map_err(|error| error.detail().to_owned())?;
    broken.extend(odd.into_iter().map(|why| (Row::Values, why)));
    let mut measured = Vec::new();
    for file in found {
        for line in walk::text(&file.path)?.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match lines::measurement(&file.name, line) {
                Some(one) => measured.push(one),
                None => broken.push((Row::Values, "the line is none that MLflow writes".to_owned())),
            }
        }
    }
    Ok(measured)
}

pub fn meta(home: &Path) -> Result<Node, String> {
    let text = walk::text(&home.join("meta.yaml")).map_err(|why| format!("meta.yaml: {why}"))?;
    yaml::parse(&text).map_err(|why| format!("meta.yaml cannot be understood: {why}"))
}

/// A file for each key, in folders where the key has slashes.
pub fn pairs(folder: &Path, row: Row, broken: &mut Broken) -> Pairs {
    let (found, odd) = match walk::files(folder) {
        Ok(listed) => listed,
        Err(error) => (Vec::new(), vec![error.detail().to_owned()]),
    };
    broken.extend(odd.into_iter().map(|why| (row, why)));
    let mut pairs = Pairs::new();
    for file in found {
        match walk::text(&file.path) {
            Ok(value) => pairs.push((file.name, value)),
            Err(why) => broken.push((row, why)),
        }
    }
    pairs
}

fn inputs(experiment: &Experiment, home: &Path, broken: &mut Broken) -> Vec<Input> {
    let mut inputs = Vec::new();
    for (_, folder) in walk::folders(&home.join("inputs")).unwrap_or_default() {
        match input(experiment, &folder) {
            Ok(input) => inputs.extend(input),
            Err(why) => broken.push((Row::Inputs, why)),
        }
    }
    inputs
}

/// None where the input is no dataset.
fn input(experiment: &Experiment, folder: &Path) -> Result<Option<Input>, String> {
    let link = meta(folder)?;
    if link.text("source_type") != Some("DATASET") {
        return Ok(None);
    }
    let id = link.text("source_id").filter(|id| is_plain(id)).ok_or("its meta.yaml names no dataset")?;
    let meta = meta(&experiment.home.join("datasets").join(id))?;
    let text = |key: &str| meta.text(key).unwrap_or_default().to_owned();
    let dataset = Dataset {
        name: text("name"),
        digest: text("digest"),
        source_type: text("source_type"),
        source: text("source"),
        shape: meta.text("schema").map(str::to_owned),
        profile: meta.text("profile").map(str::to_owned),
    };
    Ok(Some(Input { dataset, tags: link.pairs("tags") }))
}

/// An id becomes part of a path.
fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Models that the run read, and those that it made with their steps.
fn links(home: &Path) -> (Vec<String>, Vec<(String, i64)>) {
    let read = walk::folders(&home.join("inputs")).unwrap_or_default().into_iter();
    let read = read.filter_map(|(_, folder)| {
        let link = meta(&folder).ok().filter(|link| link.text("source_type") == Some("MODEL"))?;
        link.text("source_id").map(str::to_owned)
    });
    let made = walk::folders(&home.join("outputs")).unwrap_or_default().into_iter();
    let made = made.map(|(model, folder)| {
        let step = meta(&folder).ok().and_then(|link| link.int("step")).unwrap_or(0);
        (model, step)
    });
    (read.collect(), made.collect())
}
