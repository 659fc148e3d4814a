use axum::extract::State;
use base::{CommentId, Limit, Page};
use people::{
    Right,
    door::{
        Answer, App, Body, Caller, Door, IdempotencyKey, Path, Policy, Query, Version, created, delete, get,
        no_content, ok, patch, post, put,
    },
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{New, Reaction, Shown, add, edit, list, react};
use crate::http::at_item;

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/items/{item}/comments", Policy::Project(Right::Read))
            .summary("What was said about an item, the oldest first")
            .query::<Asked>()
            .gives::<Page<Shown>>()
            .to(index),
    )
    .route(
        post("/api/v1/items/{item}/comments", Policy::Project(Right::Decide))
            .summary("Say something about an item")
            .takes::<New>()
            .gives::<Shown>()
            .to(make),
    )
    .route(
        patch("/api/v1/items/{item}/comments/{comment}", Policy::Project(Right::Decide))
            .summary("Change what one said")
            .takes::<New>()
            .gives::<Shown>()
            .to(update),
    )
    .route(
        delete("/api/v1/items/{item}/comments/{comment}", Policy::Project(Right::Decide))
            .summary("Delete a comment")
            .to(remove),
    )
    .route(
        put("/api/v1/items/{item}/comments/{comment}/reactions/{word}", Policy::Project(Right::Decide))
            .summary("Say a word about a comment")
            .gives::<Shown>()
            .to(say),
    )
    .route(
        delete("/api/v1/items/{item}/comments/{comment}/reactions/{word}", Policy::Project(Right::Decide))
            .summary("Take a word about a comment back")
            .gives::<Shown>()
            .to(unsay),
    )
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CommentQuery")]
struct Asked {
    cursor: Option<String>,
    /// 1 to 200; 100 when absent.
    limit: Option<i64>,
}

async fn index(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Page<Shown>> {
    let limit = Limit::new(asked.limit, 100, 200)?;
    Ok(ok(app.db.read(move |tx| list(tx, &caller, &key, asked.cursor.as_deref(), limit)).await?))
}

async fn make(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(key): Path<String>,
    Body(new): Body<New>,
) -> Answer<Value> {
    Ok(created(at_item(&app, caller, again, key, move |tx, actor, key| add(tx, actor, key, &new)).await?))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path((key, id)): Path<(String, CommentId)>,
    Version(version): Version,
    Body(new): Body<New>,
) -> Answer<Value> {
    Ok(ok(at_item(&app, caller, again, key, move |tx, actor, key| edit(tx, actor, key, id, version, &new)).await?))
}

async fn remove(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path((key, id)): Path<(String, CommentId)>,
) -> Answer<()> {
    at_item(&app, caller, again, key, move |tx, actor, key| super::delete(tx, actor, key, id)).await?;
    Ok(no_content())
}

async fn say(
    State(app): State<App>,
    caller: Caller,
    Path((key, id, word)): Path<(String, CommentId, Reaction)>,
) -> Answer<Shown> {
    Ok(ok(app.db.write(move |tx| react(tx, &caller, &key, id, word, true)).await?))
}

async fn unsay(
    State(app): State<App>,
    caller: Caller,
    Path((key, id, word)): Path<(String, CommentId, Reaction)>,
) -> Answer<Shown> {
    Ok(ok(app.db.write(move |tx| react(tx, &caller, &key, id, word, false)).await?))
}
