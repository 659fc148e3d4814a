//! A comment is what someone says about an item, in Markdown. Whoever is named in it as
//! `@dana@example.org` must be able to see the item, and watches it from then on. Its author may
//! change and delete it, an admin of the project may delete it; of a deleted one only the fact
//! stays. The log tells that something was said, never what, so it can be taken back.

pub(crate) mod http;
mod mention;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use base::{
    CommentId, Cursor, ItemId, Limit, Page, Result, Time, UserId,
    refuse::{conflict, forbidden, internal, not_found, stale},
    text, words,
};
use db::Tx;
use people::{Actor, Can, Person, Right};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::item::{self, Faces, Item, LONGEST_TEXT};

words! {
    /// What someone makes of a comment, in one word.
    Reaction {
        Agree = "agree",
        Disagree = "disagree",
        Thanks = "thanks",
        Celebrate = "celebrate",
        Look = "look",
        Puzzled = "puzzled",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    pub id: CommentId,
    pub item: ItemId,
    pub author: UserId,
    pub body: String,
    pub at: Time,
    pub edited_at: Option<Time>,
    pub deleted_at: Option<Time>,
    pub version: i64,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewComment")]
pub struct New {
    /// Markdown; `@` and an e-mail address name someone.
    pub body: String,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Comment")]
pub struct Shown {
    pub id: CommentId,
    pub author: Person,
    /// Markdown as written; empty where it was deleted.
    pub body: String,
    pub mentions: Vec<Person>,
    /// Word → who says it.
    pub reactions: BTreeMap<String, Vec<Person>>,
    pub at: Time,
    pub edited_at: Option<Time>,
    pub deleted: bool,
    /// Send it back in `If-Match` with a change.
    pub version: i64,
    /// Verbs: edit, delete, react.
    pub can: Can,
}

/// What was said about the item, the oldest first.
pub fn list(tx: &mut Tx, actor: &Actor, key: &str, cursor: Option<&str>, limit: Limit) -> Result<Page<Shown>> {
    let item = item::find(tx, actor, Right::Read, key)?;
    let after: Option<i64> = cursor.map(Cursor::read).transpose()?;
    let found = store::list(tx, item.id, after.unwrap_or(0), limit.plus_one())?;
    let Page { items, next } = Page::cut(found, limit, |comment| comment.id.0);
    Ok(Page { items: show_all(tx, actor, &item, items)?, next })
}

pub fn add(tx: &mut Tx, actor: &Actor, key: &str, new: &New) -> Result<Shown> {
    let item = item::find_alive(tx, actor, Right::Decide, key)?;
    let body = text::required("body", &new.body, LONGEST_TEXT)?;
    let mentioned = mention::people(tx, &item, &body)?;
    let id = store::add(tx, item.id, &actor.user, &body)?;
    note_mentions(tx, actor, &item, id, &mentioned)?;
    item::emit(tx, actor, &item, "comment.added", json!({ "comment": id, "mentions": mentioned }))?;
    show(tx, actor, &item, id)
}

/// Authors change what they said. `version` is what they read.
pub fn edit(tx: &mut Tx, actor: &Actor, key: &str, id: CommentId, version: i64, new: &New) -> Result<Shown> {
    let (item, comment) = find(tx, actor, key, id)?;
    if let Some(why) = why_not_edit(actor, &comment) {
        return Err(forbidden(why));
    }
    if comment.version != version {
        let current = show(tx, actor, &item, id)?;
        return Err(stale(serde_json::to_value(current).map_err(internal)?));
    }
    let body = text::required("body", &new.body, LONGEST_TEXT)?;
    if body == comment.body {
        return show(tx, actor, &item, id);
    }
    let mentioned = mention::people(tx, &item, &body)?;
    store::set_body(tx, id, &body)?;
    note_mentions(tx, actor, &item, id, &mentioned)?;
    item::emit(tx, actor, &item, "comment.edited", json!({ "comment": id, "mentions": mentioned }))?;
    show(tx, actor, &item, id)
}

/// Leaves of the comment nothing but that there was one.
pub fn delete(tx: &mut Tx, actor: &Actor, key: &str, id: CommentId) -> Result<()> {
    let (item, comment) = find(tx, actor, key, id)?;
    if let Some(why) = why_not_delete(tx, actor, &item, &comment)? {
        return Err(forbidden(why));
    }
    store::empty(tx, id)?;
    item::emit(tx, actor, &item, "comment.deleted", json!({ "comment": id }))
}

/// Says a word about a comment, or takes it back.
pub fn react(tx: &mut Tx, actor: &Actor, key: &str, id: CommentId, word: Reaction, on: bool) -> Result<Shown> {
    let (item, comment) = find(tx, actor, key, id)?;
    let changed = if on {
        store::react(tx, comment.id, &actor.user, word)?
    } else {
        store::unreact(tx, comment.id, &actor.user, word)?
    };
    if changed {
        tx.touch(Some(&item.project), item.subject());
    }
    show(tx, actor, &item, id)
}

/// The comment of an item that is not in the trash; one that was deleted is refused.
fn find(tx: &mut Tx, actor: &Actor, key: &str, id: CommentId) -> Result<(Item, Comment)> {
    let item = item::find_alive(tx, actor, Right::Decide, key)?;
    let comment = store::get(tx, item.id, id)?.ok_or_else(|| not_found("comment"))?;
    match comment.deleted_at {
        Some(_) => Err(conflict("This comment was deleted.")),
        None => Ok((item, comment)),
    }
}

fn note_mentions(tx: &mut Tx, actor: &Actor, item: &Item, id: CommentId, mentioned: &[UserId]) -> Result<()> {
    store::set_mentions(tx, id, mentioned)?;
    for user in std::iter::once(&actor.user).chain(mentioned) {
        item::note_watcher(tx, item.id, user)?;
    }
    Ok(())
}

fn why_not_edit(actor: &Actor, comment: &Comment) -> Option<String> {
    (comment.author != actor.user).then(|| "Only its author may change a comment.".to_owned())
}

fn why_not_delete(tx: &mut Tx, actor: &Actor, item: &Item, comment: &Comment) -> Result<Option<String>> {
    if comment.author == actor.user {
        return Ok(None);
    }
    let administers = people::may(tx, actor, Right::Administer, &item.project)?.is_none();
    Ok((!administers).then(|| "Only its author and admins of the project may delete a comment.".to_owned()))
}

fn show(tx: &mut Tx, actor: &Actor, item: &Item, id: CommentId) -> Result<Shown> {
    let comment = store::get(tx, item.id, id)?.ok_or_else(|| not_found("comment"))?;
    Ok(show_all(tx, actor, item, vec![comment])?.remove(0))
}

fn show_all(tx: &mut Tx, actor: &Actor, item: &Item, comments: Vec<Comment>) -> Result<Vec<Shown>> {
    let ids: Vec<CommentId> = comments.iter().map(|comment| comment.id).collect();
    let (mentions, reactions) = (store::mentions(tx, &ids)?, store::reactions(tx, &ids)?);
    let closed = people::may(tx, actor, Right::Decide, &item.project)?;
    let closed = closed.or_else(|| item.deleted_at.map(|_| "The item lies in the trash. Restore it first.".to_owned()));
    let mut people = Faces::default();
    let mut shown = Vec::with_capacity(comments.len());
    for comment in comments {
        let gone = closed.clone().or_else(|| comment.deleted_at.map(|_| "This comment was deleted.".to_owned()));
        let delete = why_not_delete(tx, actor, item, &comment)?;
        let can = Can::new()
            .with("edit", gone.clone().or_else(|| why_not_edit(actor, &comment)))
            .with("delete", gone.clone().or(delete))
            .with("react", gone);
        let named = mentions.iter().filter(|(of, _)| *of == comment.id).map(|(_, user)| people.of(tx, user));
        let named = named.collect::<Result<_>>()?;
        let mut said: BTreeMap<String, Vec<Person>> = BTreeMap::new();
        for (_, word, user) in reactions.iter().filter(|(of, ..)| *of == comment.id) {
            said.entry(word.to_string()).or_default().push(people.of(tx, user)?);
        }
        shown.push(Shown {
            id: comment.id,
            author: people.of(tx, &comment.author)?,
            body: comment.body,
            mentions: named,
            reactions: said,
            at: comment.at,
            edited_at: comment.edited_at,
            deleted: comment.deleted_at.is_some(),
            version: comment.version,
            can,
        });
    }
    Ok(shown)
}

/// When the item is emptied.
pub(crate) fn forget(tx: &mut Tx, item: ItemId) -> Result<()> {
    store::forget(tx, item)
}
