//! An environment is a place that something is deployed to, known by its name in a project. Names
//! that differ only in case or in the width of letters are one environment; the project goes on to
//! spell it as it did first.

mod store;

use base::{ProjectId, Result};
use db::Tx;
use unicode_normalization::UnicodeNormalization;

/// Every project has it, before anybody asks for a promotion: otherwise the name could be taken before.
const ALWAYS: &str = "production";

/// All names of a project, as it spells them. Checks no right.
pub fn names(tx: &mut Tx, project: &ProjectId) -> Result<Vec<String>> {
    let mut names = vec![ALWAYS.to_owned()];
    for name in store::names(tx, project)? {
        if !names.iter().any(|known| same(known, &name)) {
            names.push(name);
        }
    }
    Ok(names)
}

/// The name as the project spells it, or as it is where it is new.
pub fn spelled(tx: &mut Tx, project: &ProjectId, name: &str) -> Result<String> {
    let known = names(tx, project)?.into_iter().find(|known| same(known, name));
    Ok(known.unwrap_or_else(|| name.to_owned()))
}

pub fn same(one: &str, other: &str) -> bool {
    fold(one) == fold(other)
}

/// What names of one environment have in common: Unicode's compatibility form (NFKC), in lower case.
pub fn fold(name: &str) -> String {
    name.nfkc().collect::<String>().to_lowercase().nfkc().collect()
}
