use axum::{body::Body, extract::State, http::HeaderMap, response::Response};
use base::{AttachmentId, Page};
use blob::Blob;
use lab::artifact::http::{Offer, download, show};
use people::{
    Right,
    door::{
        Answer, App, Caller, Door, IdempotencyKey, Path, Policy, Problem, Query, Shared, created, delete, get,
        no_content, ok, post,
    },
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Shown, attach, list, receive, remove};
use crate::http::at_item;

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
    again: IdempotencyKey,
    Path(key): Path<String>,
    Query(Named { name }): Query<Named>,
    body: Body,
) -> Answer<Value> {
    let written = receive(&app.db, &blob, &caller, &key, &name, body.into_data_stream()).await?;
    let again = again.of_bytes(&written.sha256);
    Ok(created(at_item(&app, caller, again, key, move |tx, actor, key| attach(tx, actor, key, &name, &written)).await?))
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

async fn end(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path((key, id)): Path<(String, AttachmentId)>,
) -> Answer<()> {
    at_item(&app, caller, again, key, move |tx, actor, key| remove(tx, actor, key, id)).await?;
    Ok(no_content())
}
