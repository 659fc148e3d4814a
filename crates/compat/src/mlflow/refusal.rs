//! Refusals in MLflow's words: a code that its client turns into an exception, and a message.
//!
//! The client repeats a request seven times with growing pauses when it sees 408, 429 or 5xx, so
//! these are kept for what repeating can mend.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base::{Error, Kind};
use lab::artifact::KEPT;
use serde_json::{Value, json};

/// A refusal on its way out. Made from any [`base::Error`] by `?`.
#[derive(Debug)]
pub struct Refusal(pub Error);

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        refuse(&self.0)
    }
}

/// The member of a conflict that names what is there already.
const TAKEN: &str = "taken";

/// Any refusal, as the door and the handlers answer it.
pub fn refuse(error: &Error) -> Response {
    let (status, code) = status_and_code(error);
    let mut response = answer(status, code, &message(error));
    let headers = response.headers_mut();
    match status {
        StatusCode::UNAUTHORIZED => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Slipway\""));
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            let wait = error.members().get("retry_after").and_then(Value::as_u64).unwrap_or(1);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
        _ => {}
    }
    response
}

/// What the protocol has and this server has not: the client goes on without it. The door notes the
/// `method` where only that is wrong.
pub fn absent(error: &Error) -> Response {
    if error.members().contains_key("method") {
        return answer(StatusCode::METHOD_NOT_ALLOWED, "ENDPOINT_NOT_FOUND", error.detail());
    }
    let why = "This server does not offer this part of the MLflow protocol; docs/mlflow.md says what it offers.";
    answer(StatusCode::NOT_FOUND, "ENDPOINT_NOT_FOUND", why)
}

fn answer(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({ "error_code": code, "message": message }).to_string();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn status_and_code(error: &Error) -> (StatusCode, &'static str) {
    match error.kind() {
        Kind::Conflict if error.members().contains_key(TAKEN) => (StatusCode::BAD_REQUEST, "RESOURCE_ALREADY_EXISTS"),
        Kind::Conflict if error.members().contains_key(KEPT) => (StatusCode::CONFLICT, "RESOURCE_CONFLICT"),
        Kind::Invalid | Kind::TooLarge | Kind::Conflict => (StatusCode::BAD_REQUEST, "INVALID_PARAMETER_VALUE"),
        Kind::Unauthenticated => (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
        Kind::Forbidden => (StatusCode::FORBIDDEN, "PERMISSION_DENIED"),
        Kind::NotFound => (StatusCode::NOT_FOUND, "RESOURCE_DOES_NOT_EXIST"),
        Kind::Insufficient | Kind::Stale => (StatusCode::CONFLICT, "RESOURCE_CONFLICT"),
        Kind::TooMany => (StatusCode::TOO_MANY_REQUESTS, "REQUEST_LIMIT_EXCEEDED"),
        Kind::Busy => (StatusCode::SERVICE_UNAVAILABLE, "TEMPORARILY_UNAVAILABLE"),
        Kind::Unavailable => (StatusCode::INSUFFICIENT_STORAGE, "RESOURCE_EXHAUSTED"),
        Kind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR"),
    }
}

/// A rule that says nothing but which field is wrong, and why, says it as MLflow does.
fn message(error: &Error) -> String {
    let fields = error.members().get("fields").and_then(Value::as_object);
    let first = fields.and_then(|fields| fields.iter().next());
    match first.and_then(|(field, why)| Some((field, why.as_str()?))) {
        Some((field, why)) if error.detail() == format!("{field}: {why}") => {
            format!("Invalid value for parameter '{field}' supplied: it {why}.")
        }
        _ => error.detail().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use base::refuse::{conflict, forbidden, internal, invalid, not_found, too_large, unauthenticated};

    use super::*;

    #[test]
    fn each_kind_has_its_status_and_code() {
        for (error, status, code) in [
            (invalid("name", "must not be empty"), 400, "INVALID_PARAMETER_VALUE"),
            (too_large("Too much."), 400, "INVALID_PARAMETER_VALUE"),
            (conflict("The name is taken.").with("taken", "churn"), 400, "RESOURCE_ALREADY_EXISTS"),
            (conflict("The run has ended.").with("kept", "1/r/artifacts/a"), 409, "RESOURCE_CONFLICT"),
            (unauthenticated("Who?"), 401, "UNAUTHENTICATED"),
            (forbidden("No."), 403, "PERMISSION_DENIED"),
            (not_found("run"), 404, "RESOURCE_DOES_NOT_EXIST"),
            (conflict("The run is deleted."), 400, "INVALID_PARAMETER_VALUE"),
            (internal("broken"), 500, "INTERNAL_ERROR"),
        ] {
            assert_eq!(status_and_code(&error), (StatusCode::from_u16(status).unwrap(), code), "{error}");
        }
    }

    #[test]
    fn a_stranger_is_told_how_to_sign_in() {
        let response = refuse(&unauthenticated("Who?"));
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Basic realm=\"Slipway\"");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    }

    #[test]
    fn a_field_is_named_in_the_clients_words() {
        let error = invalid("metrics[3].key", "must not be empty");
        assert_eq!(message(&error), "Invalid value for parameter 'metrics[3].key' supplied: it must not be empty.");
    }
}
