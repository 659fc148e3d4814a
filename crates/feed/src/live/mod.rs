//! Live: names of what changed, sent to whoever looks on. A page that depends on a name reads again;
//! no value ever travels here, so a listener learns nothing it could not read.

pub mod http;

use std::collections::{BTreeSet, HashSet};

use base::{ProjectId, Result};
use db::{Touched, Tx};
use people::{Actor, project};

/// A listener that fell behind is told this name: read everything again.
pub const EVERYTHING: &str = "everything";

/// What a listener may hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ears {
    /// Administrators of the workspace hear all.
    All,
    Of(HashSet<ProjectId>),
}

pub fn ears(tx: &mut Tx, actor: &Actor) -> Result<Ears> {
    if actor.admin && actor.project.is_none() {
        return Ok(Ears::All);
    }
    Ok(Ears::Of(project::visible(tx, actor)?.into_iter().map(|project| project.id).collect()))
}

impl Ears {
    /// The names among `touched` that these ears may hear, each once.
    pub fn pick(&self, touched: &[Touched], into: &mut BTreeSet<String>) {
        for Touched { project, name } in touched {
            let heard = match (self, project) {
                (Ears::All, _) => true,
                (Ears::Of(mine), Some(project)) => mine.contains(project),
                (Ears::Of(_), None) => false,
            };
            if heard {
                into.insert(name.clone());
            }
        }
    }
}

/// Whether the change may have changed who sees what.
pub fn concerns_access(touched: &[Touched]) -> bool {
    touched.iter().any(|touched| {
        ["member", "project", "user", "token", "session"].iter().any(|word| touched.name.starts_with(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_hears_of_projects_of_others() {
        let touched =
            |project: Option<&str>, name: &str| Touched { project: project.map(ProjectId::from), name: name.into() };
        let all = [
            touched(Some("a"), "run:1"),
            touched(Some("b"), "run:2"),
            touched(None, "user:3"),
            touched(Some("a"), "run:1"),
        ];
        let heard = |ears: Ears| {
            let mut names = BTreeSet::new();
            ears.pick(&all, &mut names);
            names.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(heard(Ears::Of(HashSet::from([ProjectId::from("a")]))), ["run:1"]);
        assert_eq!(heard(Ears::All), ["run:1", "run:2", "user:3"]);
        assert!(concerns_access(&all));
        assert!(!concerns_access(&all[..2]));
    }
}
