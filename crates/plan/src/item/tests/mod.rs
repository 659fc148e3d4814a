//! Stories about items, told on each engine.

mod away;
mod csv;
mod repeat;
mod undo;

use base::{Limit, Result};
use people::{
    Scope,
    testing::{Client, World, each_world},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Move, New, Target};
use crate::item;

/// A client of the plan's addresses, signed in as one of the cast.
pub fn signed_in(world: &World, name: &str) -> Client {
    world.client(crate::routes).bearer(&world.token(name, Scope::Full, None))
}

pub fn made(client: &Client, project: &str, new: Value) -> Value {
    let answered = client.post(&format!("/api/v1/projects/{project}/items"), new);
    assert_eq!(answered.status, 201, "{}", answered.text());
    answered.json()
}

/// A change of the item as it is now.
pub fn changed(client: &Client, key: &str, change: Value) -> people::testing::Answered {
    let version = client.get(&format!("/api/v1/items/{key}")).header("etag").to_owned();
    client.with("if-match", &version).patch(&format!("/api/v1/items/{key}"), change)
}

/// The keys of a list, in its order.
pub fn keys(client: &Client, query: &str) -> String {
    let answered = client.get(&format!("/api/v1/projects/CHURN/items{query}"));
    assert_eq!(answered.status, 200, "{}", answered.text());
    let keys = answered.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["key"].as_str().unwrap().to_owned())
        .collect::<Vec<_>>();
    keys.join(" ").replace("CHURN-", "")
}

#[test]
fn a_story_is_written_and_read() {
    each_world(|world| {
        let pia = signed_in(world, "Pia");
        let story = json!({ "who": "marketing analyst", "want": "to see a risk score", "benefit": "I can intervene" });
        let acceptance =
            ["every active customer has a score 0-100", "refreshed daily", "API p95 ≤ 200 ms on sample data"];
        let new = json!({
            "kind": "story", "title": "Risk score", "story": story, "acceptance": acceptance, "labels": ["Scores", "scores", "q3"],
            "assignee": "me", "estimate": 0.5, "priority": "high", "due": "2026-03-13",
        });
        let made = made(&pia, "CHURN", new);
        assert_eq!(made["key"], "CHURN-1");
        assert_eq!(made["sentence"], "As a marketing analyst, I want to see a risk score so I can intervene.");
        assert_eq!(made["story"], story);
        assert_eq!(made["acceptance"], json!(acceptance));
        assert_eq!(made["labels"], json!(["q3", "Scores"]));
        assert_eq!((&made["status"]["name"], &made["status"]["category"]), (&json!("Backlog"), &json!("open")));
        assert_eq!((&made["assignee"]["name"], &made["estimate"]), (&json!("Pia"), &json!(0.5)));
        assert_eq!((&made["can"]["edit"], &made["watching"]), (&json!(true), &json!(true)));

        let mara = signed_in(world, "Mara");
        let seen = mara.get("/api/v1/items/CHURN-1").json();
        assert_eq!(seen["title"], "Risk score");
        assert!(seen["can"]["edit"].as_str().unwrap().starts_with("Viewers look"));
        assert_eq!(mara.post("/api/v1/projects/CHURN/items", json!({ "title": "No" })).status, 403);
        let rita = signed_in(world, "Rita");
        for unseen in
            ["/api/v1/items/CHURN-1", "/api/v1/items/CHURN-99", "/api/v1/items/FRAUD-1", "/api/v1/items/nonsense"]
        {
            let refused = rita.get(unseen);
            assert_eq!(
                (refused.status, refused.detail()),
                (404, "No such item, or it is not yours to see.".to_owned())
            );
        }
    });
}

#[test]
fn the_second_of_two_who_edit_is_told_and_nothing_is_lost() {
    each_world(|world| {
        let (dana, mei) = (signed_in(world, "Dana"), signed_in(world, "Mei"));
        made(&dana, "CHURN", json!({ "title": "Join the exports" }));
        let path = "/api/v1/items/CHURN-1";
        assert_eq!(dana.patch(path, json!({ "title": "x" })).status, 428, "without a version");
        let first = dana.with("if-match", "\"1\"").patch(path, json!({ "description": "By customer id." }));
        assert_eq!((first.status, first.header("etag")), (200, "\"2\""));
        let refused = mei.with("if-match", "\"1\"").patch(path, json!({ "description": "By e-mail address." }));
        assert_eq!(refused.status, 412);
        assert_eq!(refused.json()["current"]["description"], "By customer id.");
        assert_eq!(refused.json()["current"]["version"], 2);
        assert_eq!(mei.with("if-match", "\"2\"").patch(path, json!({ "estimate": 3 })).json()["version"], 3);
        assert_eq!(
            mei.with("if-match", "\"3\"").patch(path, json!({ "estimate": 3.0 })).json()["version"],
            3,
            "no change"
        );
    });
}

#[test]
fn bad_input_is_answered_clearly() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        for key in ["1", "2"] {
            made(&dana, "CHURN", json!({ "title": key }));
        }
        let long = "x".repeat(100_001);
        let cases = [
            (json!({ "title": " " }), "title: must not be empty"),
            (json!({ "title": "x", "description": long }), "description: must have at most 100000 characters"),
            (json!({ "title": "x", "kind": "wish" }), "kind: must be one of `epic`"),
            (json!({ "title": "x", "estimate": -1 }), "estimate: must be between 0 and 1000"),
            (
                json!({ "title": "x", "status": "Soon" }),
                "status: must be one of Backlog, Ready, In progress, In review, Done, Cancelled",
            ),
            (
                json!({ "title": "x", "assignee": "rita@slipway.test" }),
                "assignee: must be the e-mail address of a member",
            ),
            (json!({ "title": "x", "assignee": "mara@slipway.test" }), "assignee: is a viewer of this project"),
            (json!({ "title": "x", "parent": "CHURN-9" }), "parent: must be the key of an item; there is no CHURN-9"),
            (json!({ "title": "x", "parent": "CHURN-1" }), "parent: A task cannot lie under a task (CHURN-1)"),
            (json!({ "title": "x", "team": "none such" }), "team: must be the id of a team of this project"),
            (json!({ "title": "x", "due": "2026-02-30" }), "due: must be a day"),
            (json!({ "title": "x", "after": "FRAUD-1" }), "after: must name an item of the same project"),
            (json!({ "title": "x", "labels": ["a,b"] }), "labels[0]: must not contain a comma"),
            (json!({ "title": "x\u{0}" }), "title: contains the control character U+0000"),
            (
                json!({ "title": "x", "story": { "who": "a", "want": "b", "benefit": "c" } }),
                "story: belongs to stories; this is a task",
            ),
        ];
        for (new, why) in cases {
            let refused = dana.post("/api/v1/projects/CHURN/items", new);
            assert_eq!(refused.status, 400, "{why}: {}", refused.text());
            assert!(refused.detail().starts_with(why), "{} is not {why}", refused.detail());
        }
        let large = |characters: usize| {
            let refused = dana
                .post("/api/v1/projects/CHURN/items", json!({ "title": "x", "description": "x".repeat(characters) }));
            (refused.status, refused.detail(), refused.json()["limit"].clone())
        };
        let named = "description: must have at most 100000 characters".to_owned();
        assert_eq!(large(1_048_576), (400, named, Value::Null));
        let whole = "The body is larger than the 2 MiB that this address takes.".to_owned();
        assert_eq!(large(2_097_152), (413, whole, json!(2_097_152)));
        assert_eq!(keys(&dana, ""), "1 2", "nothing came of it");
    });
}

#[test]
fn nobody_lies_under_themselves() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        made(&dana, "CHURN", json!({ "title": "Retention", "kind": "epic" }));
        made(&dana, "CHURN", json!({ "title": "Scores", "kind": "feature", "parent": "CHURN-1" }));
        made(&dana, "CHURN", json!({ "title": "See a score", "kind": "story", "parent": "CHURN-2" }));
        let circle = changed(&dana, "CHURN-1", json!({ "parent": "CHURN-3" }));
        assert_eq!(circle.status, 409);
        assert_eq!(circle.detail(), "CHURN-1 would lie under itself: CHURN-3 under CHURN-2 under CHURN-1.");
        assert_eq!(circle.json()["path"], json!(["CHURN-3", "CHURN-2", "CHURN-1"]));
        assert_eq!(changed(&dana, "CHURN-1", json!({ "parent": "CHURN-1" })).status, 409);
        let smaller = changed(&dana, "CHURN-2", json!({ "kind": "task" }));
        let why = "kind: A story cannot lie under a task; give CHURN-3 another parent first";
        assert_eq!(smaller.detail(), why);
        assert_eq!(dana.get("/api/v1/items/CHURN-1").json()["children"][0]["key"], "CHURN-2");
    });
}

#[test]
fn lists_are_narrowed_ordered_and_read_in_pages() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        let pasted = "- [ ] Clean the export\n\n* Join by customer\n=1+1\nTrain 100%\n Evaluate ";
        let answered = dana
            .post("/api/v1/projects/CHURN/items/batch", json!({ "lines": pasted, "kind": "data", "labels": ["x"] }));
        let titles: Vec<_> = answered.json()["items"].as_array().unwrap().iter().map(|i| i["title"].clone()).collect();
        assert_eq!(json!(titles), json!(["Clean the export", "Join by customer", "=1+1", "Train 100%", "Evaluate"]));
        changed(
            &dana,
            "CHURN-2",
            json!({ "priority": "urgent", "due": "2026-03-05", "assignee": "me", "trade": "data_engineer" }),
        );
        changed(
            &dana,
            "CHURN-4",
            json!({ "priority": "low", "due": "2026-03-04", "status": "Done", "labels": ["X", "y"], "blocked": "No GPU" }),
        );
        world.db.days_pass(1);
        changed(&dana, "CHURN-1", json!({ "kind": "bug", "assignee": "mei@slipway.test" }));
        for (query, expected) in [
            ("", "1 2 3 4 5"),
            ("?sort=number", "5 4 3 2 1"),
            ("?sort=updated", "1 5 4 3 2"),
            ("?sort=priority", "2 4 1 3 5"),
            ("?sort=due", "4 2 1 3 5"),
            ("?kind=bug,story", "1"),
            ("?status=done", "4"),
            ("?category=open", "1 2 3 5"),
            ("?assignee=me", "2"),
            ("?assignee=mei@slipway.test,none&sort=number", "5 4 3 1"),
            ("?trade=data_engineer", "2"),
            ("?label=Y", "4"),
            ("?label=x&kind=data&sort=due", "4 2 3 5"),
            ("?blocked=true", "4"),
            ("?q=100%25", "4"),
            ("?q=JOIN", "2"),
            ("?q=churn-3", "3"),
            ("?parent=none&sprint=none", "1 2 3 4 5"),
            ("?parent=CHURN-1", ""),
            ("?label=none+such", ""),
        ] {
            assert_eq!(keys(&dana, query), expected, "{query}");
            let join = if query.is_empty() { '?' } else { '&' };
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = dana.get(&format!("/api/v1/projects/CHURN/items{query}{join}limit=2{cursor}")).json();
                seen.extend(
                    page["items"].as_array().unwrap().iter().map(|i| i["key"].as_str().unwrap()[6..].to_owned()),
                );
                let Some(next) = page["next"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            assert_eq!(seen.join(" "), expected, "{query} in pages");
        }
        for (query, why) in [
            ("?kind=wish", "kind: must be of epic"),
            ("?sprint=x", "sprint: must be the id of a sprint, or none"),
            ("?cursor=x", "cursor: is not one that this list gave out"),
            ("?limit=0", "limit: must be between 1 and 500"),
        ] {
            let refused = dana.get(&format!("/api/v1/projects/CHURN/items{query}"));
            assert_eq!(refused.status, 400);
            assert!(refused.detail().starts_with(why), "{}", refused.detail());
        }
    });
}

#[test]
fn a_part_of_a_title_finds_what_is_called_so_now() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        for title in ["Join the \"Kundenübersicht\"", "Train 100%_now", "The joint score"] {
            made(&dana, "CHURN", json!({ "title": title }));
        }
        for (part, found) in [
            ("join", "1 3"),
            ("JOINT", "3"),
            ("%22kunden%C3%9CB", "1"),
            ("sicht%22", "1"),
            ("100%25_", "2"),
            ("100__", ""),
            ("jo", "1 3"),
            ("churn-2", "2"),
            ("score+join", ""),
        ] {
            assert_eq!(keys(&dana, &format!("?q={part}")), found, "{part}");
        }
        changed(&dana, "CHURN-3", json!({ "title": "The merged score" }));
        assert_eq!((keys(&dana, "?q=joint"), keys(&dana, "?q=merged")), (String::new(), "3".to_owned()));
        dana.post("/api/v1/items/CHURN-3/undo", json!({}));
        assert_eq!((keys(&dana, "?q=joint"), keys(&dana, "?q=merged")), ("3".to_owned(), String::new()));
        dana.delete("/api/v1/items/CHURN-3");
        assert_eq!((keys(&dana, "?q=joint"), keys(&dana, "?q=joint&deleted=true")), (String::new(), "3".to_owned()));
    });
}

#[test]
fn items_are_dragged_to_their_places() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        for title in ["1", "2", "3", "4"] {
            made(&dana, "CHURN", json!({ "title": title }));
        }
        let drag = |key: &str, to: Value| {
            let answered = dana.post(&format!("/api/v1/items/CHURN-{key}/move"), to);
            assert_eq!(answered.status, 200, "{}", answered.text());
            keys(&dana, "")
        };
        assert_eq!(drag("4", json!({ "to": "first" })), "4 1 2 3");
        assert_eq!(drag("1", json!({ "to": { "after": "CHURN-3" } })), "4 2 3 1");
        assert_eq!(drag("1", json!({ "to": { "before": "CHURN-2" }, "status": "In progress" })), "4 1 2 3");
        assert_eq!(drag("3", json!({ "to": "last" })), "4 1 2 3", "where it is");
        assert_eq!(drag("2", json!({ "to": { "before": "CHURN-2" } })), "4 1 2 3", "beside itself");
        assert_eq!(made(&dana, "CHURN", json!({ "title": "5", "after": "CHURN-4" }))["key"], "CHURN-5");
        assert_eq!(keys(&dana, ""), "4 5 1 2 3");
        assert_eq!(keys(&dana, "?status=in+progress"), "1");
    });
}

#[test]
fn a_parent_that_is_not_theirs_to_see_is_not_named() {
    each_world(|world| {
        let (dana, pavel) = (signed_in(world, "Dana"), signed_in(world, "Pavel"));
        made(&pavel, "FRAUD", json!({ "title": "Theirs", "kind": "feature" }));
        made(&dana, "CHURN", json!({ "title": "Ours", "kind": "story" }));
        let unseen = "parent: must be the key of an item; there is no FRAUD-1, or it is not yours to see";
        assert_eq!(changed(&dana, "CHURN-1", json!({ "parent": "FRAUD-1" })).detail(), unseen);
        assert_eq!(changed(&pavel, "CHURN-1", json!({ "parent": "FRAUD-1" })).status, 200);

        assert_eq!(dana.get("/api/v1/items/CHURN-1").json()["parent"], json!(null));
        let told = dana.get("/api/v1/items/CHURN-1/history").json();
        assert_eq!(told["items"][0]["body"]["after"]["parent"], "an item that is gone or not yours to see");
        assert_eq!(changed(&dana, "CHURN-1", json!({ "kind": "task" })).status, 200, "it lies under a feature still");
        assert_eq!(
            changed(&dana, "CHURN-1", json!({ "kind": "epic" })).detail(),
            "parent: An epic cannot lie under a feature (its parent, which is not yours to see)"
        );
        let after = dana.post("/api/v1/projects/CHURN/items", json!({ "title": "x", "after": "FRAUD-1" }));
        assert_eq!(after.detail(), "after: must name an item of the same project; FRAUD-1 is none");
    });
}

#[test]
fn a_place_that_everybody_wants_is_spread() {
    each_world(|world| {
        let (dana, churn) = (world.actor("Dana"), world.churn.key.clone());
        let longest = world.db.write_blocking(move |tx| {
            let mut longest = 0;
            for number in 0..400 {
                let after = (number > 0).then(|| format!("CHURN-{}", number.min(1)));
                let new = New { title: number.to_string(), after, ..New::default() };
                longest = longest.max(item::create(tx, &dana, &churn, &new)?.face.rank.len());
            }
            Ok(longest)
        });
        assert!(longest.unwrap() < super::rank::LONG);
        let expected: Vec<String> = std::iter::once(1).chain((2..=400).rev()).map(|n| n.to_string()).collect();
        assert_eq!(keys(&signed_in(world, "Dana"), "?limit=500"), expected.join(" "));
    });
}

/// As the rules see it, without addresses.
fn act<T: Send + 'static>(world: &World, act: impl Fn(&mut db::Tx) -> Result<T> + Send + 'static) -> Result<T> {
    world.db.write_blocking(act)
}

fn order(world: &World) -> Vec<String> {
    let dana = world.actor("Dana");
    let read = move |tx: &mut db::Tx| item::list(tx, &dana, "CHURN", &item::List::default(), Limit(500));
    world.db.read_blocking(read).unwrap().items.into_iter().map(|item| item.key).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, ..ProptestConfig::default() })]

    /// Whatever is dragged wherever, the list is what a list of keys would be.
    #[test]
    fn dragging_is_what_it_looks_like(moves in prop::collection::vec((0..6_usize, 0..4_usize, 0..6_usize), 1..80)) {
        each_world(|world| {
            let mut model: Vec<String> = Vec::new();
            for _ in 0..6 {
                let dana = world.actor("Dana");
                let new = New { title: "x".to_owned(), ..New::default() };
                model.push(act(world, move |tx| Ok(item::create(tx, &dana, "CHURN", &new)?.key)).unwrap());
            }
            for &(which, how, other) in &moves {
                let (key, other) = (format!("CHURN-{}", which + 1), format!("CHURN-{}", other + 1));
                let beside_itself = key == other && how > 1;
                if !beside_itself {
                    model.retain(|known| *known != key);
                    let beside = model.iter().position(|known| *known == other).unwrap_or(0);
                    model.insert([0, model.len(), beside + 1, beside][how], key.clone());
                }
                let to = [Target::First, Target::Last, Target::After(other.clone()), Target::Before(other)][how].clone();
                let dana = world.actor("Dana");
                act(world, move |tx| item::r#move(tx, &dana, &key, &Move { to: Some(to.clone()), ..Move::default() })).unwrap();
            }
            assert_eq!(order(world), model);
        });
    }
}

#[test]
fn a_place_or_a_status_that_is_none_is_told_how_it_is_said() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        let refused = dana.get("/api/v1/projects/CHURN/items?status=Done");
        let none = "status: names no status; this project has none yet. Its board or its first item makes them";
        assert_eq!((refused.status, refused.detail().as_str()), (400, none));
        for key in ["1", "2"] {
            made(&dana, "CHURN", json!({ "title": key }));
        }
        let forms = r#"to: must be "first", "last", {"after": KEY} or {"before": KEY}, with one key of another item"#;
        for to in [
            json!({ "after": "CHURN-1", "before": "CHURN-2" }),
            json!({ "under": "CHURN-1" }),
            json!({ "after": 1 }),
            json!({ "first": "CHURN-1" }),
            json!({}),
            json!("after"),
            json!(1),
        ] {
            let refused = dana.post("/api/v1/items/CHURN-2/move", json!({ "to": to }));
            assert_eq!((refused.status, refused.detail().as_str()), (400, forms), "{to}");
        }
        assert_eq!(dana.post("/api/v1/items/CHURN-2/move", json!({ "to": null, "status": "Ready" })).status, 200);
    });
}
