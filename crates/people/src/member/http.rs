use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use base::Page;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Member, Seat, list, put as put_member, remove};
use crate::{
    Right,
    door::{
        Address, Answer, App, Body, Caller, Door, Path, Policy, Problem, created, delete, get, no_content, ok, put,
    },
};

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/projects/{key}/members", Policy::Project(Right::Read))
            .summary("Who belongs to a project, with roles, trades and duties")
            .gives::<Page<Member>>()
            .to(index),
    )
    .route(
        put("/api/v1/projects/{key}/members/{email}", Policy::Project(Right::Administer))
            .summary("Make someone a member, or change what they are; someone unknown is invited")
            .takes::<Seat>()
            .gives::<Placed>()
            .to(place),
    )
    .route(
        delete("/api/v1/projects/{key}/members/{email}", Policy::Project(Right::Administer))
            .summary("Take someone out of a project")
            .to(take_out),
    )
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PlacedMember")]
struct Placed {
    #[serde(flatten)]
    member: Member,
    /// Pass it on to the invited person; it is shown this once.
    invite_url: Option<String>,
}

async fn index(State(app): State<App>, caller: Caller, Path(key): Path<String>) -> Answer<Page<Member>> {
    Ok(ok(Page::whole(app.db.read(move |tx| list(tx, &caller, &key)).await?)))
}

async fn place(
    State(app): State<App>,
    caller: Caller,
    Address(address): Address,
    Path((key, email)): Path<(String, String)>,
    Body(seat): Body<Seat>,
) -> Result<Response, Problem> {
    let seated = app.db.write(move |tx| put_member(tx, &caller, &key, &email, &seat)).await?;
    let invite_url = seated.invitation.map(|secret| format!("{address}/invite#{secret}"));
    let placed = Placed { member: seated.member, invite_url };
    let reply = if seated.is_new { created(placed) } else { ok(placed) };
    Ok(reply.into_response())
}

async fn take_out(State(app): State<App>, caller: Caller, Path((key, email)): Path<(String, String)>) -> Answer<()> {
    app.db.write(move |tx| remove(tx, &caller, &key, &email)).await?;
    Ok(no_content())
}
