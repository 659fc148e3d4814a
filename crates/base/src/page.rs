//! A page of results and the cursor to the next one.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use crate::{Result, refuse::invalid};

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Send it back as `cursor` to go on; null on the last page.
    pub next: Option<String>,
}

impl<T> Page<T> {
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }

    /// For a query that asked for one row more than `limit`: cuts the extra row and makes the
    /// cursor from the last row that is kept.
    pub fn cut<C: Serialize>(mut items: Vec<T>, limit: Limit, position: impl Fn(&T) -> C) -> Self {
        let more = items.len() > limit.0;
        items.truncate(limit.0);
        let next = items.last().filter(|_| more).map(|last| Cursor::write(&position(last)));
        Self { items, next }
    }

    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

/// An opaque position. What it holds is up to the list that made it.
pub struct Cursor;

impl Cursor {
    pub fn write<T: Serialize>(position: &T) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(position).unwrap_or_default())
    }

    pub fn read<T: DeserializeOwned>(cursor: &str) -> Result<T> {
        let wrong =
            || invalid("cursor", "is not one that this list gave out; leave it away to start at the first page");
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
        serde_json::from_slice(&bytes).map_err(|_| wrong())
    }
}

/// How many items a page may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limit(pub usize);

impl Limit {
    /// `asked` between 1 and `most`; `usual` when nothing was asked.
    pub fn new(asked: Option<i64>, usual: usize, most: usize) -> Result<Self> {
        let Some(asked) = asked else { return Ok(Self(usual)) };
        match usize::try_from(asked) {
            Ok(n) if (1..=most).contains(&n) => Ok(Self(n)),
            _ => Err(invalid("limit", format!("must be between 1 and {most}"))),
        }
    }

    /// What the query asks for: one row more shows whether there is a next page.
    pub fn plus_one(self) -> i64 {
        self.0 as i64 + 1
    }
}
