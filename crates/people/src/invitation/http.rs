use axum::{extract::State, http::HeaderMap};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{invited, take};
use crate::{
    Person,
    door::{Answer, App, Body, Door, Policy, SMALL, created, ok, post},
    password, session,
};

pub fn routes(door: Door) -> Door {
    door.route(
        post("/api/v1/invitation", Policy::Public)
            .summary("Take an invitation: choose a password, and be signed in")
            .limit(SMALL)
            .takes::<Taken>()
            .gives::<Person>()
            .to(accept),
    )
    .route(
        post("/api/v1/invitation/check", Policy::Public)
            .summary("Whom an invitation is for, without taking it")
            .limit(SMALL)
            .takes::<Shown>()
            .gives::<Person>()
            .to(check),
    )
}

/// In the body, because addresses are written into logs.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ShownInvitation")]
struct Shown {
    /// The link of the invitation, or the part behind its `#`.
    link: String,
}

async fn check(State(app): State<App>, Body(shown): Body<Shown>) -> Answer<Person> {
    let user = app.db.read(move |tx| invited(tx, &shown.link)).await?;
    Ok(ok(user.person()))
}

#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Taken {
    /// The link of the invitation, or the part behind its `#`.
    link: String,
    name: Option<String>,
    password: String,
}

async fn accept(State(app): State<App>, headers: HeaderMap, Body(taken): Body<Taken>) -> Answer<Person> {
    let link = taken.link.clone();
    let user = app.db.read(move |tx| invited(tx, &link)).await?;
    password::check(&taken.password, &user.email)?;
    let hash = app.entrance.hash(taken.password.clone()).await?;
    let agent = session::http::agent(&headers);
    let write = move |tx: &mut db::Tx| {
        let user = take(tx, &taken.link, taken.name.as_deref(), &hash)?;
        let started = session::start(tx, &user.id, &agent)?;
        Ok((user.person(), started))
    };
    let (person, started) = app.db.write(write).await?;
    app.forget();
    Ok(session::http::with_cookies(created(person), &app.site, &started))
}
