//! Who hears of it. Everything here reads the one log of events and what commits touched; nothing
//! that happens knows of it.

pub mod activity;
pub mod live;
pub mod webhook;

use people::door::Door;

pub fn routes(door: Door) -> Door {
    webhook::http::routes(live::http::routes(activity::http::routes(door)))
}
