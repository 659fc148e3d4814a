//! What every request meets first, and every answer last.

use std::{any::Any, panic::AssertUnwindSafe, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base::{
    Result,
    refuse::{forbidden, internal},
};
use futures_util::FutureExt;

use super::{App, Problem, Settings, Site, guard::is_safe, rest};

/// What is looked at, and added, for every request.
pub(super) struct Front {
    site: Arc<Site>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// Nobody on the way keeps an answer unless its handler says so.
const USUAL_HEADERS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    ("cache-control", "no-store"),
];

const ONE_YEAR: &str = "max-age=31536000";

impl Front {
    pub fn new(app: &App, settings: &Settings) -> Self {
        let site = Arc::clone(&app.site);
        let mut headers: Vec<_> = USUAL_HEADERS
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        if let Ok(policy) = HeaderValue::from_str(&settings.content_policy) {
            headers.push((header::CONTENT_SECURITY_POLICY, policy));
        }
        if site.is_https() {
            headers.push((header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(ONE_YEAR)));
        }
        Self { site, headers }
    }

    fn look(&self, request: &Request) -> Result<()> {
        if request.uri().path() == "/health" {
            return Ok(());
        }
        let named = request.headers().get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or_default());
        let hosts: Vec<&str> = named.chain(request.uri().authority().map(|authority| authority.as_str())).collect();
        if hosts.is_empty() || !hosts.iter().all(|host| self.site.is_ours(host)) {
            return Err(forbidden(
                "This server does not answer under that name. Start it with --url and its public address.",
            ));
        }
        if is_safe(request.method()) {
            return Ok(());
        }
        let same = |origin: &HeaderValue| self.site.is_same_origin(origin.to_str().unwrap_or_default(), hosts[0]);
        if !request.headers().get_all(header::ORIGIN).iter().all(same) {
            return Err(forbidden("A page of another origin may not change anything here."));
        }
        Ok(())
    }

    fn dress(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.headers {
            headers.entry(name).or_insert_with(|| value.clone());
        }
    }
}

/// Looks at the request, lets it pass, and dresses the answer. A panic is our mistake: it is logged,
/// and the caller learns nothing of it.
pub(super) async fn stand(State(front): State<Arc<Front>>, request: Request, next: Next) -> Response {
    let looked = front.look(&request);
    let (request, rest) = rest::keep(request);
    let mut response = match looked {
        Ok(()) => AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(panicked),
        Err(error) => Problem::from(error).into_response(),
    };
    rest.let_go(&mut response).await;
    front.dress(response.headers_mut());
    response
}

fn panicked(_: Box<dyn Any + Send>) -> Response {
    Problem::from(internal("a handler panicked")).into_response()
}
