//! What we mean to do. A project has one backlog: its items, ranked, each with a key (`CHURN-12`)
//! that is never given twice. People discuss items, order them, join them by relations, split
//! stories into components by trade, and bring them through statuses from open to done.
//!
//! # The model
//!
//! - [`backlog`]: one row a project, with a small key and the counter of numbers.
//! - [`status`]: what the project calls the steps of its work, each of a category (open, doing,
//!   done, cancelled), and which steps a kind may take.
//! - [`item`]: the row that lists read (`Face` and what is computed), and beside it the `Detail` that
//!   only its page shows. What people change is a [`item::Content`]; each change passes
//!   [`item::put`], which checks it, stores it and writes one event `item.changed` with what
//!   was before and after. History and undo read these events.
//! - [`item::flow`]: the one function in which an item comes into a status, on whatever path. It asks
//!   [`status`] whether its kind may come there, [`story`] whether its components are known, and [`board`] whether
//!   there is room in the column.
//! - [`team`]: what the end of a team means for items.
//! - [`sprint`]: what is planned for a stretch of days. Its figures are sums of what was written down
//!   with each change, never read from the items as they are today.
//! - [`measure`]: how work flowed in a stretch of days. It reads dates of items, and the stays in statuses that
//!   are written down with each change.
//! - [`limit`]: limits across columns, for lanes, people and resources; `flow` asks it too.
//! - Everything that several people add to side by side is a row of its own and no part of the
//!   item's version: relations, products, comments, checklist lines, watchers, attachments.
//!
//! Events have the subject `item:ID`. Pages hear `item:ID` for one item and `backlog:KEY` for the
//! lists of a project. Nothing here knows meetings or gates.

pub mod attachment;
pub mod backlog;
pub mod board;
pub mod checklist;
pub mod comment;
pub mod custom_field;
pub mod http;
pub mod hypothesis;
pub mod item;
pub mod limit;
pub mod measure;
pub mod relation;
pub mod spike;
pub mod sprint;
pub mod status;
pub mod story;
pub mod team;
pub mod template;

use people::door::Door;

/// All addresses of this part.
pub fn routes(door: Door) -> Door {
    let hung = [
        status::http::routes,
        custom_field::http::routes,
        template::http::routes,
        board::http::routes,
        limit::http::routes,
        item::list::http::routes,
        item::http::routes,
        relation::http::routes,
        comment::http::routes,
        checklist::http::routes,
        attachment::http::routes,
        spike::http::routes,
        hypothesis::http::routes,
        sprint::http::routes,
        story::http::routes,
        team::http::routes,
        measure::http::routes,
    ];
    hung.into_iter().fold(door, |door, routes| routes(door))
}
