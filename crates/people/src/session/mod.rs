//! A session is a browser that signed in. Its secret is a cookie; it ends by signing out, after 14
//! days unseen, or 90 days after it began.

pub(crate) mod http;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use base::{Result, Time, UserId};
use db::{Event, Tx};

use crate::{secret, user};

/// How long a session lives at most.
pub const LONGEST_DAYS: i64 = 90;

/// How long a session may go unseen.
pub const IDLE_DAYS: i64 = 14;

/// How long a browser is remembered as one that its user knows.
pub(crate) const DEVICE_DAYS: i64 = 400;

/// How exactly it is known when a session or token was used last.
pub(crate) const SEEN_EVERY_MS: i64 = 5 * 60 * 1000;

/// The secrets that a browser gets when its user signs in.
#[derive(Clone, Debug)]
pub struct Started {
    pub session: String,
    /// Marks the browser as one that its user knows, so that strangers who guess passwords do not
    /// slow it down. Opens nothing.
    pub device: String,
}

/// `agent` is what the browser calls itself.
pub fn start(tx: &mut Tx, user: &UserId, agent: &str) -> Result<Started> {
    let started = Started { session: secret::new(tx), device: secret::new(tx) };
    store::forget_ended(tx)?;
    let expires_at = tx.now().plus_days(LONGEST_DAYS);
    store::insert(tx, &secret::hash(&started.session), user, expires_at, agent)?;
    store::insert_device(tx, &secret::hash(&started.device), user)?;
    tx.emit(Event::new(user.as_str(), "session.started", user::subject(user)))?;
    Ok(started)
}

pub fn end(tx: &mut Tx, session: &str) -> Result<()> {
    let Some(user) = store::delete(tx, &secret::hash(session))? else { return Ok(()) };
    tx.emit(Event::new(user.as_str(), "session.ended", user::subject(&user))).map(drop)
}

/// Ends all sessions of the user: after a new password, or when they are shut out.
pub fn end_all(tx: &mut Tx, user: &UserId) -> Result<()> {
    store::delete_all(tx, user)
}

/// A session seen last before this has ended.
pub(crate) fn unseen_since(now: Time) -> Time {
    now.plus_days(-IDLE_DAYS)
}
