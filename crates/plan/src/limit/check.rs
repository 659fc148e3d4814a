//! Whether there is room under the limits of a project.

use base::{BacklogId, Result, StatusId, UserId, refuse::conflict};
use db::Tx;
use people::Actor;
use serde_json::json;

use super::{LaneField, Limit, Per, store};
use crate::{
    backlog, board,
    item::{self, Brief, Item},
    status::{self, Category},
};

/// An item with its labels, which are no part of its row.
#[derive(Clone, Copy)]
pub(crate) struct Labelled<'a> {
    pub item: &'a Item,
    pub labels: &'a [String],
}

impl Labelled<'_> {
    /// Whether nothing differs that a limit asks for.
    fn counts_as(&self, other: &Labelled<'_>) -> bool {
        let (a, b) = (&self.item.face, &other.item.face);
        self.item.backlog == other.item.backlog
            && (a.status, &a.assignee, a.parent, a.kind) == (b.status, &b.assignee, b.parent, b.kind)
            && (&a.trade, a.class, a.priority) == (&b.trade, b.class, b.priority)
            && self.labels == other.labels
    }
}

/// Refuses that the item comes under a limit that is reached, and says who is under it. `before` is what
/// it was in the lists; none when it comes in. With a reason, someone with the right brings it in all the same.
pub(crate) fn check(
    tx: &mut Tx,
    actor: &Actor,
    before: Option<Labelled<'_>>,
    after: Labelled<'_>,
    overrule: Option<&str>,
) -> Result<()> {
    if before.is_some_and(|before| before.counts_as(&after)) {
        return Ok(());
    }
    let backlog = after.item.backlog;
    for limit in store::all(tx, backlog)? {
        let counted = statuses(tx, backlog, &limit)?;
        let Some(share) = share(&limit, &counted, after) else { continue };
        if before.and_then(|before| self::share(&limit, &counted, before)).as_ref() == Some(&share) {
            continue;
        }
        let inside = store::inside(tx, backlog, &counted, &limit, share.0.as_ref(), Some(after.item.id))?;
        let count = i64::try_from(inside.len()).unwrap_or(i64::MAX);
        if count < limit.most {
            continue;
        }
        if let Some(reason) = overrule {
            let body = json!({ "name": limit.name, "limit": limit.most, "count": count + 1 });
            board::limit::overrule(tx, actor, after.item, reason, body)?;
            continue;
        }
        let mut briefs = item::briefs(tx, actor, &inside)?;
        let occupants: Vec<Brief> = inside.iter().filter_map(|id| briefs.remove(id)).collect();
        // Who is in such a status already waits for nobody.
        let queue = match before.is_some_and(|before| counted.contains(&before.item.face.status)) {
            true => 1,
            false => store::waiting(tx, backlog, &limit, share.0.as_ref(), after.item)? + 1,
        };
        return Err(full(tx, &limit, share.0.as_ref(), after.item, &occupants, (count, queue))?);
    }
    Ok(())
}

fn full(
    tx: &mut Tx,
    limit: &Limit,
    person: Option<&UserId>,
    item: &Item,
    occupants: &[Brief],
    (count, queue): (i64, i64),
) -> Result<base::Error> {
    let project = backlog::get(tx, item.backlog)?.project.key;
    let what = match person {
        Some(person) => format!("{} of {} in {project}", limit.name, people::user::person(tx, person)?.name),
        None => format!("{} of {project}", limit.name),
    };
    let who = board::limit::named(occupants);
    let which = if item.key.is_empty() { "The new item" } else { item.key.as_str() };
    let why = format!(
        "{what} is full: {count} of {} ({who}). Help to finish one of them. {which} is number {queue} in the queue.",
        limit.most
    );
    let refusal = conflict(why).with("limit", limit.most).with("count", count).with("queue", queue);
    let refusal = refusal.with("project", project);
    Ok(refusal.with("name", limit.name.as_str()).with("occupants", json!(occupants)))
}

/// The statuses in which an item counts.
pub(super) fn statuses(tx: &mut Tx, backlog: BacklogId, limit: &Limit) -> Result<Vec<StatusId>> {
    if !limit.statuses.is_empty() {
        return Ok(limit.statuses.clone());
    }
    let doing = status::all(tx, backlog)?.into_iter().filter(|status| status.category == Category::Doing);
    Ok(doing.map(|status| status.id).collect())
}

/// With whom an item is counted: with all under the limit, or with those of its person.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Share(Option<UserId>);

/// None when the limit is not about the item.
fn share(limit: &Limit, counted: &[StatusId], Labelled { item, labels }: Labelled<'_>) -> Option<Share> {
    if !counted.contains(&item.face.status) {
        return None;
    }
    match limit.per {
        Per::Pool => Some(Share(None)),
        Per::Person => item.face.assignee.clone().map(|who| Share(Some(who))),
        Per::Lane => is_in_lane(limit, item, labels).then_some(Share(None)),
    }
}

fn is_in_lane(limit: &Limit, item: &Item, labels: &[String]) -> bool {
    let (Some(field), Some(value)) = (limit.field, limit.value.as_deref()) else { return false };
    let face = &item.face;
    match field {
        LaneField::Assignee => face.assignee.as_ref().is_some_and(|who| who.as_str() == value),
        LaneField::Parent => face.parent.is_some_and(|parent| parent.to_string() == value),
        LaneField::Kind => face.kind.as_str() == value,
        LaneField::Trade => face.trade.as_deref().is_some_and(|trade| trade.to_lowercase() == value.to_lowercase()),
        LaneField::Label => labels.iter().any(|label| label.to_lowercase() == value.to_lowercase()),
        LaneField::Class => face.class.as_str() == value,
        LaneField::Priority => face.priority.as_str() == value,
    }
}
