//! Where the closures of a writing thread wait, and how long the thread waits for more of them.
//!
//! A commit takes as long for one closure as for many, and those who were just answered are often
//! back within less. So the thread remembers how many waited at once and, for part of the time that
//! a commit takes, lets them come. Someone who calls alone never waits.

use std::{
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use crate::worker::Work;

pub(crate) struct Queue {
    calls: mpsc::Receiver<Box<dyn Work>>,
    waker: Waker,
    /// How many waited when the last commit was through.
    callers: usize,
    /// For how long the thread waits for the next of them.
    patience: Duration,
}

/// However long a commit takes.
const MOST_PATIENCE: Duration = Duration::from_millis(1);

impl Queue {
    /// For the thread that makes it.
    pub fn new(calls: mpsc::Receiver<Box<dyn Work>>) -> Self {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        Self { calls, waker, callers: 0, patience: Duration::ZERO }
    }

    /// The first of a new group; none when all senders are gone.
    pub fn first(&mut self) -> Option<Box<dyn Work>> {
        self.calls.blocking_recv()
    }

    /// The next of a group that has so many.
    pub fn next(&mut self, group: usize) -> Option<Box<dyn Work>> {
        let waits = group < self.callers;
        self.calls.try_recv().ok().or_else(|| if waits { self.wait() } else { None })
    }

    fn wait(&mut self) -> Option<Box<dyn Work>> {
        let end = Instant::now() + self.patience;
        loop {
            match self.calls.poll_recv(&mut Context::from_waker(&self.waker)) {
                Poll::Ready(work) => return work,
                Poll::Pending => {}
            }
            let left = end.checked_duration_since(Instant::now())?;
            thread::park_timeout(left);
        }
    }

    /// Learns from a commit of so many closures.
    pub fn committed(&mut self, group: usize, took: Duration) {
        self.callers = group + self.calls.len();
        self.patience = (took / 2).min(MOST_PATIENCE);
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
