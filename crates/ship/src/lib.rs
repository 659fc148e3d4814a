//! What may go out. Reviews judge an experiment, a promotion asks that a run with its plan go into
//! an environment, the gate says what is missing, people with different duties approve exactly one
//! bundle, and a deployment records what is live; the registry answers accordingly.
//!
//! `lab` knows nothing of this. What runs, rules and artifacts say is read from there each time, so
//! an approval never outlives what it was about.

pub mod approval;
pub mod audit;
pub mod bundle;
pub mod deployment;
pub mod environment;
pub mod evidence;
pub mod gate;
pub mod history;
mod http;
pub mod monitoring;
pub mod promotion;
pub mod registry;
pub mod review;
pub mod rollout;
pub mod seat;
#[cfg(test)]
mod shelf;
#[cfg(test)]
mod story;
pub mod subject;
pub mod waiting;
pub mod watch;

use people::door::Door;

/// All addresses of this part.
pub fn routes(door: Door) -> Door {
    let door = promotion::http::routes(review::http::routes(door));
    let door = deployment::http::routes(approval::http::routes(door));
    let door = waiting::http::routes(monitoring::http::routes(door));
    evidence::http::routes(registry::http::routes(door))
}
