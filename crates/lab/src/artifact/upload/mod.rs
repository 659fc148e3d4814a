//! An upload is an artifact that arrives in parts. It is started for a path and a number of parts;
//! each part goes to a signed address of its own; completing puts them together, and only then, and
//! only whole, is there an artifact. It belongs to whoever started it, and nobody else goes on with
//! it. What is not completed within a day is forgotten.

mod store;
#[cfg(test)]
mod tests;

use base::{
    Error, Result, Time, UploadId, UserId,
    refuse::{internal, invalid, not_found},
};
use blob::{Blob, Written};
use bytes::Bytes;
use db::{Db, Tx};
use futures_util::Stream;
use people::Actor;
use serde_json::json;

use super::{
    Guard, Path,
    act::{check_place, forget},
    put, signed,
};

/// The kind of the job that forgets an upload.
pub const EXPIRE: &str = "upload.expire";

/// As many as object stores take.
pub const MOST_PARTS: u32 = 10_000;

const LIFE_MS: i64 = 24 * 3600 * 1000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub id: UploadId,
    pub path: String,
    pub parts: u32,
    pub creator: UserId,
    pub expires_at: Time,
    /// It became an artifact.
    pub done_at: Option<Time>,
}

/// Answers the upload and the address of each part, below the server's own. Refused where a file
/// could not be put, or `guard` does not agree.
pub async fn start(db: &Db, actor: &Actor, path: &Path, parts: u32, guard: Guard) -> Result<(Upload, Vec<String>)> {
    let (by, to) = (actor.clone(), path.clone());
    let upload = db.write(move |tx| begin(tx, &by, &to, parts, guard)).await?;
    let addresses = signed::to_parts(db, actor, path, &upload.id, parts, upload.expires_at).await?;
    Ok((upload, addresses))
}

fn begin(tx: &mut Tx, actor: &Actor, path: &Path, parts: u32, guard: Guard) -> Result<Upload> {
    if !(1..=MOST_PARTS).contains(&parts) {
        return Err(invalid("parts", format!("must be 1 to {MOST_PARTS}")));
    }
    check_place(tx, actor, path)?;
    guard(tx, path)?;
    let expires_at = tx.now().plus_ms(LIFE_MS);
    let upload = Upload {
        id: UploadId(tx.new_hex()),
        path: path.as_str().to_owned(),
        parts,
        creator: actor.user.clone(),
        expires_at,
        done_at: None,
    };
    store::add(tx, &upload)?;
    tx.later(EXPIRE, &json!({ "upload": upload.id }), expires_at)?;
    Ok(upload)
}

/// Takes a part in. One that comes again replaces the first.
pub(super) async fn take<E: std::fmt::Display>(
    db: &Db,
    blob: &Blob,
    actor: &Actor,
    id: &UploadId,
    number: u32,
    bytes: impl Stream<Item = Result<Bytes, E>> + Send,
) -> Result<Written> {
    let (by, which) = (actor.clone(), id.clone());
    let open = move |tx: &mut Tx| {
        let upload = mine(tx, &by, &which)?;
        if upload.done_at.is_some() {
            return Err(absent());
        }
        check_place(tx, &by, &Path::parse(&upload.path)?).map(drop)
    };
    db.read(open).await?;
    blob.put_part(id.as_str(), number, bytes).await
}

/// Puts the parts together, each with the digest that its sender was answered. Asked again after it
/// was done, it is done.
pub async fn complete(
    db: &Db,
    blob: &Blob,
    actor: &Actor,
    path: &Path,
    id: &UploadId,
    digests: Vec<String>,
    guard: Guard,
) -> Result<()> {
    let upload = find(db, actor, path, id).await?;
    if upload.done_at.is_some() {
        return Ok(());
    }
    if digests.len() != upload.parts as usize {
        let why = format!("must be all {} that the upload was started with; {} came", upload.parts, digests.len());
        return Err(invalid("parts", why));
    }
    let (db, blob, actor, path) = (db.clone(), blob.clone(), actor.clone(), path.clone());
    // Goes on when the client gives up waiting: it asks again, and finds it done.
    tokio::spawn(async move { assemble(&db, &blob, &actor, &path, upload, &digests, guard).await })
        .await
        .map_err(internal)?
}

async fn assemble(
    db: &Db,
    blob: &Blob,
    actor: &Actor,
    path: &Path,
    upload: Upload,
    digests: &[String],
    guard: Guard,
) -> Result<()> {
    let id = upload.id;
    let written = match blob.assemble(id.as_str(), digests).await {
        Ok(written) => written,
        Err(refusal) => {
            // Another request may have completed it meanwhile, and its parts are gone.
            let done = find(db, actor, path, &id).await?.done_at.is_some();
            return if done { Ok(()) } else { Err(refusal) };
        }
    };
    let sha256 = written.sha256.clone();
    let (by, to, which) = (actor.clone(), path.clone(), id.clone());
    let settle = move |tx: &mut Tx| {
        if mine(tx, &by, &which)?.done_at.is_none() {
            guard(tx, &to)?;
            put(tx, &by, &to, &written)?;
            store::set_done(tx, &which)?;
        }
        Ok(())
    };
    if let Err(refusal) = db.write(settle).await {
        forget(db, sha256).await;
        return Err(refusal);
    }
    blob.drop_parts(id.as_str()).await
}

/// Ends it, and removes what has arrived. What became an artifact stays one.
pub async fn abort(db: &Db, blob: &Blob, actor: &Actor, path: &Path, id: &UploadId) -> Result<()> {
    let upload = find(db, actor, path, id).await?;
    if upload.done_at.is_some() {
        return Ok(());
    }
    let which = id.clone();
    db.write(move |tx| store::delete(tx, &which)).await?;
    blob.drop_parts(id.as_str()).await
}

/// For [`EXPIRE`] jobs.
pub async fn expire(db: &Db, blob: &Blob, job: &serde_json::Value) -> Result<()> {
    let id = UploadId::from(job["upload"].as_str().ok_or_else(|| internal("an upload's job without its id"))?);
    let which = id.clone();
    db.write(move |tx| store::delete(tx, &which)).await?;
    blob.drop_parts(id.as_str()).await
}

/// The upload to this path, for whoever started it.
async fn find(db: &Db, actor: &Actor, path: &Path, id: &UploadId) -> Result<Upload> {
    let (by, to, which) = (actor.clone(), path.clone(), id.clone());
    let found = move |tx: &mut Tx| {
        check_place(tx, &by, &to)?;
        Ok(Some(mine(tx, &by, &which)?).filter(|upload| upload.path == to.as_str()))
    };
    db.read(found).await?.ok_or_else(absent)
}

/// To anybody but whoever started it, it is absent.
fn mine(tx: &mut Tx, actor: &Actor, id: &UploadId) -> Result<Upload> {
    let upload = store::get(tx, id)?.filter(|upload| upload.creator == actor.user);
    upload.ok_or_else(absent)
}

fn absent() -> Error {
    not_found("upload")
}
