//! What time it is. Handed in, so that a test or a scenario can say.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use base::Time;

#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    System,
    /// Stands still until it is set. Negative: not set, so the system's time counts.
    Manual(Arc<AtomicI64>),
    /// A file holding milliseconds since 1970; unreadable or empty, the system's time counts.
    File(PathBuf),
}

impl Clock {
    pub fn manual(at: Time) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.ms())))
    }

    pub fn now(&self) -> Time {
        match self {
            Self::System => system(),
            Self::Manual(at) => match at.load(Ordering::Relaxed) {
                ms if ms < 0 => system(),
                ms => Time(ms),
            },
            Self::File(path) => {
                std::fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok()).map_or_else(system, Time)
            }
        }
    }

    /// Moves a manual clock; the others cannot be moved.
    pub fn set(&self, to: Time) {
        if let Self::Manual(at) = self {
            at.store(to.ms(), Ordering::Relaxed);
        }
    }

    /// Lets a manual clock follow the system's time from now on.
    pub fn follow_system(&self) {
        self.set(Time(-1));
    }
}

fn system() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(since.as_millis() as i64)
}
