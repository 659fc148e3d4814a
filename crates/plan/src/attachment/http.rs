use axum::{body::Body, extract::State, http::HeaderMap, response::Response};
use base::{AttachmentId, Page};
use blob::Blob;
use lab::artifact::http::{Offer, download, show};
use people::{
    Right,
    door::{
        Answer, App, Caller, Door, Path, Policy, Problem, Query, Shared, created, delete, get, no_content, ok, post,
    },
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Shown, list, remove, upload};

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/items/{item}/attachments", Policy::Project(Right::Read))
            .summary("The files that lie with an item")
            .gives::<Page<Shown>>()
            .to(index),
    )
    .route(
        post("/api/v1/items/{item}/attachments", Policy::Project(Right::Plan))
            .summary("Lay a file to an item: the body is its bytes, 100 MiB at most")
            .query::<Named>()
            .gives::<Shown>()
            .stream()
            .to(make),
    )
    .route(
        get("/api/v1/items/{item}/attachments/{attachment}", Policy::Project(Right::Read))
            .summary("A file's bytes, whole or by Range; inline=1 shows pictures and text")
            .query::<Asked>()
            .to(content),
    )
    .route(
        delete("/api/v1/items/{item}/attachments/{attachment}", Policy::Project(Right::Plan))
            .summary("Take a file away from an item")
            .to(end),
    )
}

async fn index(State(app): State<App>, caller: Caller, Path(key): Path<String>) -> Answer<Page<Shown>> {
    Ok(ok(Page::whole(app.db.read(move |tx| list(tx, &caller, &key)).await?)))
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AttachmentName")]
struct Named {
    /// The file's name, without a folder.
    name: String,
}

async fn make(
    State(app): State<App>,
    Shared(blob): Shared<Blob>,
    caller: Caller,
    Path(key): Path<String>,
    Query(named): Query<Named>,
    body: Body,
) -> Answer<Shown> {
    let bytes = body.into_data_stream();
    Ok(created(upload(&app.db, &blob, &caller, &key, &named.name, bytes).await?))
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AttachmentQuery")]
struct Asked {
    /// `1` shows PNG, JPEG, GIF, WebP and text instead of downloading them.
    inline: Option<u8>,
}

async fn content(
    State(app): State<App>,
    Shared(blob): Shared<Blob>,
    caller: Caller,
    Path((key, id)): Path<(String, AttachmentId)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = app.db.read(move |tx| super::get(tx, &caller, &key, id)).await?;
    let offer = Offer { name: &found.name, size: found.size, sha256: &found.sha256 };
    match asked.inline {
        Some(1) => Ok(show(&blob, offer, &headers).await?),
        _ => Ok(download(&blob, offer, &headers).await?),
    }
}

async fn end(State(app): State<App>, caller: Caller, Path((key, id)): Path<(String, AttachmentId)>) -> Answer<()> {
    app.db.write(move |tx| remove(tx, &caller, &key, id)).await?;
    Ok(no_content())
}
