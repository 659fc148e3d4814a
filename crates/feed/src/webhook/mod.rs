//! A webhook is an address outside at which a project wants to be told what happens. It is switched
//! on or off, and is told of the events that it names, from its making on.
//!
//! Whoever acts knows nothing of it: [`watch`] reads the log, and each event that is asked for
//! becomes a [`delivery`], which is sent until the receiver has taken it. How receivers call what
//! happens, and what they read of it, is a [`Language`] that the server brings along.

pub mod delivery;
pub mod http;
mod language;
mod send;
mod store;
pub mod target;
#[cfg(test)]
mod tests;
pub mod watch;

use base::{
    Error, Kind, ProjectId, Result, Time, UserId, WebhookId,
    refuse::{conflict, invalid, not_found},
    text,
};
use db::{Db, Tx};
use people::{Actor, Right, require};
use serde_json::json;

pub use language::{Happened, Headers, Language, Told};
pub use send::Post;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    pub id: WebhookId,
    pub project: ProjectId,
    pub name: String,
    pub description: Option<String>,
    pub url: String,
    /// What it is told of, in the words of receivers.
    pub events: Vec<String>,
    /// Signs what is sent. No answer holds it.
    secret: Option<String>,
    pub active: bool,
    /// The last event of the log that was looked at.
    seen: i64,
    pub creator: UserId,
    pub created_at: Time,
    pub updated_at: Time,
}

impl Webhook {
    /// What is sent is signed.
    pub fn is_signed(&self) -> bool {
        self.secret.is_some()
    }

    fn subject(&self) -> String {
        format!("webhook:{}", self.id)
    }
}

#[derive(Clone, Debug, Default)]
pub struct New {
    pub name: String,
    pub description: Option<String>,
    pub url: String,
    pub events: Vec<String>,
    pub secret: Option<String>,
    pub active: bool,
}

/// What shall be otherwise; absent stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub name: Option<String>,
    /// Empty takes it away.
    pub description: Option<String>,
    pub url: Option<String>,
    pub events: Option<Vec<String>>,
    /// Empty takes it away.
    pub secret: Option<String>,
    pub active: Option<bool>,
}

/// Webhooks of one project: each is one more request for everything that happens.
const MOST: i64 = 100;
const MOST_NAME: usize = 63;
const MOST_DESCRIPTION: usize = 1_000;
const MOST_SECRET: usize = 1_000;

/// Where it points is looked up before anything is kept, so it takes more than one transaction.
pub async fn create(db: &Db, post: &Post, actor: &Actor, project: &ProjectId, new: &New) -> Result<Webhook> {
    let (by, to) = (actor.clone(), project.clone());
    db.read(move |tx| require(tx, &by, Right::Administer, &to)).await?;
    let new = checked(post, new)?;
    post.look_up(&new.url).await?;
    let (by, to) = (actor.clone(), project.clone());
    db.write(move |tx| add(tx, &by, &to, &new)).await
}

fn checked(post: &Post, new: &New) -> Result<New> {
    Ok(New {
        name: name(&new.name)?,
        description: new.description.as_deref().map(description).transpose()?.filter(|text| !text.is_empty()),
        url: new.url.clone(),
        events: events(post, &new.events)?,
        secret: new.secret.as_deref().map(secret).transpose()?.filter(|text| !text.is_empty()),
        active: new.active,
    })
}

fn add(tx: &mut Tx, actor: &Actor, project: &ProjectId, new: &New) -> Result<Webhook> {
    require(tx, actor, Right::Administer, project)?;
    if store::count(tx, project)? >= MOST {
        return Err(conflict(format!("A project has at most {MOST} webhooks. Delete one that is not needed.")));
    }
    let id = WebhookId(tx.new_id());
    store::add(tx, &id, project, new, &actor.user)?;
    let hook = loaded(tx, &id)?;
    emit(tx, actor, &hook, "webhook.created", json!({ "name": hook.name, "events": hook.events }))?;
    Ok(hook)
}

/// The newest first.
pub fn list(
    tx: &mut Tx,
    actor: &Actor,
    project: &ProjectId,
    before: Option<(Time, WebhookId)>,
    most: i64,
) -> Result<Vec<Webhook>> {
    require(tx, actor, Right::Administer, project)?;
    store::list(tx, project, before, most)
}

/// Only those who administer its project see a webhook: addresses are secrets often enough.
pub fn get(tx: &mut Tx, actor: &Actor, id: &WebhookId) -> Result<Webhook> {
    let hook = store::get(tx, id)?.ok_or_else(absent)?;
    match require(tx, actor, Right::Administer, &hook.project) {
        Ok(()) => Ok(hook),
        Err(refusal) if refusal.is(Kind::NotFound) => Err(absent()),
        Err(refusal) => Err(refusal),
    }
}

pub async fn change(db: &Db, post: &Post, actor: &Actor, id: &WebhookId, change: &Change) -> Result<Webhook> {
    let (by, which) = (actor.clone(), id.clone());
    db.read(move |tx| get(tx, &by, &which).map(drop)).await?;
    let change = Change {
        name: change.name.as_deref().map(name).transpose()?,
        description: change.description.as_deref().map(description).transpose()?,
        url: change.url.clone(),
        events: change.events.as_deref().map(|asked| events(post, asked)).transpose()?,
        secret: change.secret.as_deref().map(secret).transpose()?,
        active: change.active,
    };
    if let Some(url) = &change.url {
        post.look_up(url).await?;
    }
    let (by, which) = (actor.clone(), id.clone());
    db.write(move |tx| alter(tx, &by, &which, &change)).await
}

/// One that is switched on again is not told of what happened meanwhile.
fn alter(tx: &mut Tx, actor: &Actor, id: &WebhookId, change: &Change) -> Result<Webhook> {
    let old = get(tx, actor, id)?;
    let Change { name, description, url, events, secret, active } = change.clone();
    let filled = |text: Option<String>, old: &Option<String>| match text {
        Some(text) => Some(text).filter(|text| !text.is_empty()),
        None => old.clone(),
    };
    let active = active.unwrap_or(old.active);
    let hook = Webhook {
        name: name.unwrap_or_else(|| old.name.clone()),
        description: filled(description, &old.description),
        url: url.unwrap_or_else(|| old.url.clone()),
        events: events.unwrap_or_else(|| old.events.clone()),
        secret: filled(secret, &old.secret),
        active,
        seen: if active && !old.active { store::head(tx)? } else { old.seen },
        ..old.clone()
    };
    store::set(tx, &hook)?;
    let changed: Vec<&str> = [
        ("name", hook.name != old.name),
        ("description", hook.description != old.description),
        ("url", hook.url != old.url),
        ("events", hook.events != old.events),
        ("secret", hook.secret != old.secret),
        ("active", hook.active != old.active),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect();
    if !changed.is_empty() {
        let body = json!({ "name": hook.name, "fields": changed, "active": hook.active });
        emit(tx, actor, &hook, "webhook.changed", body)?;
    }
    loaded(tx, id)
}

/// With all that is known of its deliveries; what waits is not sent any more.
pub fn delete(tx: &mut Tx, actor: &Actor, id: &WebhookId) -> Result<()> {
    let hook = get(tx, actor, id)?;
    store::delete(tx, id)?;
    emit(tx, actor, &hook, "webhook.deleted", json!({ "name": hook.name }))
}

/// Whoever sees the log learns the name, never the address.
fn emit(tx: &mut Tx, actor: &Actor, hook: &Webhook, kind: &'static str, body: serde_json::Value) -> Result<()> {
    tx.emit(actor.event(kind, hook.subject()).project(&hook.project).body(body)).map(drop)
}

fn loaded(tx: &mut Tx, id: &WebhookId) -> Result<Webhook> {
    store::get(tx, id)?.ok_or_else(absent)
}

fn absent() -> Error {
    not_found("webhook")
}

fn name(name: &str) -> Result<String> {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let ends = [name.chars().next(), name.chars().last()];
    let good = name.len() <= MOST_NAME
        && name.chars().all(inner)
        && ends.iter().all(|end| end.is_some_and(|c| c.is_ascii_alphanumeric()));
    if good {
        return Ok(name.to_owned());
    }
    let why = format!("must be 1 to {MOST_NAME} letters, digits, - _ or . and begin and end with a letter or digit");
    Err(invalid("name", why))
}

fn description(description: &str) -> Result<String> {
    text::optional("description", description, MOST_DESCRIPTION)
}

fn secret(secret: &str) -> Result<String> {
    if secret.contains(char::is_control) {
        return Err(invalid("secret", "must not contain control characters"));
    }
    match secret.chars().count() > MOST_SECRET {
        true => Err(invalid("secret", format!("must have at most {MOST_SECRET} characters"))),
        false => Ok(secret.to_owned()),
    }
}

/// Each once, in the order of the language.
fn events(post: &Post, asked: &[String]) -> Result<Vec<String>> {
    if asked.is_empty() {
        return Err(invalid("events", "must name at least one event"));
    }
    asked.iter().try_for_each(|word| check_word(post, "events", word))?;
    let words = post.language.words.iter();
    Ok(words.filter(|word| asked.iter().any(|known| known == *word)).map(|&word| word.to_owned()).collect())
}

fn check_word(post: &Post, field: &str, word: &str) -> Result<()> {
    let words = post.language.words;
    if words.contains(&word) {
        return Ok(());
    }
    let shown: String = word.chars().take(100).collect();
    Err(invalid(field, format!("knows no {shown:?}; there are {}", words.join(", "))))
}
