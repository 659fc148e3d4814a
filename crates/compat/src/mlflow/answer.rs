//! What handlers give back.

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use base::refuse::internal;
use serde::Serialize;

use super::refusal::{Refusal, refuse};

/// `Ok(json(value))`, or a refusal by `?`.
pub type Answer<T> = Result<Json<T>, Refusal>;

pub fn json<T>(value: T) -> Json<T> {
    Json(value)
}

/// A value as JSON. Pages are long and of many small pieces, so they are written into plain memory.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(text) => json_response(text.into()),
            Err(error) => refuse(&internal(error)),
        }
    }
}

fn json_response(text: Bytes) -> Response {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The empty object, for what is done.
#[derive(Clone, Copy, Debug)]
pub struct Done;

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        json_response(Bytes::from_static(b"{}"))
    }
}
