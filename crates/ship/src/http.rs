//! What the routes of this part share.

use axum::{
    extract::{FromRequest, Request},
    http::header,
};
use people::door::{App, Body, Problem, Reply};
use schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};

/// A JSON body that may be left away altogether.
#[derive(Clone, Debug)]
pub struct Optional<T>(pub T);

impl<T: DeserializeOwned + Default> FromRequest<App> for Optional<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        if !request.headers().contains_key(header::CONTENT_TYPE) {
            return Ok(Self(T::default()));
        }
        Body::from_request(request, app).await.map(|Body(value)| Self(value))
    }
}

/// Which part of a list.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "QueuePart")]
pub struct Part {
    pub cursor: Option<String>,
    /// Between 1 and 100; 50 when absent.
    pub limit: Option<i64>,
}

impl Part {
    pub fn limit(&self) -> base::Result<base::Limit> {
        base::Limit::new(self.limit, 50, 100)
    }
}

/// What has a version, which changes may send back in `If-Match`: [`people::door::IfMatch`].
pub trait Versioned {
    fn version(&self) -> String;
}

/// `tagged(ok, thing)`: with its version in `ETag`.
pub fn tagged<T: Versioned>(reply: fn(T) -> Reply<T>, thing: T) -> Reply<T> {
    let version = thing.version();
    reply(thing).version(version)
}
