//! A token lets a program act for its user, as far as its scope and project go, until it expires or
//! is revoked. Its secret is shown once; the store keeps a hash.

pub(crate) mod http;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use base::{
    ProjectId, Result, Time, TokenId, UserId,
    refuse::{forbidden, invalid, not_found},
    text,
};
use db::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Actor, Scope, actor::event_of, project, secret};

/// What every token's secret starts with, so that people and scanners recognise one.
pub const PREFIX: &str = "slp_";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Token {
    pub id: TokenId,
    pub name: String,
    pub scope: Scope,
    /// The key of the only project that it opens.
    pub project: Option<String>,
    pub created_at: Time,
    pub expires_at: Option<Time>,
    /// To within some minutes.
    pub used_at: Option<Time>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    pub name: String,
    /// `full` unless said otherwise.
    pub scope: Option<Scope>,
    /// The key of the only project that it shall open.
    pub project: Option<String>,
    /// How many days it works, 1 to 730; 90 unless said otherwise.
    pub days: Option<i64>,
}

const USUAL_DAYS: i64 = 90;
const MOST_DAYS: i64 = 730;

/// A token with its secret, which nobody can read again.
#[derive(Clone, Debug)]
pub struct Issued {
    pub token: Token,
    pub secret: String,
}

/// A token of the actor. One made with another token opens no more and lives no longer than that.
pub fn create(tx: &mut Tx, actor: &Actor, new: &NewToken) -> Result<Issued> {
    let project = new.project.as_deref().map(|key| project::by_key(tx, actor, key)).transpose()?.map(|found| found.id);
    if actor.project.is_some() && project != actor.project {
        return Err(forbidden("This token opens one project only, so tokens made with it name that project."));
    }
    let scope = new.scope.unwrap_or(Scope::Full);
    if scope > actor.scope {
        return Err(forbidden(format!("This token may not make one of the scope \"{scope}\".")));
    }
    let until = match &actor.token {
        Some(token) => store::expires_at(tx, token)?,
        None => None,
    };
    insert(tx, Some(actor), &actor.user, new, scope, project.as_ref(), until)
}

/// A token of any user, as the command line makes it. Whoever runs it holds the data anyway.
pub fn issue(tx: &mut Tx, user: &UserId, new: &NewToken) -> Result<Issued> {
    let project = new.project.as_deref().map(|key| project::with_key(tx, key)).transpose()?;
    insert(tx, None, user, new, new.scope.unwrap_or(Scope::Full), project.map(|found| found.id).as_ref(), None)
}

fn insert(
    tx: &mut Tx,
    by: Option<&Actor>,
    user: &UserId,
    new: &NewToken,
    scope: Scope,
    project: Option<&ProjectId>,
    until: Option<Time>,
) -> Result<Issued> {
    let name = text::line("name", &new.name, 100)?;
    let days = new.days.unwrap_or(USUAL_DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(invalid("days", format!("must be between 1 and {MOST_DAYS}")));
    }
    let asked = tx.now().plus_days(days);
    let expires_at = until.map_or(asked, |until| until.min(asked));
    let id = TokenId(tx.new_id());
    let secret = format!("{PREFIX}{}", secret::new(tx));
    store::insert(tx, &id, &secret::hash(&secret), user, &name, scope, project, expires_at)?;
    let body = json!({ "token": id, "user": user, "scope": scope, "expires_at": expires_at });
    emit(tx, event_of(by, "token.created", subject(&id)).body(body))?;
    Ok(Issued { token: store::get(tx, &id)?, secret })
}

/// The tokens of the actor that are not revoked, newest first.
pub fn list(tx: &mut Tx, actor: &Actor) -> Result<Vec<Token>> {
    store::list(tx, &actor.user, actor.project.as_ref())
}

/// Ends a token at once. Administrators of the workspace may end anybody's.
pub fn revoke(tx: &mut Tx, actor: &Actor, id: &TokenId) -> Result<()> {
    let (owner, project) = store::owner(tx, id)?.ok_or_else(|| not_found("token"))?;
    let in_reach = actor.project.is_none() || actor.project == project;
    if !in_reach || (owner != actor.user && !actor.admin) {
        return Err(not_found("token"));
    }
    store::revoke(tx, id)?;
    let body = json!({ "token": id, "user": owner });
    emit(tx, actor.event("token.revoked", subject(id)).body(body))
}

/// No event of a project, though a token may be bound to one: it is its user's own affair.
fn emit(tx: &mut Tx, event: db::Event) -> Result<()> {
    tx.emit(event)?;
    tx.touch(None, "tokens");
    Ok(())
}

fn subject(id: &TokenId) -> String {
    format!("token:{id}")
}
