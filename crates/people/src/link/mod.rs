//! A link carries a secret that works once: for the first set-up, or for an invitation. The store
//! keeps its hash only.

mod store;

use base::{Result, UserId, words};
use db::Tx;

words! {
    Purpose {
        Setup = "setup",
        Invitation = "invitation",
    }
}

/// How long an unused link works.
const DAYS: i64 = 14;

/// Makes a link; those made before for the same purpose and user no longer work.
pub fn make(tx: &mut Tx, purpose: Purpose, user: Option<&UserId>) -> Result<String> {
    withdraw(tx, purpose, user)?;
    let secret = crate::secret::new(tx);
    let expires_at = tx.now().plus_days(DAYS);
    store::insert(tx, &crate::secret::hash(&secret), purpose, user, expires_at)?;
    Ok(secret)
}

/// Whether a link works, and for which user. `link` may be the whole address or its secret.
pub fn find(tx: &mut Tx, purpose: Purpose, link: &str) -> Result<Option<Option<UserId>>> {
    store::find(tx, &hash(link), purpose)
}

/// Whether a link of this purpose is out for the user.
pub fn is_out(tx: &mut Tx, purpose: Purpose, user: &UserId) -> Result<bool> {
    store::is_out(tx, purpose, user)
}

pub fn withdraw(tx: &mut Tx, purpose: Purpose, user: Option<&UserId>) -> Result<()> {
    store::delete(tx, purpose, user)
}

fn hash(link: &str) -> String {
    let secret = link.rsplit_once('#').map_or(link, |(_, secret)| secret);
    crate::secret::hash(secret.trim())
}
