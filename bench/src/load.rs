//! How long a load may go on, and what it came to.

use std::time::{Duration, Instant};

/// A load ends by itself: after this time or this many operations, whichever comes first.
#[derive(Clone, Copy)]
pub struct Bound {
    pub time: Duration,
    pub operations: usize,
}

impl Bound {
    pub fn seconds(seconds: f64) -> Self {
        Self { time: Duration::from_secs_f64(seconds), operations: usize::MAX }
    }

    pub fn at_most(self, operations: usize) -> Self {
        Self { operations, ..self }
    }

    /// A shorter load.
    pub fn part(self, share: f64) -> Self {
        Self { time: self.time.mul_f64(share), operations: (self.operations as f64 * share) as usize }
    }

    /// What one of several callers may do.
    pub fn shared_by(self, callers: usize) -> Self {
        Self { operations: self.operations.div_ceil(callers), ..self }
    }
}

/// One caller's operations as they are answered.
pub struct Tally {
    bound: Bound,
    started: Instant,
    latencies: Vec<Duration>,
    failures: usize,
}

impl Tally {
    pub fn start(bound: Bound) -> Self {
        Self { bound, started: Instant::now(), latencies: Vec::new(), failures: 0 }
    }

    pub fn goes_on(&self) -> bool {
        self.latencies.len() < self.bound.operations && self.started.elapsed() < self.bound.time
    }

    pub fn answered(&mut self, asked: Instant) {
        self.latencies.push(asked.elapsed());
    }

    /// What the server could not do counts for nothing but itself.
    pub fn failed(&mut self) {
        self.failures += 1;
    }
}

/// What a load came to.
#[derive(Clone, Copy)]
pub struct Figure {
    pub operations: usize,
    /// What the server answered with an error of its own, in no other figure.
    pub failures: usize,
    /// Operations a second.
    pub rate: f64,
    pub p50: Duration,
    pub p99: Duration,
}

impl Figure {
    /// Adds up callers that ran side by side.
    pub fn of(tallies: Vec<Tally>) -> Self {
        let began = tallies.iter().map(|tally| tally.started).min().unwrap_or_else(Instant::now);
        let took = began.elapsed();
        let failures = tallies.iter().map(|tally| tally.failures).sum();
        let mut latencies: Vec<Duration> = tallies.into_iter().flat_map(|tally| tally.latencies).collect();
        latencies.sort_unstable();
        let at = |share: f64| latencies.get((latencies.len() as f64 * share) as usize).copied().unwrap_or_default();
        let rate = latencies.len() as f64 / took.as_secs_f64();
        Self { operations: latencies.len(), failures, rate, p50: at(0.5), p99: at(0.99) }
    }

    /// Where each operation stood for several calls.
    pub fn times(self, calls: usize) -> Self {
        Self { operations: self.operations * calls, rate: self.rate * calls as f64, ..self }
    }
}
