//! What came of an item: a run, an experiment, a dataset, a version of a model, a commit.

use base::{
    ExperimentId, Kind, Result, RunId, Time, UserId,
    refuse::{conflict, invalid, not_found},
    text, words,
};
use db::Tx;
use lab::{experiment, registry, run};
use people::{Actor, Person, Right};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store;
use crate::item::{self, Faces, Item};

words! {
    ProductKind {
        Run = "run",
        Experiment = "experiment",
        Dataset = "dataset",
        Version = "version",
        Commit = "commit",
    }
}

/// A product as someone names it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    pub kind: ProductKind,
    /// A run's or an experiment's id; `NAME@DIGEST` of a dataset; `NAME/NUMBER` of a version of a model
    /// of the item's project; a commit's hash.
    pub target: String,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Product {
    pub id: i64,
    pub kind: ProductKind,
    pub target: String,
    pub at: Time,
    pub by: Person,
}

/// A stored product: whose it is stands beside it.
pub(super) struct Row {
    pub id: i64,
    pub kind: ProductKind,
    pub target: String,
    pub at: Time,
    pub by: UserId,
}

/// Says that something came of the item. Runs, experiments and versions must exist and be the
/// actor's to see.
pub fn produce(tx: &mut Tx, actor: &Actor, key: &str, new: &NewProduct) -> Result<Product> {
    let item = item::find_alive(tx, actor, Right::Plan, key)?;
    let target = text::line("target", &new.target, 600)?;
    check(tx, actor, &item, new.kind, &target)?;
    let id = store::add_product(tx, item.id, new.kind, &target, &actor.user)
        .map_err(|e| e.on("product_target", || conflict(format!("{} produced this already.", item.key))))?;
    item::emit(tx, actor, &item, "product.added", json!({ "kind": new.kind, "target": target }))?;
    let shown = shown(tx, &item)?.into_iter().find(|product| product.id == id);
    shown.ok_or_else(|| not_found("product"))
}

pub fn products(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Vec<Product>> {
    let item = item::find(tx, actor, Right::Read, key)?;
    shown(tx, &item)
}

fn shown(tx: &mut Tx, item: &Item) -> Result<Vec<Product>> {
    let mut people = Faces::default();
    let rows = store::products(tx, item.id)?.into_iter();
    rows.map(|Row { id, kind, target, at, by }| Ok(Product { id, kind, target, at, by: people.of(tx, &by)? })).collect()
}

pub fn retract(tx: &mut Tx, actor: &Actor, key: &str, id: i64) -> Result<()> {
    let item = item::find_alive(tx, actor, Right::Plan, key)?;
    let found = store::products(tx, item.id)?.into_iter().find(|product| product.id == id);
    let product = found.ok_or_else(|| not_found("product"))?;
    store::remove_product(tx, id)?;
    item::emit(tx, actor, &item, "product.removed", json!({ "kind": product.kind, "target": product.target }))
}

fn check(tx: &mut Tx, actor: &Actor, item: &Item, kind: ProductKind, target: &str) -> Result<()> {
    let absent = || {
        invalid(
            "target",
            format!("must name what came of the item; there is no such {kind}, or it is not yours to see"),
        )
    };
    let known = match kind {
        ProductKind::Run => is_there(run::get(tx, actor, &RunId::from(target)))?,
        ProductKind::Experiment => match target.parse() {
            Ok(id) => is_there(experiment::get(tx, actor, ExperimentId(id)))?,
            Err(_) => false,
        },
        ProductKind::Version => has_version(tx, actor, item, target)?,
        ProductKind::Dataset => {
            target.split_once('@').is_some_and(|(name, digest)| !name.is_empty() && !digest.is_empty())
        }
        ProductKind::Commit => (7..=64).contains(&target.len()) && target.bytes().all(|b| b.is_ascii_hexdigit()),
    };
    if known { Ok(()) } else { Err(absent()) }
}

fn has_version(tx: &mut Tx, actor: &Actor, item: &Item, target: &str) -> Result<bool> {
    let Some((name, number)) = target.rsplit_once('/') else { return Ok(false) };
    let Ok(number) = number.parse() else { return Ok(false) };
    let Some(model) = registry::find_by_name(tx, actor, &item.project, name)? else { return Ok(false) };
    is_there(registry::version::get(tx, &model, number))
}

fn is_there<T>(found: Result<T>) -> Result<bool> {
    match found {
        Ok(_) => Ok(true),
        Err(refusal) if refusal.is(Kind::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}
