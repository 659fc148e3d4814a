//! How far an import has come.

use super::Counts;

#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Experiments that are done.
    pub done: usize,
    /// Experiments of the source.
    pub of: usize,
    /// The one that is being read.
    pub experiment: String,
    /// What was read so far.
    pub read: Counts,
}
