use base::{DeliveryId, Limit, ProjectId, Result, Time, UserId, WebhookId, refuse::internal};
use db::{Query, Row, Tx, event, params};
use serde_json::{Value as Json, json};

use super::{
    Happened, New, Webhook,
    delivery::{Delivery, State},
    send::Outcome,
};

const WEBHOOKS: &str = "SELECT w.id, w.project, w.name, w.description, w.url, w.events, w.secret, w.active, w.seen,
        w.creator, w.created_at, w.updated_at
     FROM webhook w";

fn read(row: &Row) -> Result<Webhook> {
    Ok(Webhook {
        id: row.get(0)?,
        project: row.get(1)?,
        name: row.get(2)?,
        description: row.get(3)?,
        url: row.get(4)?,
        events: serde_json::from_value(row.get(5)?).map_err(internal)?,
        secret: row.get(6)?,
        active: row.get(7)?,
        seen: row.get(8)?,
        creator: row.get(9)?,
        created_at: row.get(10)?,
        updated_at: row.get(11)?,
    })
}

pub fn get(tx: &mut Tx, id: &WebhookId) -> Result<Option<Webhook>> {
    tx.first(&format!("{WEBHOOKS} WHERE w.id = $1"), params![id], read)
}

pub fn list(tx: &mut Tx, project: &ProjectId, before: Option<(Time, WebhookId)>, most: i64) -> Result<Vec<Webhook>> {
    let mut query = Query::new(WEBHOOKS);
    query.push(" WHERE w.project = ").bind(project.clone());
    if let Some((at, id)) = before {
        query.push(" AND (w.created_at, w.id) < (").bind(at).push(", ").bind(id).push(")");
    }
    query.push(" ORDER BY w.created_at DESC, w.id DESC LIMIT ").bind(most);
    tx.all_q(&query, read)
}

pub fn count(tx: &mut Tx, project: &ProjectId) -> Result<i64> {
    tx.one("SELECT COUNT(*) FROM webhook WHERE project = $1", params![project], |row| row.get(0))
}

/// It is told of what comes after the last event.
pub fn add(tx: &mut Tx, id: &WebhookId, project: &ProjectId, new: &New, creator: &UserId) -> Result<()> {
    let (now, seen) = (tx.now(), head(tx)?);
    let sql = "INSERT INTO webhook (id, project, name, description, url, events, secret, active, seen, creator,
                   created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)";
    let row = params![
        id,
        project,
        &new.name,
        new.description.as_deref(),
        &new.url,
        json!(new.events),
        new.secret.as_deref(),
        new.active,
        seen,
        creator,
        now
    ];
    tx.run(sql, row).map(drop)
}

pub fn set(tx: &mut Tx, hook: &Webhook) -> Result<()> {
    let now = tx.now();
    let sql = "UPDATE webhook SET name = $1, description = $2, url = $3, events = $4, secret = $5, active = $6,
                   seen = $7, updated_at = $8
               WHERE id = $9";
    let row = params![
        &hook.name,
        hook.description.as_deref(),
        &hook.url,
        json!(hook.events),
        hook.secret.as_deref(),
        hook.active,
        hook.seen,
        now,
        &hook.id
    ];
    tx.run(sql, row).map(drop)
}

pub fn delete(tx: &mut Tx, id: &WebhookId) -> Result<()> {
    tx.run("DELETE FROM delivery WHERE webhook = $1", params![id])?;
    tx.run("DELETE FROM webhook WHERE id = $1", params![id]).map(drop)
}

/// The number of the last event.
pub fn head(tx: &mut Tx) -> Result<i64> {
    Ok(event::head(tx)?.seq)
}

/// Webhooks in whose projects something happened that they have not looked at.
pub fn behind(tx: &mut Tx) -> Result<Vec<WebhookId>> {
    let sql = "SELECT w.id FROM webhook w
               WHERE w.active AND EXISTS (SELECT 1 FROM event e WHERE e.project = w.project AND e.seq > w.seen)";
    tx.all(sql, &[], |row| row.get(0))
}

/// What the webhook has not looked at, of these kinds, oldest first.
pub fn happened(tx: &mut Tx, hook: &Webhook, kinds: &[&str], most: i64) -> Result<Vec<Happened>> {
    let mut query = Query::new("SELECT seq, at, kind, subject, project, body FROM event WHERE project = ");
    query.bind(hook.project.clone()).push(" AND seq > ").bind(hook.seen).push(" AND kind IN (");
    query.bind_all(kinds.iter().map(|&kind| kind.to_owned())).push(") ORDER BY seq LIMIT ").bind(most);
    tx.all_q(&query, |row| {
        let mut body: Json = row.get(5)?;
        Ok(Happened {
            seq: row.get(0)?,
            at: row.get(1)?,
            kind: row.get(2)?,
            subject: row.get(3)?,
            project: row.get(4)?,
            data: body["data"].take(),
        })
    })
}

pub fn set_seen(tx: &mut Tx, id: &WebhookId, seen: i64) -> Result<()> {
    tx.run("UPDATE webhook SET seen = $1 WHERE id = $2", params![seen, id]).map(drop)
}

const DELIVERIES: &str =
    "SELECT d.id, d.webhook, d.word, d.seq, d.body, d.state, d.tries, d.status, d.why, d.made_at, d.tried_at
     FROM delivery d";

fn read_delivery(row: &Row) -> Result<Delivery> {
    let status: Option<i64> = row.get(7)?;
    Ok(Delivery {
        id: row.get(0)?,
        webhook: row.get(1)?,
        word: row.get(2)?,
        seq: row.get(3)?,
        body: row.get(4)?,
        state: State::stored(&row.get::<String>(5)?)?,
        tries: row.get(6)?,
        status: status.map(u16::try_from).transpose().map_err(internal)?,
        why: row.get(8)?,
        made_at: row.get(9)?,
        tried_at: row.get(10)?,
    })
}

/// `event`: the number, and which of several things it is to receivers; none for a test, which counts
/// as failed until its answer came.
pub fn add_delivery(
    tx: &mut Tx,
    id: &DeliveryId,
    hook: &Webhook,
    word: &str,
    event: Option<(i64, i64)>,
    body: &str,
) -> Result<()> {
    let now = tx.now();
    let state = if event.is_some() { State::Waiting } else { State::Failed };
    let (seq, part) = event.unzip();
    let sql = "INSERT INTO delivery (id, webhook, word, seq, part, body, state, tries, made_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)";
    let row = params![id, &hook.id, word, seq, part.unwrap_or_default(), body, state.as_str(), now];
    tx.run(sql, row).map(drop)
}

pub fn delivery(tx: &mut Tx, hook: &WebhookId, id: &DeliveryId) -> Result<Option<Delivery>> {
    tx.first(&format!("{DELIVERIES} WHERE d.webhook = $1 AND d.id = $2"), params![hook, id], read_delivery)
}

/// A delivery that waits, with its webhook.
pub fn to_send(tx: &mut Tx, id: &DeliveryId) -> Result<Option<(Webhook, Delivery)>> {
    let sql = format!("{DELIVERIES} WHERE d.id = $1 AND d.state = $2");
    let Some(delivery) = tx.first(&sql, params![id, State::Waiting.as_str()], read_delivery)? else { return Ok(None) };
    Ok(get(tx, &delivery.webhook)?.map(|hook| (hook, delivery)))
}

pub fn deliveries(
    tx: &mut Tx,
    hook: &WebhookId,
    before: Option<(Time, DeliveryId)>,
    limit: Limit,
) -> Result<Vec<Delivery>> {
    let mut query = Query::new(DELIVERIES);
    query.push(" WHERE d.webhook = ").bind(hook.clone());
    if let Some((at, id)) = before {
        query.push(" AND (d.made_at, d.id) < (").bind(at).push(", ").bind(id).push(")");
    }
    query.push(" ORDER BY d.made_at DESC, d.id DESC LIMIT ").bind(limit.plus_one());
    tx.all_q(&query, read_delivery)
}

/// What came of sending it once.
pub fn note(tx: &mut Tx, id: &DeliveryId, outcome: &Outcome, state: State) -> Result<()> {
    let now = tx.now();
    let sql = "UPDATE delivery SET state = $1, tries = tries + 1, status = $2, why = $3, tried_at = $4 WHERE id = $5";
    let status = outcome.status.map(i64::from);
    tx.run(sql, params![state.as_str(), status, outcome.why.as_deref(), now, id]).map(drop)
}

pub fn set_state(tx: &mut Tx, id: &DeliveryId, state: State) -> Result<()> {
    tx.run("UPDATE delivery SET state = $1 WHERE id = $2", params![state.as_str(), id]).map(drop)
}

/// Forgets what was made before and does not wait any more.
pub fn forget(tx: &mut Tx, hook: &WebhookId, before: Time) -> Result<()> {
    let sql = "DELETE FROM delivery WHERE webhook = $1 AND made_at < $2 AND state <> $3";
    tx.run(sql, params![hook, before, State::Waiting.as_str()]).map(drop)
}
