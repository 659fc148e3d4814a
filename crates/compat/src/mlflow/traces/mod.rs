//! Traces: what clients tell of them, read of them, search and delete. Spans arrive through
//! [`super::otlp`].

pub mod act;
pub mod assess;
mod info;
pub mod metrics;
pub mod old;
pub mod read;
mod said;
pub mod search;

pub(crate) use said::new_assessment;
