//! The people of the demo.

use axum::http::Method;
use base::{Result, refuse::internal};
use serde_json::{Value as Json, json};

use super::{recording::Recording, stage::Stage};

pub struct Person {
    /// How the recording calls them.
    pub who: &'static str,
    pub name: &'static str,
    pub what: &'static str,
    role: &'static str,
    trades: &'static [&'static str],
    duties: &'static [&'static str],
}

impl Person {
    pub fn email(&self) -> String {
        format!("{}@example.org", self.who)
    }
}

/// Who administers the workspace.
pub const SAM: Person = Person {
    who: "sam",
    name: "Sam",
    what: "scrum master, admin",
    role: "admin",
    trades: &["scrum_master"],
    duties: &["scrum_master"],
};

const fn member(who: &'static str, name: &'static str, what: &'static str, trades: &'static [&'static str]) -> Person {
    Person { who, name, what, role: "member", trades, duties: &[] }
}

const TEAM: &[Person] = &[
    member("dana", "Dana", "data scientist", &["data_scientist"]),
    member("lev", "Lev", "data scientist", &["data_scientist"]),
    member("mei", "Mei", "ML engineer", &["ml_engineer"]),
    Person { duties: &["technical_lead"], ..member("tom", "Tom", "technical lead", &["ml_engineer"]) },
    Person { duties: &["product_owner"], ..member("pia", "Pia", "product owner", &["product_manager"]) },
    Person { role: "viewer", duties: &["security"], ..member("sol", "Sol", "security", &["security_engineer"]) },
    Person {
        role: "viewer",
        duties: &["ethics_reviewer"],
        ..member("mara", "Mara", "ethics reviewer", &["business_analyst"])
    },
    Person { role: "viewer", ..member("omar", "Omar", "stakeholder", &["business_analyst"]) },
];

/// Whose logins are printed: someone who administers, someone who experiments, someone who is waited for, and
/// someone who can deploy then.
pub const LOGINS: &[Person] = &[SAM, TEAM_DANA, TEAM_SOL, TEAM_TOM];
const TEAM_DANA: Person = member("dana", "Dana", "data scientist", &[]);
const TEAM_SOL: Person = member("sol", "Sol", "security, is waited for", &[]);
const TEAM_TOM: Person = member("tom", "Tom", "technical lead, deploys", &[]);

/// Sam sets the workspace up and invites the others; everybody gets a token to act with.
pub async fn arrives(stage: &mut Stage, recording: &Recording, link: &str, password: &str) -> Result<()> {
    let setup =
        json!({ "link": link, "name": SAM.name, "email": SAM.email(), "password": password, "workspace": "Demo" });
    let (_, cookie) = stage.browses(None, "/api/v1/setup", setup).await?;
    get_token(stage, SAM.who, cookie).await?;
    for project in &recording.projects {
        let new = json!({ "key": project.key, "name": project.name, "workstream": project.workstream });
        stage.acts(SAM.who, Method::POST, "/api/v1/projects", new).await?;
        for person in [&SAM].into_iter().chain(TEAM) {
            let path = format!("/api/v1/projects/{}/members/{}", project.key, person.email());
            let set = json!({ "role": person.role, "trades": person.trades, "duties": person.duties });
            let member = stage.acts(SAM.who, Method::PUT, &path, set).await?;
            if let Some(invitation) = member["invite_url"].as_str() {
                accept(stage, person, invitation, password).await?;
            }
        }
    }
    Ok(())
}

async fn accept(stage: &mut Stage, person: &Person, invitation: &str, password: &str) -> Result<()> {
    let (_, link) = invitation.rsplit_once('#').ok_or_else(|| internal("an invitation without a link"))?;
    let body = json!({ "link": link, "name": person.name, "password": password });
    let (_, cookie) = stage.browses(None, "/api/v1/invitation", body).await?;
    get_token(stage, person.who, cookie).await
}

async fn get_token(stage: &mut Stage, who: &'static str, cookie: Option<String>) -> Result<()> {
    let asked = json!({ "name": "demo", "days": 365 });
    let (token, _): (Json, _) = stage.browses(cookie.as_deref(), "/api/v1/tokens", asked).await?;
    let secret = token["secret"].as_str().ok_or_else(|| internal("a token without a secret"))?;
    stage.enters(who, secret.to_owned());
    Ok(())
}
