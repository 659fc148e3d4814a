//! Every route × everybody: what nobody, somebody of another project, a viewer, a member and an
//! admin of the project are answered stands in `matrix.txt`, line by line.
//!
//! Each route is asked in a world of its own, with a request that would succeed for those who may.
//! `SLIPWAY_WRITE_MATRIX=1` writes what was answered; read the difference before you keep it.

mod matrix_world;

use std::{collections::BTreeMap, fmt::Write};

use axum::http::Method;
use matrix_world::{Asked, Prepared, WHO};

/// Whether one success changes what the next one is answered.
fn disturbs(asked: &Asked) -> bool {
    let last = asked.path.rsplit('/').next().unwrap_or_default();
    let ours = asked.path.starts_with("/api/v1/") && asked.method != Method::GET;
    ours || asked.method == Method::DELETE
        || ["delete", "restore", "update", "rename"].iter().any(|word| last.starts_with(word))
}

fn committed() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(FILE).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| line.split_once(" : ").expect("METHOD path : answers"))
        .map(|(route, row)| (route.trim().to_owned(), row.trim().to_owned()))
        .collect()
}

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/matrix.txt");

const HEAD: &str =
    "# What each route answers to: nobody, someone of another project, a viewer, a member, an admin of the project.
# ok: 2xx. A viewer's ok on a decision means that a duty would decide; 409 is a rule's refusal, after the permission.
";

#[test]
fn every_route_answers_everybody_as_written() {
    let prepared = Prepared::new();
    let unchanged = prepared.copy("unchanged");
    let mut found = BTreeMap::new();
    for (number, asked) in Prepared::routes().iter().enumerate() {
        let route = format!("{} {}", asked.method, asked.path);
        let mut answers = Vec::new();
        for who in WHO {
            let fresh = disturbs(asked) && matches!(who, "Mei" | "Sam");
            let copy = fresh.then(|| prepared.copy(&format!("{number}-{who}")));
            let answer = prepared.ask(copy.as_ref().unwrap_or(&unchanged), who, asked);
            assert!(!answer.starts_with('5'), "{route} answers {answer} to {who}");
            answers.push(answer);
        }
        found.insert(route, answers.join(" "));
    }
    if std::env::var_os("SLIPWAY_WRITE_MATRIX").is_some() {
        let mut text = HEAD.to_owned();
        for (route, row) in &found {
            writeln!(text, "{route:<88} : {row}").unwrap();
        }
        std::fs::write(FILE, text).unwrap();
    }
    let written = committed();
    for (route, row) in &found {
        assert_eq!(written.get(route), Some(row), "{route}: left is what matrix.txt says, right what is answered");
    }
    for route in written.keys() {
        assert!(found.contains_key(route), "{route} stands in matrix.txt and does not exist");
    }
}
