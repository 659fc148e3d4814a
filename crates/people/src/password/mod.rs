//! Passwords: what is good enough, and how one is kept (argon2id, 19 MiB, two passes, one lane, as
//! OWASP recommends).

mod common;
mod queue;
#[cfg(test)]
mod tests;

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use base::{
    Result,
    refuse::{internal, invalid},
};
pub(crate) use queue::Queue;

pub const SHORTEST: usize = 12;
pub const LONGEST: usize = 256;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Refuses what is too short, too long, among the first guesses, or made of the e-mail address.
pub fn check(password: &str, email: &str) -> Result<()> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(invalid("password", format!("must have at least {SHORTEST} characters; a sentence works well")));
    }
    if length > LONGEST {
        return Err(invalid("password", format!("must have at most {LONGEST} characters")));
    }
    if password.chars().all(char::is_whitespace) {
        return Err(invalid("password", "must not be blank"));
    }
    let folded = password.to_lowercase();
    if common::is_common(&folded) {
        return Err(invalid("password", "is among the first that are guessed; a sentence of your own works well"));
    }
    if is_made_of(&folded, &email.to_lowercase()) {
        return Err(invalid("password", "must not be made of the e-mail address"));
    }
    Ok(())
}

/// Whether little remains of the password without the address or its first part.
fn is_made_of(password: &str, email: &str) -> bool {
    let local = email.split('@').next().unwrap_or_default();
    let rest = if email.is_empty() { password.to_owned() } else { password.replace(email, "") };
    let rest = if local.len() < 4 { rest } else { rest.replace(local, "") };
    rest.len() < password.len() && rest.chars().count() < SHORTEST / 2
}

/// The password in PHC form. Takes a tenth of a second; a server asks [`Queue`] instead.
pub fn hash(password: &str) -> Result<String> {
    let hash = argon2id()?.hash_password(password.as_bytes()).map_err(internal)?;
    Ok(hash.to_string())
}

pub(crate) fn verify(password: &str, hash: &str) -> bool {
    let (Ok(argon2), Ok(hash)) = (argon2id(), PasswordHash::new(hash)) else { return false };
    argon2.verify_password(password.as_bytes(), &hash).is_ok()
}

fn argon2id() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}
