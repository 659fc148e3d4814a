//! The shape of the house, as absences.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// All Rust sources of the crates, by their path from `crates/`.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let crates = root().join("crates");
    collect(&crates, &crates, &mut found);
    assert!(found.len() > 50, "the sources are not where this test looks");
    found
}

fn collect(folder: &Path, base: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, base, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let name = path.strip_prefix(base).unwrap().to_str().unwrap().to_owned();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

fn is_test(name: &str) -> bool {
    name.contains("/tests/") || name.contains("/testing") || name.ends_with("tests.rs")
}

#[test]
fn crates_depend_downwards_only() {
    let direct: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("server", &["compat", "feed", "meet", "ship", "plan", "lab", "people", "blob", "db", "base"][..]),
        ("compat", &["feed", "ship", "lab", "people", "blob"]),
        ("feed", &["people"]),
        ("meet", &["plan"]),
        ("ship", &["plan", "lab"]),
        ("plan", &["lab"]),
        ("lab", &["people", "blob"]),
        ("people", &["db"]),
        ("blob", &["base"]),
        ("db", &["base"]),
        ("base", &[]),
    ]);
    for name in direct.keys() {
        let mut allowed = BTreeSet::new();
        let mut open = vec![*name];
        while let Some(next) = open.pop() {
            for below in direct[next] {
                allowed.insert(*below);
                open.push(below);
            }
        }
        let manifest = fs::read_to_string(root().join(format!("crates/{name}/Cargo.toml"))).unwrap();
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        let dependencies = dependencies.split("\n[").next().unwrap_or_default();
        for line in dependencies.lines() {
            let used = line.split(['.', ' ', '=']).next().unwrap_or_default();
            let ours = direct.contains_key(used);
            assert!(!ours || allowed.contains(used), "{name} must not depend on {used}");
        }
    }
}

#[test]
fn sql_stands_in_stores() {
    let starts = ["\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM ", "\"WITH "];
    for (name, text) in sources() {
        if name.starts_with("db/") || name.ends_with("store.rs") || name.contains("/store/") || is_test(&name) {
            continue;
        }
        let flat = text.replace("\"\n", "\"").replace("\"    ", "\"");
        let found = starts.iter().find(|start| flat.contains(**start));
        assert!(found.is_none(), "{name} contains SQL ({found:?}); it belongs into the store.rs beside it");
    }
}

#[test]
fn only_doors_know_the_web_framework() {
    let may = |name: &str| {
        name.ends_with("http.rs")
            || ["people/src/door/", "compat/", "server/"].iter().any(|start| name.starts_with(start))
            || is_test(name)
    };
    for (name, text) in sources() {
        assert!(may(&name) || !text.contains("axum"), "{name} mentions axum; only http.rs files do");
    }
}

#[test]
fn only_the_store_knows_the_engine() {
    for (name, text) in sources() {
        let may = name.starts_with("db/") || is_test(&name);
        assert!(may || !text.contains("rusqlite") && !text.contains("postgres::"), "{name} knows the engine");
    }
}

#[test]
fn every_folder_says_what_it_is() {
    for (name, text) in sources() {
        if name.ends_with("/mod.rs") || name.ends_with("/lib.rs") {
            assert!(text.starts_with("//!"), "{name} must open with what the thing is");
        }
    }
}

#[test]
fn files_stay_short() {
    for (name, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 450, "{name} has {lines} lines; split it along what it does");
    }
}

#[test]
fn every_migration_is_listed() {
    let list = fs::read_to_string(root().join("crates/db/src/migrate.rs")).unwrap();
    for entry in fs::read_dir(root().join("migrations")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(list.contains(&format!("migrations/{name}")), "{name} is not listed in migrate.rs");
    }
}
