//! Asking an MLflow server, with patience: what may pass is asked again, what will not is said.

use std::{fmt::Write, thread::sleep, time::Duration};

use base::{
    Error, Result,
    refuse::{busy, conflict, forbidden, invalid},
};
use serde_json::Value as Json;
use ureq::{Agent, Body, http::Response};

/// How the import signs in at the source.
#[derive(Clone, Default)]
pub struct Credentials {
    pub token: Option<String>,
    pub username: Option<String>,
    pub password: Option<String>,
}

pub struct Wire {
    agent: Agent,
    base: String,
    authorization: Option<String>,
}

/// Pauses between attempts; one more attempt than pauses.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// The largest answer that is taken: a page of 50 runs with thousands of long params and tags.
const MOST: u64 = 512 * 1024 * 1024;

const AGAIN: &str = "Run the same command again when that is mended; it goes on where it stopped.";

impl Wire {
    pub fn new(base: &str, credentials: Credentials) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_recv_response(Some(Duration::from_secs(120)))
            .user_agent("slipway-import")
            .tls_config(ureq::tls::TlsConfig::builder().root_certs(ureq::tls::RootCerts::PlatformVerifier).build());
        Self { agent: config.build().into(), base: base.to_owned(), authorization: authorization(credentials) }
    }

    /// The JSON answer; none where the server does not know the address.
    pub fn post(&self, route: &str, body: &Json) -> Result<Option<Json>> {
        let bytes = body.to_string();
        self.json(route, || self.sent(route, &bytes))
    }

    /// [`Wire::post`], where a server may refuse what others offer: the answer, or the status in its place.
    pub fn ask(&self, route: &str, body: &Json) -> Result<Result<Json, u16>> {
        let bytes = body.to_string();
        let answer = self.patient(route, may_pass, || self.sent(route, &bytes))?;
        match answer.status().as_u16() {
            status if may_pass(status) => Err(tired(route, status)),
            _ => self.answered(route, answer),
        }
    }

    /// [`Wire::list`], where a server stumbles over what it does not have: 500 is an answer.
    pub fn look(&self, route: &str, query: &[(&str, &str)]) -> Result<Result<Json, u16>> {
        let answer = self.patient(route, |status| status != 500 && may_pass(status), || self.send(route, query))?;
        self.answered(route, answer)
    }

    pub fn get(&self, route: &str, query: &[(&str, &str)]) -> Result<Option<Json>> {
        self.json(route, || self.send(route, query))
    }

    /// The JSON answer, or the status that came in its place.
    pub fn list(&self, route: &str, query: &[(&str, &str)]) -> Result<Result<Json, u16>> {
        let answer = self.patient(route, may_pass, || self.send(route, query))?;
        self.answered(route, answer)
    }

    fn answered(&self, route: &str, answer: Response<Body>) -> Result<Result<Json, u16>> {
        match answer.status().as_u16() {
            200 => {}
            status => return Ok(Err(status)),
        }
        let text = answer.into_body().into_with_config().limit(MOST).read_to_vec();
        let text = text.map_err(|e| self.unreachable(route, &e))?;
        serde_json::from_slice(&text).map(Ok).map_err(|_| self.no_mlflow(route))
    }

    /// The bytes of an answer, or the status that came in their place.
    pub fn open(&self, route: &str, query: &[(&str, &str)]) -> Result<Result<Body, u16>> {
        let answer = self.patient(route, may_pass, || self.send(route, query))?;
        let status = answer.status().as_u16();
        Ok(if status == 200 { Ok(answer.into_body()) } else { Err(status) })
    }

    fn sent(&self, route: &str, body: &str) -> Result<Response<Body>, ureq::Error> {
        let mut request = self.agent.post(format!("{}{route}", self.base)).content_type("application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        request.send(body)
    }

    fn send(&self, route: &str, query: &[(&str, &str)]) -> Result<Response<Body>, ureq::Error> {
        let mut request = self.agent.get(format!("{}{route}", self.base));
        for (key, value) in query {
            request = request.query(key, value);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        request.call()
    }

    fn json(&self, route: &str, send: impl Fn() -> Result<Response<Body>, ureq::Error>) -> Result<Option<Json>> {
        let answer = self.patient(route, may_pass, send)?;
        let status = answer.status().as_u16();
        let text = answer.into_body().into_with_config().limit(MOST).read_to_vec();
        let text = text.map_err(|e| self.unreachable(route, &e))?;
        match status {
            200 => serde_json::from_slice(&text).map(Some).map_err(|_| self.no_mlflow(route)),
            404 => Ok(None),
            status if status >= 500 || status == 429 => Err(tired(route, status)),
            status => {
                let said = String::from_utf8_lossy(&text);
                let said: String = said.chars().filter(|c| !c.is_control()).take(300).collect();
                Err(conflict(format!("The source refuses {route} with {status}: {said}")))
            }
        }
    }

    /// Asks again after what may pass, and after a lost connection.
    fn patient(
        &self,
        route: &str,
        may_pass: impl Fn(u16) -> bool,
        send: impl Fn() -> Result<Response<Body>, ureq::Error>,
    ) -> Result<Response<Body>> {
        for pause in PAUSES {
            match send() {
                Ok(answer) if may_pass(answer.status().as_u16()) => {}
                Ok(answer) => return self.admitted(answer),
                Err(_) => {}
            }
            sleep(pause);
        }
        send().map_err(|e| self.unreachable(route, &e)).and_then(|answer| self.admitted(answer))
    }

    fn admitted(&self, answer: Response<Body>) -> Result<Response<Body>> {
        match answer.status().as_u16() {
            401 | 403 => {}
            300..=399 => {
                let to = answer.headers().get("Location").and_then(|to| to.to_str().ok()).unwrap_or("elsewhere");
                let to: String = to.chars().take(300).collect();
                return Err(conflict(format!(
                    "The source points on to {to:?}, and the import goes nowhere but where it was sent. Name the address \
                     of the tracking server itself."
                )));
            }
            _ => return Ok(answer),
        }
        let how = "MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD";
        Err(forbidden(match self.authorization {
            None => format!("The source asks who you are. Set {how} in the environment."),
            Some(_) => format!("The source does not admit you. Look at {how} in the environment."),
        }))
    }

    fn unreachable(&self, route: &str, error: &ureq::Error) -> Error {
        busy(format!("{}{route} cannot be reached: {error}. {AGAIN}", self.base))
    }

    pub fn no_mlflow(&self, route: &str) -> Error {
        let why = format!("{}{route} does not answer as an MLflow tracking server does; name its address", self.base);
        invalid("SOURCE", why)
    }
}

fn tired(route: &str, status: u16) -> Error {
    busy(format!("The source answers {status} to {route}, {} times in a row. {AGAIN}", PAUSES.len() + 1))
}

fn may_pass(status: u16) -> bool {
    matches!(status, 429 | 500..) && status != 501
}

fn authorization(credentials: Credentials) -> Option<String> {
    let Credentials { token, username, password } = credentials;
    match (username, token) {
        (Some(username), _) => {
            let pair = format!("{username}:{}", password.unwrap_or_default());
            Some(format!("Basic {}", base64(pair.as_bytes())))
        }
        (None, token) => token.map(|token| format!("Bearer {token}")),
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.encode(bytes)
}

/// A path as part of an address.
pub fn encoded(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => text.push(char::from(byte)),
            _ => drop(write!(text, "%{byte:02X}")),
        }
    }
    text
}
