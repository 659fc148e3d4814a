//! Requests to a router without a network, as a story tells them.

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::runtime::Runtime;
use tower::ServiceExt;

const PAUSE: Duration = Duration::from_millis(200);

/// Asks the router; remembers what it shall send along each time.
#[derive(Clone)]
pub struct Client {
    router: Router,
    runtime: std::sync::Arc<Runtime>,
    headers: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answered {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Null where the body is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The `detail` of a problem.
    pub fn detail(&self) -> String {
        self.json()["detail"].as_str().unwrap_or_default().to_owned()
    }
}

impl Client {
    pub fn new(router: Router) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let headers = vec![("host".to_owned(), "localhost:7117".to_owned())];
        Self { router, runtime: runtime.expect("a runtime").into(), headers }
    }

    /// The same client with one more header on each request; one of that name is replaced.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut headers: Vec<_> = self.headers.iter().filter(|(found, _)| found != name).cloned().collect();
        headers.push((name.to_owned(), value.to_owned()));
        Self { router: self.router.clone(), runtime: self.runtime.clone(), headers }
    }

    pub fn without(&self, name: &str) -> Self {
        let headers = self.headers.iter().filter(|(found, _)| found != name).cloned().collect();
        Self { router: self.router.clone(), runtime: self.runtime.clone(), headers }
    }

    pub fn bearer(&self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    pub fn get(&self, path: &str) -> Answered {
        self.send(Method::GET, path, None)
    }

    pub fn post(&self, path: &str, body: Value) -> Answered {
        self.send(Method::POST, path, Some(body))
    }

    pub fn put(&self, path: &str, body: Value) -> Answered {
        self.send(Method::PUT, path, Some(body))
    }

    pub fn patch(&self, path: &str, body: Value) -> Answered {
        self.send(Method::PATCH, path, Some(body))
    }

    pub fn delete(&self, path: &str) -> Answered {
        self.send(Method::DELETE, path, None)
    }

    pub fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answered {
        match body {
            Some(body) => self.with("content-type", "application/json").raw(method, path, body.to_string()),
            None => self.raw(method, path, String::new()),
        }
    }

    pub fn raw(&self, method: Method, path: &str, body: impl Into<Vec<u8>>) -> Answered {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(body.into())).expect("a request");
        self.runtime.block_on(async {
            let Ok(response) = self.router.clone().oneshot(request).await;
            let (status, headers) = (response.status(), response.headers().clone());
            let endless = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
            let bytes = if endless { beginning(response.into_body()).await } else { whole(response.into_body()).await };
            Answered { status: status.as_u16(), headers, bytes }
        })
    }

    /// The cookies that an answer sets, to be sent with [`Client::with`] as `cookie`.
    pub fn cookies(answered: &Answered) -> String {
        let set = answered.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        set.filter_map(|cookie| cookie.split(';').next()).collect::<Vec<_>>().join("; ")
    }
}

async fn whole(body: Body) -> Vec<u8> {
    body.collect().await.expect("a whole body").to_bytes().to_vec()
}

/// What comes of a stream of events until it pauses.
async fn beginning(mut body: Body) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Ok(Some(Ok(frame))) = tokio::time::timeout(PAUSE, body.frame()).await {
        bytes.extend(frame.into_data().unwrap_or_default());
    }
    bytes
}

impl Answered {
    pub fn is(&self, status: StatusCode) -> bool {
        self.status == status.as_u16()
    }
}
