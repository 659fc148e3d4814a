//! How far an import has come.

use super::Counts;

#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Experiments that are done.
    pub done: usize,
    /// Experiments of the source.
    pub of: usize,
    /// What is being read: an experiment by its name, or what follows after all of them.
    pub at: String,
    pub over: bool,
    /// What was read so far.
    pub read: Counts,
}
