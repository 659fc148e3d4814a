//! Who hears of it. Everything here reads the one log of events and what commits touched; nothing
//! that happens knows of it.

pub mod activity;
pub mod live;

use people::door::Door;

pub fn routes(door: Door) -> Door {
    live::http::routes(activity::http::routes(door))
}
