//! A member is a user in a project, with a role (what they may do), trades (what they do for a
//! living) and duties (what they answer for). Someone unknown who is made a member is invited to
//! the workspace. Each project keeps an admin.

pub(crate) mod http;
mod store;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use base::{
    ProjectId, Result, UserId,
    refuse::{conflict, invalid, not_found},
    text, words,
};
use db::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Actor, Person, Project, Right, Role, invitation,
    project::{self, by_key},
    require,
    user::{self, State, User},
};

words! {
    /// What a person answers for in a project.
    Duty {
        TechnicalLead = "technical_lead",
        ProductOwner = "product_owner",
        Security = "security",
        EthicsReviewer = "ethics_reviewer",
        ScrumMaster = "scrum_master",
    }
}

/// What someone is in a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    pub role: Role,
    /// What they do for a living, each a word like `data_scientist`.
    #[serde(default)]
    pub trades: Vec<String>,
    #[serde(default)]
    pub duties: Vec<Duty>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "MemberUser")]
pub struct SeatedUser {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub state: State,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Member {
    pub user: SeatedUser,
    pub role: Role,
    pub trades: Vec<String>,
    pub duties: Vec<Duty>,
}

/// What came of making someone a member.
#[derive(Clone, Debug)]
pub struct Seated {
    pub member: Member,
    pub is_new: bool,
    /// The secret of the invitation that the person needs to come in; shown this once.
    pub invitation: Option<String>,
}

const MOST_TRADES: usize = 10;

/// The user's role in the project; none when they are no member.
pub fn role(tx: &mut Tx, project: &ProjectId, user: &UserId) -> Result<Option<Role>> {
    store::role(tx, project, user)
}

/// Those of these who are members, in one read.
pub fn among(tx: &mut Tx, project: &ProjectId, users: &[UserId]) -> Result<HashSet<UserId>> {
    store::among(tx, project, users)
}

pub fn duties(tx: &mut Tx, project: &ProjectId, user: &UserId) -> Result<Vec<Duty>> {
    store::duties(tx, project, user)
}

/// The people who answer for the duty, by name. Those who have not joined yet, and those who were
/// shut out, can decide nothing and do not count.
pub fn holders(tx: &mut Tx, project: &ProjectId, duty: Duty) -> Result<Vec<Person>> {
    store::holders(tx, project, duty)
}

pub fn list(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Vec<Member>> {
    let project = by_key(tx, actor, key)?;
    store::list(tx, &project.id)
}

/// All who are in the project, by name. Checks no right.
pub fn all(tx: &mut Tx, project: &ProjectId) -> Result<Vec<Member>> {
    store::list(tx, project)
}

/// What the user is in each of their projects.
pub fn seats(tx: &mut Tx, user: &UserId) -> Result<Vec<(ProjectId, Seat)>> {
    store::seats(tx, user)
}

/// Makes the person a member, or changes what they are.
pub fn put(tx: &mut Tx, actor: &Actor, key: &str, email: &str, seat_as: &Seat) -> Result<Seated> {
    let project = by_key(tx, actor, key)?;
    require(tx, actor, Right::Administer, &project.id)?;
    let user = match user::by_email(tx, email)? {
        Some(user) => user,
        None => user::invite(tx, actor, email)?,
    };
    let is_new = store::role(tx, &project.id, &user.id)?.is_none();
    let vouches = user.state != State::Invited || administers_all_projects_of(tx, actor, &user.id)?;
    if is_new && !vouches {
        return Err(conflict(format!(
            "{} was invited by someone else and has not come in yet. Add them once they have.",
            user.email
        )));
    }
    seat(tx, actor, &project, &user.id, seat_as)?;
    let invitation = if vouches { invitation::offer(tx, actor, &user)? } else { None };
    let member = get(tx, &project.id, &user)?;
    Ok(Seated { member, is_new, invitation })
}

/// Whoever holds an invitation could come in as the invited person. So only those who may see all
/// that the person will see make one.
fn administers_all_projects_of(tx: &mut Tx, actor: &Actor, user: &UserId) -> Result<bool> {
    for (project, _) in store::seats(tx, user)? {
        if crate::may(tx, actor, Right::Administer, &project)?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Gives the user this seat; asks nobody.
pub(crate) fn seat(tx: &mut Tx, actor: &Actor, project: &Project, user: &UserId, seat: &Seat) -> Result<()> {
    let seat = check(seat)?;
    let old = store::seat(tx, &project.id, user)?;
    if old.as_ref() == Some(&seat) {
        return Ok(());
    }
    if seat.role != Role::Admin {
        keep_an_admin(tx, &project.id, user)?;
    }
    store::set(tx, &project.id, user, &seat)?;
    let body = json!({ "user": user, "role": seat.role, "trades": seat.trades, "duties": seat.duties });
    emit(tx, actor, "member.set", project, body)
}

pub fn remove(tx: &mut Tx, actor: &Actor, key: &str, email: &str) -> Result<()> {
    let project = by_key(tx, actor, key)?;
    require(tx, actor, Right::Administer, &project.id)?;
    let user = user::by_email(tx, email)?.ok_or_else(|| not_found("member"))?;
    store::role(tx, &project.id, &user.id)?.ok_or_else(|| not_found("member"))?;
    keep_an_admin(tx, &project.id, &user.id)?;
    store::remove(tx, &project.id, &user.id)?;
    if store::seats(tx, &user.id)?.is_empty() {
        invitation::withdraw(tx, &user.id)?;
    }
    emit(tx, actor, "member.removed", &project, json!({ "user": user.id }))
}

/// Says that pages which list the user among a project's members should read again.
pub(crate) fn touch_all_of(tx: &mut Tx, user: &UserId) -> Result<()> {
    for (id, _) in store::seats(tx, user)? {
        let project = project::get(tx, &id)?;
        tx.touch(Some(&id), subject(&project));
    }
    Ok(())
}

fn subject(project: &Project) -> String {
    format!("members:{}", project.key)
}

fn emit(tx: &mut Tx, actor: &Actor, kind: &'static str, project: &Project, body: serde_json::Value) -> Result<()> {
    tx.emit(actor.event(kind, subject(project)).project(&project.id).body(body))?;
    tx.touch(Some(&project.id), project::subject(project));
    Ok(())
}

/// Refuses when without this user nobody could administer the project any more.
fn keep_an_admin(tx: &mut Tx, project: &ProjectId, user: &UserId) -> Result<()> {
    let is_admin = store::role(tx, project, user)? == Some(Role::Admin);
    if is_admin && !store::other_admin(tx, project, user)? {
        return Err(conflict("This is the project's last admin. Make someone else an admin first."));
    }
    Ok(())
}

fn get(tx: &mut Tx, project: &ProjectId, user: &User) -> Result<Member> {
    let Seat { role, trades, duties } = store::seat(tx, project, &user.id)?.ok_or_else(|| not_found("member"))?;
    let (id, email, name) = (user.id.clone(), user.email.clone(), user.name.clone());
    Ok(Member { user: SeatedUser { id, email, name, state: user.state }, role, trades, duties })
}

fn check(seat: &Seat) -> Result<Seat> {
    if seat.trades.len() > MOST_TRADES {
        return Err(invalid("trades", format!("must hold at most {MOST_TRADES}")));
    }
    let mut trades = Vec::new();
    for (place, trade) in seat.trades.iter().enumerate() {
        let trade = text::line(&format!("trades[{place}]"), trade, 60)?;
        if !trades.contains(&trade) {
            trades.push(trade);
        }
    }
    let mut duties = seat.duties.clone();
    duties.sort();
    duties.dedup();
    Ok(Seat { role: seat.role, trades, duties })
}
