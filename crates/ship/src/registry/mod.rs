//! The registry as gates leave it. `lab` keeps what people say of models and their versions; a
//! name like `production` is not theirs to say. Where an alias is called like an environment that a
//! gate governs, nobody sets it: it names the version whose bytes were approved and deployed there.
//!
//! Prompts are texts that no promotion carries, so no gate governs their aliases.

mod act;
mod governed;
pub mod http;
#[cfg(test)]
mod page_tests;
mod show;
mod shown;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub use act::{
    bring_version, by_alias, create_version, delete_version, label, latest, remove_alias, rename, set_alias, unregister,
};
pub use governed::{Governed, brought};
pub use show::{Alias, Entry, Placed, entries, placed};
pub use shown::{Detail, Shown, detail, list};
