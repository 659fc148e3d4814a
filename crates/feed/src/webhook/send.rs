//! One request to a receiver: signed, to an address that was looked at, without following where the
//! answer points and without reading what it says.

use std::{
    io::ErrorKind,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use base::{
    DeliveryId, Result, Time,
    refuse::{internal, invalid},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use ureq::{
    Agent, Error,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

use super::{
    Language,
    target::{Allowed, Inside, Target},
};

/// From looking the name up to the answer's status.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends to receivers, in their language. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Post {
    pub language: Language,
    agent: Agent,
    allowed: Arc<Allowed>,
}

/// What is sent, and where to.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub id: DeliveryId,
    pub url: String,
    pub secret: Option<String>,
    pub body: String,
    pub at: Time,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Of the answer, if one came.
    pub status: Option<u16>,
    /// Why the receiver has not taken it.
    pub why: Option<String>,
}

impl Post {
    pub fn new(language: Language, allowed: Allowed) -> Self {
        let allowed = Arc::new(allowed);
        let roots = ureq::tls::RootCerts::PlatformVerifier;
        let config = Agent::config_builder()
            .https_only(true)
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_idle_connections(0)
            .timeout_global(Some(PATIENCE))
            .user_agent("Slipway")
            .tls_config(ureq::tls::TlsConfig::builder().root_certs(roots).build())
            .build();
        let guard = Guard { allowed: Arc::clone(&allowed), names: DefaultResolver::default() };
        Self { language, agent: Agent::with_parts(config, DefaultConnector::default(), guard), allowed }
    }

    /// Refuses an address that nothing would be sent to.
    pub async fn look_up(&self, url: &str) -> Result<()> {
        let target = Target::of(url)?;
        let place = (target.host.clone(), target.port);
        let unknown = || invalid("url", "names a host that cannot be found");
        let found = tokio::time::timeout(PATIENCE, tokio::net::lookup_host(place)).await.map_err(|_| unknown())?;
        let found: Vec<SocketAddr> = found.map_err(|_| unknown())?.collect();
        if found.is_empty() {
            return Err(unknown());
        }
        target.check(&self.allowed, &found).map_err(|inside| invalid("url", inside.to_string()))
    }

    pub(super) async fn send(&self, parcel: Parcel) -> Result<Outcome> {
        let post = self.clone();
        tokio::task::spawn_blocking(move || post.send_now(&parcel)).await.map_err(internal)
    }

    fn send_now(&self, parcel: &Parcel) -> Outcome {
        let seconds = (parcel.at.ms() / 1_000).to_string();
        let names = self.language.headers;
        let mut request = self
            .agent
            .post(&parcel.url)
            .content_type("application/json")
            .header(names.delivery, parcel.id.as_str())
            .header(names.timestamp, &seconds);
        if let Some(secret) = &parcel.secret {
            request = request.header(names.signature, signature(secret, &parcel.id, &seconds, &parcel.body));
        }
        match request.send(&parcel.body) {
            Ok(answer) => judge(answer.status().as_u16()),
            Err(error) => Outcome { status: None, why: Some(explain(&error)) },
        }
    }
}

/// As the Standard Webhooks convention has it, so that what is sent cannot be sent again later as new.
pub(super) fn signature(secret: &str, id: &DeliveryId, seconds: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// Anything but a success means that it has not arrived, a redirect too.
fn judge(status: u16) -> Outcome {
    let why = match status {
        200..300 => None,
        300..400 => Some(format!("it answered {status}, and redirects are not followed")),
        _ => Some(format!("it answered {status}")),
    };
    Outcome { status: Some(status), why }
}

/// In fixed sentences: what the system or the receiver's certificate says may name what lies inside.
fn explain(error: &Error) -> String {
    match error {
        Error::Timeout(_) => format!("no answer within {} seconds", PATIENCE.as_secs()),
        Error::HostNotFound => "its host cannot be found".to_owned(),
        Error::Other(why) if why.is::<Inside>() => format!("it {Inside}"),
        Error::Io(why) if why.kind() == ErrorKind::ConnectionRefused => "its host refused the connection".to_owned(),
        Error::Io(why) if why.kind() != ErrorKind::InvalidData => "the connection broke off".to_owned(),
        Error::Io(_) | Error::Tls(_) | Error::Rustls(_) => {
            "it shows no certificate that this server trusts, or does not speak TLS".to_owned()
        }
        _ => "it cannot be reached, or its answer cannot be understood".to_owned(),
    }
}

/// Looks names up and lets pass what may be connected to; the connector takes these addresses and no
/// others.
#[derive(Debug)]
struct Guard {
    allowed: Arc<Allowed>,
    names: DefaultResolver,
}

impl Resolver for Guard {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let target = Target::of(&uri.to_string()).map_err(|refusal| Error::BadUri(refusal.detail().to_owned()))?;
        let found = match target.host.parse::<IpAddr>() {
            Ok(address) => {
                let mut found = self.empty();
                found.push(SocketAddr::new(address, target.port));
                found
            }
            Err(_) => self.names.resolve(uri, config, timeout)?,
        };
        target.check(&self.allowed, &found).map_err(|inside| Error::Other(Box::new(inside)))?;
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What MLflow's documented way of verifying computes for the same words.
    #[test]
    fn a_signature_is_the_one_that_receivers_compute() {
        let signed = signature("my secret", &"d-1".into(), "1700000000", r#"{"a": 1}"#);
        assert_eq!(signed, "v1,OiTv24Zrq+SaDGwk4GOGhcRCMYdPaZ1YvmXdL0/2h4E=");
    }

    /// Whoever made the webhook learns nothing of what the server sees.
    #[test]
    fn what_went_wrong_is_told_in_fixed_sentences() {
        let broken = |kind, said: &str| explain(&Error::Io(std::io::Error::new(kind, said.to_owned())));
        assert_eq!(broken(ErrorKind::ConnectionRefused, "10.0.0.7:443"), "its host refused the connection");
        assert_eq!(broken(ErrorKind::ConnectionReset, "10.0.0.7:443"), "the connection broke off");
        assert!(
            broken(ErrorKind::InvalidData, "not valid for db.inner.example").starts_with("it shows no certificate")
        );
        assert!(explain(&Error::Other(Box::new(Inside))).starts_with("it points to what is not a public address"));
        assert!(!explain(&Error::Other("db.inner.example".into())).contains("inner"));
    }

    #[test]
    fn only_a_success_has_arrived() {
        assert_eq!(judge(204), Outcome { status: Some(204), why: None });
        assert_eq!(judge(302).why.unwrap(), "it answered 302, and redirects are not followed");
        assert_eq!(judge(500).why.unwrap(), "it answered 500");
    }
}
