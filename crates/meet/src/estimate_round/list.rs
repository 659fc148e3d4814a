//! The sittings of a project, page by page.

use base::{Cursor, Limit, Page, Result, SittingId, Time, UserId};
use db::Tx;
use people::{Actor, Person, Right};
use plan::{backlog, item::Faces};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Deck,
    show::{Parts, Totals},
    store,
};

/// A sitting in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "SittingLine")]
pub struct Line {
    pub id: SittingId,
    pub name: String,
    pub deck: Deck,
    pub moderator: Person,
    pub created_at: Time,
    pub closed_at: Option<Time>,
    pub totals: Totals,
    /// The key of the item that is being estimated now.
    pub estimating: Option<String>,
}

/// The project's sittings: those that go on first, then the latest. A page takes the same few reads, however many
/// sittings it shows.
pub fn list(tx: &mut Tx, actor: &Actor, key: &str, cursor: Option<&str>, limit: Limit) -> Result<Page<Line>> {
    let (_, backlog) = backlog::find(tx, actor, Right::Read, key)?;
    let after = cursor.map(Cursor::read::<store::Place>).transpose()?;
    let Some(backlog) = backlog else { return Ok(Page::whole(Vec::new())) };
    let found = Page::cut(store::page(tx, backlog.id, after, limit)?, limit, |sitting| {
        (sitting.closed_at.is_some(), sitting.created_at.ms(), sitting.id.0)
    });
    let ids: Vec<SittingId> = found.items.iter().map(|sitting| sitting.id).collect();
    let moderators: Vec<UserId> = found.items.iter().map(|sitting| sitting.moderator.clone()).collect();
    let mut all = Parts::of_all(tx, &ids)?;
    let mut faces = Faces::known(tx, &moderators)?;
    let mut lines = Vec::with_capacity(ids.len());
    for sitting in found.items {
        let parts = all.remove(&sitting.id).unwrap_or_default();
        let open = parts.rounds.iter().find(|round| round.ended_at.is_none());
        lines.push(Line {
            id: sitting.id,
            name: sitting.name.clone(),
            deck: sitting.deck,
            moderator: faces.of(tx, &sitting.moderator)?,
            created_at: sitting.created_at,
            closed_at: sitting.closed_at,
            totals: parts.totals(&sitting),
            estimating: open.map(|round| round.key.clone()),
        });
    }
    Ok(Page { items: lines, next: found.next })
}
