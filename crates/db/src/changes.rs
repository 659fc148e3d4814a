//! What committed writes touched, told to those who listen, and kept for a while for those who come a little later:
//! a page reads first and listens then, and hears what changed in between.

use std::{
    collections::VecDeque,
    hash::{BuildHasher, RandomState},
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::broadcast::{self, Receiver};

use crate::Touched;

/// How many batches of changed names a slow listener may fall behind, and so many are kept.
const KEPT: usize = 1024;

/// A page begins to read at the same time as it asks for the position, or a little earlier.
const BEFORE: Duration = Duration::from_secs(5);

/// The names that one commit touched, or several.
#[derive(Clone, Debug)]
pub struct Change {
    number: u64,
    at: Instant,
    touched: Arc<Vec<Touched>>,
}

impl Change {
    /// It stands for changes that nobody heard of: whoever listens reads everything again.
    pub fn is_gap(&self) -> bool {
        self.touched.is_empty()
    }
}

impl Deref for Change {
    type Target = [Touched];

    fn deref(&self) -> &[Touched] {
        &self.touched
    }
}

/// A stream of changes that begins at a position.
pub struct Since {
    /// What came after the position; none where that is not known any more.
    pub missed: Option<Vec<Change>>,
    pub changes: Receiver<Change>,
}

pub(crate) struct Changes {
    /// Unlike that of any other node, whose changes have other numbers.
    node: String,
    kept: Mutex<Kept>,
    sender: broadcast::Sender<Change>,
}

#[derive(Default)]
struct Kept {
    last: u64,
    latest: VecDeque<Change>,
}

impl Changes {
    pub fn new() -> Self {
        let node = format!("{:016x}", RandomState::new().hash_one(0));
        Self { node, kept: Mutex::default(), sender: broadcast::channel(KEPT).0 }
    }

    pub fn send(&self, touched: Vec<Touched>) {
        if !touched.is_empty() {
            self.tell(touched);
        }
    }

    /// After a time in which changes were not heard.
    pub fn skip(&self) {
        self.tell(Vec::new());
    }

    fn tell(&self, touched: Vec<Touched>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.last += 1;
        let change = Change { number: kept.last, at: Instant::now(), touched: Arc::new(touched) };
        if kept.latest.len() == KEPT {
            kept.latest.pop_front();
        }
        kept.latest.push_back(change.clone());
        // Nobody listening is fine. Under the lock, so that nobody who begins meanwhile misses it.
        let _ = self.sender.send(change);
    }

    pub fn listen(&self) -> Receiver<Change> {
        self.sender.subscribe()
    }

    /// Where the changes were five seconds ago, as a word to give back to [`Changes::since`].
    pub fn position(&self) -> String {
        self.position_before(BEFORE)
    }

    fn position_before(&self, before: Duration) -> String {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = kept.latest.iter().rev().take_while(|change| change.at.elapsed() < before).count() as u64;
        format!("{}.{}", self.node, kept.last - recent)
    }

    pub fn position_after(&self, change: &Change) -> String {
        format!("{}.{}", self.node, change.number)
    }

    pub fn since(&self, position: &str) -> Since {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let number = position.split_once('.').filter(|(node, _)| *node == self.node);
        let number = number.and_then(|(_, number)| number.parse::<u64>().ok()).filter(|number| *number <= kept.last);
        let known = number.filter(|number| kept.last - number <= kept.latest.len() as u64);
        let missed = known.map(|known| kept.latest.iter().filter(|change| change.number > known).cloned().collect());
        Since { missed, changes: self.sender.subscribe() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touched(name: &str) -> Vec<Touched> {
        vec![Touched { project: None, name: name.to_owned() }]
    }

    fn names(changes: &[Change]) -> Vec<&str> {
        changes.iter().flat_map(|change| change.iter()).map(|touched| touched.name.as_str()).collect()
    }

    #[test]
    fn who_listens_later_is_told_what_came_in_between() {
        let changes = Changes::new();
        changes.send(touched("before"));
        let position = changes.position_before(Duration::ZERO);
        assert_eq!(changes.since(&position).missed.map(|missed| missed.len()), Some(0));
        changes.send(touched("between"));
        changes.send(Vec::new());
        let Since { missed, changes: mut heard } = changes.since(&position);
        let missed = missed.unwrap();
        assert_eq!(names(&missed), ["between"]);
        assert_eq!(changes.position_after(&missed[0]), changes.position_before(Duration::ZERO));
        changes.send(touched("after"));
        assert_eq!(names(&[heard.try_recv().unwrap()]), ["after"]);
        assert!(heard.try_recv().is_err(), "nothing is told twice");
        let early = changes.since(&changes.position()).missed.unwrap();
        assert_eq!(names(&early), ["before", "between", "after"], "who asks now may have read before");
        changes.skip();
        assert!(heard.try_recv().unwrap().is_gap());
    }

    #[test]
    fn what_is_not_known_any_more_is_said_so() {
        let changes = Changes::new();
        let first = changes.position_before(Duration::ZERO);
        for _ in 0..KEPT {
            changes.send(touched("run:1"));
        }
        assert_eq!(changes.since(&first).missed.map(|missed| missed.len()), Some(KEPT));
        changes.send(touched("run:1"));
        assert!(changes.since(&first).missed.is_none(), "the oldest is forgotten");
        for odd in
            ["", ".", "0", &Changes::new().position_before(Duration::ZERO), &format!("{}.99999999", changes.node)]
        {
            assert!(changes.since(odd).missed.is_none(), "{odd} is no position of this node");
        }
    }
}
