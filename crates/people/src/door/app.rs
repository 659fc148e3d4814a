//! What every handler can reach.

use std::{ops::Deref, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{Extensions, HeaderMap, request::Parts},
};
use base::refuse::internal;
use db::Db;
use tokio_util::sync::CancellationToken;

use super::{Problem, Site, credential};
use crate::entrance::{Entrance, Visitor};

/// The store, the site's address and who came in lately. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Reach>);

/// What handlers reach through an [`App`].
#[derive(Clone)]
pub struct Reach {
    pub db: Db,
    pub site: Arc<Site>,
    /// Cancelled when the server was told to stop: answers that would go on end then.
    pub stopping: CancellationToken,
    pub(crate) entrance: Arc<Entrance>,
    shared: Extensions,
}

impl Deref for App {
    type Target = Reach;

    fn deref(&self) -> &Reach {
        &self.0
    }
}

impl App {
    pub fn new(db: Db, site: Site) -> Self {
        let (site, entrance) = (Arc::new(site), Arc::new(Entrance::new()));
        Self(Arc::new(Reach { db, site, stopping: CancellationToken::new(), entrance, shared: Extensions::new() }))
    }

    /// Adds something of another part (where artifacts lie, say); handlers take it as [`Shared`].
    pub fn share<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        Arc::make_mut(&mut self.0).shared.insert(value);
        self
    }

    pub fn shared<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.shared.get::<T>().cloned()
    }

    /// Whether who sent these headers may still come in, for answers that go on for a while. Looks
    /// at the store, not at what is remembered.
    pub async fn still_knows(&self, headers: &HeaderMap) -> bool {
        self.forget();
        let Ok(Some(shown)) = credential::shown(headers, &self.site) else { return false };
        let visitor = || Visitor::of(headers, None, &self.site);
        self.entrance.who(&self.db, shown.credential, visitor).await.is_ok()
    }

    /// What was remembered about who may come in is read again: after a change to users, tokens or
    /// passwords has been committed.
    pub fn forget(&self) {
        self.entrance.forget();
    }
}

/// Extracts what was given to [`App::share`].
#[derive(Clone, Debug)]
pub struct Shared<T>(pub T);

impl<T: Clone + Send + Sync + 'static> FromRequestParts<App> for Shared<T> {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Problem> {
        let value = app.shared().ok_or_else(|| internal(format!("nothing shares a {}", std::any::type_name::<T>())))?;
        Ok(Self(value))
    }
}
