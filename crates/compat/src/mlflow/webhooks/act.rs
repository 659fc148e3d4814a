//! Create, list, get, change, delete, test.

use base::{ProjectId, Result, Time, WebhookId};
use db::{Db, Tx};
use feed::webhook::{self, Change, New, Post, Webhook, delivery};
use people::{Actor, Right, door::Caller, may};
use serde::Serialize;

use super::words;
use crate::mlflow::{
    answer::{Answer, Done, Json, json},
    ask::{Ask, Shared},
    fields::Fields,
    page,
    refusal::Refusal,
    space::{Space, home, reach},
};

#[derive(Serialize)]
struct WebhookShape {
    webhook_id: String,
    name: String,
    url: String,
    events: Vec<EventShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    status: &'static str,
    creation_timestamp: i64,
    last_updated_timestamp: i64,
}

#[derive(Serialize)]
struct EventShape {
    entity: String,
    action: String,
}

impl From<Webhook> for WebhookShape {
    fn from(hook: Webhook) -> Self {
        let event = |word: &String| {
            let (entity, action) = words::halves(word);
            EventShape { entity: entity.to_uppercase(), action: action.to_uppercase() }
        };
        Self {
            events: hook.events.iter().map(event).collect(),
            status: if hook.active { "ACTIVE" } else { "DISABLED" },
            webhook_id: hook.id.0,
            name: hook.name,
            url: hook.url,
            description: hook.description,
            creation_timestamp: hook.created_at.ms(),
            last_updated_timestamp: hook.updated_at.ms(),
        }
    }
}

#[derive(Serialize)]
pub struct OneWebhook {
    webhook: WebhookShape,
}

fn one(hook: Webhook) -> Json<OneWebhook> {
    json(OneWebhook { webhook: hook.into() })
}

const STATUS: [(&str, i64, bool); 2] = [("ACTIVE", 1, true), ("DISABLED", 2, false)];

fn events(fields: &mut Fields) -> Result<Vec<String>> {
    fields.objects("events")?.into_iter().map(words::read).collect()
}

pub async fn create(Shared(post): Shared<Post>, ask: Ask) -> Answer<OneWebhook> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let new = New {
        name: fields.need_text("name")?,
        url: fields.need_text("url")?,
        events: events(&mut fields)?,
        description: fields.text("description")?,
        secret: fields.text("secret")?,
        active: fields.choice("status", &STATUS)?.unwrap_or(true),
    };
    let (actor, project) = at_home(&db, &space, &caller).await?;
    Ok(one(webhook::create(&db, &post, &actor, &project, &new).await?))
}

/// The caller, and the project that they mean.
async fn at_home(db: &Db, space: &Space, caller: &Caller) -> Result<(Actor, ProjectId)> {
    let (space, caller) = (space.clone(), caller.clone());
    db.read(move |tx| {
        let actor = space.settle(tx, &caller)?.into_owned();
        let project = home(tx, &actor)?;
        Ok((actor, project))
    })
    .await
}

#[derive(Serialize)]
pub struct Webhooks {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    webhooks: Vec<WebhookShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

pub async fn list(ask: Ask) -> Answer<Webhooks> {
    let Ask { db, caller, space, mut fields, .. } = ask;
    let question = page::question(&"webhooks");
    let size = page::size(&mut fields, Some(100), 1_000)?;
    let before: Option<(i64, String)> = page::position(&mut fields, question)?;
    let mut found = db
        .read(move |tx| {
            let actor = space.settle(tx, &caller)?;
            let before = before.clone().map(|(at, id)| (Time(at), WebhookId(id)));
            everywhere(tx, &actor, before, size as i64 + 1)
        })
        .await?;
    let more = found.len() > size;
    found.truncate(size);
    let last = found.last().filter(|_| more);
    let next_page_token = last.map(|hook| page::token(&(hook.created_at.ms(), &hook.id.0), question));
    Ok(json(Webhooks { webhooks: found.into_iter().map(WebhookShape::from).collect(), next_page_token }))
}

/// Of all projects that the caller administers, the newest first. Where only one is meant, it is
/// refused to those who do not.
fn everywhere(tx: &mut Tx, actor: &Actor, before: Option<(Time, WebhookId)>, most: i64) -> Result<Vec<Webhook>> {
    let projects = reach(tx, actor)?;
    let mut found = Vec::new();
    for project in &projects {
        if projects.len() == 1 || may(tx, actor, Right::Administer, project)?.is_none() {
            found.extend(webhook::list(tx, actor, project, before.clone(), most)?);
        }
    }
    found.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
    found.truncate(usize::try_from(most).unwrap_or_default());
    Ok(found)
}

fn id(ask: &mut Ask) -> WebhookId {
    WebhookId(ask.path.take("webhook_id").unwrap_or_default())
}

pub async fn get(mut ask: Ask) -> Answer<OneWebhook> {
    let id = id(&mut ask);
    let Ask { db, caller, space, .. } = ask;
    let found = db.read(move |tx| {
        let actor = space.enter(tx, &caller)?;
        webhook::get(tx, &actor, &id)
    });
    Ok(one(found.await?))
}

/// An empty name or address and an empty list of events leave what is there.
pub async fn update(Shared(post): Shared<Post>, mut ask: Ask) -> Answer<OneWebhook> {
    let id = id(&mut ask);
    let Ask { db, caller, space, mut fields, .. } = ask;
    let filled = |text: &String| !text.is_empty();
    let change = Change {
        name: fields.text("name")?.filter(filled),
        url: fields.text("url")?.filter(filled),
        events: Some(events(&mut fields)?).filter(|events| !events.is_empty()),
        description: fields.text("description")?,
        secret: fields.text("secret")?,
        active: fields.choice("status", &STATUS)?,
    };
    let actor = space.walk_in(&db, &caller).await?;
    Ok(one(webhook::change(&db, &post, &actor, &id, &change).await?))
}

pub async fn delete(mut ask: Ask) -> Result<Done, Refusal> {
    let id = id(&mut ask);
    let Ask { db, caller, space, .. } = ask;
    db.write(move |tx| {
        let actor = space.enter(tx, &caller)?;
        webhook::delete(tx, &actor, &id)
    })
    .await?;
    Ok(Done)
}

#[derive(Serialize)]
pub struct Tested {
    result: Outcome,
}

/// Without the body that came back: whoever makes webhooks reads nothing through the server.
#[derive(Serialize)]
struct Outcome {
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
}

pub async fn test(Shared(post): Shared<Post>, mut ask: Ask) -> Answer<Tested> {
    let id = id(&mut ask);
    let Ask { db, caller, space, mut fields, .. } = ask;
    let word = fields.object("event")?.map(words::read).transpose()?;
    let actor = space.walk_in(&db, &caller).await?;
    let outcome = delivery::test(&db, &post, &actor, &id, word.as_deref()).await?;
    let success = outcome.why.is_none();
    Ok(json(Tested { result: Outcome { success, response_status: outcome.status, error_message: outcome.why } }))
}
