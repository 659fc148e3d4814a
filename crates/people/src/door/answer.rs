//! What handlers of our own API give back.

use std::fmt::Display;

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::Problem;

/// `Ok(ok(value))`, `Ok(created(value))`, or a refusal by `?`.
pub type Answer<T> = Result<Reply<T>, Problem>;

#[derive(Debug)]
pub struct Reply<T> {
    status: StatusCode,
    headers: HeaderMap,
    body: Option<T>,
}

/// 200 with the value.
pub fn ok<T>(body: T) -> Reply<T> {
    Reply { status: StatusCode::OK, headers: HeaderMap::new(), body: Some(body) }
}

/// 201 with the value.
pub fn created<T>(body: T) -> Reply<T> {
    Reply { status: StatusCode::CREATED, headers: HeaderMap::new(), body: Some(body) }
}

/// 204.
pub fn no_content() -> Reply<()> {
    Reply { status: StatusCode::NO_CONTENT, headers: HeaderMap::new(), body: None }
}

impl<T> Reply<T> {
    /// Names the version in `ETag`, to be sent back in `If-Match`.
    pub fn version(self, version: impl Display) -> Self {
        let tag =
            HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"0\""));
        self.header(header::ETAG, tag)
    }

    pub fn header(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }
}

impl<T: Serialize> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        match self.body {
            Some(body) => (self.status, self.headers, Json(body)).into_response(),
            None => (self.status, self.headers).into_response(),
        }
    }
}
