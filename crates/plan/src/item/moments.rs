//! What follows from a change by itself: since when an item is blocked and in its status, when work began and when
//! it was done. A change tells these as they were before, so that taking it back brings them back too.

use base::{Result, Time, refuse::internal};
use serde_json::{Value as Json, json};

use super::Item;

/// Those that a change moved, as they were before it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Moments {
    blocked_at: Option<Option<Time>>,
    status_at: Option<Time>,
    started_at: Option<Option<Time>>,
    done_at: Option<Option<Time>>,
}

impl Moments {
    pub fn before(before: &Item, after: &Item) -> Self {
        fn moved<T: Copy + PartialEq>(before: T, after: T) -> Option<T> {
            Some(before).filter(|_| before != after)
        }
        Self {
            blocked_at: moved(before.blocked_at, after.blocked_at),
            status_at: moved(before.status_at, after.status_at),
            started_at: moved(before.started_at, after.started_at),
            done_at: moved(before.done_at, after.done_at),
        }
    }

    /// Adds them to what a change says; nothing where none moved.
    pub fn tell(self, body: &mut Json) {
        let mut moments = json!({});
        let told = [
            ("blocked_at", self.blocked_at),
            ("status_at", self.status_at.map(Some)),
            ("started_at", self.started_at),
            ("done_at", self.done_at),
        ];
        for (name, at) in told.into_iter().filter_map(|(name, at)| Some((name, at?))) {
            moments[name] = json!(at);
        }
        if moments != json!({}) {
            body["moments"] = moments;
        }
    }

    /// As a change told them; none of one that was made before they were told.
    pub fn told(body: &Json) -> Result<Self> {
        let told = |name: &str| -> Result<Option<Option<Time>>> {
            let at = body.get("moments").and_then(|moments| moments.get(name));
            at.map(|at| serde_json::from_value(at.clone()).map_err(internal)).transpose()
        };
        Ok(Self {
            blocked_at: told("blocked_at")?,
            status_at: told("status_at")?.flatten(),
            started_at: told("started_at")?,
            done_at: told("done_at")?,
        })
    }

    pub fn put_back(self, item: &mut Item) {
        item.blocked_at = self.blocked_at.unwrap_or(item.blocked_at);
        item.status_at = self.status_at.unwrap_or(item.status_at);
        item.started_at = self.started_at.unwrap_or(item.started_at);
        item.done_at = self.done_at.unwrap_or(item.done_at);
    }
}
