//! Who asks, for handlers.

use std::{ops::Deref, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};
use base::refuse::internal;

use super::{App, Problem};
use crate::Actor;

/// The signed-in actor of this request. Cheap to clone; `&caller` is an `&Actor`.
#[derive(Clone, Debug)]
pub struct Caller(Arc<Actor>);

impl Caller {
    pub(crate) fn new(actor: Arc<Actor>) -> Self {
        Self(actor)
    }
}

impl Deref for Caller {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.0
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Caller>().cloned();
        Ok(caller.ok_or_else(|| internal(format!("{} is public, so there is no caller", parts.uri.path())))?)
    }
}
