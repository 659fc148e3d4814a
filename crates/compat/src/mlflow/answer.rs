//! What handlers give back.

use axum::{
    Json,
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::refusal::Refusal;

/// `Ok(json(value))`, or a refusal by `?`.
pub type Answer<T> = Result<Json<T>, Refusal>;

pub fn json<T>(value: T) -> Json<T> {
    Json(value)
}

/// The empty object, for what is done.
#[derive(Clone, Copy, Debug)]
pub struct Done;

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(Bytes::from_static(b"{}")));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}
