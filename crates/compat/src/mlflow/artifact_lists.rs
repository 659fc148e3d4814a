//! Listings by run and by logged model, with paths relative to their artifacts.

use base::Result;
use db::Tx;
use lab::{
    artifact::{self, Path},
    model, run,
};
use people::Actor;

use super::{
    answer::{Answer, json},
    artifacts::{Listed, Listing},
    ask::Ask,
    models::model_id,
    runs::run_id,
};

pub async fn of_run(ask: Ask) -> Answer<Listing> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let id = run_id(&mut fields)?;
    let below = fields.text("path")?.unwrap_or_default();
    let found = db.read(move |tx| {
        let actor = space.enter(tx, &caller)?;
        let run = run::get(tx, &actor, &id)?;
        listing(tx, &actor, run.artifact_uri(), &Path::of_run(&run), &below)
    });
    Ok(json(found.await?))
}

pub async fn of_model(mut ask: Ask) -> Answer<Listing> {
    let id = model_id(&mut ask)?;
    let Ask { db, caller, space, mut fields, .. } = ask;
    let below = fields.text("artifact_directory_path")?.unwrap_or_default();
    let found = db.read(move |tx| {
        let actor = space.enter(tx, &caller)?;
        let model = model::get(tx, &actor, &id, false)?;
        listing(tx, &actor, model.artifact_uri(), &Path::of_model(model.experiment, &model.id), &below)
    });
    Ok(json(found.await?))
}

fn listing(tx: &mut Tx, actor: &Actor, root_uri: String, root: &Path, below: &str) -> Result<Listing> {
    let entries = artifact::list(tx, actor, &root.join(below)?)?;
    let before = if below.is_empty() { String::new() } else { format!("{below}/") };
    let files = entries.into_iter().map(|entry| Listed::new(&before, entry)).collect();
    Ok(Listing { root_uri: Some(root_uri), files })
}
