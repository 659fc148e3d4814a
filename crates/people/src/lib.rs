//! Who may: the people of a workspace, their projects, what they may do there, and the door that
//! asks every request who it is.
//!
//! A rule of any other part asks [`require`] with a [`Right`]; nothing else decides about access.

mod actor;
mod can;
pub mod door;
mod entrance;
pub mod invitation;
mod link;
pub mod member;
mod once;
pub mod password;
pub mod project;
mod secret;
pub mod session;
pub mod setup;
pub mod team;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod token;
pub mod user;
pub mod workspace;

pub use actor::{Actor, Right, Role, Scope, may, refusal, require, standing};
pub use can::Can;
pub use entrance::{again, mark};
pub use member::Duty;
pub use once::{answered, once};
pub use project::Project;
pub use user::Person;

/// Hangs everything about people into the door.
pub fn routes(door: door::Door) -> door::Door {
    let hung = [
        setup::http::routes,
        session::http::routes,
        invitation::http::routes,
        user::http::routes,
        token::http::routes,
        project::http::routes,
        member::http::routes,
        team::http::routes,
    ];
    hung.into_iter().fold(door, |door, routes| routes(door))
}
