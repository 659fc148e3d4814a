//! Artifacts through the server: streamed up and down, listed, deleted.

use axum::{
    body::Body,
    extract::{FromRequest, Request},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::Response,
};
use base::{
    Kind, Result,
    refuse::{internal, invalid},
};
use blob::Blob;
use db::Db;
use futures_util::StreamExt;
use lab::artifact::{self, Entry, Path};
use people::door::{App, Caller};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use ship::evidence;

use super::{
    answer::{Answer, Done, json},
    ask::{Ask, PathWords, caller, drain},
    refusal::Refusal,
    space::Space,
};

#[derive(Serialize)]
pub struct Listing {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_uri: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Listed>,
}

#[derive(Serialize)]
pub struct Listed {
    path: String,
    is_dir: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_size: Option<i64>,
}

impl Listed {
    /// `before` stands before the name: nothing, or a folder and its slash.
    pub fn new(before: &str, entry: Entry) -> Self {
        let is_dir = entry.file.is_none();
        Self { path: format!("{before}{}", entry.name), is_dir, file_size: entry.file.map(|file| file.size) }
    }
}

/// A request for one artifact; its body has not been read.
pub struct One {
    db: Db,
    blob: Blob,
    caller: Caller,
    space: Space,
    path: Result<Path>,
    headers: HeaderMap,
    body: Body,
}

impl FromRequest<App> for One {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let space = PathWords::of(&mut parts, app).await?.space();
        let caller = caller(&mut parts, app).await?;
        let blob = app.shared::<Blob>().ok_or_else(|| internal("nothing shares a place for artifacts"))?;
        let path = path_of(&parts);
        let Parts { headers, .. } = parts;
        Ok(Self { db: app.db.clone(), blob, caller, space, path, headers, body })
    }
}

/// What stands behind the route in the address, decoded once: the name as the client has it.
fn path_of(parts: &Parts) -> Result<Path> {
    const ROUTE: &str = "/mlflow-artifacts/artifacts/";
    let (_, encoded) = parts.uri.path().split_once(ROUTE).unwrap_or_default();
    let path = percent_decode_str(encoded).decode_utf8().map_err(|_| invalid("path", "must be text in UTF-8"))?;
    Path::parse(&path)
}

/// Replaces what was there before, while its run goes on.
pub async fn put(one: One) -> Result<Done, Refusal> {
    let One { db, blob, caller, space, path, headers, body } = one;
    let mut body = body.into_data_stream();
    let stored = async {
        let (path, claims) = (path?, artifact::http::claimed(&headers)?);
        let actor = space.walk_in(&db, &caller).await?;
        artifact::upload(&db, &blob, &actor, &path, body.by_ref(), &claims, evidence::check_files).await
    };
    if let Err(error) = stored.await {
        drain(&mut body).await;
        return Err(error.into());
    }
    Ok(Done)
}

pub async fn get(one: One) -> Result<Response, Refusal> {
    let One { db, blob, caller, space, path, headers, .. } = one;
    let path = path?;
    let found = db.read(move |tx| {
        let actor = space.enter(tx, &caller)?;
        artifact::file(tx, &actor, &path)
    });
    let file = found.await?;
    let mut response = artifact::http::download(&blob, &file, &headers).await?;
    let kind = mime_guess::from_path(&file.path).first_or_octet_stream();
    if let Ok(kind) = HeaderValue::from_str(kind.as_ref()) {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    Ok(response)
}

pub async fn delete(one: One) -> Result<Done, Refusal> {
    let One { db, caller, space, path, .. } = one;
    let path = path?;
    db.write(move |tx| {
        let actor = space.enter(tx, &caller)?;
        evidence::delete_files(tx, &actor, &path)
    })
    .await?;
    Ok(Done)
}

/// What stands directly below a folder, by name. What is absent or no folder holds nothing.
pub async fn list(ask: Ask) -> Answer<Listing> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let nothing = Listing { root_uri: None, files: Vec::new() };
    let path = match fields.text("path")?.as_deref().unwrap_or_default() {
        "" => return Ok(json(nothing)),
        path => Path::parse(path),
    };
    let found = match path {
        Ok(path) => {
            db.read(move |tx| {
                let actor = space.enter(tx, &caller)?;
                artifact::list(tx, &actor, &path)
            })
            .await
        }
        Err(error) => Err(error),
    };
    match found {
        Ok(entries) => {
            let files = entries.into_iter().map(|entry| Listed::new("", entry)).collect();
            Ok(json(Listing { root_uri: None, files }))
        }
        Err(error) if error.is(Kind::NotFound) => Ok(json(nothing)),
        Err(error) => Err(error.into()),
    }
}
