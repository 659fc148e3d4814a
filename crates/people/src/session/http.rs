use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, FromRequestParts, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{LONGEST_DAYS, Started, end, start};
use crate::{
    door::{Answer, App, Body, Door, Policy, Problem, Reply, SMALL, Site, cookie, delete, no_content, ok, post},
    entrance::Visitor,
    user::me::{Me, me},
};

const DAY_SECONDS: i64 = 24 * 60 * 60;

pub fn routes(door: Door) -> Door {
    door.route(
        post("/api/v1/session", Policy::Public)
            .summary("Sign in")
            .limit(SMALL)
            .takes::<SignIn>()
            .gives::<Me>()
            .to(sign_in),
    )
    .route(delete("/api/v1/session", Policy::SignedIn).summary("Sign out").to(sign_out))
}

#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    email: String,
    password: String,
}

async fn sign_in(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Body(SignIn { email, password }): Body<SignIn>,
) -> Answer<Me> {
    let actor = app.entrance.verify(&app.db, &email, &password, &visitor).await?;
    let agent = agent(&headers);
    let old = cookie(&headers, session_name(&app.site));
    let live = app.db.position();
    let write = move |tx: &mut db::Tx| {
        if let Some(old) = &old {
            end(tx, old)?;
        }
        let started = start(tx, &actor.user, &agent)?;
        Ok((me(tx, &actor, &live)?, started))
    };
    let (me, started) = app.db.write(write).await?;
    Ok(with_cookies(ok(me), &app.site, &started))
}

async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Answer<()> {
    if let Some(session) = cookie(&headers, session_name(&app.site)) {
        app.db.write(move |tx| end(tx, &session)).await?;
    }
    Ok(no_content().header(header::SET_COOKIE, set_cookie(&app.site, session_name(&app.site), "", 0)))
}

/// Hands a browser its session, and the mark that its user knows it.
pub(crate) fn with_cookies<T>(reply: Reply<T>, site: &Site, started: &Started) -> Reply<T> {
    let session = set_cookie(site, session_name(site), &started.session, LONGEST_DAYS * DAY_SECONDS);
    let device = set_cookie(site, device_name(site), &started.device, super::DEVICE_DAYS * DAY_SECONDS);
    reply.header(header::SET_COOKIE, session).header(header::SET_COOKIE, device)
}

/// No script reads it, no other site makes a browser send it.
fn set_cookie(site: &Site, name: &str, value: &str, seconds: i64) -> HeaderValue {
    let secure = if site.is_https() { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// `__Host-` binds a cookie to the host and to https, where there is https.
pub(crate) fn session_name(site: &Site) -> &'static str {
    if site.is_https() { "__Host-slipway" } else { "slipway" }
}

fn device_name(site: &Site) -> &'static str {
    if site.is_https() { "__Host-slipway-device" } else { "slipway-device" }
}

/// What the browser calls itself, in a length worth keeping.
pub(crate) fn agent(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    agent.chars().take(200).collect()
}

impl Visitor {
    pub(crate) fn of(headers: &HeaderMap, peer: Option<SocketAddr>, site: &Site) -> Self {
        let forwarded = || headers.get_all("x-forwarded-for").iter().map(|value| value.to_str().unwrap_or_default());
        let address = peer.map(|peer| site.asker(peer.ip(), forwarded()));
        Self { address, device: cookie(headers, device_name(site)) }
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
        Ok(Self::of(&parts.headers, peer, &app.site))
    }
}
