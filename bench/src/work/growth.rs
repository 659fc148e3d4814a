//! What a page of a list costs as a backlog grows a hundredfold.

use std::{path::Path, time::Duration};

use db::{Clock, Db, Settings};
use people::Right;
use plan::item;
use serde_json::Value;

use super::{fill, ground};
use crate::{
    Result, client,
    engine::Place,
    ground::PROJECT,
    load::Bound,
    server::Server,
    table::{self, Grown},
};

const SIZES: [i64; 3] = [10_000, 100_000, 1_000_000];

/// Items that one transaction writes.
const PART: i64 = 50_000;

/// What is asked: in words, then the question, and how many pages are passed over.
const ASKED: [(&str, &str, usize); 11] = [
    ("by rank", "", 0),
    ("by rank, page 5", "", 4),
    ("latest change first", "sort=updated", 0),
    ("most urgent first, page 5", "sort=priority", 4),
    ("open ones of one person, by rank", "category=open,doing&assignee=person3@example.org", 0),
    ("open ones of one person, most urgent first", "category=open,doing&assignee=person3@example.org&sort=priority", 0),
    (
        "open ones of one person, latest change first",
        "category=open,doing&assignee=person3@example.org&sort=updated",
        0,
    ),
    (
        "bugs of two people, most urgent first",
        "kind=bug&assignee=person1@example.org,person3@example.org&sort=priority",
        0,
    ),
    ("a label that 50 have, latest change first", "label=part-7&sort=updated", 0),
    ("a word that all titles have, latest change first", "q=somebody&sort=updated", 0),
    ("words that one title has", "q=item+4321+of", 0),
];

const LIMIT: usize = 100;

/// Seconds of each list, after a warm-up.
const TIME: f64 = 1.5;
const WARM_UP: f64 = 0.3;

/// Prints a table of one engine.
pub fn measure(program: &Path, engine: &str, place: &Place) -> Result<()> {
    let ground = ground::furnish(place, 1)?;
    let db = Db::open(&Settings { store: place.store(), clock: Clock::System }).map_err(|e| e.to_string())?;
    let mut columns: Vec<Grown> = Vec::new();
    let actor = ground.actor.clone();
    let first = move |tx: &mut db::Tx| item::find(tx, &actor, Right::Read, &format!("{PROJECT}-1"));
    let like = db.read_blocking(first).map_err(|e| e.to_string())?;
    let mut filled = 1;
    for size in SIZES {
        while filled < size {
            let (from, to, like) = (filled + 1, size.min(filled + PART) + 1, like.clone());
            db.write_blocking(move |tx| fill::fill(tx, &like, from, to)).map_err(|e| e.to_string())?;
            filled = to - 1;
        }
        place.settle()?;
        if place.items()? != size as usize {
            return Err(format!("{} items instead of {size}", place.items()?).into());
        }
        eprintln!("{engine}: {size} items");
        let server = Server::start(program, place)?;
        let lists = List { server: &server, secret: &ground.secret };
        let took = ASKED.iter().map(|(_, asked, after)| lists.p50(asked, *after)).collect::<Result<_>>()?;
        columns.push(Grown { what: "items", size, took });
    }
    let rows = ASKED.map(|(words, ..)| words);
    table::print_growth(&format!("A list of {LIMIT} items on {engine}"), "list", &rows, &columns);
    Ok(())
}

struct List<'s> {
    server: &'s Server,
    secret: &'s str,
}

impl List<'_> {
    fn p50(&self, asked: &str, after: usize) -> Result<Duration> {
        let mut request = self.request(asked);
        for _ in 0..after {
            let page: Value = serde_json::from_slice(&client::once(self.server.address, &request)?)?;
            let cursor = page["next"].as_str().ok_or_else(|| format!("{asked}: there is no next page"))?;
            request = self.request(&format!("{asked}&cursor={cursor}"));
        }
        let mut requests: [client::Requests; 1] = [Box::new(move |out| {
            out.extend_from_slice(&request);
            true
        })];
        client::drive_on(self.server.address, &mut requests, Bound::seconds(WARM_UP))?;
        Ok(client::drive_on(self.server.address, &mut requests, Bound::seconds(TIME))?.p50)
    }

    fn request(&self, asked: &str) -> Vec<u8> {
        let Server { address, .. } = self.server;
        format!(
            "GET /api/v1/projects/{PROJECT}/items?limit={LIMIT}&{asked} HTTP/1.1\r\nHost: {address}\r\n\
             Authorization: Bearer {}\r\n\r\n",
            self.secret
        )
        .into_bytes()
    }
}
