//! Slows down those who guess passwords, without locking anybody out.
//!
//! Tries are counted for an account from one address, for the account, and for the address. Past
//! some free tries each further one must wait, twice as long each time up to a limit; a refused try
//! costs nothing. A browser in which the user signed in before is counted by itself, so strangers
//! cannot keep its user out.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Mutex,
};

use base::{Result, Time, refuse::too_many};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// An account from an address: 20 tries in the first quarter of an hour, 10 in each later one.
    Pair(String, IpAddr),
    Account(String),
    Address(IpAddr),
    /// A browser that the user knows.
    Device(String),
}

#[derive(Default)]
pub struct Backoff {
    tries: Mutex<HashMap<Place, Tries>>,
}

#[derive(Clone, Copy)]
struct Tries {
    count: u32,
    last: Time,
}

/// After so long without a try all is forgotten.
const FORGOTTEN_MS: i64 = 15 * 60 * 1000;

/// More places than this are not remembered at once.
const MOST: usize = 100_000;

impl Place {
    /// How many tries are free, and the longest wait after them in milliseconds.
    fn terms(&self) -> (u32, i64) {
        match self {
            Place::Pair(..) | Place::Device(_) => (5, 90_000),
            Place::Account(_) => (50, 15_000),
            Place::Address(_) => (100, 60_000),
        }
    }

    fn wait_ms(&self, tries: u32) -> i64 {
        let (free, longest) = self.terms();
        match tries.checked_sub(free) {
            None => 0,
            Some(more) => (2_000_i64 << more.min(20)).min(longest),
        }
    }
}

/// Where a try counts.
pub fn places(account: &str, address: Option<IpAddr>, known_device: Option<String>) -> Vec<Place> {
    if let Some(device) = known_device {
        return vec![Place::Device(device)];
    }
    // What nobody can be called needs no room of its own.
    let account: String = account.chars().take(254).collect();
    let address = network(address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)));
    vec![Place::Pair(account.clone(), address), Place::Account(account), Place::Address(address)]
}

/// One customer has a whole /64 of IPv6 addresses.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from(u128::from(v6) >> 64 << 64)),
        v4 => v4,
    }
}

impl Backoff {
    /// Counts a try, or refuses it and says how long to wait.
    pub fn admit(&self, places: &[Place], now: Time) -> Result<()> {
        let mut tries = self.tries.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if tries.len() >= MOST {
            tries.retain(|_, tried| now < tried.last.plus_ms(FORGOTTEN_MS));
        }
        for place in places {
            let Some(tried) = tries.get(place).filter(|tried| now < tried.last.plus_ms(FORGOTTEN_MS)) else { continue };
            let next = tried.last.plus_ms(place.wait_ms(tried.count));
            if now < next {
                let seconds = (next.ms() - now.ms() + 999) / 1000;
                return Err(too_many(format!("Too many wrong passwords. Try again in {seconds} seconds."))
                    .with("retry_after", seconds));
            }
        }
        for place in places {
            let tried = tries.entry(place.clone()).or_insert(Tries { count: 0, last: now });
            let count = if now < tried.last.plus_ms(FORGOTTEN_MS) { tried.count + 1 } else { 1 };
            *tried = Tries { count, last: now };
        }
        Ok(())
    }

    /// The try was right after all.
    pub fn succeeded(&self, places: &[Place]) {
        let mut tries = self.tries.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        for place in places {
            match place {
                Place::Pair(..) | Place::Device(_) => drop(tries.remove(place)),
                Place::Account(_) | Place::Address(_) => {
                    if let Some(tried) = tries.get_mut(place) {
                        tried.count = tried.count.saturating_sub(1);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time(1_000_000_000 + seconds * 1000)
    }

    #[test]
    fn a_guesser_gets_twenty_tries_in_a_quarter_of_an_hour() {
        let backoff = Backoff::default();
        let stranger = places("dana@slipway.test", "192.0.2.7".parse().ok(), None);
        let admitted = (0..900).filter(|second| backoff.admit(&stranger, at(*second)).is_ok()).count();
        assert!((15..=20).contains(&admitted), "{admitted}");
    }

    #[test]
    fn strangers_do_not_keep_the_user_out() {
        let backoff = Backoff::default();
        for last in 0..200 {
            let address = format!("192.0.2.{last}").parse().ok();
            let _ = backoff.admit(&places("dana@slipway.test", address, None), at(last));
        }
        let danas = places("dana@slipway.test", "192.0.2.7".parse().ok(), Some("her browser".to_owned()));
        assert!(backoff.admit(&danas, at(200)).is_ok());
        let elsewhere = places("dana@slipway.test", "198.51.100.1".parse().ok(), None);
        assert!(backoff.admit(&elsewhere, at(230)).is_ok(), "a new browser waits some seconds at most");
    }

    #[test]
    fn a_right_password_clears_the_slate() {
        let backoff = Backoff::default();
        let home = places("dana@slipway.test", None, None);
        for _ in 0..100 {
            backoff.admit(&home, at(0)).unwrap();
            backoff.succeeded(&home);
        }
    }

    #[test]
    fn neighbours_in_one_network_count_together() {
        let one = places("a", "2001:db8:1:2:3::1".parse().ok(), None);
        let other = places("a", "2001:db8:1:2:ffff::9".parse().ok(), None);
        assert_eq!(one, other);
    }
}
