//! What handlers take from an address and its headers; refusals are problems.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use base::{
    Result as Rule,
    refuse::{invalid, not_found, stale},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{App, Problem, body::plainly};

/// The placeholders of the path. What does not parse cannot exist.
#[derive(Clone, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match <axum::extract::Path<T> as FromRequestParts<App>>::from_request_parts(parts, app).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(not_found("address").into()),
        }
    }
}

/// The query string. Types use `#[serde(deny_unknown_fields)]`.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        match axum::extract::Query::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(refusal) => {
                let why = refusal.body_text();
                let why = why.strip_prefix("Failed to deserialize query string: ").unwrap_or(&why);
                let named = why.split_once(": ").filter(|(field, _)| !field.contains(' '));
                let (field, why) = named.unwrap_or(("query", why));
                Err(invalid(field, plainly(why)).into())
            }
        }
    }
}

/// The address under which the caller reaches the server, without a trailing slash: the public one
/// where it is known, else what the request named, which the door has found to be this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(pub String);

impl FromRequestParts<App> for Address {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(url) = app.site.url() {
            return Ok(Self(url.to_owned()));
        }
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        Ok(Self(format!("http://{host}")))
    }
}

/// The version that the caller read and now changes, from `If-Match`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(pub i64);

impl Version {
    /// Refuses when the thing has another version by now; `current` shows it as it is.
    pub fn check(self, version: i64, current: impl FnOnce() -> Rule<Value>) -> Rule<()> {
        if self.0 == version {
            return Ok(());
        }
        Err(stale(current()?))
    }
}

impl FromRequestParts<App> for Version {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let Some(tag) = parts.headers.get(header::IF_MATCH) else {
            let detail = "Send the version that you read in If-Match, so that no change of someone else is lost.";
            return Err(Problem::new(StatusCode::PRECONDITION_REQUIRED, "Version required", detail));
        };
        let number =
            tag.to_str().ok().and_then(|tag| tag.trim().trim_start_matches("W/").trim_matches('"').parse().ok());
        let version = number.ok_or_else(|| invalid("If-Match", "must be the version that you read, like \"3\""))?;
        Ok(Self(version))
    }
}

/// The states that the caller accepts, from `If-Match`: for things whose version is a digest. Absent,
/// nothing is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IfMatch(Option<Vec<String>>);

impl IfMatch {
    /// As if the header held this.
    pub fn of(header: &str) -> Self {
        let tag = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
        Self(Some(header.split(',').map(tag).collect()))
    }

    /// Refuses when the thing is in another state by now; `current` shows it as it is.
    pub fn check(&self, state: &str, current: impl FnOnce() -> Rule<Value>) -> Rule<()> {
        match &self.0 {
            Some(tags) if !tags.iter().any(|tag| tag == "*" || tag == state) => Err(stale(current()?)),
            _ => Ok(()),
        }
    }
}

impl FromRequestParts<App> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let sent: Vec<_> = parts.headers.get_all(header::IF_MATCH).iter().map(|tag| tag.as_bytes()).collect();
        if sent.is_empty() {
            return Ok(Self::default());
        }
        Ok(Self::of(&String::from_utf8_lossy(&sent.join(&b','))))
    }
}

/// Makes repeating a request safe; see [`crate::once`]. Absent, nothing is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdempotencyKey(pub(crate) Option<Asked>);

impl IdempotencyKey {
    /// Of a request whose body was read as a stream, with the bytes' SHA-256.
    pub fn of_bytes(self, sha256: &str) -> Self {
        Self(self.0.map(|Asked { key, digest }| Asked { key, digest: format!("{digest} {sha256}") }))
    }
}

/// A key with the digest of the request that it came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub key: String,
    pub digest: String,
}

pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The key that a request carries, if any.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Rule<Option<String>> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = key.to_str().unwrap_or_default();
    if !(8..=200).contains(&key.len()) {
        return Err(invalid("Idempotency-Key", "must be 8 to 200 plain characters"));
    }
    Ok(Some(key.to_owned()))
}

impl FromRequestParts<App> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        Ok(parts.extensions.get::<IdempotencyKey>().cloned().unwrap_or_default())
    }
}
