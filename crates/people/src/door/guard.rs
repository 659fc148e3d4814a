//! What stands between the network and one handler: who asks, and may they.

use std::{net::SocketAddr, pin::Pin};

use axum::{
    RequestExt,
    body::Body,
    extract::{ConnectInfo, DefaultBodyLimit, RawPathParams, Request},
    handler::Handler,
    http::Method,
    response::Response,
};
use base::{
    Result,
    refuse::{forbidden, not_found, unauthenticated},
};
use sha2::{Digest, Sha256};

use super::{
    App, Caller, IdempotencyKey, Policy,
    body::{Most, bytes},
    credential::{self, Shown},
    extract::{Asked, idempotency_key},
    route::Terms,
};
use crate::{Right, entrance::Visitor, project};

/// A handler that is reached on its route's terms only.
#[derive(Clone)]
pub(super) struct Guarded<H> {
    pub handler: H,
    pub terms: Terms,
}

impl<T: 'static, H: Handler<T, App>> Handler<T, App> for Guarded<H> {
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, app: App) -> Self::Future {
        Box::pin(async move {
            match self.terms.admit(request, &app).await {
                Ok(request) => self.handler.call(request, app).await,
                Err(error) => (self.terms.refuse)(&error),
            }
        })
    }
}

impl Terms {
    async fn admit(&self, mut request: Request, app: &App) -> Result<Request> {
        self.limit.map_or_else(DefaultBodyLimit::disable, DefaultBodyLimit::max).apply(&mut request);
        if let Some(most) = self.limit {
            request.extensions_mut().insert(Most(most));
        }
        if self.policy == Policy::Public {
            return Ok(request);
        }
        let safe = is_safe(request.method());
        let Shown { credential, by_cookie } = credential::shown(request.headers(), &app.site)?
            .ok_or_else(|| unauthenticated("Sign in, or send a token in the header Authorization: Bearer …"))?;
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
        let headers = request.headers();
        let visitor = || Visitor::of(headers, peer, &app.site);
        let actor = app.entrance.who(&app.db, credential, visitor).await?;
        if by_cookie && !safe && headers.get("x-slipway").is_none_or(|v| v != "1") {
            return Err(forbidden("Changes with a session's cookie carry the header X-Slipway: 1."));
        }
        self.policy.check(&actor, safe)?;
        let caller = Caller::new(actor);
        if let (Policy::Project(right), true) = (self.policy, self.names_project) {
            ask_project(&mut request, app, &caller, right).await?;
        }
        request.extensions_mut().insert(caller);
        self.note_idempotency(request, app).await
    }

    /// A request that may be repeated is known by its key and the digest of what it asks. Whoever reads a stream adds
    /// its digest, see [`IdempotencyKey::of_bytes`].
    async fn note_idempotency(&self, request: Request, app: &App) -> Result<Request> {
        let Some(key) = idempotency_key(request.headers())? else { return Ok(request) };
        let (mut parts, body) = request.into_parts();
        let mut digest = Sha256::new();
        digest.update(format!("{} {}\n", parts.method, parts.uri));
        if self.limit.is_none() {
            let asked = Asked { key, digest: hex::encode(digest.finalize()) };
            parts.extensions.insert(IdempotencyKey(Some(asked)));
            return Ok(Request::from_parts(parts, body));
        }
        let bytes = bytes(Request::from_parts(parts.clone(), body), app).await?;
        digest.update(&bytes);
        let asked = Asked { key, digest: hex::encode(digest.finalize()) };
        parts.extensions.insert(IdempotencyKey(Some(asked)));
        Ok(Request::from_parts(parts, Body::from(bytes)))
    }
}

/// Whether the caller has the right in the project that the path names.
async fn ask_project(request: &mut Request, app: &App, caller: &Caller, right: Right) -> Result<()> {
    let params = request.extract_parts::<RawPathParams>().await.map_err(|_| not_found("project"))?;
    let key = params.iter().find(|(name, _)| *name == "key").map(|(_, key)| key.to_owned()).unwrap_or_default();
    let caller = caller.clone();
    let ask = move |tx: &mut db::Tx| {
        let project = project::by_key(tx, &caller, &key)?;
        crate::require(tx, &caller, right, &project.id)
    };
    app.db.read(ask).await
}

pub(super) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}
