//! What both are asked, in this order, each in its own words.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::{ITEMS, ground};
use crate::{
    Result,
    client::{self, Requests},
    ground::PROJECT,
    load::Figure,
};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Load {
    /// A hundred open items of one person, the most urgent first.
    ByPriority,
    /// The same, the latest change first.
    ByChange,
    /// One item with its history.
    Item,
    Create,
}

pub const LOADS: [Load; 4] = [Load::ByPriority, Load::ByChange, Load::Item, Load::Create];

pub const PAGE: usize = 100;

impl Load {
    pub fn words(self) -> &'static str {
        match self {
            Self::ByPriority => "lists of 100 open items of one person, most urgent first",
            Self::ByChange => "lists of 100 open items of one person, latest change first",
            Self::Item => "items with their history",
            Self::Create => "new items",
        }
    }

    /// How many times what Redmine does.
    pub fn aim(self) -> u32 {
        match self {
            Self::ByPriority | Self::ByChange => 100,
            Self::Item | Self::Create => 50,
        }
    }
}

/// Where requests go, as whom, and the person whose items are asked for.
pub enum Tool {
    Slipway { address: SocketAddr, secret: String, person: String },
    Redmine { address: SocketAddr, key: String, person: i64 },
}

impl Tool {
    pub fn address(&self) -> SocketAddr {
        match self {
            Self::Slipway { address, .. } | Self::Redmine { address, .. } => *address,
        }
    }

    /// Requests of one connection.
    pub fn requests(&self, load: Load, caller: usize) -> Requests {
        match load {
            Load::ByPriority | Load::ByChange => again(vec![self.get(&self.list(load))]),
            Load::Item => {
                // Each caller goes through all items, in an order of its own.
                let all = (0..ITEMS).map(|place| 1 + (place + caller * 1_237) * 7_919 % ITEMS);
                again(all.flat_map(|number| self.item(number)).map(|path| self.get(&path)).collect())
            }
            Load::Create => again(vec![self.create()]),
        }
    }

    /// What a load came to in operations: Slipway answers an item and its history one by one.
    pub fn of_one(&self, load: Load, figure: Figure) -> Figure {
        if load != Load::Item {
            return figure;
        }
        let requests = self.item(1).len();
        Figure {
            operations: figure.operations / requests,
            rate: figure.rate / requests as f64,
            p50: figure.p50 * requests as u32,
            p99: figure.p99 * requests as u32,
            ..figure
        }
    }

    /// Asks once, and sees that it is what was meant.
    pub fn check(&self, load: Load) -> Result<()> {
        let (paths, list, least) = match (self, load) {
            (_, Load::Create) => return Ok(()),
            (Self::Slipway { .. }, Load::Item) => (self.item(7), "/items", ground::CHANGES + 1),
            (Self::Redmine { .. }, Load::Item) => (self.item(7), "/issue/journals", ground::CHANGES),
            (Self::Slipway { .. }, _) => (vec![self.list(load)], "/items", PAGE),
            (Self::Redmine { .. }, _) => (vec![self.list(load)], "/issues", PAGE),
        };
        let mut found = 0;
        for path in paths {
            let answer: Value = serde_json::from_slice(&client::once(self.address(), &self.get(&path))?)?;
            found = answer.pointer(list).and_then(Value::as_array).map_or(0, Vec::len);
        }
        if found < least { Err(format!("{load:?}: {found} instead of {least}").into()) } else { Ok(()) }
    }

    fn list(&self, load: Load) -> String {
        let urgent = load == Load::ByPriority;
        match self {
            Self::Slipway { person, .. } => {
                let sort = if urgent { "priority" } else { "updated" };
                format!(
                    "/api/v1/projects/{PROJECT}/items?category=open,doing&assignee={person}&sort={sort}&limit={PAGE}"
                )
            }
            Self::Redmine { person, .. } => {
                let sort = if urgent { "priority:desc" } else { "updated_on:desc" };
                format!("/issues.json?project_id=bench&status_id=open&assigned_to_id={person}&sort={sort}&limit={PAGE}")
            }
        }
    }

    fn item(&self, number: usize) -> Vec<String> {
        match self {
            Self::Slipway { .. } => {
                let item = format!("/api/v1/items/{PROJECT}-{number}");
                vec![item.clone(), item + "/history"]
            }
            Self::Redmine { .. } => vec![format!("/issues/{number}.json?include=journals")],
        }
    }

    fn create(&self) -> Vec<u8> {
        let (title, text) = ("A fault that somebody has just seen", ground::text());
        let (path, body) = match self {
            Self::Slipway { person, .. } => {
                let new = json!({ "kind": "bug", "title": title, "description": text, "assignee": person,
                                  "priority": "high" });
                (format!("/api/v1/projects/{PROJECT}/items"), new)
            }
            Self::Redmine { person, .. } => {
                let new = json!({ "project_id": "bench", "tracker_id": 1, "subject": title, "description": text,
                                  "assigned_to_id": person, "priority_id": 3 });
                ("/issues.json".to_owned(), json!({ "issue": new }))
            }
        };
        let body = body.to_string();
        let about = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        [self.head("POST", &path, &about), body.into_bytes()].concat()
    }

    fn get(&self, path: &str) -> Vec<u8> {
        self.head("GET", path, "")
    }

    fn head(&self, method: &str, path: &str, about: &str) -> Vec<u8> {
        let (address, who) = match self {
            Self::Slipway { address, secret, .. } => (address, format!("Authorization: Bearer {secret}")),
            Self::Redmine { address, key, .. } => (address, format!("X-Redmine-API-Key: {key}")),
        };
        format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nAccept: */*\r\n{who}\r\n{about}\r\n").into_bytes()
    }
}

/// These, one after the other, and then from the first one.
fn again(requests: Vec<Vec<u8>>) -> Requests {
    let mut next = 0;
    Box::new(move |out| {
        out.extend_from_slice(&requests[next]);
        next = (next + 1) % requests.len();
        true
    })
}
