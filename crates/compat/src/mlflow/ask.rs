//! A request taken apart: who asks, in which space, and for what.

use std::pin::pin;

use axum::{
    body::{Body, BodyDataStream, Bytes},
    extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request},
    http::{HeaderMap, Method, header, request::Parts},
};
use base::{
    Result,
    refuse::{internal, invalid, too_large},
};
use db::Db;
use futures_util::StreamExt;
use people::{
    Right,
    door::{App, Caller, is_utf8},
};

use super::{
    fields::{Fields, refused},
    refusal::Refusal,
    space::Space,
};

/// The largest body that most requests need: a full batch, each value at its limit.
pub const USUAL: usize = 8 * 1024 * 1024;

/// Schemas and profiles of datasets are longer than anything else.
pub const LARGE: usize = 40 * 1024 * 1024;

/// What is too large is still read up to here, since a client that cannot send its whole request
/// does not look at the answer but tries again.
const PATIENCE: usize = 256 * 1024 * 1024;

/// A request with its fields, from the query string or the body.
pub struct Ask<const MOST: usize = USUAL> {
    pub db: Db,
    pub caller: Caller,
    pub space: Space,
    pub fields: Fields,
    pub path: PathWords,
}

/// A request whose handler reads the body itself.
pub struct Bare {
    pub db: Db,
    pub caller: Caller,
    pub space: Space,
    pub body: Bytes,
}

/// What stood in the address for `{placeholders}`.
#[derive(Debug, Default)]
pub struct PathWords(Vec<(String, String)>);

impl PathWords {
    pub async fn of(parts: &mut Parts, app: &App) -> Result<Self> {
        let Ok(params) = RawPathParams::from_request_parts(parts, app).await else {
            return Err(invalid("path", "is not text in UTF-8"));
        };
        if params.iter().any(|(name, word)| name != "path" && word.contains('\0')) {
            return Err(invalid("path", "contains the character U+0000"));
        }
        Ok(Self(params.iter().map(|(name, word)| (name.to_owned(), word.to_owned())).collect()))
    }

    pub fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(at).1)
    }

    pub fn space(&mut self) -> Space {
        Space(self.take("project"))
    }
}

impl<const MOST: usize> FromRequest<App> for Ask<MOST> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let mut path = PathWords::of(&mut parts, app).await?;
        let space = path.space();
        let caller = caller(&mut parts, app).await?;
        let fields = match parts.method {
            Method::GET if parts.uri.query().is_some_and(|query| !query.is_empty()) => from_query(&parts)?,
            _ => {
                if MOST > USUAL
                    && may_be_long(&parts.headers)
                    && let Err(refusal) = may_write(app, &space, &caller).await
                {
                    drain(&mut body.into_data_stream()).await;
                    return Err(refusal.into());
                }
                Fields::from_body(&json(&parts.headers, body, MOST).await?)?
            }
        };
        Ok(Self { db: app.db.clone(), caller, space, fields, path })
    }
}

impl FromRequest<App> for Bare {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let space = PathWords::of(&mut parts, app).await?.space();
        let caller = caller(&mut parts, app).await?;
        let body = json(&parts.headers, body, USUAL).await?;
        Ok(Self { db: app.db.clone(), caller, space, body })
    }
}

/// Something that the server shares with handlers: where artifacts lie, the way to receivers.
pub struct Shared<T>(pub T);

impl<T: Clone + Send + Sync + 'static> FromRequestParts<App> for Shared<T> {
    type Rejection = Refusal;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let shared =
            app.shared().ok_or_else(|| internal(format!("nothing shares a {}", std::any::type_name::<T>())))?;
        Ok(Self(shared))
    }
}

pub async fn caller(parts: &mut Parts, app: &App) -> Result<Caller> {
    Caller::from_request_parts(parts, app).await.map_err(|problem| problem.error().clone())
}

fn from_query(parts: &Parts) -> Result<Fields> {
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
    let Query(pairs) = pairs.map_err(|_| invalid("query", "cannot be read as name=value pairs"))?;
    Ok(Fields::from_query(pairs))
}

async fn json(headers: &HeaderMap, body: Body, most: usize) -> Result<Bytes> {
    let bytes = whole(headers, body, most).await?;
    if bytes.is_empty() || is_json(headers) {
        return Ok(bytes);
    }
    Err(refused("Send JSON in UTF-8, with the header Content-Type: application/json.".to_owned()))
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    media_type(headers).eq_ignore_ascii_case("application/json") && is_utf8(kind)
}

/// What the body is said to be, without parameters.
pub fn media_type(headers: &HeaderMap) -> &str {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim()
}

/// The bytes of a body of at most `most`. Small ones arrive in one piece and are not copied.
pub async fn whole(headers: &HeaderMap, body: Body, most: usize) -> Result<Bytes> {
    let mut chunks = pin!(body.into_data_stream());
    let Some(first) = chunks.next().await else { return Ok(Bytes::new()) };
    let first = first.map_err(|_| broken())?;
    let Some(second) = chunks.next().await else {
        return if first.len() > most { Err(larger(most)) } else { Ok(first) };
    };
    let mut seen = first.len();
    let mut kept = Vec::with_capacity(announced(headers).min(ROOM).max(seen));
    kept.extend_from_slice(&first);
    let mut next = Some(second);
    while let Some(chunk) = next {
        let chunk = chunk.map_err(|_| broken())?;
        seen += chunk.len();
        if seen <= most {
            kept.extend_from_slice(&chunk);
        } else {
            kept = Vec::new();
        }
        if seen > PATIENCE {
            break;
        }
        next = chunks.next().await;
    }
    if seen > most { Err(larger(most)) } else { Ok(kept.into()) }
}

fn may_be_long(headers: &HeaderMap) -> bool {
    !headers.contains_key(header::CONTENT_LENGTH) || announced(headers) > USUAL
}

/// Refuses those who may write nothing in the project, where it is known before the body is read.
async fn may_write(app: &App, space: &Space, caller: &Caller) -> Result<()> {
    let (space, caller) = (space.clone(), caller.clone());
    app.db
        .read(move |tx| {
            let actor = space.settle(tx, &caller)?;
            match &actor.project {
                Some(project) => people::require(tx, &actor, Right::Track, project),
                None => Ok(()),
            }
        })
        .await
}

/// A client may announce what it never sends, so no more than this is set aside for it beforehand.
const ROOM: usize = 256 * 1024;

fn announced(headers: &HeaderMap) -> usize {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    length.and_then(|length| length.parse().ok()).unwrap_or_default()
}

/// Reads what is left of a refused upload, within reason.
pub async fn drain(body: &mut BodyDataStream) {
    let mut seen = 0;
    while let Some(Ok(chunk)) = body.next().await {
        seen += chunk.len();
        if seen > PATIENCE {
            break;
        }
    }
}

fn larger(most: usize) -> base::Error {
    too_large(format!("The body is larger than the {} MiB that this address takes.", most / 1024 / 1024))
}

fn broken() -> base::Error {
    refused("The body did not arrive completely.".to_owned())
}
