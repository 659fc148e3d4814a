//! What makes one bundle of a promotion differ from an earlier one, in sentences for those who know
//! the earlier one.

use std::collections::{BTreeMap, BTreeSet};

use super::{Bundle, Version};

/// Nothing where both are the same.
pub fn changes(then: &Bundle, now: &Bundle) -> Vec<String> {
    let mut said = versions(then, now);
    said.extend(files(then, now));
    said.extend(evidence(then, now));
    let models = |bundle: &Bundle| {
        let entry = |model: &super::Model| (model.id.to_string(), (model.status.clone(), model.params.clone()));
        bundle.models.iter().map(entry).collect::<BTreeMap<_, _>>()
    };
    said.extend(named("Models that the run made were added or changed", &differing(&models(then), &models(now))));
    if then.datasets != now.datasets {
        said.push("The run's datasets changed.".to_owned());
    }
    if then.hypothesis != now.hypothesis {
        said.push("The hypothesis was worded anew.".to_owned());
    }
    if then.rule != now.rule {
        said.push("The rule changed.".to_owned());
    }
    if then.code != now.code {
        said.push("What the run says of its code changed.".to_owned());
    }
    if then.checklist_version != now.checklist_version {
        said.push("The checklist is another one.".to_owned());
    }
    said
}

fn versions(then: &Bundle, now: &Bundle) -> Vec<String> {
    let Some(listed) = &now.versions else { return Vec::new() };
    let Some(before) = &then.versions else {
        return vec!["Bundles name the registered versions by now; this one was kept when they did not.".to_owned()];
    };
    let known = |version: &Version, among: &[Version]| {
        let same = |other: &&Version| {
            (other.model, other.number, &other.location) == (version.model, version.number, &version.location)
        };
        among.iter().find(same).cloned()
    };
    let mut said = Vec::new();
    for version in listed {
        let Version { name, number, .. } = version;
        match known(version, before) {
            None if version.aliased => said.push(format!(
                "Version {number} of {name} was registered, and is what {name}@{} will name. Delete it if it is not meant to go out.",
                now.plan.environment
            )),
            None => said.push(format!("Version {number} of {name} was registered.")),
            Some(before) if before.name != *name => {
                said.push(format!("Version {number} of {} is one of {name} by now.", before.name));
            }
            Some(_) => {}
        }
    }
    let gone = before.iter().filter(|version| known(version, listed).is_none());
    said.extend(gone.map(|Version { name, number, .. }| format!("Version {number} of {name} was deleted.")));
    said
}

fn files(then: &Bundle, now: &Bundle) -> Vec<String> {
    let digests = |bundle: &Bundle| {
        let entry = |file: &super::Artifact| match &file.model {
            None => (file.path.clone(), file.sha256.clone()),
            Some(model) => (format!("{} of {model}", file.path), file.sha256.clone()),
        };
        bundle.artifacts.iter().map(entry).collect::<BTreeMap<_, _>>()
    };
    let (then, now) = (digests(then), digests(now));
    let lacks = |here: &BTreeMap<String, String>, there: &BTreeMap<String, String>| {
        there.keys().filter(|path| !here.contains_key(*path)).cloned().collect::<Vec<_>>()
    };
    let (added, gone) = (lacks(&then, &now), lacks(&now, &then));
    let others: Vec<String> =
        differing(&then, &now).into_iter().filter(|path| !added.contains(path) && !gone.contains(path)).collect();
    let said = [
        named("Files were added", &added),
        named("Files were overwritten", &others),
        named("Files were deleted", &gone),
    ];
    said.into_iter().flatten().collect()
}

fn evidence(then: &Bundle, now: &Bundle) -> Vec<String> {
    let (then, now) = (&then.run, &now.run);
    let mut said = Vec::new();
    if (then.status, then.ended_at) != (now.status, now.ended_at) {
        said.push(format!("The run was taken up again; it is {}.", now.status.as_str()));
    }
    said.extend(named("Params were logged", &differing(&then.params, &now.params)));
    let mut metrics: BTreeSet<String> = differing(&then.points, &now.points).into_iter().collect();
    metrics.extend(differing(&then.metrics, &now.metrics));
    said.extend(named("Metrics were logged", &metrics.into_iter().collect::<Vec<_>>()));
    said
}

/// Keys of which one lacks the value that the other has.
fn differing<V: PartialEq>(then: &BTreeMap<String, V>, now: &BTreeMap<String, V>) -> Vec<String> {
    let keys: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    keys.into_iter().filter(|key| then.get(*key) != now.get(*key)).cloned().collect()
}

/// So many are named; the others are counted.
const NAMED: usize = 5;

fn named(what: &str, names: &[String]) -> Option<String> {
    let first = names.get(..NAMED.min(names.len())).filter(|first| !first.is_empty())?.join(", ");
    Some(match names.len() - names.len().min(NAMED) {
        0 => format!("{what}: {first}."),
        more => format!("{what}: {first} and {more} more."),
    })
}
