//! Stories of promotions: how one is asked for, comes to be approved, and ends.

mod approving;
mod asking;
mod ending;
mod seeing;
