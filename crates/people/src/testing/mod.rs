//! The cast of the stories, and requests without a network, for tests of this and other parts.
//!
//! CHURN: Sam (scrum master, admin), Pia (product owner), Tom (technical lead), Sol (security), Lev
//! (ethics reviewer), Dana, Mei and Ben (members), Mara and Omar (viewers). FRAUD: Rita (admin).
//! Pavel administers the workspace and is a member of both.

mod http;
pub(crate) mod store;

use std::sync::OnceLock;

use base::Result;
use db::testing::{TestDb, each_engine};
pub use http::{Answered, Client};
pub use store::Logged;

use crate::{
    Actor, Duty, Person, Project, Role, Scope,
    door::{App, Door, Settings, Site},
    member::{self, Seat},
    password,
    project::{self, NewProject, Workstream},
    token::{self, NewToken},
    user::{self, User},
};

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery staple";

/// A store in which the cast has been seated, and the door's app over it.
pub struct World<'t> {
    pub db: &'t TestDb,
    pub app: App,
    pub churn: Project,
    pub fraud: Project,
}

/// Tells the same story on each engine.
pub fn each_world(story: impl Fn(&World)) {
    each_engine(|db| story(&World::on(db)));
}

impl<'t> World<'t> {
    pub fn on(db: &'t TestDb) -> Self {
        let (churn, fraud) = db.write_blocking(settle).expect("the cast takes its seats");
        let app = App::new(db.db.clone(), Site::default());
        Self { db, app, churn, fraud }
    }

    /// One of the cast, signed in without a token.
    pub fn actor(&self, name: &str) -> Actor {
        let User { id, name, admin, .. } = self.user(name);
        Actor { user: id, name, admin, token: None, scope: Scope::Full, project: None }
    }

    pub fn person(&self, name: &str) -> Person {
        self.user(name).person()
    }

    fn user(&self, name: &str) -> User {
        let email = email(name);
        self.db.read_blocking(move |tx| Ok(user::by_email(tx, &email)?.expect("one of the cast"))).expect("a user")
    }

    /// The secret of a new token of one of the cast.
    pub fn token(&self, name: &str, scope: Scope, project: Option<&str>) -> String {
        let user = self.user(name).id;
        let new =
            NewToken { name: "story".to_owned(), scope: Some(scope), project: project.map(str::to_owned), days: None };
        self.db.write_blocking(move |tx| token::issue(tx, &user, &new)).expect("a token").secret
    }

    /// What happened so far, oldest first.
    pub fn events(&self) -> Vec<Logged> {
        self.db.read_blocking(store::events).expect("the log")
    }

    /// A client of these routes.
    pub fn client(&self, routes: impl FnOnce(Door) -> Door) -> Client {
        let settings = Settings { content_policy: "default-src 'self'".to_owned() };
        Client::new(routes(Door::new(self.app.clone())).into_router(settings))
    }
}

pub fn email(name: &str) -> String {
    format!("{}@slipway.test", name.to_lowercase())
}

const SEATS: &[(&str, Role, &[Duty])] = &[
    ("Sam", Role::Admin, &[Duty::ScrumMaster]),
    ("Pia", Role::Member, &[Duty::ProductOwner]),
    ("Tom", Role::Member, &[Duty::TechnicalLead]),
    ("Sol", Role::Member, &[Duty::Security]),
    ("Lev", Role::Member, &[Duty::EthicsReviewer]),
    ("Dana", Role::Member, &[]),
    ("Mei", Role::Member, &[]),
    ("Ben", Role::Member, &[]),
    ("Mara", Role::Viewer, &[]),
    ("Omar", Role::Viewer, &[]),
];

fn settle(tx: &mut db::Tx) -> Result<(Project, Project)> {
    let pavel = user::add(tx, &email("Pavel"), "Pavel", true, hashed())?;
    let pavel = Actor { user: pavel.id, name: pavel.name, admin: true, token: None, scope: Scope::Full, project: None };
    let churn = found(tx, &pavel, "CHURN", "Churn prevention")?;
    for (name, role, duties) in SEATS {
        join(tx, &pavel, &churn, name, *role, duties)?;
    }
    let fraud = found(tx, &pavel, "FRAUD", "Fraud detection")?;
    join(tx, &pavel, &fraud, "Rita", Role::Admin, &[])?;
    Ok((churn, fraud))
}

fn found(tx: &mut db::Tx, by: &Actor, key: &str, name: &str) -> Result<Project> {
    let workstream = Some(Workstream::Experimentation);
    project::create(tx, by, &NewProject { key: key.to_owned(), name: name.to_owned(), workstream, milestones: vec![] })
}

fn join(tx: &mut db::Tx, by: &Actor, project: &Project, name: &str, role: Role, duties: &[Duty]) -> Result<()> {
    user::add(tx, &email(name), name, false, hashed())?;
    let seat = Seat { role, trades: vec![], duties: duties.to_vec() };
    member::put(tx, by, &project.key, &email(name), &seat).map(drop)
}

/// Hashed once for all, as it takes a while.
fn hashed() -> &'static str {
    static HASHED: OnceLock<String> = OnceLock::new();
    HASHED.get_or_init(|| password::hash(PASSWORD).expect("a hash"))
}
