//! The registry as its clients know it: models and prompts by their names, versions by name and
//! number. What gates govern is answered and guarded by `ship::registry`.

pub mod aliases;
pub mod models;
pub mod search;
mod shape;
pub mod versions;

use base::{Error, Kind, Result};
use db::Tx;
use lab::registry::{self, Model};
use people::{Actor, project};

use super::{
    ask::Ask,
    fields::{Fields, refused},
    space::reach,
};

/// The model or prompt of this name, in the project that the request is about.
fn named(tx: &mut Tx, actor: &Actor, name: &str) -> Result<Model> {
    let mut found = Vec::new();
    for project in reach(tx, actor)? {
        found.extend(registry::find_by_name(tx, actor, &project, name)?);
    }
    match (found.pop(), found.pop()) {
        (Some(only), None) => Ok(only),
        (None, _) => {
            let shown: String = name.chars().take(300).collect();
            Err(Error::new(Kind::NotFound, format!("Registered Model with name={shown} not found")))
        }
        (Some(one), Some(other)) => Err(ambiguous(tx, &one, &other)?),
    }
}

fn ambiguous(tx: &mut Tx, one: &Model, other: &Model) -> Result<Error> {
    let (one, other) = (project::get(tx, &one.project)?.key, project::get(tx, &other.project)?.key);
    Ok(refused(format!(
        "Several of your projects ({one}, {other}) have a model of this name. Choose one: end MLFLOW_TRACKING_URI with \
         /p/{one}, or use a token that is bound to a project."
    )))
}

/// Versions are numbers that clients write as text.
fn version_number(fields: &mut Fields) -> Result<i64> {
    let text = fields.need_text("version")?;
    text.parse().map_err(|_| fields.invalid("version", &text, "it must be a whole number."))
}

/// Something that is done with one model.
async fn act<T: Send + 'static>(
    ask: Ask,
    act: impl Fn(&mut Tx, &Actor, Model) -> Result<T> + Send + 'static,
) -> Result<T> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let name = fields.need_text("name")?;
    db.write(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let model = named(tx, &actor, &name)?;
        act(tx, &actor, model)
    })
    .await
}

/// Something that one model is asked for.
async fn look<T: Send + 'static>(
    ask: Ask,
    look: impl Fn(&mut Tx, &Actor, Model) -> Result<T> + Send + 'static,
) -> Result<T> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let name = fields.need_text("name")?;
    db.read(move |tx| {
        let actor = space.settle(tx, &caller)?;
        let model = named(tx, &actor, &name)?;
        look(tx, &actor, model)
    })
    .await
}
