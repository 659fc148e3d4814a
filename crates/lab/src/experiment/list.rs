//! Experiments as the interface lists them.

use base::{Cursor, Limit, Page, ProjectId, Result, UserId};
use db::Tx;
use people::Actor;

use super::{
    Experiment,
    show::{Shown, Status, show_in_list},
    store::{self, Filter},
};
use crate::verdict::State;

/// What a list is narrowed by.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Part of the name or hypothesis, in any case.
    pub q: Option<String>,
    pub owner: Option<UserId>,
    pub status: Option<Status>,
    pub verdict: Option<State>,
    pub deleted: bool,
    pub cursor: Option<String>,
    pub limit: Limit,
}

/// So many experiments are looked at for one page at most; a page that status or verdict narrow
/// may therefore be shorter than asked although another follows.
const MOST_LOOKED_AT: usize = 1_000;

/// The latest first, from projects that the caller has checked. Status and verdict are computed,
/// so they narrow what was read instead of the query.
pub fn list(tx: &mut Tx, actor: &Actor, projects: &[ProjectId], listing: &Listing) -> Result<Page<Shown>> {
    let mut after: Option<(i64, i64)> = listing.cursor.as_deref().map(Cursor::read).transpose()?;
    let mut items = Vec::new();
    let mut looked_at = 0;
    loop {
        let filter = Filter {
            projects,
            q: listing.q.as_deref(),
            owner: listing.owner.as_ref(),
            deleted: listing.deleted,
            after,
            limit: listing.limit.plus_one(),
        };
        let found = store::list(tx, &filter)?;
        let is_last = found.len() <= listing.limit.0;
        for experiment in found.iter().take(listing.limit.0) {
            if items.len() == listing.limit.0 || looked_at == MOST_LOOKED_AT {
                return Ok(Page { items, next: after.as_ref().map(Cursor::write) });
            }
            looked_at += 1;
            after = Some(position(experiment));
            let shown = show_in_list(tx, actor, experiment)?;
            if matches(listing, &shown) {
                items.push(shown);
            }
        }
        if is_last {
            return Ok(Page::whole(items));
        }
        if items.len() == listing.limit.0 {
            return Ok(Page { items, next: after.as_ref().map(Cursor::write) });
        }
    }
}

fn position(experiment: &Experiment) -> (i64, i64) {
    (experiment.created_at.ms(), experiment.id.0)
}

fn matches(listing: &Listing, shown: &Shown) -> bool {
    let verdict = shown.verdict.as_ref().map(|verdict| verdict.state);
    listing.status.is_none_or(|status| status == shown.status)
        && listing.verdict.is_none_or(|wanted| verdict == Some(wanted))
}
