use axum::extract::State;
use base::{DeliveryId, Limit, Page, Time, WebhookId};
use people::{
    Right,
    door::{
        Answer, App, Body, Caller, Door, Path, Policy, Query, Shared, created, delete, get, no_content, ok, patch, post,
    },
    project,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Change, New, Post, Webhook, delivery, delivery::Delivery};

pub fn routes(door: Door) -> Door {
    let administer = Policy::Project(Right::Administer);
    door.route(
        get("/api/v1/projects/{key}/webhooks", administer)
            .summary("The webhooks of a project, the newest first, and what they can be told of")
            .gives::<Listing>()
            .to(index),
    )
    .route(
        post("/api/v1/projects/{key}/webhooks", administer)
            .summary("Make a webhook")
            .takes::<NewWebhook>()
            .gives::<Shown>()
            .to(make),
    )
    .route(get("/api/v1/webhooks/{id}", administer).summary("A webhook").gives::<Shown>().to(show_one))
    .route(
        patch("/api/v1/webhooks/{id}", administer)
            .summary("Change a webhook, or switch it on or off")
            .takes::<Wanted>()
            .gives::<Shown>()
            .to(update),
    )
    .route(
        delete("/api/v1/webhooks/{id}", administer)
            .summary("Delete a webhook with the history of its deliveries")
            .to(end),
    )
    .route(
        post("/api/v1/webhooks/{id}/test", administer)
            .summary("Send an example now, and say what came of it")
            .takes::<Tested>()
            .gives::<TestResult>()
            .to(test),
    )
    .route(
        get("/api/v1/webhooks/{id}/deliveries", administer)
            .summary("What a webhook was sent, the latest first")
            .query::<Asked>()
            .gives::<Page<ShownDelivery>>()
            .to(deliveries),
    )
    .route(
        post("/api/v1/webhooks/{id}/deliveries/{delivery}/replay", administer)
            .summary("Send a delivery once more, under the same id")
            .gives::<ShownDelivery>()
            .to(replay),
    )
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Webhook")]
struct Shown {
    id: WebhookId,
    name: String,
    description: Option<String>,
    url: String,
    events: Vec<String>,
    /// What it is sent is signed with a secret, which nobody can read again.
    signed: bool,
    active: bool,
    created_at: Time,
    updated_at: Time,
}

impl From<Webhook> for Shown {
    fn from(hook: Webhook) -> Self {
        Self {
            signed: hook.is_signed(),
            id: hook.id,
            name: hook.name,
            description: hook.description,
            url: hook.url,
            events: hook.events,
            active: hook.active,
            created_at: hook.created_at,
            updated_at: hook.updated_at,
        }
    }
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "WebhookList")]
struct Listing {
    items: Vec<Shown>,
    /// What a webhook can be told of.
    events: Vec<&'static str>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewWebhook {
    /// 1 to 63 letters, digits, `-`, `_` and `.`
    name: String,
    description: Option<String>,
    /// An https address that is reached from the internet, or one that the server was told to allow.
    url: String,
    events: Vec<String>,
    /// Signs what is sent; shown never again.
    secret: Option<String>,
    /// On unless said otherwise.
    active: Option<bool>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WebhookChange")]
struct Wanted {
    name: Option<String>,
    /// Empty takes it away.
    description: Option<String>,
    url: Option<String>,
    events: Option<Vec<String>>,
    /// Empty takes it away.
    secret: Option<String>,
    active: Option<bool>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WebhookTest")]
struct Tested {
    /// The first of the webhook's events unless said otherwise.
    event: Option<String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "WebhookTestResult")]
struct TestResult {
    delivered: bool,
    /// Of the answer, if one came.
    status: Option<u16>,
    why: Option<String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Delivery")]
struct ShownDelivery {
    /// The same however often it is sent.
    id: DeliveryId,
    event: String,
    test: bool,
    /// `waiting`, `delivered` or `failed`.
    state: &'static str,
    tries: i64,
    /// Of the last answer.
    status: Option<u16>,
    /// The last try failed.
    why: Option<String>,
    created_at: Time,
    tried_at: Option<Time>,
    /// What is sent, word for word.
    body: String,
}

impl From<Delivery> for ShownDelivery {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            event: delivery.word,
            test: delivery.seq.is_none(),
            state: delivery.state.as_str(),
            tries: delivery.tries,
            status: delivery.status,
            why: delivery.why,
            created_at: delivery.made_at,
            tried_at: delivery.tried_at,
            body: delivery.body,
        }
    }
}

async fn index(
    State(app): State<App>,
    Shared(post): Shared<Post>,
    caller: Caller,
    Path(key): Path<String>,
) -> Answer<Listing> {
    let read = move |tx: &mut db::Tx| {
        let project = project::by_key(tx, &caller, &key)?;
        super::list(tx, &caller, &project.id, None, super::MOST)
    };
    let items = app.db.read(read).await?.into_iter().map(Shown::from).collect();
    Ok(ok(Listing { items, events: post.language.words.to_vec() }))
}

async fn make(
    State(app): State<App>,
    Shared(post): Shared<Post>,
    caller: Caller,
    Path(key): Path<String>,
    Body(new): Body<NewWebhook>,
) -> Answer<Shown> {
    let by = caller.clone();
    let project = app.db.read(move |tx| project::by_key(tx, &by, &key)).await?;
    let NewWebhook { name, description, url, events, secret, active } = new;
    let new = New { name, description, url, events, secret, active: active.unwrap_or(true) };
    Ok(created(super::create(&app.db, &post, &caller, &project.id, &new).await?.into()))
}

async fn show_one(State(app): State<App>, caller: Caller, Path(id): Path<WebhookId>) -> Answer<Shown> {
    Ok(ok(app.db.read(move |tx| super::get(tx, &caller, &id)).await?.into()))
}

async fn update(
    State(app): State<App>,
    Shared(post): Shared<Post>,
    caller: Caller,
    Path(id): Path<WebhookId>,
    Body(wanted): Body<Wanted>,
) -> Answer<Shown> {
    let Wanted { name, description, url, events, secret, active } = wanted;
    let change = Change { name, description, url, events, secret, active };
    Ok(ok(super::change(&app.db, &post, &caller, &id, &change).await?.into()))
}

async fn end(State(app): State<App>, caller: Caller, Path(id): Path<WebhookId>) -> Answer<()> {
    app.db.write(move |tx| super::delete(tx, &caller, &id)).await?;
    Ok(no_content())
}

async fn test(
    State(app): State<App>,
    Shared(post): Shared<Post>,
    caller: Caller,
    Path(id): Path<WebhookId>,
    Body(tested): Body<Tested>,
) -> Answer<TestResult> {
    let outcome = delivery::test(&app.db, &post, &caller, &id, tested.event.as_deref()).await?;
    Ok(ok(TestResult { delivered: outcome.why.is_none(), status: outcome.status, why: outcome.why }))
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DeliveryQuery")]
struct Asked {
    cursor: Option<String>,
    /// 1 to 100; 20 when absent.
    limit: Option<i64>,
}

async fn deliveries(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WebhookId>,
    Query(asked): Query<Asked>,
) -> Answer<Page<ShownDelivery>> {
    let limit = Limit::new(asked.limit, 20, 100)?;
    let page = app.db.read(move |tx| delivery::list(tx, &caller, &id, asked.cursor.as_deref(), limit)).await?;
    Ok(ok(page.map(ShownDelivery::from)))
}

async fn replay(
    State(app): State<App>,
    caller: Caller,
    Path((id, delivery)): Path<(WebhookId, DeliveryId)>,
) -> Answer<ShownDelivery> {
    Ok(ok(app.db.write(move |tx| delivery::replay(tx, &caller, &id, &delivery)).await?.into()))
}
