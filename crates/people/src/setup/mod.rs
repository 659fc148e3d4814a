//! The first start: a store without users prints a one-time link, and whoever opens it becomes the
//! first administrator. There is no default password.

pub(crate) mod http;
#[cfg(test)]
mod tests;

use base::{
    Result,
    refuse::{conflict, forbidden},
};
use db::Tx;

use crate::{
    link::{self, Purpose},
    user::{self, User},
    workspace,
};

/// Whether nobody uses this store yet.
pub fn needed(tx: &mut Tx) -> Result<bool> {
    Ok(!user::store::any(tx)?)
}

/// The secret of a new set-up link while there is no user; links of earlier starts end. The page
/// is `/setup#SECRET`.
pub fn link(tx: &mut Tx) -> Result<Option<String>> {
    if needed(tx)? {
        return link::make(tx, Purpose::Setup, None).map(Some);
    }
    link::withdraw(tx, Purpose::Setup, None)?;
    Ok(None)
}

/// Refuses a link that does not work, before the slow work on a password begins.
pub(crate) fn check(tx: &mut Tx, link: &str) -> Result<()> {
    if !needed(tx)? {
        return Err(conflict("This server is set up already. Sign in."));
    }
    match link::find(tx, Purpose::Setup, link)? {
        Some(_) => Ok(()),
        None => {
            Err(forbidden("This link does not work any more. Use the one that the server printed at its last start."))
        }
    }
}

/// Makes the first administrator, and the workspace. `password` is a hash.
pub fn take(tx: &mut Tx, link: &str, email: &str, name: &str, password: &str, workspace: Option<&str>) -> Result<User> {
    check(tx, link)?;
    let user = user::add(tx, email, name, true, password)?;
    if let Some(name) = workspace {
        workspace::rename(tx, &user.id, name)?;
    }
    link::withdraw(tx, Purpose::Setup, None)?;
    Ok(user)
}
