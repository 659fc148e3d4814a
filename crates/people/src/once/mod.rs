//! A creation that is asked for twice with the same key happens once; the second answer is the first.

use base::{
    Result,
    refuse::{conflict, internal},
};
use db::Tx;
use serde::Serialize;
use serde_json::Value;

use crate::{Actor, door::IdempotencyKey};

mod store;

/// Creates with `make` and remembers the answer under the caller's key for a day. Whoever asks again
/// must still be somebody whom `may` lets look at it. Secrets that are shown once must not come
/// through here, as the answer is kept.
pub fn once<T: Serialize>(
    tx: &mut Tx,
    actor: &Actor,
    key: &IdempotencyKey,
    may: impl FnOnce(&mut Tx) -> Result<()>,
    make: impl FnOnce(&mut Tx) -> Result<T>,
) -> Result<Value> {
    let Some(asked) = &key.0 else { return serde_json::to_value(make(tx)?).map_err(internal) };
    if let Some((request, body)) = store::find(tx, &actor.user, &asked.key)? {
        if request != asked.digest {
            return Err(conflict("This Idempotency-Key belongs to another request. Use a new key for a new request."));
        }
        may(tx)?;
        return serde_json::from_str(&body).map_err(internal);
    }
    let answer = serde_json::to_value(make(tx)?).map_err(internal)?;
    store::keep(tx, &actor.user, &asked.key, &asked.digest, &answer.to_string())?;
    Ok(answer)
}
