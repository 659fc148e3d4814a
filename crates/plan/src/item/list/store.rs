use base::{BacklogId, ItemId, LabelId, Result};
use db::{Query, Tx};

use super::{List, Place, Sort};
use crate::{
    backlog::Backlog,
    item::{
        Item,
        store::{self as items, ITEMS, read},
    },
};

/// How a page's items are come by.
pub enum Way {
    /// The order is walked until the page is full.
    Order,
    /// The items of a condition are read, which are few or in the order.
    By(Driver),
    /// Of these, which are few, some hold the text.
    Titled(Vec<ItemId>),
}

/// A condition that has an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    Parent,
    Sprint,
    Done,
    Label,
    Assignee,
    Status,
    Kind,
    Trade,
}

/// So many items are read and sorted for a page at most, instead of walking an order.
const FEW: i64 = 2_000;

pub fn way(tx: &mut Tx, backlog: &Backlog, list: &List, sort: Sort) -> Result<Way> {
    if let Some(few) = titled(tx, backlog, list)? {
        return Ok(Way::Titled(few));
    }
    if list.deleted {
        return Ok(Way::Order);
    }
    for (driver, count) in asked(list) {
        if is_ordered(driver, count, sort) || is_few(tx, backlog.id, list, driver)? {
            return Ok(Way::By(driver));
        }
    }
    Ok(Way::Order)
}

/// All that the text can find, where it is known and few.
fn titled(tx: &mut Tx, backlog: &Backlog, list: &List) -> Result<Option<Vec<ItemId>>> {
    let Some(text) = &list.text else { return Ok(None) };
    let folded = fold(text);
    let Some(mut few) = items::titled(tx, &folded, FEW as usize)? else { return Ok(None) };
    if let Some(number) = number(&folded, backlog) {
        few.extend(items::numbered(tx, backlog.id, number)?);
    }
    Ok(Some(few))
}

fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Of a text that is the key of an item of the project.
fn number(folded: &str, backlog: &Backlog) -> Option<i64> {
    folded.strip_prefix(&format!("{}-", backlog.project.key.to_lowercase()))?.parse().ok()
}

/// Whether the index of a condition is in the order that is asked for.
fn is_ordered(driver: Driver, values: usize, sort: Sort) -> bool {
    let has = match sort {
        Sort::Rank => !matches!(driver, Driver::Label | Driver::Done),
        Sort::Updated => driver == Driver::Assignee,
        _ => false,
    };
    has && values == 1
}

/// The conditions that have an index, likely narrow ones first, with how many values each allows.
fn asked(list: &List) -> Vec<(Driver, usize)> {
    let is = |asked: bool| usize::from(asked);
    let all = [
        (Driver::Parent, is(matches!(list.parent, Some(Some(_))))),
        (Driver::Sprint, is(matches!(list.sprint, Some(Some(_))))),
        (Driver::Done, is(list.done_since.is_some())),
        (Driver::Label, list.labels.len()),
        (Driver::Trade, list.trades.len()),
        (Driver::Assignee, list.assignees.len()),
        (Driver::Status, list.statuses.len()),
        (Driver::Kind, list.kinds.len()),
    ];
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// Counts no further than it must.
fn is_few(tx: &mut Tx, backlog: BacklogId, list: &List, driver: Driver) -> Result<bool> {
    let mut query = Query::new("SELECT COUNT(*) FROM (SELECT 1 FROM item i WHERE i.deleted_at IS NULL");
    push_backlog(&mut query, backlog, serves(driver));
    let labels = label_ids(tx, backlog, list)?;
    push_condition(&mut query, list, driver, true, &labels);
    query.push(" LIMIT ").bind(FEW + 1).push(") few");
    let count: Option<i64> = tx.first_q(&query, |row| row.get(0))?;
    Ok(count.is_some_and(|count| count <= FEW))
}

fn label_ids(tx: &mut Tx, backlog: BacklogId, list: &List) -> Result<Vec<LabelId>> {
    let mut ids = Vec::new();
    for label in &list.labels {
        ids.extend(items::label(tx, backlog, label)?);
    }
    Ok(ids)
}

pub fn list(
    tx: &mut Tx,
    backlog: &Backlog,
    list: &List,
    sort: Sort,
    way: &Way,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<Item>> {
    let labels = label_ids(tx, backlog.id, list)?;
    let mut query = Query::new(ITEMS);
    query.push(if list.deleted {
        " AND i.deleted_at IS NOT NULL AND i.emptied_at IS NULL"
    } else {
        " AND i.deleted_at IS NULL"
    });
    push_backlog(
        &mut query,
        backlog.id,
        match way {
            Way::Order => true,
            Way::By(driver) => serves(*driver),
            Way::Titled(_) => false,
        },
    );
    let drives = |condition: Driver| matches!(way, Way::By(driver) if *driver == condition);
    for (condition, _) in asked(list) {
        push_condition(&mut query, list, condition, drives(condition), &labels);
    }
    if let Way::Titled(few) = way {
        items::push_in(&mut query, " AND i.id", few.iter().copied());
    }
    push_rest(&mut query, list, backlog);
    let sorted = match way {
        Way::Order => false,
        Way::By(driver) => {
            asked(list).into_iter().any(|(asked, values)| asked == *driver && !is_ordered(asked, values, sort))
        }
        Way::Titled(_) => true,
    };
    push_order(&mut query, sort, sorted, after);
    query.push(" LIMIT ").bind(limit);
    tx.all_q(&query, read)
}

/// Whether the condition's index begins with the backlog.
fn serves(driver: Driver) -> bool {
    matches!(driver, Driver::Assignee | Driver::Done | Driver::Kind | Driver::Trade)
}

fn push_backlog(query: &mut Query, backlog: BacklogId, serves: bool) {
    query.push(if serves { " AND i.backlog = " } else { " AND i.backlog + 0 = " }).bind(backlog);
}

/// A condition that does not drive is written so that no index serves it: the planners know nothing
/// of the values, and guess.
fn push_condition(query: &mut Query, list: &List, condition: Driver, drives: bool, labels: &[LabelId]) {
    let column = |plain: &'static str, hidden: &'static str| if drives { plain } else { hidden };
    match condition {
        Driver::Parent => {
            let parent: Option<ItemId> = list.parent.flatten();
            query.push(column(" AND i.parent = ", " AND i.parent + 0 = ")).bind(parent);
        }
        Driver::Sprint => {
            query.push(column(" AND i.sprint = ", " AND i.sprint + 0 = ")).bind(list.sprint.flatten());
        }
        // The words are those of the index `item_pace`.
        Driver::Done => {
            query.push(column(" AND i.done_at IS NOT NULL AND i.done_at >= ", " AND i.done_at + 0 >= "));
            query.bind(list.done_since);
        }
        Driver::Label if drives => {
            query.push(" AND i.id IN (SELECT l.item FROM item_label l WHERE l.label IN (");
            query.bind_all(labels.iter().copied()).push("))");
        }
        Driver::Label => {
            query.push(" AND EXISTS (SELECT 1 FROM item_label l WHERE l.item = i.id AND l.label + 0 IN (");
            query.bind_all(labels.iter().copied()).push("))");
        }
        Driver::Assignee => {
            let named = list.assignees.iter().flatten().cloned();
            query.push(column(" AND (i.assignee", " AND ((i.assignee || '')"));
            query.push(" IN (").bind_all(named).push(")");
            query.push(if list.assignees.contains(&None) { " OR i.assignee IS NULL)" } else { ")" });
        }
        Driver::Status => {
            items::push_in(query, column(" AND i.status", " AND i.status + 0"), list.statuses.iter().copied());
        }
        Driver::Kind => {
            let kinds = list.kinds.iter().map(|kind| kind.as_str());
            items::push_in(query, column(" AND i.kind", " AND (i.kind || '')"), kinds);
        }
        Driver::Trade => {
            items::push_in(query, column(" AND i.trade", " AND (i.trade || '')"), list.trades.iter().cloned());
        }
    }
}

fn push_rest(query: &mut Query, list: &List, backlog: &Backlog) {
    if list.parent == Some(None) {
        query.push(" AND i.parent IS NULL");
    }
    if list.sprint == Some(None) {
        query.push(" AND i.sprint IS NULL");
    }
    match list.blocked {
        Some(true) => query.push(" AND i.blocked_at IS NOT NULL"),
        Some(false) => query.push(" AND i.blocked_at IS NULL"),
        None => query,
    };
    if let Some(text) = &list.text {
        let folded = fold(text);
        let pattern = folded.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        query.push(" AND (i.folded LIKE ").bind(format!("%{pattern}%")).push(" ESCAPE '\\'");
        if let Some(number) = number(&folded, backlog) {
            query.push(" OR i.number = ").bind(number);
        }
        query.push(")");
    }
}

/// `sorted`: few items are read and sorted, so the order must not look like an index.
fn push_order(query: &mut Query, sort: Sort, sorted: bool, after: Option<&Place>) {
    let place = after.cloned().unwrap_or(Place { sort: String::new(), text: String::new(), number: 0 });
    let is_next = after.is_some();
    match sort {
        Sort::Rank => {
            if is_next {
                query.push(" AND i.rank > ").bind(place.text);
            }
            query.push(" ORDER BY i.rank")
        }
        Sort::Number => {
            if is_next {
                query.push(" AND i.number < ").bind(place.number);
            }
            query.push(if sorted { " ORDER BY i.number + 0 DESC" } else { " ORDER BY i.number DESC" })
        }
        Sort::Updated => {
            if is_next {
                let at: i64 = place.text.parse().unwrap_or(i64::MAX);
                query.push(" AND (i.updated_at, i.id) < (").bind(at).push(", ").bind(place.number).push(")");
            }
            query.push(if sorted {
                " ORDER BY i.updated_at + 0 DESC, i.id DESC"
            } else {
                " ORDER BY i.updated_at DESC, i.id DESC"
            })
        }
        Sort::Priority => {
            if is_next {
                query.push(" AND (i.priority, i.rank) > (").bind(place.number).push(", ").bind(place.text).push(")");
            }
            query.push(if sorted { " ORDER BY i.priority + 0, i.rank" } else { " ORDER BY i.priority, i.rank" })
        }
        Sort::Due => {
            if let Some((due, rank)) = place.text.split_once(' ') {
                query.push(" AND (COALESCE(i.due, '~'), i.rank) > (").bind(due.to_owned());
                query.push(", ").bind(rank.to_owned()).push(")");
            }
            query.push(if sorted {
                " ORDER BY COALESCE(i.due, '~') || '', i.rank"
            } else {
                " ORDER BY COALESCE(i.due, '~'), i.rank"
            })
        }
    };
}
