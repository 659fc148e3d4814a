//! A project is a product or initiative that experiments, runs and decisions belong to. Its key
//! (`CHURN`) names it in addresses and never changes; nothing of it is visible to those outside.

pub(crate) mod http;
mod store;
#[cfg(test)]
mod tests;

use base::{
    Day, ProjectId, Result, Time,
    refuse::{conflict, invalid, not_found, stale},
    text, words,
};
use db::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Actor, Can, Duty, Right, Role,
    actor::only_admins,
    may,
    member::{self, Seat},
    require,
};

words! {
    /// What sort of work a project is.
    Workstream {
        Experimentation = "experimentation",
        Production = "production",
        Optimization = "optimization",
        Governance = "governance",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    pub id: ProjectId,
    pub key: String,
    pub name: String,
    pub workstream: Workstream,
    pub created_at: Time,
    pub version: i64,
}

/// A named day that the project works towards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Milestone {
    pub name: String,
    pub date: Day,
}

/// A project with what the caller is in it and may do with it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Project")]
pub struct Detail {
    pub id: ProjectId,
    pub key: String,
    pub name: String,
    pub workstream: Workstream,
    pub milestones: Vec<Milestone>,
    pub created_at: Time,
    /// Send it back in `If-Match` with a change.
    pub version: i64,
    /// Null for an administrator of the workspace who is no member.
    pub role: Option<Role>,
    pub duties: Vec<Duty>,
    /// Verbs: track, plan, administer.
    pub can: Can,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    /// 2 to 10 capital letters and digits, a letter first.
    pub key: String,
    pub name: String,
    pub workstream: Option<Workstream>,
    #[serde(default)]
    pub milestones: Vec<Milestone>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ProjectChange")]
pub struct Change {
    pub name: Option<String>,
    pub workstream: Option<Workstream>,
    pub milestones: Option<Vec<Milestone>>,
}

const MOST_MILESTONES: usize = 100;

/// The project with this key, for someone who may look at it.
pub fn by_key(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Project> {
    let project = with_key(tx, key)?;
    require(tx, actor, Right::Read, &project.id)?;
    Ok(project)
}

/// Checks no right: for what was reached through something that was checked.
pub fn get(tx: &mut Tx, id: &ProjectId) -> Result<Project> {
    store::get(tx, id)?.ok_or_else(|| not_found("project"))
}

/// Checks no right: for the command line.
pub fn with_key(tx: &mut Tx, key: &str) -> Result<Project> {
    store::by_key(tx, key)?.ok_or_else(|| not_found("project"))
}

/// All projects the actor may look at, by key.
pub fn visible(tx: &mut Tx, actor: &Actor) -> Result<Vec<Project>> {
    store::visible(tx, actor)
}

/// Administrators of the workspace make projects; whoever makes one is its first admin.
pub fn create(tx: &mut Tx, actor: &Actor, new: &NewProject) -> Result<Project> {
    only_admins(actor)?;
    let project = Project {
        id: ProjectId(tx.new_id()),
        key: check_key(&new.key)?,
        name: text::line("name", &new.name, 200)?,
        workstream: new.workstream.unwrap_or(Workstream::Experimentation),
        created_at: tx.now(),
        version: 1,
    };
    let milestones = check_milestones(&new.milestones)?;
    store::insert(tx, &project, &actor.user)
        .map_err(|e| e.on("project_key", || conflict(format!("There is a project {} already.", project.key))))?;
    store::set_milestones(tx, &project.id, &milestones)?;
    let body = json!({ "key": project.key, "workstream": project.workstream, "milestones": milestones.len() });
    tx.emit(actor.event("project.created", subject(&project)).project(&project.id).body(body))?;
    tx.touch(None, "projects");
    member::seat(tx, actor, &project, &actor.user, &Seat { role: Role::Admin, trades: vec![], duties: vec![] })?;
    Ok(project)
}

/// `version` is the one that the actor read.
pub fn change(tx: &mut Tx, actor: &Actor, key: &str, version: i64, change: &Change) -> Result<Project> {
    let old = by_key(tx, actor, key)?;
    require(tx, actor, Right::Administer, &old.id)?;
    if old.version != version {
        return Err(stale(json!(detail(tx, actor, old)?)));
    }
    let mut new = old.clone();
    if let Some(name) = &change.name {
        new.name = text::line("name", name, 200)?;
    }
    new.workstream = change.workstream.unwrap_or(old.workstream);
    let milestones = change.milestones.as_deref().map(check_milestones).transpose()?;
    if new == old && milestones.is_none() {
        return Ok(old);
    }
    new.version += 1;
    store::update(tx, &new)?;
    if let Some(milestones) = &milestones {
        store::set_milestones(tx, &new.id, milestones)?;
    }
    let body = json!({ "name": new.name, "workstream": new.workstream, "milestones": milestones });
    tx.emit(actor.event("project.changed", subject(&new)).project(&new.id).body(body))?;
    tx.touch(None, "projects");
    Ok(new)
}

pub fn detail(tx: &mut Tx, actor: &Actor, project: Project) -> Result<Detail> {
    let milestones = store::milestones(tx, &project.id)?;
    let role = member::role(tx, &project.id, &actor.user)?;
    let duties = member::duties(tx, &project.id, &actor.user)?;
    let mut can = Can::new();
    for right in [Right::Track, Right::Plan, Right::Administer] {
        can = can.with(right.as_str(), may(tx, actor, right, &project.id)?);
    }
    let Project { id, key, name, workstream, created_at, version } = project;
    Ok(Detail { id, key, name, workstream, milestones, created_at, version, role, duties, can })
}

pub(crate) fn subject(project: &Project) -> String {
    format!("project:{}", project.key)
}

fn check_key(key: &str) -> Result<String> {
    let rest_fits = |rest: &str| rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if (2..=10).contains(&key.len()) && key.starts_with(|c: char| c.is_ascii_uppercase()) && rest_fits(&key[1..]) {
        return Ok(key.to_owned());
    }
    Err(invalid("key", "must be 2 to 10 capital letters and digits, a letter first, like CHURN"))
}

fn check_milestones(milestones: &[Milestone]) -> Result<Vec<Milestone>> {
    if milestones.len() > MOST_MILESTONES {
        return Err(invalid("milestones", format!("must hold at most {MOST_MILESTONES}")));
    }
    let check = |(place, milestone): (usize, &Milestone)| {
        let name = text::line(&format!("milestones[{place}].name"), &milestone.name, 200)?;
        Ok(Milestone { name, date: milestone.date.clone() })
    };
    milestones.iter().enumerate().map(check).collect()
}
