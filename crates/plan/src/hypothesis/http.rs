use lab::experiment;
use people::door::Door;

/// An experiment is changed here, since it may be work.
pub fn routes(door: Door) -> Door {
    experiment::http::change_routes(door, super::check_change)
}
