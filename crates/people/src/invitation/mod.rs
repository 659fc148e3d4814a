//! An invitation lets someone who was made a member before they were a user choose a name and a
//! password. It travels as a link, works once, and ends when its user leaves the last project.

pub(crate) mod http;
#[cfg(test)]
mod tests;

use base::{Result, UserId, refuse::forbidden};
use db::Tx;
use serde_json::json;

use crate::{
    Actor,
    link::{self, Purpose},
    user::{self, State, User},
};

/// The secret of a new invitation, unless the user needs none or has one already.
pub(crate) fn offer(tx: &mut Tx, actor: &Actor, user: &User) -> Result<Option<String>> {
    if user.state != State::Invited || link::is_out(tx, Purpose::Invitation, &user.id)? {
        return Ok(None);
    }
    let secret = link::make(tx, Purpose::Invitation, Some(&user.id))?;
    tx.emit(actor.event("invitation.made", user::subject(&user.id)).body(json!({ "user": user.id })))?;
    Ok(Some(secret))
}

pub(crate) fn withdraw(tx: &mut Tx, user: &UserId) -> Result<()> {
    link::withdraw(tx, Purpose::Invitation, Some(user))
}

/// Whom the link invites.
pub(crate) fn invited(tx: &mut Tx, link: &str) -> Result<User> {
    let user = link::find(tx, Purpose::Invitation, link)?.flatten();
    let user = user.ok_or_else(|| forbidden("This invitation does not work any more. Ask for a new one."))?;
    user::get(tx, &user)
}

/// The invited person comes in. `password` is a hash.
pub fn take(tx: &mut Tx, link: &str, name: Option<&str>, password: &str) -> Result<User> {
    let user = invited(tx, link)?;
    withdraw(tx, &user.id)?;
    user::join(tx, &user.id, name, password)
}
