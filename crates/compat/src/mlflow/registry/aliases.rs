//! `registered-models/alias`. One address for three methods.

use base::Result;

use super::{
    act, look,
    shape::{OneVersion, one_version},
    version_number,
};
use crate::mlflow::{
    answer::{Answer, Done, json},
    ask::Ask,
    fields::refused,
    refusal::Refusal,
};

pub async fn set(mut ask: Ask) -> Result<Done, Refusal> {
    let alias = ask.fields.need_text("alias")?;
    let number = version_number(&mut ask.fields)?;
    act(ask, move |tx, actor, model| ship::registry::set_alias(tx, actor, &model, &alias, number)).await?;
    Ok(Done)
}

pub async fn delete(mut ask: Ask) -> Result<Done, Refusal> {
    let alias = ask.fields.need_text("alias")?;
    act(ask, move |tx, actor, model| ship::registry::remove_alias(tx, actor, &model, &alias)).await?;
    Ok(Done)
}

/// Clients know an unknown alias by its code, which is not that of other unknown things.
pub async fn get(mut ask: Ask) -> Answer<OneVersion> {
    let alias = ask.fields.need_text("alias")?;
    let found = look(ask, move |tx, _, model| match ship::registry::by_alias(tx, &model, &alias)? {
        Some(version) => one_version(tx, version),
        None => Err(refused(format!("Registered model alias {alias} not found."))),
    });
    Ok(json(found.await?))
}
