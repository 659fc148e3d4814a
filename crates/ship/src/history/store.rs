use base::{Result, UserId};
use db::{Query, Row, Tx};
use people::Person;
use serde_json::Value as Json;

use super::Entry;

pub fn of(tx: &mut Tx, name: &str, others: &[String], most: i64) -> Result<Vec<Entry>> {
    let mut query = Query::new(
        "SELECT event.seq, event.at, event.actor, \"user\".email, \"user\".name, event.kind, event.subject, project.key,
                event.body
         FROM event LEFT JOIN \"user\" ON \"user\".id = event.actor LEFT JOIN project ON project.id = event.project
         WHERE event.subject IN (",
    );
    let names = std::iter::once(name).chain(others.iter().map(String::as_str));
    query.bind_all(names.map(str::to_owned)).push(") AND event.workspace = ").bind(tx.workspace().to_string());
    query.push(" AND event.seq >= (SELECT MIN(first.seq) FROM event first WHERE first.subject = ");
    query.bind(name.to_owned()).push(")");
    query.push(" ORDER BY event.seq DESC LIMIT ").bind(most);
    tx.all_q(&query, read)
}

fn read(row: &Row) -> Result<Entry> {
    let actor: UserId = row.get(2)?;
    let (email, name): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
    let body: String = row.get(8)?;
    let body: Json = serde_json::from_str(&body).unwrap_or_default();
    Ok(Entry {
        seq: row.get(0)?,
        at: row.get(1)?,
        actor: Person {
            id: actor,
            email: email.unwrap_or_default(),
            name: name.unwrap_or_else(|| "Slipway".to_owned()),
        },
        kind: row.get(5)?,
        subject: row.get(6)?,
        project: row.get(7)?,
        body: body.get("data").cloned().unwrap_or_default(),
    })
}
