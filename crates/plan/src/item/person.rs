//! The people of an item.

use std::collections::{HashMap, HashSet};

use base::{ProjectId, Result, UserId, refuse::invalid};
use db::Tx;
use people::{
    Actor, Person, Role,
    member::{self, Member},
    user::{self, State},
};

/// The member who is meant by `me`, an e-mail address or an id.
pub(crate) fn named(tx: &mut Tx, actor: &Actor, word: &str) -> Result<UserId> {
    if word == "me" {
        return Ok(actor.user.clone());
    }
    Ok(user::by_email(tx, word)?.map_or_else(|| UserId::from(word), |user| user.id))
}

/// The member who is meant, if they do work here.
pub fn worker(tx: &mut Tx, actor: &Actor, project: &ProjectId, field: &str, word: &str) -> Result<UserId> {
    let who = named(tx, actor, word)?;
    check_member(tx, project, field, &who)?;
    Ok(who)
}

/// Whether they do work in the project: a member, no viewer, and not shut out.
pub(crate) fn works(tx: &mut Tx, project: &ProjectId, user: &UserId) -> Result<bool> {
    let seated = matches!(member::role(tx, project, user)?, Some(Role::Member | Role::Admin));
    Ok(seated && user::get(tx, user)?.state != State::Disabled)
}

/// All who do work in the project, in one read.
pub(crate) fn workers(tx: &mut Tx, project: &ProjectId) -> Result<HashSet<UserId>> {
    let works = |member: &Member| member.role != Role::Viewer && member.user.state != State::Disabled;
    Ok(member::all(tx, project)?.into_iter().filter(works).map(|member| member.user.id).collect())
}

/// Whether they may look at the project.
pub(crate) fn sees(tx: &mut Tx, project: &ProjectId, who: &UserId) -> Result<bool> {
    Ok(user::get(tx, who)?.admin || member::role(tx, project, who)?.is_some())
}

/// Whoever works on an item is a member of its project.
pub(super) fn check_works(tx: &mut Tx, project: &ProjectId, user: &UserId) -> Result<()> {
    check_member(tx, project, "assignee", user)
}

fn check_member(tx: &mut Tx, project: &ProjectId, field: &str, user: &UserId) -> Result<()> {
    match member::role(tx, project, user)? {
        Some(Role::Member | Role::Admin) if user::get(tx, user)?.state == State::Disabled => {
            Err(invalid(field, "cannot sign in any more; choose another member"))
        }
        Some(Role::Member | Role::Admin) => Ok(()),
        Some(Role::Viewer) => Err(invalid(field, "is a viewer of this project; work is done by members")),
        None => Err(invalid(field, "must be the e-mail address of a member of this project")),
    }
}

/// People who were looked up already.
#[derive(Default)]
pub struct Faces(HashMap<UserId, Person>);

impl Faces {
    /// All of these, looked up in one read.
    pub fn known(tx: &mut Tx, users: &[UserId]) -> Result<Self> {
        let users = user::some(tx, users)?;
        Ok(Self(users.into_iter().map(|user| (user.id.clone(), user.person())).collect()))
    }

    pub fn of(&mut self, tx: &mut Tx, id: &UserId) -> Result<Person> {
        if let Some(person) = self.0.get(id) {
            return Ok(person.clone());
        }
        let person = user::person(tx, id)?;
        self.0.insert(id.clone(), person.clone());
        Ok(person)
    }
}
