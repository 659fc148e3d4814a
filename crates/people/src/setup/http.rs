use axum::{extract::State, http::HeaderMap};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{check, needed, take};
use crate::{
    Person,
    door::{Answer, App, Body, Door, Policy, SMALL, created, get, ok, post},
    password, session,
};

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/setup", Policy::Public)
            .summary("Whether the server still has to be set up")
            .gives::<Setup>()
            .to(show),
    )
    .route(
        post("/api/v1/setup", Policy::Public)
            .summary("Become the first administrator, with the link that the server printed, and be signed in")
            .limit(SMALL)
            .takes::<First>()
            .gives::<Person>()
            .to(set_up),
    )
}

#[derive(Debug, Serialize, JsonSchema)]
struct Setup {
    needed: bool,
}

#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct First {
    /// The link that the server printed, or the part behind its `#`.
    link: String,
    name: String,
    email: String,
    password: String,
    /// What the workspace is called.
    workspace: Option<String>,
}

async fn show(State(app): State<App>) -> Answer<Setup> {
    Ok(ok(Setup { needed: app.db.read(needed).await? }))
}

async fn set_up(State(app): State<App>, headers: HeaderMap, Body(first): Body<First>) -> Answer<Person> {
    let link = first.link.clone();
    app.db.read(move |tx| check(tx, &link)).await?;
    password::check(&first.password, &first.email)?;
    let hash = app.entrance.hash(first.password.clone()).await?;
    let agent = session::http::agent(&headers);
    let write = move |tx: &mut db::Tx| {
        let First { link, name, email, workspace, .. } = &first;
        let user = take(tx, link, email, name, &hash, workspace.as_deref())?;
        let started = session::start(tx, &user.id, &agent)?;
        Ok((user.person(), started))
    };
    let (person, started) = app.db.write(write).await?;
    Ok(session::http::with_cookies(created(person), &app.site, &started))
}
