//! A relation joins two items: one blocks the other, duplicates it, was split from it, tests it, or
//! is merely related. Blocking is a dependency: it never runs in a circle, and it may ask for the
//! contract of the other item only, which is met as soon as that is written down.
//!
//! Beside relations stand products: the runs, experiments, datasets, versions and commits that came
//! of an item.

mod circle;
pub(crate) mod http;
mod product;
mod store;
#[cfg(test)]
mod tests;

use base::{
    ItemId, Result, Time,
    refuse::{conflict, invalid, not_found},
    words,
};
use db::Tx;
use people::{Actor, Person, Right};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

pub use product::{NewProduct, Product, ProductKind, produce, products, retract};

use crate::{
    backlog,
    item::{self, Brief, Faces, Item, Kind},
    status::{self, Category},
};

words! {
    /// How the first item stands to the second, as it is stored.
    RelationKind {
        Blocks = "blocks",
        Relates = "relates",
        Duplicates = "duplicates",
        SplitsFrom = "splits_from",
        Tests = "tests",
    }
}

words! {
    /// How an item stands to another, seen from the item.
    Stands {
        Blocks = "blocks",
        BlockedBy = "blocked_by",
        Relates = "relates",
        Duplicates = "duplicates",
        DuplicatedBy = "duplicated_by",
        SplitsFrom = "splits_from",
        SplitInto = "split_into",
        Tests = "tests",
        TestedBy = "tested_by",
    }
}

impl Stands {
    /// The stored kind, and whether the item is the second.
    fn stored_as(self) -> (RelationKind, bool) {
        match self {
            Self::Blocks => (RelationKind::Blocks, false),
            Self::BlockedBy => (RelationKind::Blocks, true),
            Self::Relates => (RelationKind::Relates, false),
            Self::Duplicates => (RelationKind::Duplicates, false),
            Self::DuplicatedBy => (RelationKind::Duplicates, true),
            Self::SplitsFrom => (RelationKind::SplitsFrom, false),
            Self::SplitInto => (RelationKind::SplitsFrom, true),
            Self::Tests => (RelationKind::Tests, false),
            Self::TestedBy => (RelationKind::Tests, true),
        }
    }

    fn seen(kind: RelationKind, second: bool) -> Self {
        let meant = |stands: &&Self| stands.stored_as() == (kind, second && kind != RelationKind::Relates);
        Self::ALL.iter().find(meant).copied().unwrap_or(Self::Relates)
    }
}

/// One row: `item` stands to `other` as `kind` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    pub id: i64,
    pub kind: RelationKind,
    pub item: ItemId,
    pub other: ItemId,
    /// Of blocking: `other` waits for the contract of `item` only.
    pub contract: bool,
    pub at: Time,
    pub by: base::UserId,
}

/// A relation as someone wants it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewRelation")]
pub struct New {
    pub kind: Stands,
    /// The key of the other item.
    pub item: String,
    /// Of blocking: the contract is enough, the item need not be done.
    #[serde(default)]
    pub contract: bool,
}

/// A relation, seen from one of its items.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Relation")]
pub struct Shown {
    pub id: i64,
    pub kind: Stands,
    pub item: Brief,
    pub contract: bool,
    /// Of blocking: whoever waits need wait no longer.
    pub met: Option<bool>,
    pub at: Time,
    pub by: Person,
}

const MOST: usize = 500;

/// Joins the item to another. For blocking it is refused where it would close a circle.
pub fn relate(tx: &mut Tx, actor: &Actor, key: &str, new: &New) -> Result<Shown> {
    let item = item::find_alive(tx, actor, Right::Plan, key)?;
    let other = match item::find_alive(tx, actor, Right::Read, &new.item) {
        Err(refusal) if refusal.is(base::Kind::NotFound) => {
            return Err(invalid(
                "item",
                format!("must be the key of an item; there is no {}, or it is not yours to see", new.item),
            ));
        }
        found => found?,
    };
    let id = join(tx, actor, &item, new.kind, &other, new.contract)?;
    let shown = list(tx, actor, &item)?.into_iter().find(|shown| shown.id == id);
    shown.ok_or_else(|| not_found("relation"))
}

/// As [`relate`], of items that the caller has checked.
pub(crate) fn join(
    tx: &mut Tx,
    actor: &Actor,
    item: &Item,
    stands: Stands,
    other: &Item,
    contract: bool,
) -> Result<i64> {
    let (kind, second) = stands.stored_as();
    let swap = second || (kind == RelationKind::Relates && other.id < item.id);
    let (first, last) = if swap { (other, item) } else { (item, other) };
    if item.id == other.id {
        return Err(invalid("item", format!("must be another item than {}", item.key)));
    }
    if contract && kind != RelationKind::Blocks {
        return Err(invalid("contract", "can be said of blocking only"));
    }
    if store::count(tx, item.id)? >= MOST {
        return Err(conflict(format!("{} has {MOST} relations, which is as many as there can be.", item.key)));
    }
    if kind == RelationKind::Blocks {
        circle::check(tx, actor, first, last)?;
    }
    let id = store::add(tx, kind, first.id, last.id, contract, &actor.user)
        .map_err(|e| e.on("relation_pair", || conflict(format!("{} {stands} {} already.", item.key, other.key))))?;
    let body = json!({ "kind": kind, "item": first.id, "other": last.id, "contract": contract });
    item::emit(tx, actor, item, "relation.added", body)?;
    item::touch(tx, other)?;
    Ok(id)
}

/// Those of the item's relations whose other item the actor may see.
pub fn list(tx: &mut Tx, actor: &Actor, item: &Item) -> Result<Vec<Shown>> {
    let relations = store::of(tx, item.id)?;
    let ids: Vec<ItemId> = relations.iter().map(|relation| relation.beside(item.id)).collect();
    let mut briefs = item::briefs(tx, actor, &ids)?;
    let mut people = Faces::default();
    let mut shown = Vec::with_capacity(relations.len());
    for relation in relations {
        let Some(other) = briefs.remove(&relation.beside(item.id)) else { continue };
        let met = match relation.kind {
            RelationKind::Blocks => Some(is_met(tx, &relation)?),
            _ => None,
        };
        shown.push(Shown {
            id: relation.id,
            kind: Stands::seen(relation.kind, relation.other == item.id),
            item: other.clone(),
            contract: relation.contract,
            met,
            at: relation.at,
            by: people.of(tx, &relation.by)?,
        });
        briefs.insert(relation.beside(item.id), other);
    }
    Ok(shown)
}

pub fn show(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Vec<Shown>> {
    let item = item::find(tx, actor, Right::Read, key)?;
    list(tx, actor, &item)
}

/// Takes a relation of the item away.
pub fn part(tx: &mut Tx, actor: &Actor, key: &str, id: i64) -> Result<()> {
    let item = item::find_alive(tx, actor, Right::Plan, key)?;
    let found = store::of(tx, item.id)?.into_iter().find(|relation| relation.id == id);
    let relation = found.ok_or_else(|| not_found("relation"))?;
    // What one cannot see one does not take away.
    let other = item::get(tx, relation.beside(item.id))?;
    backlog::allow(tx, actor, Right::Read, &other.project, "relation")?;
    store::remove(tx, id)?;
    item::check_still_probed(tx, &[relation.other])?;
    let body = json!({ "kind": relation.kind, "item": relation.item, "other": relation.other });
    item::emit(tx, actor, &item, "relation.removed", body)?;
    item::touch(tx, &other)
}

/// Whether whoever waits need wait no longer: the blocking item is done, given up or in the trash, or
/// its contract is written where that is enough. Checks no right.
pub fn is_met(tx: &mut Tx, relation: &Relation) -> Result<bool> {
    let blocking = item::get(tx, relation.item)?;
    let status = status::get(tx, blocking.face.status)?;
    if matches!(status.category, Category::Done | Category::Cancelled) || blocking.deleted_at.is_some() {
        return Ok(true);
    }
    Ok(relation.contract && item::content(tx, &blocking)?.detail.contract.is_some())
}

/// Whether a hypothesis or a spike looks into what the item is about: one that tests it, lies under
/// it, or has it under itself. Checks no right.
pub(crate) fn is_probed(tx: &mut Tx, item: &Item) -> Result<bool> {
    let probes = |item: &Item| matches!(item.face.kind, Kind::Hypothesis | Kind::Spike) && item.deleted_at.is_none();
    for relation in store::of(tx, item.id)? {
        let tests = relation.kind == RelationKind::Tests && relation.other == item.id;
        if tests && probes(&item::get(tx, relation.item)?) {
            return Ok(true);
        }
    }
    if item::children(tx, item.id)?.iter().any(probes) {
        return Ok(true);
    }
    match item.face.parent {
        Some(parent) => Ok(probes(&item::get(tx, parent)?)),
        None => Ok(false),
    }
}

/// What a hypothesis or a spike looks into, as [`is_probed`] sees it. Checks no right.
pub(crate) fn probed_by(tx: &mut Tx, item: &Item) -> Result<Vec<ItemId>> {
    if !matches!(item.face.kind, Kind::Hypothesis | Kind::Spike) {
        return Ok(Vec::new());
    }
    let tested = store::of(tx, item.id)?.into_iter();
    let tested = tested.filter(|relation| relation.kind == RelationKind::Tests && relation.item == item.id);
    let mut probed: Vec<ItemId> = tested.map(|relation| relation.other).collect();
    probed.extend(item.face.parent);
    probed.extend(item::children(tx, item.id)?.into_iter().map(|child| child.id));
    Ok(probed)
}

/// When the item is emptied.
pub(crate) fn forget(tx: &mut Tx, item: ItemId) -> Result<()> {
    store::forget(tx, item)
}

impl Relation {
    fn beside(&self, item: ItemId) -> ItemId {
        if self.item == item { self.other } else { self.item }
    }
}
