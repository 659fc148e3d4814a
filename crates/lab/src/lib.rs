//! What we learn. An experiment holds a hypothesis, the rule that decides it and the runs that are
//! its evidence; clients log runs with params, metrics, datasets, models and artifacts; the verdict
//! is computed from what they logged; the registry gives models names and numbers. Applications send
//! traces of what they did, which are assessed and evaluated.
//!
//! Nothing here knows that reviews and promotions exist.

pub mod artifact;
pub mod assessment;
pub mod dataset;
pub mod evaluation;
pub mod experiment;
pub mod limit;
pub mod metric;
pub mod model;
pub mod registry;
pub mod rule;
pub mod run;
pub mod search;
pub mod trace;
pub mod verdict;

use base::{Kind, ProjectId, Result, refuse::not_found};
use db::Tx;
use people::{Actor, Right, door::Door};

/// All addresses of this part, but for those of [`artifact::signed`] and [`experiment::http::change_routes`], which ask
/// a guard.
pub fn routes(door: Door) -> Door {
    let hung = [experiment::http::routes, run::http::routes, metric::http::routes, artifact::http::routes];
    hung.into_iter().fold(door, |door, routes| routes(door))
}

/// Refuses unless the actor has the right in the project of some `thing`. To those outside the
/// project it reads as if the thing did not exist.
pub(crate) fn allow(tx: &mut Tx, actor: &Actor, right: Right, project: &ProjectId, thing: &str) -> Result<()> {
    people::require(tx, actor, right, project).map_err(|refusal| match refusal.kind() {
        Kind::NotFound => not_found(thing),
        _ => refusal,
    })
}
