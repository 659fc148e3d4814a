use axum::{extract::State, http::HeaderMap};
use base::{Kind, Page, UserId, refuse::invalid};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Change, User, change, get as get_user,
    me::{Me, me},
    rename, set_password, visible,
};
use crate::{
    door::{Answer, App, Body, Caller, Door, Path, Policy, SMALL, get, no_content, ok, patch, put},
    entrance::Visitor,
    password::check,
    session::{
        self,
        http::{agent, with_cookies},
    },
};

pub fn routes(door: Door) -> Door {
    door.route(get("/api/v1/me", Policy::SignedIn).summary("Who I am, and my projects").gives::<Me>().to(show_me))
        .route(
            patch("/api/v1/me", Policy::SignedIn)
                .summary("Change the name under which others see me")
                .limit(SMALL)
                .takes::<MyChange>()
                .gives::<Me>()
                .to(update_me),
        )
        .route(
            put("/api/v1/me/password", Policy::SignedIn)
                .summary("Choose a new password; it ends all my sessions but this one")
                .limit(SMALL)
                .takes::<NewPassword>()
                .to(renew),
        )
        .route(
            get("/api/v1/users", Policy::SignedIn)
                .summary("The people with whom I share a project; administrators see everyone")
                .gives::<Page<User>>()
                .to(index),
        )
        .route(
            patch("/api/v1/users/{id}", Policy::WorkspaceAdmin)
                .summary("Make someone an administrator, or shut them out")
                .takes::<Change>()
                .gives::<User>()
                .to(update),
        )
}

#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    current: String,
    password: String,
}

async fn show_me(State(app): State<App>, caller: Caller) -> Answer<Me> {
    let live = app.db.position();
    Ok(ok(app.db.read(move |tx| me(tx, &caller, &live)).await?))
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MyChange {
    name: String,
}

async fn update_me(State(app): State<App>, caller: Caller, Body(MyChange { name }): Body<MyChange>) -> Answer<Me> {
    let live = app.db.position();
    let write = move |tx: &mut db::Tx| {
        rename(tx, &caller, &name)?;
        me(tx, &caller, &live)
    };
    let me = app.db.write(write).await?;
    app.forget();
    Ok(ok(me))
}

/// The old password is asked for again, so that a forgotten open browser is not enough.
async fn renew(
    State(app): State<App>,
    caller: Caller,
    visitor: Visitor,
    headers: HeaderMap,
    Body(NewPassword { current, password }): Body<NewPassword>,
) -> Answer<()> {
    let id = caller.user.clone();
    let user = app.db.read(move |tx| get_user(tx, &id)).await?;
    let current = app.entrance.verify(&app.db, &user.email, &current, &visitor).await;
    current.map_err(|e| if e.is(Kind::Unauthenticated) { invalid("current", "is wrong") } else { e })?;
    check(&password, &user.email)?;
    let hash = app.entrance.hash(password).await?;
    let agent = agent(&headers);
    let write = move |tx: &mut db::Tx| {
        set_password(tx, &user.id, &hash)?;
        session::start(tx, &user.id, &agent)
    };
    let started = app.db.write(write).await?;
    app.forget();
    Ok(with_cookies(no_content(), &app.site, &started))
}

async fn index(State(app): State<App>, caller: Caller) -> Answer<Page<User>> {
    Ok(ok(Page::whole(app.db.read(move |tx| visible(tx, &caller)).await?)))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
    Body(wanted): Body<Change>,
) -> Answer<User> {
    let user = app.db.write(move |tx| change(tx, &caller, &id, &wanted)).await?;
    app.forget();
    Ok(ok(user))
}
