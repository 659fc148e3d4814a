//! The store: one SQL text, two engines, and the tables that every part needs (event, job).
//!
//! All writes of a server go through one thread. It takes every closure that waits, runs them inside
//! one transaction, commits once, then answers all of them: an answered write is durable, and a
//! hundred callers share one flush of the disk. Closures are plain synchronous code and run as if
//! alone: what a refused one wrote is undone.
//!
//! On PostgreSQL the writing transactions of all nodes queue behind one advisory lock, so that
//! neither a closure nor the event chain ever meets a serialization failure.

mod changes;
mod clock;
pub mod event;
pub mod job;
mod migrate;
mod notify;
mod pg;
mod query;
mod queue;
mod sqlite;
mod statistics;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod text;
mod tx;
mod value;
mod worker;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::PathBuf,
    sync::Arc,
};

use base::{ProjectId, Result, refuse::busy};
use changes::Changes;
pub use changes::{Change, Since};
pub use clock::Clock;
pub use event::Event;
pub use query::{Query, places};
use tokio::sync::{broadcast::Receiver, mpsc, oneshot};
pub use tx::Tx;
pub use value::{FromColumn, Row, Value};
use worker::{Call, Work};

/// Where the data lies.
#[derive(Clone, Debug)]
pub enum Store {
    /// A file; it and its folder must be writable.
    Sqlite(PathBuf),
    /// A connection string, `postgres://…`; several hosts may be named.
    Postgres(String),
}

#[derive(Clone)]
pub struct Settings {
    pub store: Store,
    pub clock: Clock,
}

/// A name of something that a committed write changed. Pages that show it read it again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Touched {
    pub project: Option<ProjectId>,
    pub name: String,
}

#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    writes: mpsc::Sender<Box<dyn Work>>,
    /// Several on PostgreSQL; on SQLite all writes go one way.
    appends: Vec<mpsc::Sender<Box<dyn Work>>>,
    reads: mpsc::Sender<Box<dyn Work>>,
    changes: Arc<Changes>,
    clock: Clock,
    engine: &'static str,
}

/// How many calls may wait for a thread before further callers wait outside.
const QUEUE: usize = 4096;

impl Db {
    /// Opens the store, brings its tables up to date and starts its threads.
    pub fn open(settings: &Settings) -> Result<Db> {
        let changes = Arc::new(Changes::new());
        let (writes, write_queue) = mpsc::channel(QUEUE);
        let (reads, read_queue) = mpsc::channel(QUEUE);
        let clock = settings.clock.clone();
        let (appends, engine) = match &settings.store {
            Store::Sqlite(file) => {
                sqlite::start(file, &clock, write_queue, read_queue, &changes)?;
                (vec![writes.clone()], "sqlite")
            }
            Store::Postgres(url) => {
                let (appends, append_queues) = (0..pg::appenders()).map(|_| mpsc::channel(QUEUE)).unzip();
                pg::start(url, &clock, write_queue, append_queues, read_queue, &changes)?;
                (appends, "postgres")
            }
        };
        let inner = Inner { writes, appends, reads, changes, clock, engine };
        Ok(Db { inner: Arc::new(inner) })
    }

    /// One consistent snapshot; many at a time.
    pub async fn read<T: Send + 'static>(&self, f: impl Fn(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        ask(&self.inner.reads, None, f).await
    }

    /// As if alone, then committed and durable. May call `f` again, so `f` touches nothing but `tx`.
    pub async fn write<T: Send + 'static>(&self, f: impl Fn(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        ask(&self.inner.writes, None, f).await
    }

    /// For metric points: each statement sees what is committed, no order is promised between
    /// calls, no event may be emitted; durable when it returns. May call `f` again.
    pub async fn append<T: Send + 'static>(&self, f: impl Fn(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        ask(self.idle_appender(), None, f).await
    }

    /// [`Db::append`] for what adds to one thing only, a run say, whose id is `to`: on PostgreSQL too, many
    /// such calls share a flush.
    pub async fn append_to<T: Send + 'static>(
        &self,
        to: &str,
        f: impl Fn(&mut Tx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (appends, lane) = (&self.inner.appends, lane(to));
        ask(&appends[(lane % appends.len() as u64) as usize], Some(lane), f).await
    }

    /// [`Db::read`] for code outside the asynchronous world: the command line and tests.
    pub fn read_blocking<T: Send + 'static>(&self, f: impl Fn(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        ask_blocking(&self.inner.reads, f)
    }

    /// [`Db::write`] for code outside the asynchronous world.
    pub fn write_blocking<T: Send + 'static>(&self, f: impl Fn(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        ask_blocking(&self.inner.writes, f)
    }

    /// [`Db::append`] for code outside the asynchronous world.
    pub fn append_blocking<T: Send + 'static>(&self, f: impl Fn(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        ask_blocking(self.idle_appender(), f)
    }

    fn idle_appender(&self) -> &mpsc::Sender<Box<dyn Work>> {
        let idle = self.inner.appends.iter().max_by_key(|queue| queue.capacity());
        idle.unwrap_or(&self.inner.writes)
    }

    /// The names that committed writes touch, from now on, on this and every other node.
    pub fn changes(&self) -> Receiver<Change> {
        self.inner.changes.listen()
    }

    /// Where [`Db::changes`] were a moment ago. Whoever reads now and begins to listen there has missed nothing.
    pub fn position(&self) -> String {
        self.inner.changes.position()
    }

    pub fn position_after(&self, change: &Change) -> String {
        self.inner.changes.position_after(change)
    }

    /// [`Db::changes`], and those that came after a position.
    pub fn changes_since(&self, position: &str) -> Since {
        self.inner.changes.since(position)
    }

    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// `sqlite` or `postgres`, for people to read.
    pub fn engine(&self) -> &'static str {
        self.inner.engine
    }
}

async fn ask<T: Send + 'static>(
    queue: &mpsc::Sender<Box<dyn Work>>,
    lane: Option<u64>,
    f: impl Fn(&mut Tx) -> Result<T> + Send + 'static,
) -> Result<T> {
    let (reply, answer) = oneshot::channel();
    queue.send(Call::boxed(lane, f, reply)).await.map_err(|_| stopped())?;
    answer.await.map_err(|_| stopped())?
}

fn ask_blocking<T: Send + 'static>(
    queue: &mpsc::Sender<Box<dyn Work>>,
    f: impl Fn(&mut Tx) -> Result<T> + Send + 'static,
) -> Result<T> {
    let (reply, answer) = oneshot::channel();
    queue.blocking_send(Call::boxed(None, f, reply)).map_err(|_| stopped())?;
    answer.blocking_recv().map_err(|_| stopped())?
}

/// The same on every node.
fn lane(to: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    to.hash(&mut hasher);
    hasher.finish()
}

fn stopped() -> base::Error {
    busy("The store is stopping. Try again in a moment.")
}

/// The parameters of a statement: `params![id, name, tx.now()]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::Value::from($value)),*] as &[$crate::Value<'_>] };
}
