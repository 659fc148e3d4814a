//! Who I am to the server: my projects, what I am there, and the token I came with.

use base::{Result, UserId};
use db::Tx;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    Actor, Duty, Role, Scope, member,
    project::{self, Workstream},
    token, user, workspace,
};

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Me {
    pub user: MyUser,
    pub workspace: MyWorkspace,
    pub projects: Vec<MyProject>,
    pub token: Option<MyToken>,
    /// Where the live stream was before this was read: with it as `since`, `/api/v1/live` tells what changed meanwhile.
    pub live: String,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MyUser {
    pub id: UserId,
    pub email: String,
    pub name: String,
    /// Administrator of the workspace.
    pub admin: bool,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MyWorkspace {
    pub name: String,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MyProject {
    pub key: String,
    pub name: String,
    pub workstream: Workstream,
    /// An administrator of the workspace counts as admin where they are no member.
    pub role: Role,
    pub trades: Vec<String>,
    pub duties: Vec<Duty>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MyToken {
    pub name: String,
    pub scope: Scope,
    /// The key of the only project that it opens.
    pub project: Option<String>,
}

pub fn me(tx: &mut Tx, actor: &Actor, live: &str) -> Result<Me> {
    let user = user::get(tx, &actor.user)?;
    let seats = member::seats(tx, &actor.user)?;
    let mut projects = Vec::new();
    for project in project::visible(tx, actor)? {
        let seat = seats.iter().find(|(id, _)| *id == project.id).map(|(_, seat)| seat.clone());
        let (trades, duties) = seat.as_ref().map(|seat| (seat.trades.clone(), seat.duties.clone())).unwrap_or_default();
        let role = seat.map_or(Role::Admin, |seat| seat.role);
        projects.push(MyProject {
            key: project.key,
            name: project.name,
            workstream: project.workstream,
            role,
            trades,
            duties,
        });
    }
    Ok(Me {
        user: MyUser { id: user.id, email: user.email, name: user.name, admin: user.admin },
        workspace: MyWorkspace { name: workspace::name(tx)? },
        projects,
        token: my_token(tx, actor)?,
        live: live.to_owned(),
    })
}

fn my_token(tx: &mut Tx, actor: &Actor) -> Result<Option<MyToken>> {
    let Some(id) = &actor.token else { return Ok(None) };
    let token = token::store::get(tx, id)?;
    Ok(Some(MyToken { name: token.name, scope: token.scope, project: token.project }))
}
