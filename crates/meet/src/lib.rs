//! When we talk. What people decide together is written down where it is needed, by the functions of
//! the parts below, so that every rule and limit of theirs holds.
//!
//! - [`estimate_round`]: people size items together, each with a hidden vote.
//! - [`checkpoint`]: those who pay for the work see what is known, and decide what goes on.

pub mod checkpoint;
pub mod estimate_round;
mod http;

use people::door::Door;

/// All addresses of this part.
pub fn routes(door: Door) -> Door {
    checkpoint::http::routes(estimate_round::http::routes(door))
}
