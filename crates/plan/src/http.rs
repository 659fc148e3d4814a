//! What the routes of this part, and of those above it, share.

use base::Result;
use db::Tx;
use people::{
    Actor, Right,
    door::{App, Caller, IdempotencyKey, Reply, ok},
    once, project,
};
use serde::Serialize;
use serde_json::Value;

use crate::{backlog, item};

/// Does something, once for each key of its caller: whoever sends it again is answered as the first time, if `may`
/// still lets them look.
pub async fn write<T: Serialize>(
    app: &App,
    caller: Caller,
    again: IdempotencyKey,
    may: impl Fn(&mut Tx, &Actor) -> Result<()> + Send + 'static,
    act: impl Fn(&mut Tx, &Actor) -> Result<T> + Send + 'static,
) -> Result<Value> {
    let write = move |tx: &mut Tx| once(tx, &caller, &again, |tx| may(tx, &caller), |tx| act(tx, &caller));
    app.db.write(write).await
}

/// As [`write`], about the item with this key.
pub(crate) async fn at_item<T: Serialize>(
    app: &App,
    caller: Caller,
    again: IdempotencyKey,
    key: String,
    act: impl Fn(&mut Tx, &Actor, &str) -> Result<T> + Send + 'static,
) -> Result<Value> {
    let named = key.clone();
    let may = move |tx: &mut Tx, actor: &Actor| item::find(tx, actor, Right::Read, &named).map(drop);
    write(app, caller, again, may, move |tx, actor| act(tx, actor, &key)).await
}

/// As [`write`], in the project with this key.
pub(crate) async fn in_project<T: Serialize>(
    app: &App,
    caller: Caller,
    again: IdempotencyKey,
    key: String,
    act: impl Fn(&mut Tx, &Actor, &str) -> Result<T> + Send + 'static,
) -> Result<Value> {
    let named = key.clone();
    let may = move |tx: &mut Tx, actor: &Actor| project::by_key(tx, actor, &named).map(drop);
    write(app, caller, again, may, move |tx, actor| act(tx, actor, &key)).await
}

/// Reads what a backlog says from its beginning on. The first who looks makes it, with the usual statuses, so that
/// what is read has ids by which it can be changed.
pub(crate) async fn read_made<T: Send + 'static>(
    app: &App,
    caller: Caller,
    key: String,
    read: impl Fn(&mut Tx, &Actor, &str) -> Result<T> + Clone + Send + 'static,
) -> Result<T> {
    let (by, of, look) = (caller.clone(), key.clone(), read.clone());
    let found = app.db.read(move |tx| match backlog::find(tx, &by, Right::Read, &of)?.1 {
        Some(_) => look(tx, &by, &of).map(Some),
        None => Ok(None),
    });
    if let Some(found) = found.await? {
        return Ok(found);
    }
    let made = app.db.write(move |tx| {
        backlog::open(tx, &caller, Right::Read, &key)?;
        read(tx, &caller, &key)
    });
    made.await
}

/// 200 with what was answered, and its version in `ETag`.
pub fn versioned(shown: Value) -> Reply<Value> {
    let version = shown["version"].as_i64().unwrap_or_default();
    ok(shown).version(version)
}
