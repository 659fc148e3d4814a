//! A signed address opens one artifact, or takes one in, without signing in: for clients that hand
//! addresses on to something that knows no tokens. What it opens, for whom and until when stands in
//! it, under a key that only servers of this workspace hold.
//!
//! It opens no more than whoever asked for it may do when it is used: their token may have been
//! revoked, they may have another password, or have left the project.

pub mod http;
mod store;
#[cfg(test)]
mod tests;

use base::{
    Error, ProjectId, Result, Time, TokenId, UploadId, UserId,
    refuse::{forbidden, internal, invalid},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use db::{Db, Tx};
use hmac::{Hmac, KeyInit, Mac};
use people::Actor;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{File, Path, act::check_place, file};

/// How long an address may open something, in seconds: a week.
pub const LONGEST: i64 = 604_800;

/// What an address opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// The artifact's bytes.
    Get,
    /// Becoming the artifact.
    Put,
    /// Becoming one part of it.
    Part { upload: UploadId, number: u32 },
}

/// What stands in an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    what: What,
    path: String,
    user: UserId,
    token: Option<TokenId>,
    /// [`people::mark`] of those who asked without a token.
    mark: Option<String>,
    /// Where the one who asked was bound to a project.
    project: Option<ProjectId>,
    /// Milliseconds since 1970.
    until: i64,
}

impl Pass {
    fn new(actor: &Actor, mark: Option<String>, what: What, path: &Path, until: Time) -> Self {
        Self {
            what,
            path: path.as_str().to_owned(),
            user: actor.user.clone(),
            token: actor.token.clone(),
            mark,
            project: actor.project.clone(),
            until: until.ms(),
        }
    }

    fn path(&self) -> Result<Path> {
        Path::parse(&self.path)
    }

    /// Whoever asked for the address, as they are now.
    fn actor(&self, tx: &mut Tx) -> Result<Actor> {
        let actor = people::again(tx, &self.user, self.token.as_ref())?;
        let actor = actor.ok_or_else(|| forbidden("Whoever asked for this address may not come in any more."))?;
        if mark(tx, &actor)? != self.mark {
            return Err(forbidden("Whoever asked for this address has another password now. Ask for a new one."));
        }
        Ok(Actor { project: self.project.clone().or(actor.project), ..actor })
    }
}

fn mark(tx: &mut Tx, actor: &Actor) -> Result<Option<String>> {
    match actor.token {
        Some(_) => Ok(None),
        None => people::mark(tx, &actor.user).map(Some),
    }
}

/// An address for reading the file, below the server's own.
pub async fn to_get(db: &Db, actor: &Actor, path: &Path, seconds: i64) -> Result<(String, File)> {
    let key = Key::of(db).await?;
    let until = until(db, seconds)?;
    let (by, from) = (actor.clone(), path.clone());
    let (found, mark) = db.read(move |tx| Ok((file(tx, &by, &from)?, mark(tx, &by)?))).await?;
    Ok((key.address(&Pass::new(actor, mark, What::Get, path, until)), found))
}

/// An address for writing the file.
pub async fn to_put(db: &Db, actor: &Actor, path: &Path, seconds: i64) -> Result<String> {
    let key = Key::of(db).await?;
    let until = until(db, seconds)?;
    let (by, to) = (actor.clone(), path.clone());
    let allowed = move |tx: &mut Tx| {
        check_place(tx, &by, &to)?;
        mark(tx, &by)
    };
    let mark = db.read(allowed).await?;
    Ok(key.address(&Pass::new(actor, mark, What::Put, path, until)))
}

/// Addresses for the parts of an upload, from the first on.
pub(super) async fn to_parts(
    db: &Db,
    actor: &Actor,
    path: &Path,
    upload: &UploadId,
    parts: u32,
    until: Time,
) -> Result<Vec<String>> {
    let key = Key::of(db).await?;
    let by = actor.clone();
    let mark = db.read(move |tx| mark(tx, &by)).await?;
    let address = |number| {
        let what = What::Part { upload: upload.clone(), number };
        key.address(&Pass::new(actor, mark.clone(), what, path, until))
    };
    Ok((1..=parts).map(address).collect())
}

fn until(db: &Db, seconds: i64) -> Result<Time> {
    if !(1..=LONGEST).contains(&seconds) {
        return Err(invalid("expiration", format!("must be between 1 and {LONGEST} seconds")));
    }
    Ok(db.clock().now().plus_ms(seconds * 1_000))
}

/// The key of this workspace's addresses.
struct Key(String);

impl Key {
    /// Made when it is first needed.
    async fn of(db: &Db) -> Result<Self> {
        match db.read(store::key).await? {
            Some(secret) => Ok(Self(secret)),
            None => db.write(store::make_key).await.map(Self),
        }
    }

    fn address(&self, pass: &Pass) -> String {
        let said = URL_SAFE_NO_PAD.encode(serde_json::to_vec(pass).unwrap_or_default());
        let sealed = URL_SAFE_NO_PAD.encode(self.seal(&said).finalize().into_bytes());
        format!("{}{said}.{sealed}", http::BELOW)
    }

    /// What stands in an address that was sealed with this key and is not out of date.
    fn open(&self, text: &str, now: Time) -> Result<Pass> {
        let (said, sealed) = text.split_once('.').ok_or_else(forged)?;
        let sealed = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| forged())?;
        self.seal(said).verify_slice(&sealed).map_err(|_| forged())?;
        let said = URL_SAFE_NO_PAD.decode(said).map_err(internal)?;
        let pass: Pass = serde_json::from_slice(&said).map_err(internal)?;
        if now.ms() >= pass.until {
            return Err(forbidden("This address is out of date. Ask for a new one."));
        }
        Ok(pass)
    }

    fn seal(&self, said: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).expect("a key of any length");
        mac.update(b"artifact\n");
        mac.update(said.as_bytes());
        mac
    }
}

fn forged() -> Error {
    forbidden("This address was not given out by this server, or not all of it has arrived.")
}
