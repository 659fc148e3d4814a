//! A project with ten people and items that have a history, made by the same functions that the server calls.

use db::{Clock, Db, Settings, Tx};
use people::{
    Actor, Role, Scope,
    member::{self, Seat},
    project::{self, NewProject},
    token::{self, NewToken},
    user,
};
use plan::item::{self, Change, Kind, New, Priority};

use crate::{Result, engine::Place, ground::PROJECT};

pub const PEOPLE: usize = 10;
/// The one whose items are asked for, and who asks is the first.
pub const ASKED: usize = 3;
/// What happened to an item since it was made.
pub const CHANGES: usize = 5;

/// Items that one transaction writes.
const PART: usize = 500;

pub struct Ground {
    /// Of a token.
    pub secret: String,
    pub actor: Actor,
}

pub fn person(number: usize) -> String {
    format!("person{number}@example.org")
}

pub fn text() -> String {
    "What happens, what should happen, and how somebody else can see it. ".repeat(6)
}

/// Spreads what an item has over the items, independently of each other. `bench/redmine.rb` does the same.
pub fn spread(number: usize) -> usize {
    number * 7_919 % 1_000_003
}

/// The project with so many items.
pub fn furnish(place: &Place, items: usize) -> Result<Ground> {
    let db = Db::open(&Settings { store: place.store(), clock: Clock::System }).map_err(|e| e.to_string())?;
    let ground = db.write_blocking(people).map_err(|e| e.to_string())?;
    for first in (1..=items).step_by(PART) {
        let actor = ground.actor.clone();
        let part = first..items.min(first + PART - 1) + 1;
        let fill = move |tx: &mut Tx| part.clone().try_for_each(|number| make(tx, &actor, number));
        db.write_blocking(fill).map_err(|e| e.to_string())?;
    }
    Ok(ground)
}

fn people(tx: &mut Tx) -> base::Result<Ground> {
    let admin = actor(user::add(tx, "tom@example.org", "Tom", true, NO_PASSWORD)?);
    let new =
        NewProject { key: PROJECT.to_owned(), name: "Benchmarks".to_owned(), workstream: None, milestones: vec![] };
    project::create(tx, &admin, &new)?;
    let mut users = Vec::new();
    for number in 0..PEOPLE {
        let user = user::add(tx, &person(number), &format!("Person {number}"), false, NO_PASSWORD)?;
        let seat = Seat { role: Role::Member, trades: vec![], duties: vec![] };
        member::put(tx, &admin, PROJECT, &user.email, &seat)?;
        users.push(user);
    }
    let first = users.remove(0);
    let new = NewToken { name: "work".to_owned(), scope: None, project: None, days: None };
    let issued = token::issue(tx, &first.id, &new)?;
    Ok(Ground { secret: issued.secret, actor: actor(first) })
}

/// Nobody signs in by a password here, so none is hashed.
const NO_PASSWORD: &str = "";

fn actor(user: user::User) -> Actor {
    Actor { user: user.id, name: user.name, admin: user.admin, token: None, scope: Scope::Full, project: None }
}

/// An item and what happened to it.
fn make(tx: &mut Tx, actor: &Actor, number: usize) -> base::Result<()> {
    let spread = spread(number);
    let kind = [Kind::Bug, Kind::Story, Kind::Task][spread / 250 % 3];
    let new = New { title: format!("Item {number}"), kind: Some(kind), description: Some(text()), ..New::default() };
    let mut made = item::create(tx, actor, PROJECT, &new)?;
    let status = ["In progress", "In review", "In progress", "Done", "Done"][spread / 10 % 5];
    let priority = [Priority::Low, Priority::Medium, Priority::High, Priority::Urgent][spread / 50 % 4];
    let title = format!("Item {number} of the backlog, as somebody wrote it down");
    let changes: [Change; CHANGES] = [
        Change { status: Some(status.to_owned()), ..Change::default() },
        Change { assignee: Some(Some(person(spread % PEOPLE))), ..Change::default() },
        Change { priority: Some(priority), ..Change::default() },
        Change { estimate: Some(Some(3.0)), ..Change::default() },
        Change { title: Some(title), ..Change::default() },
    ];
    for change in changes {
        made = item::change(tx, actor, &made.key, made.version, &change)?;
    }
    Ok(())
}
