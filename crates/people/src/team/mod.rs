//! A team is people of one project who plan together.

pub(crate) mod http;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use base::{
    Error, ProjectId, Result, TeamId, UserId,
    refuse::{conflict, internal, invalid, not_found, stale},
    text,
};
use db::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Actor, Person, Project, Right, member, project::by_key, require, user};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Team {
    pub id: TeamId,
    pub name: String,
    pub members: Vec<Person>,
}

/// What a team shall be.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTeam {
    pub name: String,
    /// E-mail addresses of members of the project.
    #[serde(default)]
    pub members: Vec<String>,
}

/// What a team shall be from now on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamChange {
    pub name: String,
    /// E-mail addresses of members of the project.
    #[serde(default)]
    pub members: Vec<String>,
    /// The team as it was read. When it is another by now, nothing is changed, and the answer is 412.
    #[serde(default)]
    pub was: Option<NewTeam>,
}

const MOST_MEMBERS: usize = 200;

pub fn list(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Vec<Team>> {
    let project = by_key(tx, actor, key)?;
    store::list(tx, &project.id)
}

pub fn create(tx: &mut Tx, actor: &Actor, key: &str, new: &NewTeam) -> Result<Team> {
    let project = administered(tx, actor, key)?;
    let id = TeamId(tx.new_id());
    let name = text::line("name", &new.name, 100)?;
    let members = people(tx, &project.id, &new.members)?;
    store::insert(tx, &id, &project.id, &name).map_err(|e| taken(e, &name))?;
    store::set_members(tx, &id, &members)?;
    emit(tx, actor, "team.created", &project, &id, &members)?;
    get(tx, &project.id, &id)
}

pub fn change(tx: &mut Tx, actor: &Actor, key: &str, id: &TeamId, wanted: &TeamChange) -> Result<Team> {
    let project = administered(tx, actor, key)?;
    let old = get(tx, &project.id, id)?;
    if wanted.was.as_ref().is_some_and(|was| !is_still(was, &old)) {
        return Err(stale(serde_json::to_value(old).map_err(internal)?));
    }
    let name = text::line("name", &wanted.name, 100)?;
    let members = people(tx, &project.id, &wanted.members)?;
    store::rename(tx, &old.id, &name).map_err(|e| taken(e, &name))?;
    store::set_members(tx, &old.id, &members)?;
    emit(tx, actor, "team.changed", &project, id, &members)?;
    get(tx, &project.id, id)
}

/// Whether the team has this name and these members, in any order.
fn is_still(was: &NewTeam, team: &Team) -> bool {
    let read: BTreeSet<String> = was.members.iter().map(|email| email.to_lowercase()).collect();
    let is = team.members.iter().map(|person| person.email.to_lowercase()).collect();
    was.name == team.name && read == is
}

/// Ends the team. What else names it is the caller's to settle.
pub fn delete(tx: &mut Tx, actor: &Actor, key: &str, id: &TeamId) -> Result<()> {
    let project = administered(tx, actor, key)?;
    get(tx, &project.id, id)?;
    store::set_members(tx, id, &[])?;
    store::delete(tx, id)?;
    emit(tx, actor, "team.deleted", &project, id, &[])
}

/// Whether the project has the team. Checks no right.
pub fn exists(tx: &mut Tx, project: &ProjectId, id: &TeamId) -> Result<bool> {
    Ok(store::get(tx, project, id)?.is_some())
}

fn get(tx: &mut Tx, project: &ProjectId, id: &TeamId) -> Result<Team> {
    store::get(tx, project, id)?.ok_or_else(|| not_found("team"))
}

fn administered(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Project> {
    let project = by_key(tx, actor, key)?;
    require(tx, actor, Right::Administer, &project.id)?;
    Ok(project)
}

/// The users behind the addresses, who all belong to the project.
fn people(tx: &mut Tx, project: &ProjectId, emails: &[String]) -> Result<Vec<UserId>> {
    if emails.len() > MOST_MEMBERS {
        return Err(invalid("members", format!("must hold at most {MOST_MEMBERS}")));
    }
    let mut people = Vec::new();
    for (place, email) in emails.iter().enumerate() {
        let id = match user::by_email(tx, email)? {
            Some(user) if member::role(tx, project, &user.id)?.is_some() => user.id,
            _ => return Err(invalid(&format!("members[{place}]"), "is no member of the project; add them first")),
        };
        if !people.contains(&id) {
            people.push(id);
        }
    }
    Ok(people)
}

fn taken(error: Error, name: &str) -> Error {
    error.on("team_name", || conflict(format!("There is a team {name} already.")))
}

fn emit(
    tx: &mut Tx,
    actor: &Actor,
    kind: &'static str,
    project: &Project,
    id: &TeamId,
    members: &[UserId],
) -> Result<()> {
    let body = json!({ "team": id, "members": members });
    tx.emit(actor.event(kind, format!("team:{id}")).project(&project.id).body(body))?;
    tx.touch(Some(&project.id), format!("teams:{}", project.key));
    Ok(())
}
