//! Where a webhook may point. The server stands inside a network that outsiders cannot reach, and
//! whoever makes a webhook chooses where it sends: so only to public addresses, over https, and to
//! those inside that whoever runs the server named.
//!
//! A name is looked up when it is kept, for an answer at once, and again for each request, where the
//! address that was looked at is the one that is connected to: what a name means can change between.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use base::{Result, refuse::invalid};
use ureq::http::Uri;

const LONGEST: usize = 2_048;

/// Host and port of a checked address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// In lower case, without brackets.
    pub host: String,
    pub port: u16,
}

impl Target {
    /// Refuses what is not https and what could be read in two ways.
    pub fn of(url: &str) -> Result<Self> {
        match parse(url) {
            Ok(target) => Ok(target),
            Err(why) => Err(invalid("url", why)),
        }
    }

    /// Refuses when one of the addresses that the host means lies inside: whoever answers for the
    /// name could choose.
    pub fn check(&self, allowed: &Allowed, found: &[SocketAddr]) -> std::result::Result<(), Inside> {
        let is_outside = |address: &SocketAddr| is_public(address.ip()) || allowed.holds(self, address.ip());
        if found.iter().all(is_outside) { Ok(()) } else { Err(Inside) }
    }
}

fn parse(url: &str) -> std::result::Result<Target, &'static str> {
    const FORM: &str = "must be an address like https://hooks.example.org/slipway";
    if url.len() > LONGEST {
        return Err("is too long; it may have at most 2048 characters");
    }
    if !url.bytes().all(|b| b.is_ascii_graphic()) || url.contains(['\\', '#']) {
        return Err("must be plain ASCII without spaces, backslashes and #; write other names as xn--…");
    }
    let uri: Uri = url.parse().map_err(|_| FORM)?;
    if uri.scheme_str() != Some("https") {
        return Err("must begin with https://");
    }
    let authority = uri.authority().ok_or(FORM)?;
    if authority.as_str().contains('@') {
        return Err("must not hold a user or a password; use the secret, which signs what is sent");
    }
    let host = authority.host().to_ascii_lowercase();
    let after = &authority.as_str()[host.len()..];
    let port = match after.strip_prefix(':') {
        None if after.is_empty() => 443,
        Some(port) => port_of(port).ok_or("names no port between 1 and 65535")?,
        None => return Err(FORM),
    };
    if let Some(bare) = host.strip_prefix('[') {
        let bare = bare.strip_suffix(']').ok_or(FORM)?;
        bare.parse::<Ipv6Addr>().map_err(|_| FORM)?;
        return Ok(Target { host: bare.to_owned(), port });
    }
    if host.parse::<Ipv4Addr>().is_err() {
        check_name(&host)?;
    }
    Ok(Target { host, port })
}

/// Digits alone, the first of them not 0.
fn port_of(text: &str) -> Option<u16> {
    let is_plain = !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

/// `127.1`, `0x7f000001`, `2130706433` and `0177.0.0.1` are numbers to some, names to others.
fn check_name(host: &str) -> std::result::Result<(), &'static str> {
    if host.ends_with('.') {
        return Err("must not end its host with a dot");
    }
    let label =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !host.split('.').all(label) {
        return Err("names no host");
    }
    let last = host.rsplit('.').next().unwrap_or_default();
    if last.starts_with("0x") || last.bytes().all(|b| b.is_ascii_digit()) {
        return Err("names its host by a number that is no address; write four numbers with dots, or a name");
    }
    Ok(())
}

/// The host means an address that nobody outside can reach. Which one is told to nobody: whoever makes
/// a webhook would learn what names mean inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inside;

impl fmt::Display for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("points to what is not a public address. Whoever runs the server can allow it with --webhook-allow")
    }
}

impl std::error::Error for Inside {}

/// The addresses inside that webhooks may point to.
#[derive(Clone, Debug, Default)]
pub struct Allowed(Vec<Allow>);

/// `HOST:PORT`, or a network like `10.1.0.0/16`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allow {
    Place(Target),
    Network { base: IpAddr, bits: u32 },
}

impl Allowed {
    pub fn new(allowed: Vec<Allow>) -> Self {
        Self(allowed)
    }

    fn holds(&self, target: &Target, address: IpAddr) -> bool {
        self.0.iter().any(|allow| match allow {
            Allow::Place(place) => place == target,
            Allow::Network { base, bits } => contains(*base, *bits, address),
        })
    }
}

impl FromStr for Allow {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let wrong = || format!("{text:?} is neither HOST:PORT nor a network like 10.1.0.0/16");
        if let Some((base, bits)) = text.split_once('/') {
            let (base, bits): (IpAddr, u32) = (base.parse().map_err(|_| wrong())?, bits.parse().map_err(|_| wrong())?);
            let most = if base.is_ipv4() { 32 } else { 128 };
            return if bits <= most { Ok(Self::Network { base, bits }) } else { Err(wrong()) };
        }
        let (_, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        if port.is_empty() || !port.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        parse(&format!("https://{text}/")).map(Self::Place).map_err(|_| wrong())
    }
}

impl<'de> serde::Deserialize<'de> for Allow {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

fn contains(base: IpAddr, bits: u32, address: IpAddr) -> bool {
    match (base, address.to_canonical()) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            (u32::from(base) ^ u32::from(address)) & mask == 0
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            (u128::from(base) ^ u128::from(address)) & mask == 0
        }
        _ => false,
    }
}

/// Whether the address is one of the internet at large (RFC 6890 and the registries that follow it).
/// An IPv6 address that carries an IPv4 address is what that one is.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match carried(address) {
            Some(carried) => is_public_v4(carried),
            None => is_public_v6(address),
        },
    }
}

/// IPv4-mapped, NAT64 and 6to4.
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bits = u128::from(address);
    let lowest = || Ipv4Addr::from_bits(bits as u32);
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(lowest()),
        [0x2002, ..] => Some(Ipv4Addr::from_bits((bits >> 80) as u32)),
        _ => None,
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    const NOT: [([u8; 4], u32); 15] = [
        ([0, 0, 0, 0], 8),
        ([10, 0, 0, 0], 8),
        ([100, 64, 0, 0], 10),
        ([127, 0, 0, 0], 8),
        ([169, 254, 0, 0], 16),
        ([172, 16, 0, 0], 12),
        ([192, 0, 0, 0], 24),
        ([192, 0, 2, 0], 24),
        ([192, 88, 99, 0], 24),
        ([192, 168, 0, 0], 16),
        ([198, 18, 0, 0], 15),
        ([198, 51, 100, 0], 24),
        ([203, 0, 113, 0], 24),
        ([224, 0, 0, 0], 4),
        ([240, 0, 0, 0], 4),
    ];
    !NOT.iter().any(|(base, bits)| contains(IpAddr::from(*base), *bits, address.into()))
}

/// What is given out lies in `2000::/3`; some of it is for other uses.
fn is_public_v6(address: Ipv6Addr) -> bool {
    const GIVEN_OUT: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
    const NOT: [(Ipv6Addr, u32); 3] = [
        // Teredo, benchmarks, ORCHID and the like.
        (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
        // Documentation.
        (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
        (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    ];
    let within = |(base, bits): &(Ipv6Addr, u32)| contains((*base).into(), *bits, address.into());
    within(&GIVEN_OUT) && !NOT.iter().any(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_spelled_in_one_way() {
        let of = |url: &str| Target::of(url).unwrap();
        assert_eq!(of("https://Hooks.Example.org/x?y=1"), Target { host: "hooks.example.org".into(), port: 443 });
        assert_eq!(of("https://[2606:4700::1]:8443/"), Target { host: "2606:4700::1".into(), port: 8443 });
        assert_eq!(of("https://93.184.216.34").port, 443);
        for wrong in [
            "",
            "hooks.example.org",
            "http://hooks.example.org/",
            "ftp://hooks.example.org/",
            "file:///etc/passwd",
            "https://",
            "https:///x",
            "https://user@hooks.example.org/",
            "https://user:pass@hooks.example.org/",
            "https://hooks.example.org@127.0.0.1/",
            "https://hooks.example.org./",
            "https://localhost./",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://127.1/",
            "https://0177.0.0.1/",
            "https://017700000001/",
            "https://0/",
            "https://127.0.0.1./",
            "https://1.2.3.4.5/",
            "https://[::1/",
            "https://[fe80::1%25eth0]/",
            "https://hooks.example.org:0/",
            "https://hooks.example.org:65536/",
            "https://hooks.example.org:/",
            "https://hooks.example.org:+443/",
            "https://hooks.example.org:0443/",
            "https://hooks..example.org/",
            "https://hooks.example.org\\@127.0.0.1/",
            "https://hooks.example.org/#x",
            "https://hooks.example.org/ x",
            "https://h\u{f6}oks.example.org/",
            "https://%31%32%37.0.0.1/",
            "https://hooks.example.org/\r\nHost: x",
            &format!("https://hooks.example.org/{}", "x".repeat(LONGEST)),
        ] {
            assert!(Target::of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        let public = |text: &str| is_public(text.parse().unwrap());
        for outside in
            ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1"]
        {
            assert!(public(outside), "{outside}");
        }
        for inside in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2001::1",
            "2001:db8::1",
            "3fff::1",
            "100::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!public(inside), "{inside}");
        }
    }

    #[test]
    fn what_lies_inside_must_be_named() {
        let allowed = Allowed::new(
            ["127.0.0.1:8443", "hooks.internal:443", "10.1.0.0/16", "[::1]:9443"]
                .iter()
                .map(|a| a.parse().unwrap())
                .collect(),
        );
        let may = |url: &str, address: &str| {
            Target::of(url).unwrap().check(&allowed, &[SocketAddr::new(address.parse().unwrap(), 1)]).is_ok()
        };
        assert!(may("https://127.0.0.1:8443/", "127.0.0.1"));
        assert!(!may("https://127.0.0.1:8444/", "127.0.0.1"));
        assert!(may("https://hooks.internal/", "192.168.0.9"));
        assert!(!may("https://hooks.internal:8443/", "192.168.0.9"));
        assert!(may("https://anything.example.org/", "10.1.255.255"));
        assert!(may("https://anything.example.org/", "::ffff:10.1.0.1"));
        assert!(!may("https://anything.example.org/", "10.2.0.1"));
        assert!(may("https://[::1]:9443/", "::1"));
        for wrong in
            ["", "hooks.internal", "10.1.0.0/33", "10.1.0.0/", "/8", "https://x:1", "hooks.internal:", "x:99999"]
        {
            assert!(wrong.parse::<Allow>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_address_inside_is_enough_to_refuse() {
        let target = Target::of("https://hooks.example.org/").unwrap();
        let found: Vec<SocketAddr> = ["1.1.1.1:443", "127.0.0.1:443"].iter().map(|a| a.parse().unwrap()).collect();
        let refused = target.check(&Allowed::default(), &found).unwrap_err().to_string();
        assert!(refused.starts_with("points to what is not a public address.") && !refused.contains("127"));
    }
}
