//! What a load needs before it starts: somebody with a token, a project, and runs to log to. Made
//! by the same functions that the server calls.

use base::{Result, RunId};
use db::Tx;
use lab::{experiment, run};
use people::{
    Actor, Role, Scope,
    member::{self, Seat},
    project::{self, NewProject},
    token::{self, NewToken},
    user,
};

pub const PROJECT: &str = "BENCH";

#[derive(Clone)]
pub struct Ground {
    /// A member of the project, as their token lets them act.
    pub actor: Actor,
    /// The secret of that token.
    pub secret: String,
    pub runs: Vec<RunId>,
}

pub fn furnish(tx: &mut Tx, runs: usize) -> Result<Ground> {
    let admin = user::add(tx, "tom@example.org", "Tom", true, NO_PASSWORD)?;
    let admin = actor(admin);
    let new =
        NewProject { key: PROJECT.to_owned(), name: "Benchmarks".to_owned(), workstream: None, milestones: vec![] };
    let project = project::create(tx, &admin, &new)?;
    let user = user::add(tx, "dana@example.org", "Dana", false, NO_PASSWORD)?;
    let seat = Seat { role: Role::Member, trades: vec![], duties: vec![] };
    member::put(tx, &admin, PROJECT, &user.email, &seat)?;
    let new = NewToken { name: "training".to_owned(), scope: Some(Scope::Track), project: None, days: None };
    let issued = token::issue(tx, &user.id, &new)?;
    let actor = Actor { token: Some(issued.token.id), scope: Scope::Track, ..actor(user) };
    let new = experiment::New { name: Some("load".to_owned()), ..experiment::New::default() };
    let experiment = experiment::propose(tx, &actor, &project.id, &new)?;
    let runs = (0..runs)
        .map(|_| Ok(run::create(tx, &actor, experiment.id, &run::New::default())?.id))
        .collect::<Result<_>>()?;
    Ok(Ground { actor, secret: issued.secret, runs })
}

/// Nobody signs in by a password here, so none is hashed.
const NO_PASSWORD: &str = "";

fn actor(user: user::User) -> Actor {
    Actor { user: user.id, name: user.name, admin: user.admin, token: None, scope: Scope::Full, project: None }
}
