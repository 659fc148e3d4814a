//! Who may use a route, as far as can be said before its handler runs.

use base::{Result, refuse::forbidden};

use crate::{
    Actor, Right, Scope,
    actor::{lacks, needs},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Anyone; nobody is asked who they are.
    Public,
    /// Anyone who is signed in. Writing takes a token of full scope.
    SignedIn,
    /// Administrators of the workspace, and not with a token bound to a project.
    WorkspaceAdmin,
    /// Those with the right in the project. Where the path holds `{key}` the door asks; elsewhere
    /// (an object by its id) it looks at the token's scope only and the rule asks [`crate::require`].
    Project(Right),
}

impl Policy {
    /// `safe`: the method changes nothing.
    pub(super) fn check(self, actor: &Actor, safe: bool) -> Result<()> {
        let least = match self {
            Policy::Public => Scope::Read,
            Policy::SignedIn | Policy::WorkspaceAdmin if safe => Scope::Read,
            Policy::SignedIn | Policy::WorkspaceAdmin => Scope::Full,
            Policy::Project(right) => needs(right).0,
        };
        if let Some(why) = lacks(actor.scope, least) {
            return Err(forbidden(why));
        }
        if self == Policy::WorkspaceAdmin && !actor.admin {
            return Err(forbidden("Only an administrator of the workspace may do this. Ask one of them."));
        }
        if self == Policy::WorkspaceAdmin && actor.project.is_some() {
            return Err(forbidden("This token opens one project only; this concerns the whole workspace."));
        }
        Ok(())
    }
}

impl std::fmt::Display for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Policy::Public => f.write_str("public"),
            Policy::SignedIn => f.write_str("signed in"),
            Policy::WorkspaceAdmin => f.write_str("workspace admin"),
            Policy::Project(right) => write!(f, "project: {right}"),
        }
    }
}
