//! The items of a project, narrowed and in an order, a page at a time.
//!
//! A page must cost the same however many items there are. Either a narrow condition drives: its
//! few items are read and sorted. Or the order drives: its index is walked until the page is full,
//! which is soon, as no condition is narrow. Which it is, is found out by counting up to a bound. So it
//! is for a text, where the engine has an index over parts of titles.

mod csv;
pub(crate) mod http;
mod store;

use base::{Cursor, ItemId, Limit, Page, Result, SprintId, StatusId, Time, UserId, words};
use db::Tx;
use people::{Actor, Right};
use serde::{Deserialize, Serialize};

use super::{Item, Kind};
use crate::backlog::{self, Backlog};

words! {
    /// By what a list is ordered.
    Sort {
        Rank = "rank",
        /// The latest first.
        Number = "number",
        /// The latest first.
        Updated = "updated",
        /// The most urgent first.
        Priority = "priority",
        /// The earliest first, those without a day last.
        Due = "due",
    }
}

/// What a list is narrowed by. An empty list of words narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct List {
    pub kinds: Vec<Kind>,
    pub statuses: Vec<StatusId>,
    /// `None` in it: items that nobody works on.
    pub assignees: Vec<Option<UserId>>,
    pub trades: Vec<String>,
    /// Items with any of these labels.
    pub labels: Vec<String>,
    pub sprint: Option<Option<SprintId>>,
    pub parent: Option<Option<ItemId>>,
    pub blocked: Option<bool>,
    /// What was done then or later and still is.
    pub done_since: Option<Time>,
    /// Part of the title in any case, or a whole key.
    pub text: Option<String>,
    /// What lies in the trash instead.
    pub deleted: bool,
    pub sort: Option<Sort>,
    pub cursor: Option<String>,
}

/// The last item of a page: what it is sorted by, and its own place among equals.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Place {
    sort: String,
    text: String,
    number: i64,
}

/// The project's items, for someone who may look.
pub fn list(tx: &mut Tx, actor: &Actor, key: &str, list: &List, limit: Limit) -> Result<Page<Item>> {
    let after: Option<Place> = list.cursor.as_deref().map(Cursor::read).transpose()?;
    match backlog::find(tx, actor, Right::Read, key)?.1 {
        Some(backlog) => page(tx, &backlog, list, after.as_ref(), limit),
        None => Ok(Page::whole(Vec::new())),
    }
}

fn page(tx: &mut Tx, backlog: &Backlog, list: &List, after: Option<&Place>, limit: Limit) -> Result<Page<Item>> {
    let sort = if list.deleted { Sort::Updated } else { list.sort.unwrap_or(Sort::Rank) };
    if after.is_some_and(|place| place.sort != sort.as_str()) {
        return Err(base::refuse::invalid(
            "cursor",
            "belongs to another order; leave it away to start at the first page",
        ));
    }
    let way = store::way(tx, backlog, list, sort)?;
    let found = store::list(tx, backlog, list, sort, &way, after, limit.plus_one())?;
    Ok(Page::cut(found, limit, |item| place(sort, item)))
}

fn place(sort: Sort, item: &Item) -> Place {
    let number = item.key.rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    let (text, number) = match sort {
        Sort::Rank => (item.face.rank.clone(), 0),
        Sort::Number => (String::new(), number),
        Sort::Updated => (item.updated_at.ms().to_string(), item.id.0),
        Sort::Priority => (item.face.rank.clone(), item.face.priority.number()),
        Sort::Due => (format!("{} {}", item.face.due.as_ref().map_or("~", |due| due.as_str()), item.face.rank), 0),
    };
    Place { sort: sort.to_string(), text, number }
}
