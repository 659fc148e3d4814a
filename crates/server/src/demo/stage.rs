//! Where the demo's people act: the program's own routes, without a network.

use std::collections::HashMap;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, header},
};
use base::{Result, Time, refuse::internal};
use blob::Blob;
use db::{Clock, Db};
use serde_json::Value as Json;
use tower::ServiceExt;

use crate::jobs;

pub struct Stage {
    router: Router,
    clock: Clock,
    db: Db,
    blob: Blob,
    /// Each person's token.
    tokens: HashMap<&'static str, String>,
}

/// More than any answer the demo asks for.
const ANSWER: usize = 16 * 1024 * 1024;

impl Stage {
    pub fn new(router: Router, clock: Clock, db: Db, blob: Blob) -> Self {
        Self { router, clock, db, blob, tokens: HashMap::new() }
    }

    /// Time only goes on. What became due meanwhile is done.
    pub async fn at(&mut self, time: Time) -> Result<()> {
        if time > self.clock.now() {
            self.clock.set(time);
        }
        jobs::catch_up(&self.db, &self.blob).await
    }

    pub fn enters(&mut self, who: &'static str, token: String) {
        self.tokens.insert(who, token);
    }

    pub async fn acts(&self, who: &str, method: Method, path: &str, body: Json) -> Result<Json> {
        let token = self.tokens.get(who).ok_or_else(|| internal(format!("{who} is not on stage")))?;
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.ask(method, path, &[("authorization", format!("Bearer {token}"))], body).await
    }

    /// Changes what is at the path, as it is now.
    pub async fn changes(&self, who: &str, path: &str, change: Json) -> Result<Json> {
        let token = self.tokens.get(who).ok_or_else(|| internal(format!("{who} is not on stage")))?;
        let now = self.acts(who, Method::GET, path, Json::Null).await?;
        let headers = [("authorization", format!("Bearer {token}")), ("if-match", format!("\"{}\"", now["version"]))];
        self.ask(Method::PATCH, path, &headers, Body::from(change.to_string())).await
    }

    pub async fn uploads(&self, who: &str, path: &str, bytes: Vec<u8>) -> Result<()> {
        let token = self.tokens.get(who).ok_or_else(|| internal(format!("{who} is not on stage")))?;
        self.ask(Method::PUT, path, &[("authorization", format!("Bearer {token}"))], Body::from(bytes)).await.map(drop)
    }

    /// As somebody whose browser holds these cookies, or as nobody; answers the cookies that were set.
    pub async fn browses(&self, cookie: Option<&str>, path: &str, body: Json) -> Result<(Json, Option<String>)> {
        let mut headers = vec![("x-slipway", "1".to_owned())];
        headers.extend(cookie.map(|cookie| ("cookie", cookie.to_owned())));
        let answer = self.send(Method::POST, path, &headers, Body::from(body.to_string())).await?;
        let set = answer.headers().get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        let cookies: Vec<&str> = set.filter_map(|value| value.split(';').next()).collect();
        let cookies = (!cookies.is_empty()).then(|| cookies.join("; "));
        Ok((read(path, answer).await?, cookies))
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, String)], body: Body) -> Result<Json> {
        read(path, self.send(method, path, headers, body).await?).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, String)],
        body: Body,
    ) -> Result<axum::response::Response> {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost");
        request = request.header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(body).map_err(internal)?;
        self.router.clone().oneshot(request).await.map_err(internal)
    }
}

async fn read(path: &str, answer: axum::response::Response) -> Result<Json> {
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), ANSWER).await.map_err(internal)?;
    if !status.is_success() {
        return Err(internal(format!("the demo was refused at {path}: {status} {}", String::from_utf8_lossy(&bytes))));
    }
    Ok(serde_json::from_slice(&bytes).unwrap_or_default())
}
