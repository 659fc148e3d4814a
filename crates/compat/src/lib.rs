//! Foreign protocols. Their shapes exist here and nowhere else: a handler reads what a foreign
//! client sends, calls the same functions that our own handlers call, and writes the answer in the
//! client's words. No rule, limit or permission is decided here.

pub mod import;
mod mlflow;

pub use mlflow::WEBHOOKS;
use people::door::Door;

/// All addresses of foreign protocols.
pub fn routes(door: Door) -> Door {
    mlflow::routes(door)
}
