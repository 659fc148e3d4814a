//! Under which address the server is reached, and which hosts and origins are therefore ours.

use std::net::IpAddr;

use base::{Result, refuse::invalid};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// Without a trailing slash.
    url: Option<String>,
    /// Host and port as browsers send them in `Host`.
    authority: Option<String>,
    /// Proxies whose word about who asks is taken.
    proxies: Vec<IpAddr>,
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
        Ok(Self { url: Some(url), authority: Some(authority), proxies: Vec::new() })
    }

    /// The same site behind proxies at these addresses.
    pub fn behind(mut self, proxies: Vec<IpAddr>) -> Self {
        self.proxies = proxies;
        self
    }

    /// From where a request comes: who reached the last of our proxies. `forwarded` holds the values of
    /// `X-Forwarded-For`, to which each proxy adds its caller at the end; what stands before is hearsay.
    pub fn asker<'a>(&self, peer: IpAddr, forwarded: impl DoubleEndedIterator<Item = &'a str>) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.proxies.contains(&peer) {
            return peer;
        }
        let mut named = forwarded.rev().flat_map(|value| value.rsplit(',')).map_while(|word| word.trim().parse().ok());
        let asker = named.find(|address: &IpAddr| !self.proxies.contains(&address.to_canonical()));
        asker.map_or(peer, |address| address.to_canonical())
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
    fn a_proxy_says_who_asks_and_nobody_else_does() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let site = Site::default().behind(vec![ip("10.0.0.1"), ip("10.0.0.2")]);
        let asker = |peer: &str, forwarded: &[&str]| site.asker(ip(peer), forwarded.iter().copied()).to_string();
        assert_eq!(asker("10.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(asker("::ffff:10.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(asker("10.0.0.1", &["192.0.2.66, 203.0.113.7", "10.0.0.2"]), "203.0.113.7");
        for unnamed in [&[][..], &["unknown"], &["10.0.0.2, 10.0.0.1"]] {
            assert_eq!(asker("10.0.0.1", unnamed), "10.0.0.1", "{unnamed:?}");
        }
        assert_eq!(asker("198.51.100.4", &["203.0.113.7"]), "198.51.100.4");
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
