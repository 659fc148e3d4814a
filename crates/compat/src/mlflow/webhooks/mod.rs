//! `webhooks`: kept, signed and delivered by `feed`; here are the words in which MLflow's receivers
//! are told what happens in the registry.

mod act;
mod tell;
mod words;

pub use act::{create, delete, get, list, test, update};

use feed::webhook::{Headers, Language};

/// What receivers understand that were written for MLflow's own server.
pub const WEBHOOKS: Language = Language {
    words: words::ALL,
    kinds: tell::KINDS,
    tell: tell::tell,
    example: tell::example,
    headers: Headers {
        delivery: "X-MLflow-Delivery-Id",
        timestamp: "X-MLflow-Timestamp",
        signature: "X-MLflow-Signature",
    },
};
