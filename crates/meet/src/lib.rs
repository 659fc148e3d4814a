//! When we talk. What people decide together is written down where it is needed, by the functions of
//! the parts below, so that every rule and limit of theirs holds.
//!
//! - [`estimate_round`]: people size items together, each with a hidden vote.

pub mod estimate_round;

use people::door::Door;

/// All addresses of this part.
pub fn routes(door: Door) -> Door {
    estimate_round::http::routes(door)
}
