use axum::extract::State;
use base::Page;
use people::{
    Right,
    door::{Answer, App, Body, Caller, Door, IdempotencyKey, Path, Policy, created, delete, get, no_content, ok, post},
};
use serde_json::Value;

use super::{New, NewProduct, Product, Shown, part, produce, products, relate, retract, show};
use crate::http::at_item;

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/items/{item}/relations", Policy::Project(Right::Read))
            .summary("How an item stands to others; of blocking, whether it is met")
            .gives::<Page<Shown>>()
            .to(index),
    )
    .route(
        post("/api/v1/items/{item}/relations", Policy::Project(Right::Plan))
            .summary("Join an item to another; a dependency in a circle is refused with its path")
            .takes::<New>()
            .gives::<Shown>()
            .to(make),
    )
    .route(
        delete("/api/v1/items/{item}/relations/{relation}", Policy::Project(Right::Plan))
            .summary("Take a relation away")
            .to(end),
    )
    .route(
        get("/api/v1/items/{item}/products", Policy::Project(Right::Read))
            .summary("What came of an item")
            .gives::<Page<Product>>()
            .to(all_products),
    )
    .route(
        post("/api/v1/items/{item}/products", Policy::Project(Right::Plan))
            .summary("Say that a run, an experiment, a dataset, a version or a commit came of an item")
            .takes::<NewProduct>()
            .gives::<Product>()
            .to(add_product),
    )
    .route(
        delete("/api/v1/items/{item}/products/{product}", Policy::Project(Right::Plan))
            .summary("Say so no longer")
            .to(end_product),
    )
}

async fn index(State(app): State<App>, caller: Caller, Path(key): Path<String>) -> Answer<Page<Shown>> {
    Ok(ok(Page::whole(app.db.read(move |tx| show(tx, &caller, &key)).await?)))
}

async fn make(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(key): Path<String>,
    Body(new): Body<New>,
) -> Answer<Value> {
    Ok(created(at_item(&app, caller, again, key, move |tx, actor, key| relate(tx, actor, key, &new)).await?))
}

async fn end(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path((key, id)): Path<(String, i64)>,
) -> Answer<()> {
    at_item(&app, caller, again, key, move |tx, actor, key| part(tx, actor, key, id)).await?;
    Ok(no_content())
}

async fn all_products(State(app): State<App>, caller: Caller, Path(key): Path<String>) -> Answer<Page<Product>> {
    Ok(ok(Page::whole(app.db.read(move |tx| products(tx, &caller, &key)).await?)))
}

async fn add_product(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path(key): Path<String>,
    Body(new): Body<NewProduct>,
) -> Answer<Value> {
    Ok(created(at_item(&app, caller, again, key, move |tx, actor, key| produce(tx, actor, key, &new)).await?))
}

async fn end_product(
    State(app): State<App>,
    caller: Caller,
    again: IdempotencyKey,
    Path((key, id)): Path<(String, i64)>,
) -> Answer<()> {
    at_item(&app, caller, again, key, move |tx, actor, key| retract(tx, actor, key, id)).await?;
    Ok(no_content())
}
