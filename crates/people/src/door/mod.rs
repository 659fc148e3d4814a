//! The one way in. Every route is registered here with a policy; before a handler runs, the door has
//! looked at the host and origin, found out who asks, and asked whether they may. It knows all
//! routes, so the interface's description and the permission matrix are made from its list.
//!
//! This folder is the only place of the crate, besides files named `http.rs`, that knows axum.

mod answer;
mod app;
mod body;
mod caller;
mod credential;
mod extract;
mod front;
mod guard;
mod named;
mod openapi;
mod policy;
mod problem;
mod rest;
mod route;
mod router;
mod site;

#[cfg(test)]
mod tests;

pub use answer::{Answer, Reply, created, no_content, ok};
pub use app::{App, Shared};
pub use body::{Body, is_utf8, present};
pub use caller::Caller;
pub(crate) use credential::cookie;
pub use extract::{Address, IdempotencyKey, IfMatch, Path, Query, Version};
pub use openapi::openapi;
pub use policy::Policy;
pub use problem::{Problem, Refuse};
pub(crate) use route::SMALL;
pub use route::{Route, RouteInfo, delete, get, on, patch, post, put};
pub use router::{Door, Settings};
pub use site::Site;
