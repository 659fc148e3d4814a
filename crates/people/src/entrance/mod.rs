//! Who comes in, and by what: a session's cookie, a token, or a user's name and password.
//!
//! What was found out is believed for some seconds, since a training client sends thousands of
//! requests a second with the same token, and verifying a password takes a tenth of a second.

mod backoff;
mod store;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

use backoff::Backoff;
use base::{Error, Result, TokenId, UserId, refuse::unauthenticated};
use db::{Db, Tx};
use sha2::{Digest, Sha256};
use store::Candidate;
use tokio::sync::Mutex;

use crate::{Actor, password, secret, session, user};

/// What a request shows to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    Cookie(String),
    Token(String),
    Password { email: String, password: String },
}

/// From where someone asks to be let in.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    pub address: Option<IpAddr>,
    /// The secret that marks a browser as one in which its user signed in before.
    pub device: Option<String>,
}

/// How long an answer of the store is believed.
const BELIEVED: Duration = Duration::from_secs(5);

/// How long a verified password is not verified again, while its user's hash stays the same.
const PROVEN: Duration = Duration::from_secs(15 * 60);

/// When more credentials than this are remembered, all are forgotten.
const MOST: usize = 10_000;

/// The same credential is verified by one request; those that come meanwhile wait in its lane.
const LANES: usize = 64;

pub struct Entrance {
    memory: RwLock<Memory>,
    lanes: [Mutex<()>; LANES],
    passwords: password::Queue,
    backoff: Backoff,
    /// Passwords are remembered under a hash with this key, which lives as long as the process.
    key: [u8; 32],
}

struct Memory {
    known: HashMap<[u8; 32], Known>,
    /// What was read before this is read again.
    changed_at: Instant,
}

#[derive(Clone)]
struct Known {
    /// None: wrong. The same wrong password, sent by a script again and again, counts as one try.
    actor: Option<Arc<Actor>>,
    /// When reading it began.
    read_at: Instant,
    /// For passwords: the hash that it matched, and when.
    proof: Option<(String, Instant)>,
}

impl Entrance {
    pub fn new() -> Self {
        let mut key = [0; 32];
        getrandom::fill(&mut key).expect("the operating system gives random bytes");
        Self {
            memory: RwLock::new(Memory { known: HashMap::new(), changed_at: Instant::now() }),
            lanes: std::array::from_fn(|_| Mutex::default()),
            passwords: password::Queue::new(),
            backoff: Backoff::default(),
            key,
        }
    }

    pub async fn who(&self, db: &Db, credential: Credential, visitor: impl Fn() -> Visitor) -> Result<Arc<Actor>> {
        match credential {
            Credential::Cookie(session) => by_session(db, &session).await,
            Credential::Token(token) => self.by_token(db, &token).await,
            Credential::Password { email, password } => {
                let visitor = visitor();
                self.verify(db, &email, &password, &visitor).await
            }
        }
    }

    async fn by_token(&self, db: &Db, token: &str) -> Result<Arc<Actor>> {
        let digest = secret::digest(token);
        if let Some(Known { actor: Some(actor), .. }) = self.believed(&digest) {
            return Ok(actor);
        }
        let (hash, read_at) = (hex::encode(digest), Instant::now());
        let found = db.read(move |tx| store::by_token(tx, &hash)).await?;
        let (actor, used_at) =
            found.ok_or_else(|| unauthenticated("This token is unknown, revoked or out of date."))?;
        note_use(db, &actor, used_at);
        let actor = Arc::new(actor);
        self.remember(digest, Known { actor: Some(Arc::clone(&actor)), read_at, proof: None });
        Ok(actor)
    }

    /// Whose name and password these are. An unknown address takes as long, and reads the same, as
    /// a wrong password.
    pub async fn verify(&self, db: &Db, email: &str, password: &str, visitor: &Visitor) -> Result<Arc<Actor>> {
        let account = user::fold(email);
        let digest = self.keyed(&account, password);
        if let Some(known) = self.believed(&digest) {
            return known.actor.ok_or_else(wrong);
        }
        let _lane = self.lanes[usize::from(digest[0]) % LANES].lock().await;
        if let Some(known) = self.believed(&digest) {
            return known.actor.ok_or_else(wrong);
        }
        let device = visitor.device.as_deref().map(secret::hash);
        let (asked, read_at) = ((account.clone(), device.clone()), Instant::now());
        let candidate = db.read(move |tx| store::candidate(tx, &asked.0, asked.1.as_deref())).await?;
        let proof = match self.still_proven(&digest, candidate.as_ref()) {
            Some(proof) => Some(proof),
            None => self.prove(db, &account, password, visitor, device, candidate.as_ref()).await?,
        };
        let actor = candidate.filter(|_| proof.is_some()).map(|candidate| Arc::new(candidate.actor));
        self.remember(digest, Known { actor: actor.clone(), read_at, proof });
        actor.ok_or_else(wrong)
    }

    /// The earlier proof of this password, if the user's hash is still the one that it matched.
    fn still_proven(&self, digest: &[u8; 32], candidate: Option<&Candidate>) -> Option<(String, Instant)> {
        let (hash, at) = self.lookup(digest)?.proof?;
        (candidate?.password == hash && at.elapsed() < PROVEN).then_some((hash, at))
    }

    async fn prove(
        &self,
        db: &Db,
        account: &str,
        password: &str,
        visitor: &Visitor,
        device: Option<String>,
        candidate: Option<&Candidate>,
    ) -> Result<Option<(String, Instant)>> {
        let known_device = device.filter(|_| candidate.is_some_and(|candidate| candidate.knows_device));
        let places = backoff::places(account, visitor.address, known_device);
        self.backoff.admit(&places, db.clock().now())?;
        let hash = candidate.map_or(NOBODYS, |candidate| &candidate.password).to_owned();
        let (password, against) = (password.to_owned(), hash.clone());
        let matches = self.passwords.run(move || password::verify(&password, &against)).await?;
        if !matches || candidate.is_none() {
            let user = candidate.map_or("nobody", |candidate| candidate.actor.user.as_str());
            tracing::warn!(user, "a wrong password");
            return Ok(None);
        }
        self.backoff.succeeded(&places);
        Ok(Some((hash, Instant::now())))
    }

    /// Hashes a new password when its turn comes.
    pub async fn hash(&self, password: String) -> Result<String> {
        self.passwords.run(move || password::hash(&password)).await?
    }

    fn keyed(&self, account: &str, password: &str) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(self.key);
        digest.update((account.len() as u64).to_le_bytes());
        digest.update(account);
        digest.update(password);
        digest.finalize().into()
    }

    fn believed(&self, digest: &[u8; 32]) -> Option<Known> {
        let memory = self.memory.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        let fresh = |known: &&Known| known.read_at > memory.changed_at && known.read_at.elapsed() < BELIEVED;
        memory.known.get(digest).filter(fresh).cloned()
    }

    fn lookup(&self, digest: &[u8; 32]) -> Option<Known> {
        self.memory.read().unwrap_or_else(|poisoned| poisoned.into_inner()).known.get(digest).cloned()
    }

    fn remember(&self, digest: [u8; 32], found: Known) {
        let mut memory = self.memory.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        if memory.known.len() >= MOST {
            memory.known.clear();
        }
        memory.known.insert(digest, found);
    }

    /// From now on everything is read again. A proven password stays proven while its hash stays.
    pub fn forget(&self) {
        self.memory.write().unwrap_or_else(|poisoned| poisoned.into_inner()).changed_at = Instant::now();
    }
}

/// Who once came in, through a token or without one, as they are now: none where they would not be
/// let in any more.
pub fn again(tx: &mut Tx, user: &UserId, token: Option<&TokenId>) -> Result<Option<Actor>> {
    store::again(tx, user, token)
}

/// By what it is known that somebody still has the same password. It tells nothing about it.
pub fn mark(tx: &mut Tx, user: &UserId) -> Result<String> {
    let password = store::password(tx, user)?.unwrap_or_default();
    Ok(secret::hash(&password)[..16].to_owned())
}

/// A hash that nobody's password has, verified where there is no user.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$YJGvEdhbJDzZe8hdb7hH3g$5dPm+Rj3bFe+Y2OH6VjSWR66qStM4FWHj0ZivOUaY1M";

fn wrong() -> Error {
    unauthenticated("The e-mail address or the password is wrong.")
}

async fn by_session(db: &Db, secret: &str) -> Result<Arc<Actor>> {
    let hash = secret::hash(secret);
    let found = db.read({
        let hash = hash.clone();
        move |tx| store::by_session(tx, &hash)
    });
    let found = found.await?;
    let (actor, seen_at) = found.ok_or_else(|| unauthenticated("Your session has ended. Sign in again."))?;
    if is_old(db, seen_at) {
        let db = db.clone();
        tokio::spawn(async move { db.write(move |tx| session::store::seen(tx, &hash)).await });
    }
    Ok(Arc::new(actor))
}

/// Notes every few minutes that a token is in use, outside the request.
fn note_use(db: &Db, actor: &Actor, used_at: Option<base::Time>) {
    let Some(token) = actor.token.clone() else { return };
    if used_at.is_none_or(|at| is_old(db, at)) {
        let db = db.clone();
        tokio::spawn(async move { db.write(move |tx| crate::token::store::used(tx, &token)).await });
    }
}

fn is_old(db: &Db, at: base::Time) -> bool {
    db.clock().now() >= at.plus_ms(session::SEEN_EVERY_MS)
}
