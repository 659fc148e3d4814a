//! Refusals on the wire: `application/problem+json` (RFC 9457).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base::{Error, Kind};
use serde_json::{Map, Value};

/// How a route, or a part of the address space, words its refusals.
pub type Refuse = fn(&Error) -> Response;

/// A refusal on its way out. Made from any [`base::Error`] by `?`.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    title: &'static str,
    error: Error,
}

impl Problem {
    /// For what HTTP has a word for and the rules have not: 405, 415, 428.
    pub(super) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, title, error: Error::new(Kind::Invalid, detail) }
    }

    pub fn error(&self) -> &Error {
        &self.error
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, title: error.title(), error }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut members = Map::new();
        members
            .insert("type".to_owned(), format!("urn:slipway:{}", self.title.to_lowercase().replace(' ', "-")).into());
        members.insert("title".to_owned(), self.title.into());
        members.insert("status".to_owned(), self.status.as_u16().into());
        members.insert("detail".to_owned(), self.error.detail().into());
        members.extend(self.error.members().clone());
        let mut response = (self.status, Value::Object(members).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match self.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Slipway\""));
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                let wait = self.error.members().get("retry_after").and_then(Value::as_u64).unwrap_or(1);
                headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
            }
            _ => {}
        }
        response
    }
}

/// The wording of our own API.
pub(super) fn in_our_words(error: &Error) -> Response {
    Problem::from(error.clone()).into_response()
}
