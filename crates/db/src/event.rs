//! What happened, in order, without gaps, and so that nobody can change it unnoticed.
//!
//! Each event's `body` is canonical JSON of everything the event says, the hash of its predecessor
//! included; its `hash` is SHA-256 over a zero byte and the body. The columns beside repeat the
//! body for queries. Bodies name people by their ids only: a person can be erased, the chain stays.

use base::{ProjectId, Result, canonical};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::{Tx, params};

/// Something that someone did.
#[derive(Clone, Debug)]
pub struct Event {
    actor: String,
    on_behalf: Option<String>,
    kind: &'static str,
    subject: String,
    project: Option<ProjectId>,
    data: Json,
}

impl Event {
    /// `actor` is a user's id or `system`; `kind` reads like `sprint.started`; `subject` is the
    /// name of the thing, like `sprint:ID`.
    pub fn new(actor: impl Into<String>, kind: &'static str, subject: impl Into<String>) -> Self {
        let data = Json::Null;
        Self { actor: actor.into(), on_behalf: None, kind, subject: subject.into(), project: None, data }
    }

    pub fn project(mut self, project: &ProjectId) -> Self {
        self.project = Some(project.clone());
        self
    }

    /// The token through which the actor acted.
    pub fn on_behalf(mut self, token: Option<impl Into<String>>) -> Self {
        self.on_behalf = token.map(Into::into);
        self
    }

    pub fn body(mut self, data: Json) -> Self {
        self.data = data;
        self
    }
}

pub(crate) fn append(tx: &mut Tx, event: Event) -> Result<i64> {
    let workspace = tx.workspace();
    let now = tx.now();
    let head = "SELECT seq, hash FROM event_head WHERE workspace = $1";
    let (last, prev) = tx.one(head, params![&*workspace], |row| Ok((row.get::<i64>(0)?, row.get::<String>(1)?)))?;
    let seq = last + 1;
    let body = canonical::to_string(&json!({
        "workspace": &*workspace, "seq": seq, "at": now.ms(), "actor": event.actor, "on_behalf": event.on_behalf,
        "kind": event.kind, "subject": event.subject, "project": event.project, "data": event.data, "prev": prev,
    }));
    let hash = hash_of(&body);
    let insert = "INSERT INTO event (workspace, seq, at, actor, on_behalf, kind, subject, project, body, prev, hash)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let row = params![
        &*workspace,
        seq,
        now,
        &event.actor,
        event.on_behalf.as_deref(),
        event.kind,
        &event.subject,
        event.project.as_ref(),
        &body,
        &prev,
        &hash
    ];
    tx.run(insert, row)?;
    tx.run("UPDATE event_head SET seq = $1, hash = $2 WHERE workspace = $3", params![seq, &hash, &*workspace])?;
    tx.touch(event.project.as_ref(), event.subject);
    tx.touch(event.project.as_ref(), "events");
    Ok(seq)
}

fn hash_of(body: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(body);
    hex::encode(hasher.finalize())
}

/// The end of the chain: what an auditor writes down to compare later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub seq: i64,
    pub hash: String,
}

pub fn head(tx: &mut Tx) -> Result<Head> {
    let workspace = tx.workspace();
    let sql = "SELECT seq, hash FROM event_head WHERE workspace = $1";
    tx.one(sql, params![&*workspace], |row| Ok(Head { seq: row.get(0)?, hash: row.get(1)? }))
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// All events up to this head follow one another.
    Good(Head),
    /// The event with this number is missing, changed or out of order.
    Broken { seq: i64, why: String },
    /// The log ends before a head that was seen earlier.
    Truncated { at: i64, expected: i64 },
    /// The log holds another event where an earlier head was seen.
    Rewritten { seq: i64 },
}

/// Recomputes the whole chain. `seen` is a head that somebody noted earlier; with it, a cut or a
/// rewritten end is found too, which the chain alone cannot show.
pub fn verify(tx: &mut Tx, seen: Option<&Head>) -> Result<Finding> {
    let workspace = tx.workspace();
    let mut last = Head { seq: 0, hash: String::new() };
    let mut matches_seen = seen.is_none();
    loop {
        let page = tx.all(
            "SELECT seq, at, actor, on_behalf, kind, subject, project, body, prev, hash FROM event
             WHERE workspace = $1 AND seq > $2 ORDER BY seq LIMIT 5000",
            params![&*workspace, last.seq],
            read_link,
        )?;
        if page.is_empty() {
            break;
        }
        for link in page {
            if let Some(why) = link.flaw(&workspace, &last) {
                return Ok(Finding::Broken { seq: last.seq + 1, why });
            }
            last = Head { seq: link.seq, hash: link.hash };
            match seen {
                Some(head) if head.seq == last.seq && head.hash != last.hash => {
                    return Ok(Finding::Rewritten { seq: head.seq });
                }
                Some(head) if head.seq == last.seq => matches_seen = true,
                _ => {}
            }
        }
    }
    let noted = head(tx)?;
    match seen {
        Some(head) if !matches_seen => Ok(Finding::Truncated { at: last.seq, expected: head.seq }),
        _ if noted != last => Ok(Finding::Truncated { at: last.seq, expected: noted.seq }),
        _ => Ok(Finding::Good(last)),
    }
}

struct Link {
    seq: i64,
    columns: Json,
    body: String,
    prev: String,
    hash: String,
}

fn read_link(row: &crate::Row) -> Result<Link> {
    let seq: i64 = row.get(0)?;
    let columns = json!({
        "seq": seq, "at": row.get::<i64>(1)?, "actor": row.get::<String>(2)?, "on_behalf": row.get::<Option<String>>(3)?,
        "kind": row.get::<String>(4)?, "subject": row.get::<String>(5)?, "project": row.get::<Option<String>>(6)?,
    });
    Ok(Link { seq, columns, body: row.get(7)?, prev: row.get(8)?, hash: row.get(9)? })
}

impl Link {
    /// Why this event cannot follow `last`, if it cannot.
    fn flaw(&self, workspace: &str, last: &Head) -> Option<String> {
        if self.seq != last.seq + 1 {
            return Some(format!("event {} is missing; the next one is {}", last.seq + 1, self.seq));
        }
        if self.prev != last.hash {
            return Some("it does not follow its predecessor".to_owned());
        }
        if hash_of(&self.body) != self.hash {
            return Some("its body does not match its hash".to_owned());
        }
        let Ok(Json::Object(body)) = serde_json::from_str(&self.body) else {
            return Some("its body is no JSON object".to_owned());
        };
        let mut expected = self.columns.clone();
        expected["workspace"] = workspace.into();
        expected["prev"] = self.prev.as_str().into();
        let differs = expected.as_object()?.iter().find(|(name, value)| body.get(*name) != Some(value));
        differs.map(|(name, _)| format!("its column {name} does not match its body"))
    }
}
