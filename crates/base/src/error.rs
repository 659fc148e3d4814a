//! The one error type. A rule refuses with a sentence for the person; everything unexpected is
//! `internal`: logged with its cause, answered with an id only.

use serde_json::{Map, Value, json};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of refusal it is; decides the HTTP status and the code foreign clients see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 400: a field is wrong.
    Invalid,
    /// 401: who are you?
    Unauthenticated,
    /// 403: we know who you are, and no.
    Forbidden,
    /// 404: absent, or not yours (the same answer).
    NotFound,
    /// 409: not in this state.
    Conflict,
    /// 409: something that must be there is missing; `missing` lists it.
    Insufficient,
    /// 412: changed by someone else since you read it; `current` holds what it is now.
    Stale,
    /// 413: more than the limit.
    TooLarge,
    /// 429: slower, please.
    TooMany,
    /// 503: try again in a moment.
    Busy,
    /// 507: no room to store it.
    Unavailable,
    /// 500: our fault.
    Internal,
}

#[derive(Clone, Debug)]
pub struct Error {
    kind: Kind,
    detail: String,
    members: Map<String, Value>,
    /// The name of the violated constraint, when the database refused.
    constraint: Option<String>,
    /// What really happened, for logs and tests; never answered.
    cause: Option<String>,
}

impl Error {
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), members: Map::new(), constraint: None, cause: None }
    }

    /// The database refused because of the named constraint. Rules translate it with [`Error::on`];
    /// untranslated it reads as a plain conflict.
    pub fn constraint(name: impl Into<String>) -> Self {
        let name = name.into();
        let mut error = Self::new(Kind::Conflict, "This conflicts with something that already exists.");
        error.constraint = Some(name);
        error
    }

    /// Says in words what the named constraint guarantees.
    pub fn on(self, constraint: &str, say: impl FnOnce() -> Error) -> Error {
        match &self.constraint {
            Some(name) if name == constraint => say(),
            _ => self,
        }
    }

    /// Adds a machine-readable member to the answer.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.members.insert(key.to_owned(), value.into());
        self
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn is(&self, kind: Kind) -> bool {
        self.kind == kind
    }

    pub fn detail(&self) -> &str {
        &self.detail
    }

    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    pub fn status(&self) -> u16 {
        match self.kind {
            Kind::Invalid => 400,
            Kind::Unauthenticated => 401,
            Kind::Forbidden => 403,
            Kind::NotFound => 404,
            Kind::Conflict | Kind::Insufficient => 409,
            Kind::Stale => 412,
            Kind::TooLarge => 413,
            Kind::TooMany => 429,
            Kind::Internal => 500,
            Kind::Busy => 503,
            Kind::Unavailable => 507,
        }
    }

    pub fn title(&self) -> &'static str {
        match self.kind {
            Kind::Invalid => "Invalid request",
            Kind::Unauthenticated => "Sign in first",
            Kind::Forbidden => "Not allowed",
            Kind::NotFound => "Not found",
            Kind::Conflict => "Conflict",
            Kind::Insufficient => "Something is missing",
            Kind::Stale => "Changed in the meantime",
            Kind::TooLarge => "Too large",
            Kind::TooMany => "Too many requests",
            Kind::Internal => "Internal error",
            Kind::Busy => "Busy",
            Kind::Unavailable => "No room",
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Error {}

pub fn not_found(what: &str) -> Error {
    Error::new(Kind::NotFound, format!("No such {what}, or it is not yours to see."))
}

pub fn conflict(detail: impl Into<String>) -> Error {
    Error::new(Kind::Conflict, detail)
}

pub fn forbidden(detail: impl Into<String>) -> Error {
    Error::new(Kind::Forbidden, detail)
}

pub fn unauthenticated(detail: impl Into<String>) -> Error {
    Error::new(Kind::Unauthenticated, detail)
}

/// `field` is the path of the offending field as the caller wrote it; `why` completes
/// "FIELD …", for example "must not be empty".
pub fn invalid(field: &str, why: impl AsRef<str>) -> Error {
    let why = why.as_ref();
    Error::new(Kind::Invalid, format!("{field}: {why}")).with("fields", json!({ field: why }))
}

pub fn insufficient(detail: impl Into<String>, missing: Value) -> Error {
    Error::new(Kind::Insufficient, detail).with("missing", missing)
}

pub fn stale(current: Value) -> Error {
    let detail = "Someone changed this after you read it. Look at the current values, then send your change again.";
    Error::new(Kind::Stale, detail).with("current", current)
}

pub fn too_large(detail: impl Into<String>) -> Error {
    Error::new(Kind::TooLarge, detail)
}

pub fn too_many(detail: impl Into<String>) -> Error {
    Error::new(Kind::TooMany, detail)
}

pub fn busy(detail: impl Into<String>) -> Error {
    Error::new(Kind::Busy, detail)
}

pub fn unavailable(detail: impl Into<String>) -> Error {
    Error::new(Kind::Unavailable, detail)
}

/// Logs the cause; the caller learns nothing but that it was not their mistake.
pub fn internal(cause: impl std::fmt::Display) -> Error {
    tracing::error!(%cause, "internal error");
    let mut error = Error::new(Kind::Internal, "Something went wrong on the server. The log says what.");
    error.cause = Some(cause.to_string());
    error
}
