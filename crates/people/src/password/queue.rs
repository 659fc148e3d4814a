//! Hashing takes memory and time by design. Two at once, some waiting, the rest refused: otherwise
//! anybody could stop the server by guessing.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use base::{
    Result,
    refuse::{internal, too_many},
};
use tokio::sync::Semaphore;

const AT_ONCE: usize = 2;
const WAITING: usize = 64;

pub(crate) struct Queue {
    slots: Arc<Semaphore>,
    inside: Arc<AtomicUsize>,
}

impl Queue {
    pub fn new() -> Self {
        Self { slots: Arc::new(Semaphore::new(AT_ONCE)), inside: Arc::default() }
    }

    /// Runs slow work on a thread of its own when its turn comes. The work keeps its place until it
    /// ends, even when the caller has gone away.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let place = self.place()?;
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(internal)?;
        let run = move || {
            let done = work();
            drop((slot, place));
            done
        };
        tokio::task::spawn_blocking(run).await.map_err(internal)
    }

    fn place(&self) -> Result<Place> {
        let inside = self.inside.fetch_add(1, Ordering::Relaxed);
        let place = Place(Arc::clone(&self.inside));
        if inside >= AT_ONCE + WAITING {
            let detail = "Too many people are signing in at the moment. Try again in a few seconds.";
            return Err(too_many(detail).with("retry_after", 5));
        }
        Ok(place)
    }
}

/// A place in the queue, given back when it is dropped.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn two_hash_some_wait_and_the_rest_are_refused() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let (queue, most) = (Arc::new(Queue::new()), Arc::new(AtomicUsize::new(0)));
        let running = Arc::new(AtomicUsize::new(0));
        let asked: Vec<_> = (0..100)
            .map(|_| {
                let (queue, most, running) = (Arc::clone(&queue), Arc::clone(&most), Arc::clone(&running));
                let work = move || {
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(5));
                    running.fetch_sub(1, Ordering::SeqCst);
                };
                runtime.spawn(async move { queue.run(work).await.is_ok() })
            })
            .collect();
        let done = asked.into_iter().map(|one| runtime.block_on(one).unwrap());
        let admitted = done.filter(|admitted| *admitted).count();
        assert!((AT_ONCE + WAITING..100).contains(&admitted), "{admitted}");
        assert_eq!(most.load(Ordering::SeqCst), AT_ONCE);
        assert_eq!(queue.inside.load(Ordering::Relaxed), 0);
    }
}
