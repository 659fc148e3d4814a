//! The threads that own connections: closures in, answers out, many closures to a commit.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use base::{Error, Result, refuse::internal};
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::{Touched, Tx};

/// A closure that waits for a transaction, with its caller's address.
pub(crate) trait Work: Send {
    /// Runs the closure and keeps its answer. May be called again when the transaction was lost.
    fn run(&mut self, tx: &mut Tx) -> Result<()>;
    /// Tells the caller: the kept answer, or why it was not made durable.
    fn answer(self: Box<Self>, committed: Result<()>);
}

pub(crate) struct Call<T, F> {
    f: F,
    answer: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T: Send + 'static, F: Fn(&mut Tx) -> Result<T> + Send + 'static> Call<T, F> {
    pub fn boxed(f: F, reply: oneshot::Sender<Result<T>>) -> Box<dyn Work> {
        Box::new(Self { f, answer: None, reply })
    }
}

impl<T: Send, F: Fn(&mut Tx) -> Result<T> + Send> Work for Call<T, F> {
    fn run(&mut self, tx: &mut Tx) -> Result<()> {
        let result = catch_unwind(AssertUnwindSafe(|| (self.f)(tx)))
            .unwrap_or_else(|panic| Err(internal(format!("panic in a transaction: {}", words(&*panic)))));
        let outcome = result.as_ref().map(|_| ()).map_err(Clone::clone);
        self.answer = Some(result);
        outcome
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let refused = self.answer.as_ref().is_some_and(Result::is_err);
        let answer = match (committed, self.answer) {
            (Err(error), answer) if !refused || answer.is_none() => Err(error),
            (_, Some(answer)) => answer,
            (Ok(()), None) => Err(internal("a closure was answered before it ran")),
            (Err(error), None) => Err(error),
        };
        // A caller that went away does not want to know.
        let _ = self.reply.send(answer);
    }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    match panic.downcast_ref::<&str>() {
        Some(text) => text,
        None => panic.downcast_ref::<String>().map_or("?", String::as_str),
    }
}

/// What the group needs from an engine.
pub(crate) trait Session {
    fn begin(&mut self) -> Result<()>;
    fn savepoint(&mut self) -> Result<()>;
    fn release(&mut self) -> Result<()>;
    fn undo_to_savepoint(&mut self) -> Result<()>;
    fn commit(&mut self, touched: &[Touched]) -> Result<()>;
    fn rollback(&mut self);
    /// The transaction ended by itself: the connection broke, or the engine gave it up.
    fn lost(&self) -> bool;
    fn tx(&mut self) -> Tx<'_>;
}

/// A commit is answered at the latest after so many closures or so much work.
const GROUP: usize = 1024;
const GROUP_TIME: Duration = Duration::from_millis(25);

/// How often a group is tried when its transaction gets lost before the commit.
const TRIES: usize = 4;

/// Serves writes until all senders are gone. `publish` tells listeners what a commit touched.
pub(crate) fn serve_writes(
    mut session: impl Session,
    mut queue: mpsc::Receiver<Box<dyn Work>>,
    mut publish: impl FnMut(Vec<Touched>),
) {
    while let Some(first) = queue.blocking_recv() {
        let mut group = vec![first];
        let outcome = run_group(&mut session, &mut group, &mut queue);
        let committed = match outcome {
            Ok(touched) => {
                publish(touched);
                Ok(())
            }
            Err(error) => {
                session.rollback();
                Err(error)
            }
        };
        for work in group {
            work.answer(committed.clone());
        }
    }
}

/// Runs the group, letting those that arrive meanwhile join, and commits.
fn run_group(
    session: &mut impl Session,
    group: &mut Vec<Box<dyn Work>>,
    queue: &mut mpsc::Receiver<Box<dyn Work>>,
) -> Result<Vec<Touched>> {
    let mut tries = 0;
    'again: loop {
        tries += 1;
        let mut touched = Vec::new();
        let started = Instant::now();
        session.begin()?;
        let mut next = 0;
        while next < group.len() {
            match run_one(session, &mut *group[next], &mut touched) {
                Ok(()) => next += 1,
                Err(_) if session.lost() && tries < TRIES => {
                    session.rollback();
                    continue 'again;
                }
                Err(error) => return Err(error),
            }
            if next == group.len()
                && next < GROUP
                && started.elapsed() < GROUP_TIME
                && let Ok(work) = queue.try_recv()
            {
                group.push(work);
            }
        }
        session.commit(&touched)?;
        return Ok(touched);
    }
}

/// An error means that the whole transaction cannot go on; a closure's own refusal is no error.
fn run_one(session: &mut impl Session, work: &mut dyn Work, touched: &mut Vec<Touched>) -> Result<()> {
    session.savepoint()?;
    let mut tx = session.tx();
    let outcome = work.run(&mut tx);
    let names = tx.take_touched();
    match outcome {
        Ok(()) => {
            for name in names {
                if !touched.contains(&name) {
                    touched.push(name);
                }
            }
            session.release()
        }
        Err(error) if session.lost() => Err(error),
        Err(_) => session.undo_to_savepoint(),
    }
}

/// The queue that several threads take from.
pub(crate) type Shared = Mutex<mpsc::Receiver<Box<dyn Work>>>;

fn next(queue: &Shared) -> Option<Box<dyn Work>> {
    queue.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).blocking_recv()
}

/// Serves reads until all senders are gone; several threads share the queue.
pub(crate) fn serve_reads(mut session: impl Session, queue: &Shared) {
    while let Some(mut work) = next(queue) {
        let mut outcome = read_one(&mut session, &mut *work);
        if outcome.is_err() && session.lost() {
            session.rollback();
            outcome = read_one(&mut session, &mut *work);
        }
        work.answer(outcome);
    }
}

/// Serves closures until all senders are gone, each in a transaction of its own; several threads
/// share the queue, so a closure need not wait for the round trips of another.
pub(crate) fn serve_appends(mut session: impl Session, queue: &Shared, publish: impl Fn(Vec<Touched>)) {
    while let Some(mut work) = next(queue) {
        let committed = append_one(&mut session, &mut *work);
        if committed.is_err() {
            session.rollback();
        }
        work.answer(committed.map(&publish));
    }
}

fn append_one(session: &mut impl Session, work: &mut dyn Work) -> Result<Vec<Touched>> {
    let mut tries = 0;
    loop {
        tries += 1;
        session.begin()?;
        let mut tx = session.tx();
        let outcome = work.run(&mut tx);
        let touched = tx.take_touched();
        match outcome {
            Ok(()) => return session.commit(&[]).map(|()| touched),
            Err(error) if session.lost() && tries == TRIES => return Err(error),
            Err(_) if session.lost() => session.rollback(),
            Err(_) => {
                session.rollback();
                return Ok(Vec::new());
            }
        }
    }
}

fn read_one(session: &mut impl Session, work: &mut dyn Work) -> Result<()> {
    session.begin()?;
    let outcome = work.run(&mut session.tx());
    if session.lost() {
        return outcome;
    }
    session.rollback();
    Ok(())
}

/// A publisher that hands committed names to this process's listeners.
pub(crate) fn broadcast_to(changes: broadcast::Sender<Arc<Vec<Touched>>>) -> impl FnMut(Vec<Touched>) {
    move |touched| {
        if !touched.is_empty() {
            // Nobody listening is fine.
            let _ = changes.send(Arc::new(touched));
        }
    }
}

pub(crate) fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<()> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map(drop)
        .map_err(|e: std::io::Error| -> Error { internal(e) })
}
