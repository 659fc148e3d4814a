//! A user is a person with an e-mail address: invited until the first password is set, then
//! active. A disabled user cannot sign in; what they did stays theirs.

pub(crate) mod http;
pub mod me;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use base::{
    Error, Result, Time, UserId,
    refuse::{conflict, forbidden, invalid, not_found},
    text, words,
};
use db::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Actor, Scope,
    actor::{event_of, only_admins},
    member, workspace,
};

/// How other people see a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Person {
    pub id: UserId,
    pub email: String,
    pub name: String,
}

words! {
    State {
        Active = "active",
        /// Has not chosen a password yet.
        Invited = "invited",
        Disabled = "disabled",
    }
}

/// A user as the workspace lists them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
    /// Administrator of the workspace.
    pub admin: bool,
    pub state: State,
    #[serde(skip)]
    pub created_at: Time,
}

impl User {
    pub fn person(&self) -> Person {
        Person { id: self.id.clone(), email: self.email.clone(), name: self.name.clone() }
    }
}

/// What an administrator of the workspace may change.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UserChange")]
pub struct Change {
    pub admin: Option<bool>,
    pub disabled: Option<bool>,
}

pub fn get(tx: &mut Tx, id: &UserId) -> Result<User> {
    store::get(tx, id)?.ok_or_else(|| not_found("user"))
}

/// Those of these who are known, in one read.
pub fn some(tx: &mut Tx, ids: &[UserId]) -> Result<Vec<User>> {
    store::some(tx, ids)
}

pub fn person(tx: &mut Tx, id: &UserId) -> Result<Person> {
    get(tx, id).map(|user| user.person())
}

pub fn by_email(tx: &mut Tx, email: &str) -> Result<Option<User>> {
    store::by_folded(tx, &fold(email))
}

/// The user as an actor, for the command line; refused where they could not sign in.
pub fn actor(tx: &mut Tx, email: &str) -> Result<Actor> {
    let user = by_email(tx, email)?.ok_or_else(|| invalid("--user", format!("nobody here is {email}")))?;
    acting(user)
}

/// The administrator of the workspace who came first, as an actor.
pub fn first_admin(tx: &mut Tx) -> Result<Actor> {
    let admin = store::first_admin(tx)?;
    acting(admin.ok_or_else(|| conflict("Nobody administers this workspace yet. Add somebody with slipway user add."))?)
}

fn acting(user: User) -> Result<Actor> {
    match user.state {
        State::Active => {
            let User { id, name, admin, .. } = user;
            Ok(Actor { user: id, name, admin, token: None, scope: Scope::Full, project: None })
        }
        State::Invited => Err(invalid("--user", format!("{} has not opened the invitation yet", user.email))),
        State::Disabled => Err(invalid("--user", format!("{} is disabled and cannot act", user.email))),
    }
}

/// The people with whom the actor shares a project; an administrator sees everyone.
pub fn visible(tx: &mut Tx, actor: &Actor) -> Result<Vec<User>> {
    store::visible(tx, actor)
}

/// Adds an active user, as the command line and the set-up do. `password` is its hash.
pub fn add(tx: &mut Tx, email: &str, name: &str, admin: bool, password: &str) -> Result<User> {
    workspace::open(tx)?;
    let name = checked_name(name)?;
    insert(tx, None, email, &name, admin, Some(password))
}

/// Adds a user who has yet to choose a name and a password.
pub(crate) fn invite(tx: &mut Tx, actor: &Actor, email: &str) -> Result<User> {
    let name = email.split('@').next().unwrap_or(email).to_owned();
    insert(tx, Some(actor), email, &name, false, None)
}

fn insert(
    tx: &mut Tx,
    by: Option<&Actor>,
    email: &str,
    name: &str,
    admin: bool,
    password: Option<&str>,
) -> Result<User> {
    let email = check_email(email)?;
    let id = UserId(tx.new_id());
    store::insert(tx, &id, &email, &fold(&email), name, admin, password).map_err(|e| taken(e, &email))?;
    let kind = if password.is_some() { "user.added" } else { "user.invited" };
    tx.emit(event_of(by, kind, subject(&id)).body(json!({ "user": id, "admin": admin })))?;
    tx.touch(None, "users");
    get(tx, &id)
}

fn taken(error: Error, email: &str) -> Error {
    error.on("user_email", || conflict(format!("{email} is a user already.")))
}

/// The invited person chose a password, and perhaps a name.
pub(crate) fn join(tx: &mut Tx, id: &UserId, name: Option<&str>, password: &str) -> Result<User> {
    let user = get(tx, id)?;
    let State::Invited = user.state else { return Err(conflict("This invitation was taken already. Sign in.")) };
    let name = name.map_or(Ok(user.name), checked_name)?;
    store::join(tx, id, &name, password)?;
    tx.emit(db::Event::new(id.as_str(), "user.joined", subject(id)))?;
    tx.touch(None, "users");
    member::touch_all_of(tx, id)?;
    get(tx, id)
}

/// Gives the user a new password, as a hash, and signs them out everywhere.
pub fn set_password(tx: &mut Tx, id: &UserId, password: &str) -> Result<()> {
    store::set_password(tx, id, password)?;
    crate::session::end_all(tx, id)?;
    tx.emit(db::Event::new(id.as_str(), "password.changed", subject(id))).map(drop)
}

/// Gives the actor another name, on all that they did too: the log knows people by their ids.
pub fn rename(tx: &mut Tx, actor: &Actor, name: &str) -> Result<()> {
    let name = checked_name(name)?;
    if actor.project.is_some() {
        return Err(forbidden("This token opens one project only; a name is the same in all of them."));
    }
    if get(tx, &actor.user)?.name == name {
        return Ok(());
    }
    store::rename(tx, &actor.user, &name)?;
    tx.emit(actor.event("user.renamed", subject(&actor.user)))?;
    tx.touch(None, "users");
    member::touch_all_of(tx, &actor.user)
}

fn checked_name(name: &str) -> Result<String> {
    text::line("name", name, 200)
}

/// Makes or unmakes an administrator, shuts a user out or lets them in again. Somebody who can
/// administer always remains.
pub fn change(tx: &mut Tx, actor: &Actor, id: &UserId, change: &Change) -> Result<User> {
    only_admins(actor)?;
    let user = get(tx, id)?;
    let was_disabled = user.state == State::Disabled;
    let admin = change.admin.unwrap_or(user.admin);
    let disabled = change.disabled.unwrap_or(was_disabled);
    if (admin, disabled) == (user.admin, was_disabled) {
        return Ok(user);
    }
    let administers = user.admin && user.state == State::Active;
    if administers && (!admin || disabled) && !store::other_admin(tx, id)? {
        return Err(conflict("This is the last administrator of the workspace. Make someone else one first."));
    }
    if disabled && *id == actor.user {
        return Err(conflict("You cannot shut yourself out. Another administrator can."));
    }
    store::change(tx, id, admin, disabled)?;
    if disabled {
        crate::session::end_all(tx, id)?;
    }
    tx.emit(
        actor.event("user.changed", subject(id)).body(json!({ "user": id, "admin": admin, "disabled": disabled })),
    )?;
    tx.touch(None, "users");
    member::touch_all_of(tx, id)?;
    get(tx, id)
}

pub(crate) fn subject(id: &UserId) -> String {
    format!("user:{id}")
}

/// Addresses compare without regard to case.
pub(crate) fn fold(email: &str) -> String {
    email.trim().to_lowercase()
}

/// What can be an address: one `@` between two parts without white space.
pub(crate) fn check_email(email: &str) -> Result<String> {
    let email = text::line("email", email, 254)?;
    let parts: Vec<&str> = email.split('@').collect();
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"/#?%".contains(c);
    match parts[..] {
        [local, domain] if !local.is_empty() && !domain.is_empty() && !email.contains(odd) => Ok(email),
        _ => Err(invalid("email", "must be an address like dana@example.org")),
    }
}
