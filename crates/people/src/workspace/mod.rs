//! The workspace is one organisation's data. There is one in each store; it gets its name when it
//! is set up.

mod store;

use base::{Result, UserId, text};
use db::{Event, Tx};
use serde_json::json;

/// What a workspace is called that nobody named.
const UNNAMED: &str = "Slipway";

pub fn name(tx: &mut Tx) -> Result<String> {
    Ok(store::name(tx)?.unwrap_or_else(|| UNNAMED.to_owned()))
}

/// Makes the workspace's record where there is none yet.
pub(crate) fn open(tx: &mut Tx) -> Result<()> {
    store::insert(tx, UNNAMED)
}

pub(crate) fn rename(tx: &mut Tx, by: &UserId, name: &str) -> Result<()> {
    let name = text::line("workspace", name, 200)?;
    store::rename(tx, &name)?;
    tx.emit(Event::new(by.as_str(), "workspace.named", "workspace").body(json!({ "name": name }))).map(drop)
}
