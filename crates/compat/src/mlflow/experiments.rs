//! Experiments: create, read, rename, delete, restore, tag.

use base::{Error, ExperimentId, Kind, Result, refuse::not_found};
use db::{Db, Tx};
use lab::experiment::{self, Experiment, New};
use people::{Actor, door::Caller};
use serde::Serialize;

use super::{
    answer::{Answer, Done, json},
    ask::Ask,
    experiment_search::shapes,
    fields::Fields,
    refusal::Refusal,
    runs::pairs,
    shape::{ExperimentShape, Names},
    space::{DEFAULT, Space, experiment_id, home, known_experiment, reach},
};

#[derive(Serialize)]
pub struct Created {
    experiment_id: String,
}

#[derive(Serialize)]
pub struct One {
    experiment: ExperimentShape,
}

pub async fn create(ask: Ask) -> Answer<Created> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let new = New {
        name: Some(fields.need_text("name")?),
        location: location(&mut fields)?,
        tags: pairs(&mut fields, "tags")?,
        ..New::default()
    };
    let made = db.write(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let project = home(tx, &actor)?;
        if new.name.as_deref() == Some(DEFAULT_NAME) {
            // It is always there, so nobody makes a second one.
            experiment::default_of(tx, &actor, &project)?;
        }
        experiment::propose(tx, &actor, &project, &new)
    });
    Ok(json(Created { experiment_id: made.await?.id.to_string() }))
}

/// Where the client wants to keep artifacts itself; nothing for what means this server, which has
/// one place for each experiment, however the client spells it.
fn location(fields: &mut Fields) -> Result<Option<String>> {
    const NAME: &str = "artifact_location";
    let Some(location) = fields.text(NAME)?.filter(|location| !location.is_empty()) else { return Ok(None) };
    if !location.starts_with("mlflow-artifacts:") {
        return Ok(Some(location));
    }
    lab::limit::check_length(NAME, &location, lab::limit::LOCATION)?;
    let odd = location.contains(['#', '?', ';']) || location.split('/').any(|segment| segment == "..");
    if odd { Err(fields.invalid(NAME, &location, "it must be a plain path.")) } else { Ok(None) }
}

/// What the experiment is called that clients believe to be there from the start.
const DEFAULT_NAME: &str = "Default";

pub async fn get(ask: Ask) -> Answer<One> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let id = fields.need_text("experiment_id")?;
    let (asker, at) = (caller.clone(), space.clone());
    let found = db.read(move |tx| {
        let actor = at.settle(tx, &asker)?;
        let Some(id) = known_experiment(tx, &actor, "experiment_id", &id)? else { return Ok(None) };
        let experiment = experiment::get(tx, &actor, id)?;
        one(tx, &actor, experiment).map(Some)
    });
    if let Some(found) = found.await? {
        return Ok(json(found));
    }
    Ok(json(first(db, caller, space).await?))
}

pub async fn get_by_name(ask: Ask) -> Answer<One> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let name = fields.need_text("experiment_name")?;
    let is_default = name == DEFAULT_NAME;
    let (asker, at) = (caller.clone(), space.clone());
    let found = db.read(move |tx| {
        let actor = at.settle(tx, &asker)?;
        for project in reach(tx, &actor)? {
            if let Some(experiment) = experiment::find_by_name(tx, &actor, &project, &name)? {
                return one(tx, &actor, experiment).map(Some);
            }
        }
        Ok(None)
    });
    match found.await? {
        Some(found) => Ok(json(found)),
        None if is_default => Ok(json(first(db, caller, space).await?)),
        None => Err(not_found("experiment").into()),
    }
}

/// The Default experiment, made by the first who asks for it and may. To others it is absent.
async fn first(db: Db, caller: Caller, space: Space) -> Result<One> {
    let made = db.write(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let project = home(tx, &actor)?;
        let experiment = experiment::default_of(tx, &actor, &project)?;
        one(tx, &actor, experiment)
    });
    made.await.map_err(|error| if error.is(Kind::Forbidden) { not_found("experiment") } else { error })
}

fn one(tx: &mut Tx, actor: &Actor, experiment: Experiment) -> Result<One> {
    let names = Names::of(tx, actor)?;
    let experiment = shapes(tx, vec![experiment], names)?.pop().ok_or_else(|| not_found("experiment"))?;
    Ok(One { experiment })
}

pub async fn update(mut ask: Ask) -> Result<Done, Refusal> {
    let name = ask.fields.need_text("new_name")?;
    act(ask, move |tx, actor, id| experiment::rename(tx, actor, id, &name)).await
}

pub async fn delete(ask: Ask) -> Result<Done, Refusal> {
    act(ask, |tx, actor, id| {
        ship::evidence::check_experiment(tx, actor, id)?;
        experiment::delete(tx, actor, id).map_err(absent)
    })
    .await
}

pub async fn restore(ask: Ask) -> Result<Done, Refusal> {
    act(ask, |tx, actor, id| experiment::restore(tx, actor, id).map_err(absent)).await
}

/// Clients are told that what is in the other state already does not exist.
fn absent(error: Error) -> Error {
    if error.is(Kind::Conflict) { Error::new(Kind::NotFound, error.detail()) } else { error }
}

pub async fn set_tag(mut ask: Ask) -> Result<Done, Refusal> {
    let key = ask.fields.need_text("key")?;
    let value = ask.fields.text("value")?.unwrap_or_default();
    act(ask, move |tx, actor, id| experiment::set_tag(tx, actor, id, &key, &value)).await
}

pub async fn delete_tag(mut ask: Ask) -> Result<Done, Refusal> {
    let key = ask.fields.need_text("key")?;
    act(ask, move |tx, actor, id| experiment::delete_tag(tx, actor, id, &key)).await
}

async fn act(
    ask: Ask,
    act: impl Fn(&mut Tx, &Actor, ExperimentId) -> Result<()> + Send + 'static,
) -> Result<Done, Refusal> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let id = fields.need_text("experiment_id")?;
    db.write(move |tx| {
        let actor = if id == DEFAULT { space.settle(tx, &caller)? } else { space.enter(tx, &caller)? };
        let id = experiment_id(tx, &actor, "experiment_id", &id)?;
        act(tx, &actor, id)
    })
    .await?;
    Ok(Done)
}
