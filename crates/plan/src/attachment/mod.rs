//! An attachment is a file that someone laid to an item. Its bytes lie in the blob store, where an
//! attachment holds on to them; the row is written after they are durable.

pub(crate) mod http;
mod store;
#[cfg(test)]
mod tests;

use std::{
    fmt::Display,
    sync::atomic::{AtomicU64, Ordering},
};

use base::{
    AttachmentId, ItemId, Result, Time, UserId,
    refuse::{conflict, internal, invalid, not_found, too_large},
    text,
};
use blob::{Blob, Written};
use bytes::Bytes;
use db::{Db, Tx};
use futures_util::{Stream, StreamExt};
use lab::artifact;
use people::{Actor, Person, Right};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::item::{self, Faces, Item};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub id: AttachmentId,
    pub name: String,
    /// Bytes.
    pub size: i64,
    pub sha256: String,
    pub by: UserId,
    pub at: Time,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Attachment")]
pub struct Shown {
    pub id: AttachmentId,
    pub name: String,
    /// Bytes.
    pub size: i64,
    pub sha256: String,
    pub by: Person,
    pub at: Time,
}

/// Bytes of one attachment at most.
pub const LARGEST: u64 = 100 * 1024 * 1024;
const MOST: usize = 200;

pub fn list(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Vec<Shown>> {
    let item = item::find(tx, actor, Right::Read, key)?;
    let mut people = Faces::default();
    let found = store::all(tx, item.id)?.into_iter();
    found.map(|attachment| show(tx, &mut people, attachment)).collect()
}

/// The attachment of an item that the actor may look at.
pub fn get(tx: &mut Tx, actor: &Actor, key: &str, id: AttachmentId) -> Result<Attachment> {
    let item = item::find(tx, actor, Right::Read, key)?;
    find(tx, &item, id)
}

/// Takes a stream of bytes in. Refused before the first byte is read where nothing can be attached.
pub async fn receive<E: Display>(
    db: &Db,
    blob: &Blob,
    actor: &Actor,
    key: &str,
    name: &str,
    bytes: impl Stream<Item = Result<Bytes, E>> + Send,
) -> Result<Written> {
    checked_name(name)?;
    let (by, to) = (actor.clone(), key.to_owned());
    db.read(move |tx| check_place(tx, &by, &to).map(drop)).await?;
    let seen = AtomicU64::new(0);
    let counted = bytes.map(|chunk| {
        let chunk = chunk.map_err(|e| e.to_string())?;
        let sum = seen.fetch_add(chunk.len() as u64, Ordering::Relaxed) + chunk.len() as u64;
        if sum > LARGEST { Err("too large".to_owned()) } else { Ok(chunk) }
    });
    let written = blob.put(counted).await;
    if seen.load(Ordering::Relaxed) > LARGEST {
        return Err(too_large(format!("An attachment has at most {} MiB.", LARGEST / 1024 / 1024)));
    }
    written
}

/// Lays what was received to the item.
pub fn attach(tx: &mut Tx, actor: &Actor, key: &str, name: &str, written: &Written) -> Result<Shown> {
    let name = &checked_name(name)?;
    let item = check_place(tx, actor, key)?;
    let size = i64::try_from(written.size).map_err(internal)?;
    let id = store::add(tx, item.id, name, size, &written.sha256, &actor.user)?;
    artifact::hold(tx, &written.sha256, &holder(id))?;
    let body = json!({ "attachment": id, "name": name, "size": size, "sha256": written.sha256 });
    item::emit(tx, actor, &item, "attachment.added", body)?;
    let attachment = find(tx, &item, id)?;
    show(tx, &mut Faces::default(), attachment)
}

pub fn remove(tx: &mut Tx, actor: &Actor, key: &str, id: AttachmentId) -> Result<()> {
    let item = item::find_alive(tx, actor, Right::Plan, key)?;
    let attachment = find(tx, &item, id)?;
    store::remove(tx, id)?;
    artifact::release(tx, &attachment.sha256, &holder(id))?;
    let body = json!({ "attachment": id, "name": attachment.name, "sha256": attachment.sha256 });
    item::emit(tx, actor, &item, "attachment.removed", body)
}

fn check_place(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Item> {
    let item = item::find_alive(tx, actor, Right::Plan, key)?;
    if store::all(tx, item.id)?.len() >= MOST {
        return Err(conflict(format!("{} has {MOST} attachments, which is as many as there can be.", item.key)));
    }
    Ok(item)
}

fn find(tx: &mut Tx, item: &Item, id: AttachmentId) -> Result<Attachment> {
    let found = store::all(tx, item.id)?.into_iter().find(|attachment| attachment.id == id);
    found.ok_or_else(|| not_found("attachment"))
}

fn show(tx: &mut Tx, people: &mut Faces, found: Attachment) -> Result<Shown> {
    let Attachment { id, name, size, sha256, by, at } = found;
    Ok(Shown { id, name, size, sha256, by: people.of(tx, &by)?, at })
}

fn holder(id: AttachmentId) -> String {
    format!("attachment:{id}")
}

fn checked_name(name: &str) -> Result<String> {
    let name = text::line("name", name, 200)?;
    if name.contains(['/', '\\']) || name.trim_matches('.').is_empty() {
        return Err(invalid("name", "must be the name of a file, without a folder"));
    }
    Ok(name)
}

/// When the item is emptied.
pub(crate) fn forget(tx: &mut Tx, item: ItemId) -> Result<()> {
    for attachment in store::all(tx, item)? {
        store::remove(tx, attachment.id)?;
        artifact::release(tx, &attachment.sha256, &holder(attachment.id))?;
    }
    Ok(())
}
