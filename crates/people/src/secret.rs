//! Secrets that the server makes: random, and kept as hashes only. They hold 256 bits, so a plain
//! hash is enough; passwords, which hold fewer, are hashed slowly elsewhere.

use db::Tx;
use sha2::{Digest, Sha256};

/// 256 random bits as 64 hexadecimal digits.
pub(crate) fn new(tx: &mut Tx) -> String {
    tx.new_hex() + &tx.new_hex()
}

pub(crate) fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// How a secret lies in the store.
pub(crate) fn hash(secret: &str) -> String {
    hex::encode(digest(secret))
}
