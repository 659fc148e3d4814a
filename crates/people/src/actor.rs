//! Who does something, and what they may do.

use base::{
    ProjectId, Result, TokenId, UserId,
    refuse::{forbidden, not_found},
    words,
};
use db::{Event, Tx};

use crate::{Duty, member};

words! {
    /// How much a token may do of what its user may do. Each includes those before it.
    Scope {
        /// Look at everything the user sees.
        Read = "read",
        /// Log runs with their params, metrics and artifacts.
        Track = "track",
        /// Everything, decisions included.
        Full = "full",
    }
}

words! {
    /// What someone is in a project. Each includes those before it.
    Role {
        /// Sees all and decides where asked, changes nothing else.
        Viewer = "viewer",
        Member = "member",
        Admin = "admin",
    }
}

words! {
    /// One thing that one may do in a project.
    Right {
        Read = "read",
        /// Decide where a duty asks, and comment: viewers too.
        Decide = "decide",
        /// Log runs.
        Track = "track",
        /// Propose and edit experiments, ask for reviews and promotions.
        Plan = "plan",
        /// Bring an item into a column that is full, with a reason: admins, and members whose duty is scrum master.
        Overrule = "overrule",
        /// Change the project, its members and teams.
        Administer = "administer",
    }
}

/// A signed-in user, perhaps through a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub user: UserId,
    pub name: String,
    /// Administrator of the workspace: counts as an admin of every project.
    pub admin: bool,
    pub token: Option<TokenId>,
    /// `Full` for someone who signed in without a token.
    pub scope: Scope,
    /// The only project that the token opens.
    pub project: Option<ProjectId>,
}

impl Actor {
    /// An event of this actor; the token through which they act is noted.
    pub fn event(&self, kind: &'static str, subject: impl Into<String>) -> Event {
        Event::new(self.user.as_str(), kind, subject).on_behalf(self.token.as_ref().map(TokenId::as_str))
    }
}

/// Refuses unless the actor has the right. To those who may not even look, the project is absent.
pub fn require(tx: &mut Tx, actor: &Actor, right: Right, project: &ProjectId) -> Result<()> {
    let role = standing(tx, actor, project)?.ok_or_else(|| not_found("project"))?;
    match why_not(tx, actor, role, right, project)? {
        None => Ok(()),
        Some(why) => Err(forbidden(why)),
    }
}

/// Why the actor does not have the right; nothing when they have it.
pub fn may(tx: &mut Tx, actor: &Actor, right: Right, project: &ProjectId) -> Result<Option<String>> {
    Ok(match standing(tx, actor, project)? {
        None => Some("You are no member of this project.".to_owned()),
        Some(role) => why_not(tx, actor, role, right, project)?.map(str::to_owned),
    })
}

/// As [`refusal`], for someone whose duty may stand in for an admin's role.
fn why_not(tx: &mut Tx, actor: &Actor, role: Role, right: Right, project: &ProjectId) -> Result<Option<&'static str>> {
    let by_duty = right == Right::Overrule
        && role == Role::Member
        && member::duties(tx, project, &actor.user)?.contains(&Duty::ScrumMaster);
    Ok(refusal(actor.scope, if by_duty { Role::Admin } else { role }, right))
}

/// The role in which the actor meets the project, if they may look at it at all.
pub fn standing(tx: &mut Tx, actor: &Actor, project: &ProjectId) -> Result<Option<Role>> {
    if actor.project.as_ref().is_some_and(|bound| bound != project) {
        return Ok(None);
    }
    if actor.admin {
        return Ok(Some(Role::Admin));
    }
    member::role(tx, project, &actor.user)
}

/// Why someone with this scope and role lacks the right; nothing when they have it.
pub fn refusal(scope: Scope, role: Role, right: Right) -> Option<&'static str> {
    let (least_scope, least_role) = needs(right);
    if role < least_role {
        return Some(match least_role {
            Role::Admin if right == Right::Overrule => {
                "Only a scrum master or an admin of the project may overrule a limit. Ask one of them."
            }
            Role::Admin => "Only an admin of the project may do this. Ask one of them.",
            _ => {
                "Viewers look, comment and decide where they are asked. Ask an admin of the project to make you a member."
            }
        });
    }
    lacks(scope, least_scope)
}

/// Why a token of this scope is not enough; nothing when it is.
pub(crate) fn lacks(scope: Scope, least: Scope) -> Option<&'static str> {
    (scope < least).then_some(match least {
        Scope::Full => "This token may not do that: it needs the scope \"full\".",
        _ => "This token may only read: it needs the scope \"track\" or \"full\".",
    })
}

pub(crate) fn needs(right: Right) -> (Scope, Role) {
    match right {
        Right::Read => (Scope::Read, Role::Viewer),
        Right::Decide => (Scope::Full, Role::Viewer),
        Right::Track => (Scope::Track, Role::Member),
        Right::Plan => (Scope::Full, Role::Member),
        Right::Overrule | Right::Administer => (Scope::Full, Role::Admin),
    }
}

/// An event of the actor, or of the system where nobody acts.
pub(crate) fn event_of(by: Option<&Actor>, kind: &'static str, subject: impl Into<String>) -> Event {
    match by {
        Some(actor) => actor.event(kind, subject),
        None => Event::new("system", kind, subject),
    }
}

/// Refuses those who do not administer the workspace.
pub(crate) fn only_admins(actor: &Actor) -> Result<()> {
    if !actor.admin || actor.project.is_some() {
        return Err(forbidden("Only an administrator of the workspace may do this. Ask one of them."));
    }
    match lacks(actor.scope, Scope::Full) {
        None => Ok(()),
        Some(why) => Err(forbidden(why)),
    }
}
