//! Stories about relations and products, told on each engine.

use std::collections::{BTreeMap, BTreeSet};

use people::testing::{World, each_world};
use proptest::prelude::*;
use serde_json::json;

use super::{New, Stands, relate};
use crate::item::{
    self,
    tests::{changed, made, signed_in},
};

fn three(world: &World) -> people::testing::Client {
    let dana = signed_in(world, "Dana");
    for title in ["One", "Two", "Three"] {
        made(&dana, "CHURN", json!({ "title": title }));
    }
    dana
}

#[test]
fn a_relation_is_seen_from_both_ends() {
    each_world(|world| {
        let dana = three(world);
        let relate = |key: &str, kind: &str, other: &str| {
            dana.post(&format!("/api/v1/items/{key}/relations"), json!({ "kind": kind, "item": other }))
        };
        let seen = |key: &str| {
            let items = dana.get(&format!("/api/v1/items/{key}/relations")).json()["items"].clone();
            let told = items
                .as_array()
                .unwrap()
                .iter()
                .map(|r| format!("{} {}", r["kind"].as_str().unwrap(), r["item"]["key"].as_str().unwrap()));
            told.collect::<Vec<_>>().join(", ")
        };
        for (kind, inverse) in [
            ("duplicates", "duplicated_by"),
            ("splits_from", "split_into"),
            ("tests", "tested_by"),
            ("relates", "relates"),
            ("blocks", "blocked_by"),
        ] {
            let made = relate("CHURN-2", kind, "CHURN-1");
            assert_eq!(made.status, 201, "{}", made.text());
            assert_eq!((seen("CHURN-2"), seen("CHURN-1")), (format!("{kind} CHURN-1"), format!("{inverse} CHURN-2")));
            let again = relate("CHURN-1", inverse, "CHURN-2");
            assert_eq!((again.status, again.detail()), (409, format!("CHURN-1 {inverse} CHURN-2 already.")));
            assert_eq!(dana.delete(&format!("/api/v1/items/CHURN-1/relations/{}", made.json()["id"])).status, 204);
            assert_eq!(seen("CHURN-2"), "");
        }
        assert_eq!(relate("CHURN-1", "relates", "CHURN-1").detail(), "item: must be another item than CHURN-1");
        assert_eq!(relate("CHURN-1", "relates", "CHURN-99").status, 400);
        assert_eq!(dana.delete("/api/v1/items/CHURN-1/relations/77").status, 404);
        let contract = json!({ "kind": "tests", "item": "CHURN-2", "contract": true });
        assert_eq!(
            dana.post("/api/v1/items/CHURN-1/relations", contract).detail(),
            "contract: can be said of blocking only"
        );
    });
}

#[test]
fn what_is_not_yours_to_see_is_not_told() {
    each_world(|world| {
        let (dana, pavel) = (three(world), signed_in(world, "Pavel"));
        made(&pavel, "FRAUD", json!({ "title": "Secret" }));
        let hidden = dana.post("/api/v1/items/CHURN-1/relations", json!({ "kind": "blocked_by", "item": "FRAUD-1" }));
        assert_eq!(hidden.detail(), "item: must be the key of an item; there is no FRAUD-1, or it is not yours to see");
        pavel.post("/api/v1/items/CHURN-1/relations", json!({ "kind": "blocked_by", "item": "FRAUD-1" }));
        pavel.post("/api/v1/items/FRAUD-1/relations", json!({ "kind": "blocked_by", "item": "CHURN-2" }));
        assert_eq!(dana.get("/api/v1/items/CHURN-1/relations").json()["items"], json!([]));
        let circle = dana.post("/api/v1/items/CHURN-2/relations", json!({ "kind": "blocked_by", "item": "CHURN-1" }));
        assert_eq!(circle.json()["path"], json!(["CHURN-2", "CHURN-1", "an item that is not yours to see", "CHURN-2"]));
        assert_eq!(signed_in(world, "Rita").get("/api/v1/items/CHURN-1/relations").status, 404);
    });
}

#[test]
fn two_who_close_a_circle_at_once_do_not_both_succeed() {
    each_world(|world| {
        three(world);
        let pairs = [("CHURN-1", "CHURN-2"), ("CHURN-2", "CHURN-3"), ("CHURN-3", "CHURN-1")];
        let results: Vec<bool> = std::thread::scope(|scope| {
            let asked = pairs.map(|(key, other)| {
                let (db, dana) = (world.db.db.clone(), world.actor("Dana"));
                let new = New { kind: Stands::Blocks, item: other.to_owned(), contract: false };
                scope.spawn(move || db.write_blocking(move |tx| relate(tx, &dana, key, &new).map(drop)).is_ok())
            });
            asked.map(|thread| thread.join().unwrap()).into()
        });
        assert_eq!(results.iter().filter(|succeeded| **succeeded).count(), 2);
    });
}

#[test]
fn what_came_of_an_item_is_noted() {
    each_world(|world| {
        let dana = three(world);
        let (actor, project) = (world.actor("Dana"), world.churn.id.clone());
        let experiment =
            world.db.write_blocking(move |tx| Ok(lab::experiment::default_of(tx, &actor, &project)?.id.0)).unwrap();
        let say = |kind: &str, target: &str| {
            dana.post("/api/v1/items/CHURN-1/products", json!({ "kind": kind, "target": target }))
        };
        let made = say("experiment", &experiment.to_string());
        assert_eq!(made.status, 201, "{}", made.text());
        assert_eq!(say("experiment", &experiment.to_string()).status, 409);
        assert_eq!(say("commit", "0a1b2c3").status, 201);
        assert_eq!(say("dataset", "exports@v3").status, 201);
        for (kind, target) in [
            ("commit", "not hex"),
            ("run", "none"),
            ("experiment", "999"),
            ("version", "Trees/1"),
            ("dataset", "exports"),
        ] {
            let refused = say(kind, target);
            assert_eq!(
                (refused.status, refused.detail().starts_with("target: must name what came of the item")),
                (400, true),
                "{kind} {target}"
            );
        }
        let all = dana.get("/api/v1/items/CHURN-1/products").json();
        let kinds: Vec<_> = all["items"].as_array().unwrap().iter().map(|p| p["kind"].clone()).collect();
        assert_eq!(json!(kinds), json!(["experiment", "commit", "dataset"]));
        assert_eq!(dana.delete(&format!("/api/v1/items/CHURN-1/products/{}", made.json()["id"])).status, 204);
        assert_eq!(dana.get("/api/v1/items/CHURN-1/products").json()["items"].as_array().unwrap().len(), 2);
    });
}

#[test]
fn complex_work_is_probed_before_it_is_planned() {
    each_world(|world| {
        let dana = three(world);
        made(&dana, "CHURN", json!({ "title": "New score", "kind": "feature", "domain": "complex" }));
        let sprint = dana.post("/api/v1/projects/CHURN/sprints", json!({})).json()["id"].clone();
        let plan = || changed(&dana, "CHURN-4", json!({ "sprint": sprint }));
        let refused = plan();
        assert!(refused.detail().starts_with("CHURN-4 is complex"), "{}", refused.detail());
        assert_eq!(refused.json()["missing"], json!(["hypothesis", "spike"]));
        let question = json!({ "question": "Do devices tell?", "days": 3 });
        made(&dana, "CHURN", json!({ "title": "Look at misses", "kind": "spike", "spike": question }));
        dana.post("/api/v1/items/CHURN-5/relations", json!({ "kind": "tests", "item": "CHURN-4" }));
        assert_eq!(plan().json()["sprint"], sprint);

        let stays = "CHURN-4 is complex and in a sprint, and nothing else tests it. Take it out of the sprint first, or let \
                     another hypothesis or spike test it.";
        let relation = dana.get("/api/v1/items/CHURN-5/relations").json()["items"][0]["id"].clone();
        let part = || dana.delete(&format!("/api/v1/items/CHURN-5/relations/{relation}"));
        let trash = || dana.delete("/api/v1/items/CHURN-5");
        for refused in [part(), trash()] {
            assert_eq!((refused.status, refused.detail()), (409, stays.to_owned()));
        }
        let other =
            json!({ "title": "Ask", "kind": "spike", "parent": "CHURN-4", "spike": { "question": "Why?", "days": 1 } });
        made(&dana, "CHURN", other);
        assert_eq!(trash().status, 204, "another one looks into it");
        let freed = changed(&dana, "CHURN-6", json!({ "parent": null }));
        assert_eq!((freed.status, freed.detail()), (409, stays.to_owned()), "and is all that does");
        assert_eq!(changed(&dana, "CHURN-4", json!({ "sprint": null })).status, 200);
        assert_eq!(changed(&dana, "CHURN-6", json!({ "parent": null })).status, 200);
    });
}

/// Whether `to` is reached from `from`.
fn reaches(edges: &BTreeSet<(usize, usize)>, from: usize, to: usize) -> bool {
    let mut next: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    edges.iter().for_each(|(a, b)| next.entry(*a).or_default().push(*b));
    let (mut open, mut seen) = (vec![from], BTreeSet::new());
    while let Some(here) = open.pop() {
        if here == to {
            return true;
        }
        if seen.insert(here) {
            open.extend(next.get(&here).into_iter().flatten());
        }
    }
    false
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, ..ProptestConfig::default() })]

    /// Exactly those dependencies are refused that would close a circle, and the path that is named is one.
    #[test]
    fn dependencies_never_run_in_a_circle(wanted in prop::collection::vec((0..7_usize, 0..7_usize), 1..60)) {
        each_world(|world| {
            let dana = world.actor("Dana");
            for number in 0..7 {
                let (dana, new) = (dana.clone(), item::New { title: number.to_string(), ..item::New::default() });
                world.db.write_blocking(move |tx| item::create(tx, &dana, "CHURN", &new).map(drop)).unwrap();
            }
            let mut edges = BTreeSet::new();
            for &(first, last) in &wanted {
                let key = |number: usize| format!("CHURN-{}", number + 1);
                let (dana, first_key) = (dana.clone(), key(first));
                let new = New { kind: Stands::Blocks, item: key(last), contract: false };
                let answer = world.db.write_blocking(move |tx| relate(tx, &dana, &first_key, &new).map(drop));
                let closes = first == last || reaches(&edges, last, first);
                assert_eq!(answer.is_ok(), !closes && !edges.contains(&(first, last)), "{first} before {last} after {edges:?}");
                match answer {
                    Ok(()) => drop(edges.insert((first, last))),
                    Err(refusal) => {
                        let Some(path) = refusal.members().get("path") else { continue };
                        let path: Vec<usize> = path.as_array().unwrap().iter().map(|key| key.as_str().unwrap()[6..].parse::<usize>().unwrap() - 1).collect();
                        let mut with = edges.clone();
                        with.insert((first, last));
                        assert_eq!((path.first(), path.last()), (Some(&last), Some(&last)));
                        assert!(path.windows(2).all(|pair| with.contains(&(pair[1], pair[0]))), "{path:?} in {with:?}");
                    }
                }
            }
        });
    }
}
