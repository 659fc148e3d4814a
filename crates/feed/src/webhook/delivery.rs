//! A delivery is what one webhook is told of one event, word for word. It waits until the receiver
//! has taken it, which is tried again and again with growing pauses, and is given up after about
//! fifteen hours. It keeps its id however often it is sent, so that receivers can tell a repetition
//! from news: each arrives at least once.

use base::{
    Cursor, DeliveryId, Limit, Page, Result, Time, WebhookId,
    refuse::{conflict, internal, not_found},
};
use db::{
    Db, Tx,
    job::{self, Job},
};
use people::Actor;
use serde_json::{Value as Json, json};

use super::{
    Happened, Language, Post, Webhook, check_word, emit,
    send::{Outcome, Parcel},
    store,
};

/// The kind of the job that sends one delivery.
pub const DELIVER: &str = "webhook.deliver";

/// With pauses of 4, 8, 16 … seconds, at most an hour, that is about fifteen hours.
const MOST_TRIES: i64 = 24;

/// What was delivered or given up is kept for so long.
const KEPT_DAYS: i64 = 90;

/// Events that are looked at in one transaction.
const AT_ONCE: i64 = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Waiting,
    Delivered,
    Failed,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    pub(super) fn stored(word: &str) -> Result<Self> {
        let all = [Self::Waiting, Self::Delivered, Self::Failed];
        all.into_iter().find(|state| state.as_str() == word).ok_or_else(|| internal(format!("no state {word}")))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub webhook: WebhookId,
    pub word: String,
    /// The event's number; none for a test.
    pub seq: Option<i64>,
    pub body: String,
    pub state: State,
    pub tries: i64,
    /// Of the last answer.
    pub status: Option<u16>,
    /// The last try failed.
    pub why: Option<String>,
    pub made_at: Time,
    pub tried_at: Option<Time>,
}

/// Makes deliveries of what happened since the webhook last looked; says whether more is to be seen.
pub(super) fn collect(tx: &mut Tx, language: Language, id: &WebhookId) -> Result<bool> {
    let Some(hook) = store::get(tx, id)?.filter(|hook| hook.active) else { return Ok(false) };
    let head = store::head(tx)?;
    let happened = store::happened(tx, &hook, language.kinds, AT_ONCE)?;
    for event in &happened {
        tell(tx, language, &hook, event)?;
    }
    let full = happened.len() as i64 == AT_ONCE;
    let seen = if full { happened.last().map_or(head, |event| event.seq) } else { head };
    store::set_seen(tx, &hook.id, seen)?;
    let old = tx.now().plus_days(-KEPT_DAYS);
    store::forget(tx, &hook.id, old)?;
    Ok(full)
}

fn tell(tx: &mut Tx, language: Language, hook: &Webhook, event: &Happened) -> Result<()> {
    for (part, told) in (language.tell)(tx, event)?.into_iter().enumerate() {
        if hook.events.iter().any(|word| word == told.word) {
            let id = DeliveryId(tx.new_id());
            store::add_delivery(tx, &id, hook, told.word, Some((event.seq, part as i64)), &told.body.to_string())?;
            send_now(tx, hook, &id)?;
        }
    }
    Ok(())
}

fn send_now(tx: &mut Tx, hook: &Webhook, id: &DeliveryId) -> Result<()> {
    let now = tx.now();
    tx.later(DELIVER, &json!({ "delivery": id }), now)?;
    touch(tx, hook);
    Ok(())
}

/// Pages that show the webhook read again.
fn touch(tx: &mut Tx, hook: &Webhook) {
    tx.touch(Some(&hook.project), hook.subject());
}

/// Does a [`DELIVER`] job: sends once, and notes what came of it.
pub async fn deliver(db: &Db, post: &Post, work: Job) -> Result<()> {
    let id =
        DeliveryId::from(work.body["delivery"].as_str().ok_or_else(|| internal("a delivery's job without its id"))?);
    let which = id.clone();
    let found = db.read(move |tx| store::to_send(tx, &which)).await?;
    let Some((hook, delivery)) = found else { return db.write(move |tx| job::done(tx, &work)).await };
    if !hook.active {
        let off = Outcome { status: None, why: Some("the webhook was switched off".to_owned()) };
        return db
            .write(move |tx| {
                note(tx, &hook, &delivery, &off, State::Failed)?;
                job::done(tx, &work)
            })
            .await;
    }
    let outcome = post.send(parcel(db, &hook, &delivery)).await?;
    db.write(move |tx| {
        let state = match outcome.why {
            None => State::Delivered,
            Some(_) if work.attempts >= MOST_TRIES => State::Failed,
            Some(_) => State::Waiting,
        };
        note(tx, &hook, &delivery, &outcome, state)?;
        if state == State::Waiting { job::failed(tx, &work) } else { job::done(tx, &work) }
    })
    .await
}

fn parcel(db: &Db, hook: &Webhook, delivery: &Delivery) -> Parcel {
    Parcel {
        id: delivery.id.clone(),
        url: hook.url.clone(),
        secret: hook.secret.clone(),
        body: delivery.body.clone(),
        at: db.clock().now(),
    }
}

fn note(tx: &mut Tx, hook: &Webhook, delivery: &Delivery, outcome: &Outcome, state: State) -> Result<()> {
    store::note(tx, &delivery.id, outcome, state)?;
    touch(tx, hook);
    Ok(())
}

/// Sends an example at once, and only once; it stands in the history as what happened does. Answers
/// what came of it, and nothing of what the receiver said.
pub async fn test(db: &Db, post: &Post, actor: &Actor, id: &WebhookId, word: Option<&str>) -> Result<Outcome> {
    let (language, by, which) = (post.language, actor.clone(), id.clone());
    word.map_or(Ok(()), |word| check_word(post, "event", word))?;
    let word = word.map(str::to_owned);
    let made = db.write(move |tx| {
        let hook = super::get(tx, &by, &which)?;
        let word = word.clone().unwrap_or_else(|| hook.events[0].clone());
        let id = DeliveryId(tx.new_id());
        let body = (language.example)(&word, tx.now()).to_string();
        store::add_delivery(tx, &id, &hook, &word, None, &body)?;
        emit(tx, &by, &hook, "webhook.tested", json!({ "name": hook.name }))?;
        store::delivery(tx, &hook.id, &id).map(|delivery| (hook, delivery))
    });
    let (hook, delivery) = match made.await? {
        (hook, Some(delivery)) => (hook, delivery),
        (_, None) => return Err(internal("the test is gone")),
    };
    let outcome = post.send(parcel(db, &hook, &delivery)).await?;
    let state = if outcome.why.is_none() { State::Delivered } else { State::Failed };
    let noted = outcome.clone();
    db.write(move |tx| note(tx, &hook, &delivery, &noted, state)).await?;
    Ok(outcome)
}

/// What was sent, the latest first.
pub fn list(tx: &mut Tx, actor: &Actor, id: &WebhookId, cursor: Option<&str>, limit: Limit) -> Result<Page<Delivery>> {
    let hook = super::get(tx, actor, id)?;
    let before = cursor.map(Cursor::read::<(i64, String)>).transpose()?;
    let before = before.map(|(at, id)| (Time(at), DeliveryId(id)));
    let found = store::deliveries(tx, &hook.id, before, limit)?;
    Ok(Page::cut(found, limit, |delivery| (delivery.made_at.ms(), delivery.id.0.clone())))
}

/// Sends the same once more, under the same id, and tries as often as the first time.
pub fn replay(tx: &mut Tx, actor: &Actor, id: &WebhookId, delivery: &DeliveryId) -> Result<Delivery> {
    let hook = super::get(tx, actor, id)?;
    let found = store::delivery(tx, &hook.id, delivery)?.ok_or_else(|| not_found("delivery"))?;
    if !hook.active {
        return Err(conflict("The webhook is switched off. Switch it on, then send again."));
    }
    if found.state == State::Waiting {
        return Err(conflict("This waits to be sent already; it is tried again by itself."));
    }
    store::set_state(tx, delivery, State::Waiting)?;
    send_now(tx, &hook, delivery)?;
    let body: Json = json!({ "name": hook.name, "delivery": delivery });
    emit(tx, actor, &hook, "webhook.replayed", body)?;
    store::delivery(tx, &hook.id, delivery)?.ok_or_else(|| not_found("delivery"))
}
