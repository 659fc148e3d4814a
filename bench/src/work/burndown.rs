//! What a sprint with its burndown costs as more happens in it.

use std::{path::Path, time::Duration};

use base::SprintId;
use db::{Clock, Db, Settings, Tx, params};
use people::Right;
use plan::{
    item::{self, Change, Item},
    sprint,
};

use super::{fill, ground};
use crate::{
    Result, client,
    engine::Place,
    ground::PROJECT,
    load::Bound,
    server::Server,
    table::{self, Grown},
};

/// Changes of what is in the sprint, and of what is done in it.
const SIZES: [i64; 3] = [10_000, 100_000, 1_000_000];

/// To which these changes happened, each of them many times.
const ITEMS: i64 = 2_000;

/// They happened in so many seconds until now: nine days.
const SPAN: i64 = 9 * 86_400;

/// Seconds of each reading, after a warm-up.
const TIME: f64 = 2.0;
const WARM_UP: f64 = 0.5;

pub fn measure(program: &Path, engine: &str, place: &Place) -> Result<()> {
    let ground = ground::furnish(place, 1)?;
    let db = Db::open(&Settings { store: place.store(), clock: Clock::System }).map_err(|e| e.to_string())?;
    let actor = ground.actor.clone();
    let begin = move |tx: &mut Tx| {
        let like = item::find(tx, &actor, Right::Read, &format!("{PROJECT}-1"))?;
        fill::fill(tx, &like, 2, ITEMS + 1)?;
        let new = sprint::New { goal: "Ten thousand changes".to_owned(), ..sprint::New::default() };
        let sprint = sprint::create(tx, &actor, PROJECT, &new)?;
        let into = Change { sprint: Some(Some(sprint.id)), ..Change::default() };
        item::change(tx, &actor, &like.key, like.version, &into)?;
        let started = sprint::start(tx, &actor, sprint.id)?;
        let sql = "UPDATE sprint SET started_at = started_at - $1 WHERE id = $2";
        tx.run(sql, params![SPAN * 1_000, started.id])?;
        Ok((like, started.id))
    };
    let (like, sprint) = db.write_blocking(begin).map_err(|e| e.to_string())?;
    let mut columns: Vec<Grown> = Vec::new();
    let mut filled = 0;
    for size in SIZES {
        let (from, like) = (filled, like.clone());
        db.write_blocking(move |tx| happen(tx, &like, sprint, from, size)).map_err(|e| e.to_string())?;
        filled = size;
        place.settle()?;
        eprintln!("{engine}: {size} changes");
        let server = Server::start(program, place)?;
        columns.push(Grown { what: "changes", size, took: vec![p50(&server, &ground.secret, sprint)?] });
    }
    table::print_growth(&format!("A sprint on {engine}"), "read", &["the sprint and its burndown"], &columns);
    Ok(())
}

/// An item comes, is done, is opened again and leaves, over and over.
fn happen(tx: &mut Tx, like: &Item, sprint: SprintId, from: i64, to: i64) -> base::Result<()> {
    let sql = format!(
        "WITH RECURSIVE i (i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM i WHERE i + 1 < $2)
         INSERT INTO sprint_change (sprint, item, at, items, points, items_done, points_done)
         SELECT $3, n.id, s.started_at + i.i * 7919 % {SPAN} * 1000,
             CASE i.i / {ITEMS} % 4 WHEN 0 THEN 1 WHEN 3 THEN -1 ELSE 0 END,
             CASE i.i / {ITEMS} % 4 WHEN 0 THEN 3 WHEN 3 THEN -3 ELSE 0 END,
             CASE i.i / {ITEMS} % 4 WHEN 1 THEN 1 WHEN 2 THEN -1 ELSE 0 END,
             CASE i.i / {ITEMS} % 4 WHEN 1 THEN 3 WHEN 2 THEN -3 ELSE 0 END
         FROM i JOIN sprint s ON s.id = $3 JOIN item n ON n.backlog = s.backlog AND n.number = i.i % {ITEMS} + 1
         WHERE n.backlog = $4 ORDER BY i.i"
    );
    tx.run(&sql, params![from, to, sprint, like.backlog]).map(drop)
}

fn p50(server: &Server, secret: &str, sprint: SprintId) -> Result<Duration> {
    let Server { address, .. } = server;
    let request =
        format!("GET /api/v1/sprints/{sprint} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {secret}\r\n\r\n");
    let mut requests: [client::Requests; 1] = [Box::new(move |out| {
        out.extend_from_slice(request.as_bytes());
        true
    })];
    client::drive_on(server.address, &mut requests, Bound::seconds(WARM_UP))?;
    Ok(client::drive_on(server.address, &mut requests, Bound::seconds(TIME))?.p50)
}
