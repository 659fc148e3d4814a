//! How receivers call what happens. Their protocols are not ours, so the server brings the words.

use std::fmt;

use base::{ProjectId, Result, Time};
use db::Tx;
use serde_json::Value as Json;

#[derive(Clone, Copy)]
pub struct Language {
    /// What a webhook can be told of: `model_version.created`.
    pub words: &'static [&'static str],
    /// The kinds of events in the log that can mean one of the words.
    pub kinds: &'static [&'static str],
    /// What an event is to receivers: nothing, one thing, or several.
    pub tell: fn(&mut Tx, &Happened) -> Result<Vec<Told>>,
    /// What a test says in place of an event.
    pub example: fn(&str, Time) -> Json,
    pub headers: Headers,
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Language").field("words", &self.words).finish_non_exhaustive()
    }
}

/// The names under which receivers look for what comes with a delivery.
#[derive(Clone, Copy, Debug)]
pub struct Headers {
    pub delivery: &'static str,
    pub timestamp: &'static str,
    pub signature: &'static str,
}

/// One thing that a receiver is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub word: &'static str,
    pub body: Json,
}

/// An event of the log, as a webhook meets it.
#[derive(Clone, Debug)]
pub struct Happened {
    pub seq: i64,
    pub at: Time,
    pub kind: String,
    pub subject: String,
    pub project: ProjectId,
    /// What it says beyond that.
    pub data: Json,
}
