//! The threads that own connections: closures in, answers out, many closures to a commit.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Mutex,
    time::{Duration, Instant},
};

use base::{Error, Result, refuse::internal};
use tokio::sync::{mpsc, oneshot};

use crate::{Touched, Tx, queue::Queue};

/// A closure that waits for a transaction, with its caller's address.
pub(crate) trait Work: Send {
    /// Stands for the one thing that an append adds to; none where it may be several.
    fn lane(&self) -> Option<u64>;
    /// Runs the closure and keeps its answer. May be called again when the transaction was lost.
    fn run(&mut self, tx: &mut Tx) -> Result<()>;
    /// Tells the caller: the kept answer, or why it was not made durable.
    fn answer(self: Box<Self>, committed: Result<()>);
}

pub(crate) struct Call<T, F> {
    lane: Option<u64>,
    f: F,
    answer: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T: Send + 'static, F: Fn(&mut Tx) -> Result<T> + Send + 'static> Call<T, F> {
    pub fn boxed(lane: Option<u64>, f: F, reply: oneshot::Sender<Result<T>>) -> Box<dyn Work> {
        Box::new(Self { lane, f, answer: None, reply })
    }
}

impl<T: Send, F: Fn(&mut Tx) -> Result<T> + Send> Work for Call<T, F> {
    fn lane(&self) -> Option<u64> {
        self.lane
    }

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
    /// Grows with every statement that wrote something or, where that spoils the transaction, failed.
    fn written(&self) -> u64;
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
    queue: mpsc::Receiver<Box<dyn Work>>,
    mut publish: impl FnMut(Vec<Touched>),
) {
    let mut queue = Queue::new(queue);
    while let Some(first) = queue.first() {
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

/// Runs the group, letting those that arrive meanwhile join, and commits. A savepoint costs as much as
/// a point, so there are none at first: where a closure is refused after it wrote something, which is
/// rare, all are undone and run again, each in a savepoint of its own.
fn run_group(session: &mut impl Session, group: &mut Vec<Box<dyn Work>>, queue: &mut Queue) -> Result<Vec<Touched>> {
    let mut lost = 0;
    let mut apart = false;
    'again: loop {
        let mut touched = Vec::new();
        let started = Instant::now();
        session.begin()?;
        let mut next = 0;
        while next < group.len() {
            match run_one(session, &mut *group[next], apart, &mut touched) {
                Ok(Outcome::Settled) => next += 1,
                Ok(Outcome::Torn) => {
                    apart = true;
                    session.rollback();
                    continue 'again;
                }
                Err(_) if session.lost() && lost + 1 < TRIES => {
                    lost += 1;
                    session.rollback();
                    continue 'again;
                }
                Err(error) => return Err(error),
            }
            if next == group.len()
                && next < GROUP
                && started.elapsed() < GROUP_TIME
                && let Some(work) = queue.next(next)
            {
                group.push(work);
            }
        }
        let ran = Instant::now();
        session.commit(&touched)?;
        queue.committed(group.len(), ran.elapsed());
        return Ok(touched);
    }
}

/// What became of a closure within its group.
enum Outcome {
    /// All that it wrote is there; or it was refused, and nothing is.
    Settled,
    /// It was refused, and some of what it wrote is there.
    Torn,
}

/// An error means that the whole transaction cannot go on; a closure's own refusal is no error.
fn run_one(
    session: &mut impl Session,
    work: &mut dyn Work,
    apart: bool,
    touched: &mut Vec<Touched>,
) -> Result<Outcome> {
    if apart {
        session.savepoint()?;
    }
    let before = session.written();
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
            if apart {
                session.release()?;
            }
        }
        Err(error) if session.lost() => return Err(error),
        Err(_) if apart => session.undo_to_savepoint()?,
        Err(_) if session.written() != before => return Ok(Outcome::Torn),
        Err(_) => {}
    }
    Ok(Outcome::Settled)
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

/// Serves appends until all senders are gone. Those that wait share a transaction, and so a flush.
pub(crate) fn serve_appends(
    mut session: impl Session,
    mut queue: mpsc::Receiver<Box<dyn Work>>,
    publish: impl Fn(Vec<Touched>),
) {
    while let Some(first) = queue.blocking_recv() {
        let mut waiting = vec![first];
        while waiting.len() < GROUP
            && let Ok(work) = queue.try_recv()
        {
            waiting.push(work);
        }
        for group in rounds(waiting) {
            append_group(&mut session, group, &publish);
        }
    }
}

/// Groups in which each lane comes once, in the order of lanes. This is the order in which all threads
/// of all nodes lock rows, so none waits for another that waits for it.
fn rounds(waiting: Vec<Box<dyn Work>>) -> Vec<Vec<Box<dyn Work>>> {
    let (mut sharing, alone): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|work| work.lane().is_some());
    sharing.sort_by_key(|work| work.lane());
    let mut rounds: Vec<Vec<Box<dyn Work>>> = Vec::new();
    let (mut round, mut before) = (0, None);
    for work in sharing {
        round = if work.lane() == before { round + 1 } else { 0 };
        before = work.lane();
        if round == rounds.len() {
            rounds.push(Vec::new());
        }
        rounds[round].push(work);
    }
    rounds.extend(alone.into_iter().map(|work| vec![work]));
    rounds
}

/// All in one transaction or, where one of them spoils it, each in its own.
fn append_group(session: &mut impl Session, mut group: Vec<Box<dyn Work>>, publish: &impl Fn(Vec<Touched>)) {
    if group.len() > 1
        && let Some(committed) = append_together(session, &mut group)
    {
        let committed = committed.map(publish);
        group.into_iter().for_each(|work| work.answer(committed.clone()));
        return;
    }
    for mut work in group {
        let committed = append_one(session, &mut *work);
        if committed.is_err() {
            session.rollback();
        }
        work.answer(committed.map(publish));
    }
}

/// What they touched, or why they are not durable; none where they were undone.
fn append_together(session: &mut impl Session, group: &mut [Box<dyn Work>]) -> Option<Result<Vec<Touched>>> {
    let mut touched = Vec::new();
    let ran = session.begin().and_then(|()| {
        let mut settled = |work: &mut Box<dyn Work>| {
            Ok(matches!(run_one(session, &mut **work, false, &mut touched)?, Outcome::Settled))
        };
        group.iter_mut().try_fold(true, |all, work| Ok(all && settled(work)?))
    });
    if !matches!(ran, Ok(true)) {
        session.rollback();
        return None;
    }
    let committed = session.commit(&[]);
    if committed.is_err() {
        session.rollback();
    }
    Some(committed.map(|()| touched))
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

pub(crate) fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<()> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map(drop)
        .map_err(|e: std::io::Error| -> Error { internal(e) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_comes_once_in_a_group_and_lanes_come_in_order() {
        let call = |lane| Call::boxed(lane, |_: &mut Tx| Ok(()), oneshot::channel().0);
        let waiting = [Some(7), None, Some(3), Some(7), None, Some(5), Some(7)].map(call);
        let lanes: Vec<Vec<_>> =
            rounds(waiting.into()).iter().map(|group| group.iter().map(|work| work.lane()).collect()).collect();
        let some = |lanes: &[u64]| lanes.iter().copied().map(Some).collect::<Vec<_>>();
        assert_eq!(lanes, [some(&[3, 5, 7]), some(&[7]), some(&[7]), vec![None], vec![None]]);
    }
}
