//! The people of an item.

use std::collections::HashMap;

use base::{ProjectId, Result, UserId, refuse::invalid};
use db::Tx;
use people::{Actor, Person, Role, member, user};

/// The member who is meant by `me`, an e-mail address or an id.
pub(crate) fn named(tx: &mut Tx, actor: &Actor, word: &str) -> Result<UserId> {
    if word == "me" {
        return Ok(actor.user.clone());
    }
    Ok(user::by_email(tx, word)?.map_or_else(|| UserId::from(word), |user| user.id))
}

/// Whoever works on an item is a member of its project.
pub(super) fn check_works(tx: &mut Tx, project: &ProjectId, user: &UserId) -> Result<()> {
    match member::role(tx, project, user)? {
        Some(Role::Member | Role::Admin) => Ok(()),
        Some(Role::Viewer) => Err(invalid("assignee", "is a viewer of this project; work is done by members")),
        None => Err(invalid("assignee", "must be the e-mail address of a member of this project")),
    }
}

/// People who were looked up already.
#[derive(Default)]
pub(crate) struct Faces(HashMap<UserId, Person>);

impl Faces {
    pub fn of(&mut self, tx: &mut Tx, id: &UserId) -> Result<Person> {
        if let Some(person) = self.0.get(id) {
            return Ok(person.clone());
        }
        let person = user::person(tx, id)?;
        self.0.insert(id.clone(), person.clone());
        Ok(person)
    }
}
