//! What signed addresses answer.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use base::{Result, refuse::internal};
use blob::Blob;
use db::Db;
use people::door::{App, Door, Path as InPath, Policy, Problem, Shared, get, put};

use super::{Key, Pass, What, forged};
use crate::artifact::{self, Guard, act::check_claims, http::claimed, upload};

/// Where signed addresses lie, below the server's own.
pub(super) const BELOW: &str = "/api/v1/artifacts/signed/";

/// `guard` must agree to what is put there.
pub fn routes(door: Door, guard: Guard) -> Door {
    door.route(
        get("/api/v1/artifacts/signed/{pass}", Policy::Public)
            .summary("An artifact's bytes, whole or by Range, for whoever holds the address")
            .to(give),
    )
    .route(
        put("/api/v1/artifacts/signed/{pass}", Policy::Public)
            .summary("Take in an artifact, or a part of one, from whoever holds the address")
            .stream()
            .to(move |app, blob, pass, request| take(app, blob, pass, request, guard)),
    )
}

async fn opened(db: &Db, text: &str) -> Result<Pass> {
    Key::of(db).await?.open(text, db.clock().now())
}

async fn give(
    State(app): State<App>,
    Shared(blob): Shared<Blob>,
    InPath(text): InPath<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let pass = opened(&app.db, &text).await?;
    if pass.what != What::Get {
        return Err(forged().into());
    }
    let read = move |tx: &mut db::Tx| {
        let actor = pass.actor(tx)?;
        artifact::file(tx, &actor, &pass.path()?)
    };
    let file = app.db.read(read).await?;
    Ok(artifact::http::download(&blob, &file, &headers).await?)
}

/// Answers the digest of what came, as `ETag`.
async fn take(
    State(app): State<App>,
    Shared(blob): Shared<Blob>,
    InPath(text): InPath<String>,
    request: Request,
    guard: Guard,
) -> Result<Response, Problem> {
    let pass = opened(&app.db, &text).await?;
    let path = pass.path()?;
    let claims = claimed(request.headers())?;
    let bytes = request.into_body().into_data_stream();
    let asked = pass.clone();
    let actor = app.db.read(move |tx| asked.actor(tx)).await?;
    let sha256 = match &pass.what {
        What::Get => return Err(forged().into()),
        What::Put => artifact::upload(&app.db, &blob, &actor, &path, bytes, &claims, guard).await?.sha256,
        What::Part { upload, number } => {
            let sha256 = upload::take(&app.db, &blob, &actor, upload, *number, bytes).await?.sha256;
            check_claims(&claims, &sha256)?;
            sha256
        }
    };
    let tag = HeaderValue::from_str(&format!("\"{sha256}\"")).map_err(internal)?;
    let response = Response::builder().status(StatusCode::OK).header(header::ETAG, tag).body(Body::empty());
    Ok(response.map_err(internal)?)
}
