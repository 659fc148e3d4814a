//! What is asked for twice with the same key happens once; the second answer is the first.

use base::{
    Result,
    refuse::{conflict, internal},
};
use db::Tx;
use serde::Serialize;
use serde_json::Value;

use crate::{Actor, door::IdempotencyKey};

mod store;

/// Does what `make` does and remembers the answer under the caller's key for a day. Whoever asks again
/// must still be somebody whom `may` lets look at it. Secrets that are shown once must not come
/// through here, as the answer is kept.
pub fn once<T: Serialize>(
    tx: &mut Tx,
    actor: &Actor,
    key: &IdempotencyKey,
    may: impl FnOnce(&mut Tx) -> Result<()>,
    make: impl FnOnce(&mut Tx) -> Result<T>,
) -> Result<Value> {
    if let Some(answer) = answered(tx, actor, key, may)? {
        return Ok(answer);
    }
    let answer = serde_json::to_value(make(tx)?).map_err(internal)?;
    if let Some(asked) = &key.0 {
        store::keep(tx, &actor.user, &asked.key, &asked.digest, &answer.to_string())?;
    }
    Ok(answer)
}

/// What was answered under the caller's key before, if anything: for what reads much before it is written
/// with [`once`].
pub fn answered(
    tx: &mut Tx,
    actor: &Actor,
    key: &IdempotencyKey,
    may: impl FnOnce(&mut Tx) -> Result<()>,
) -> Result<Option<Value>> {
    let Some(asked) = &key.0 else { return Ok(None) };
    let Some((request, body)) = store::find(tx, &actor.user, &asked.key)? else { return Ok(None) };
    if request != asked.digest {
        return Err(conflict("This Idempotency-Key belongs to another request. Use a new key for a new request."));
    }
    may(tx)?;
    serde_json::from_str(&body).map(Some).map_err(internal)
}
