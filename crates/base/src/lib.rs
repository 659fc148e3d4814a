//! Words that all parts share. Nothing here knows a database, a route or a rule of the product.

pub mod canonical;
mod error;
mod id;
mod number;
mod page;
pub mod text;
mod time;
mod words;

pub use error::{Error, Kind, Result};
pub use id::*;
pub use number::Number;
pub use page::{Cursor, Limit, Page};
pub use time::{DAY_MS, Day, Time};

/// One-line constructors for the answers a rule can give.
pub mod refuse {
    pub use crate::error::{
        busy, conflict, forbidden, insufficient, internal, invalid, not_found, stale, too_large, too_many,
        unauthenticated, unavailable,
    };
}
