use base::{Limit, ProjectId, Result, UserId};
use db::{Query, Row, Tx};
use people::Person;
use serde_json::Value as Json;

use super::Happening;

/// `projects`: only events of these; none means the whole workspace.
pub fn list(
    tx: &mut Tx,
    projects: Option<&[ProjectId]>,
    subject: Option<&str>,
    before: Option<i64>,
    limit: Limit,
) -> Result<Vec<Happening>> {
    let mut query = Query::new(
        "SELECT event.seq, event.at, event.actor, \"user\".email, \"user\".name, event.kind, event.subject, project.key,
                event.body, event.hash
         FROM event LEFT JOIN \"user\" ON \"user\".id = event.actor LEFT JOIN project ON project.id = event.project
         WHERE event.workspace = ",
    );
    query.bind(tx.workspace().to_string());
    if let Some(projects) = projects {
        query.push(" AND event.project IN (").bind_all(projects.iter().cloned()).push(")");
    }
    if let Some(subject) = subject {
        query.push(" AND event.subject = ").bind(subject.to_owned());
    }
    if let Some(before) = before {
        query.push(" AND event.seq < ").bind(before);
    }
    query.push(" ORDER BY event.seq DESC LIMIT ").bind(limit.plus_one());
    tx.all_q(&query, read)
}

fn read(row: &Row) -> Result<Happening> {
    let actor: UserId = row.get(2)?;
    let email: Option<String> = row.get(3)?;
    let name: Option<String> = row.get(4)?;
    let body: Json = row.get(8)?;
    Ok(Happening {
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
        hash: row.get(9)?,
    })
}
