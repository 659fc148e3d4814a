//! Under which address the server is reached, and which hosts and origins are therefore ours.

use std::net::IpAddr;

use base::{Result, refuse::invalid};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// Without a trailing slash.
    url: Option<String>,
    /// Host and port as browsers send them in `Host`.
    authority: Option<String>,
}

impl Site {
    /// `url` is the public address, `https://slipway.example.org`; none when only this machine asks.
    pub fn new(url: Option<&str>) -> Result<Self> {
        let Some(url) = url else { return Ok(Self::default()) };
        let url = url.trim().trim_end_matches('/').to_lowercase();
        let wrong = || invalid("url", "must be like https://slipway.example.org, without a path");
        let authority = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).ok_or_else(wrong)?;
        if authority.is_empty() || authority.contains(['/', '?', '#', '@', ' ']) {
            return Err(wrong());
        }
        let authority = usual(authority).to_owned();
        Ok(Self { url: Some(url), authority: Some(authority) })
    }

    /// The public address without a trailing slash.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    pub fn is_https(&self) -> bool {
        self.url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }

    /// A request must name this machine or the public address; a page that had its own name point
    /// here (DNS rebinding) names something else.
    pub fn is_ours(&self, host: &str) -> bool {
        let host = host.to_lowercase();
        let public = self.authority.as_deref().is_some_and(|ours| name(ours) == name(&host));
        public || is_loopback(name(&host))
    }

    /// Whether a page of this origin may change something on the host that it asked.
    pub fn is_same_origin(&self, origin: &str, host: &str) -> bool {
        let (origin, host) = (origin.to_lowercase(), host.to_lowercase());
        if self.url.as_deref() == Some(origin.as_str()) {
            return true;
        }
        if self.authority.as_deref() == Some(usual(&host)) {
            return false;
        }
        let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        authority.is_some_and(|authority| usual(authority) == usual(&host))
    }
}

/// The authority without a port that goes without saying.
fn usual(authority: &str) -> &str {
    authority.strip_suffix(":443").or_else(|| authority.strip_suffix(":80")).unwrap_or(authority)
}

/// The host without its port.
fn name(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !host.ends_with(':') => host,
        _ => authority,
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.ends_with(".localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_this_machine_and_the_public_one_are_ours() {
        let site = Site::new(Some("https://Slipway.Example.org/")).unwrap();
        for ours in [
            "localhost",
            "localhost:7117",
            "127.0.0.1:1",
            "127.8.8.8",
            "[::1]:7117",
            "slipway.example.org",
            "a.localhost",
        ] {
            assert!(site.is_ours(ours), "{ours}");
        }
        for foreign in
            ["evil.test", "slipway.example.org.evil.test", "localhost.evil.test", "10.0.0.1", "[::2]", "", "0.0.0.0"]
        {
            assert!(!site.is_ours(foreign), "{foreign}");
        }
        assert!(!Site::default().is_ours("slipway.example.org"));
    }

    #[test]
    fn another_port_is_another_origin() {
        let site = Site::new(Some("https://slipway.example.org")).unwrap();
        assert!(site.is_same_origin("https://slipway.example.org", "127.0.0.1:7117"));
        assert!(site.is_same_origin("http://localhost:7117", "localhost:7117"));
        for foreign in [
            "http://localhost:3000",
            "null",
            "http://evil.test",
            "https://slipway.example.org.evil.test",
            "localhost:7117",
        ] {
            assert!(!site.is_same_origin(foreign, "localhost:7117"), "{foreign}");
        }
    }

    #[test]
    fn a_public_address_is_an_origin() {
        for wrong in ["slipway.example.org", "ftp://x", "https://", "https://x/path", "https://u@x"] {
            assert!(Site::new(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
