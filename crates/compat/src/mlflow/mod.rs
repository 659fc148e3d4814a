//! The MLflow REST protocol as its Python client 3.17 speaks it: experiments, runs, metrics,
//! searches, artifacts, logged models, the registry, webhooks, traces, assessments and evaluation
//! datasets.
//! docs/mlflow.md says what is offered and where we differ.
//!
//! A request is taken apart by [`ask`] into who, where ([`space`]) and what ([`fields`]); handlers
//! call the rules of `lab` in one transaction; [`shape`] and [`refusal`] write the answer.

mod answer;
mod artifact_lists;
mod artifacts;
mod ask;
mod evaluation;
mod experiment_search;
mod experiments;
mod fields;
mod filter;
mod logging;
mod metrics;
mod model_search;
mod models;
mod otlp;
mod page;
mod probes;
mod quick;
mod refusal;
mod registry;
mod routes;
mod runs;
mod search;
mod shape;
mod shelf;
mod space;
#[cfg(test)]
mod tests;
mod traces;
mod uploads;
mod webhooks;

/// What the import reads by the same rules as requests.
pub(crate) use self::{
    fields::Fields,
    otlp::{Span, answered, of_trace},
    traces::new_assessment,
};
pub use routes::routes;
pub use webhooks::WEBHOOKS;
