use serde_json::json;

use super::*;
use crate::{Scope, testing::each_world};

#[test]
fn administrators_make_projects_and_keys_are_taken_once() {
    each_world(|world| {
        let client = world.client(crate::routes);
        let pavel = client.bearer(&world.token("Pavel", Scope::Full, None));
        let new = json!({ "key": "PRICE", "name": " Pricing ", "workstream": "optimization",
                          "milestones": [{ "name": "Pilot", "date": "2026-06-30" }] });
        let made = pavel.post("/api/v1/projects", new.clone());
        assert_eq!(made.status, 201);
        let project = made.json();
        assert_eq!(
            (&project["name"], &project["role"], &project["version"]),
            (&json!("Pricing"), &json!("admin"), &json!(1))
        );
        assert_eq!(project["can"], json!({ "track": true, "plan": true, "administer": true }));
        assert_eq!(pavel.post("/api/v1/projects", new).detail(), "There is a project PRICE already.");

        for key in ["P", "price", "1PRICE", "PRICE_1", "PRICEPRICES", "../X", "PRICÉ", ""] {
            let refused = pavel.post("/api/v1/projects", json!({ "key": key, "name": "x" }));
            assert_eq!((refused.status, refused.json()["fields"]["key"].is_string()), (400, true), "{key}");
        }
        for (field, value) in [
            ("name", json!("")),
            ("name", json!("x".repeat(201))),
            ("name", json!("a\nb")),
            ("workstream", json!("sales")),
            ("milestones", json!([{ "name": "x", "date": "2026-02-30" }])),
            ("milestones", json!([{ "name": "", "date": "2026-02-03" }])),
            ("id", json!("mine")),
            ("version", json!(7)),
        ] {
            let mut new = json!({ "key": "OTHER", "name": "Other" });
            new[field] = value.clone();
            assert_eq!(pavel.post("/api/v1/projects", new).status, 400, "{field}: {value}");
        }
        let sam = client.bearer(&world.token("Sam", Scope::Full, None));
        assert_eq!(sam.post("/api/v1/projects", json!({ "key": "OTHER", "name": "Other" })).status, 403);
    });
}

#[test]
fn a_change_names_the_version_it_saw() {
    each_world(|world| {
        let client = world.client(crate::routes);
        let sam = client.bearer(&world.token("Sam", Scope::Full, None));
        let shown = sam.get("/api/v1/projects/CHURN");
        assert_eq!(shown.header("etag"), "\"1\"");
        assert_eq!(sam.patch("/api/v1/projects/CHURN", json!({ "name": "Stay" })).status, 428);
        assert_eq!(
            sam.with("if-match", "yesterday").patch("/api/v1/projects/CHURN", json!({ "name": "Stay" })).status,
            400
        );

        let first = sam.with("if-match", "\"1\"");
        let changed = first.patch(
            "/api/v1/projects/CHURN",
            json!({ "name": "Stay", "milestones": [{ "name": "Beta", "date": "2026-05-01" }] }),
        );
        assert_eq!((changed.status, changed.header("etag")), (200, "\"2\""));
        let late = first.patch("/api/v1/projects/CHURN", json!({ "name": "Go" }));
        assert_eq!((late.status, &late.json()["current"]["name"]), (412, &json!("Stay")));
        let shown = sam.get("/api/v1/projects/CHURN").json();
        assert_eq!(
            (&shown["name"], &shown["milestones"]),
            (&json!("Stay"), &json!([{ "name": "Beta", "date": "2026-05-01" }]))
        );

        let dana = client.bearer(&world.token("Dana", Scope::Full, None));
        assert_eq!(
            dana.with("if-match", "\"2\"").patch("/api/v1/projects/CHURN", json!({ "name": "Mine" })).status,
            403
        );
        let can = dana.get("/api/v1/projects/CHURN").json()["can"].clone();
        let why = "Only an admin of the project may do this. Ask one of them.";
        assert_eq!(can, json!({ "track": true, "plan": true, "administer": why }));
    });
}

#[test]
fn one_sees_the_projects_one_belongs_to() {
    each_world(|world| {
        let keys = |name: &str| {
            let actor = world.actor(name);
            let projects = world.db.read_blocking(move |tx| visible(tx, &actor)).unwrap();
            projects.into_iter().map(|project| project.key).collect::<Vec<_>>().join(" ")
        };
        assert_eq!((keys("Dana"), keys("Rita"), keys("Pavel")), ("CHURN".into(), "FRAUD".into(), "CHURN FRAUD".into()));
    });
}

#[test]
fn what_happens_is_in_the_log_without_names_of_people() {
    each_world(|world| {
        let log = world.events();
        let count = |kind: &str| log.iter().filter(|event| event.kind == kind).count();
        assert_eq!((count("user.added"), count("project.created"), count("member.set")), (12, 2, 13));
        let told = log.iter().map(|event| format!("{event:?}"));
        assert!(told.into_iter().all(|event| !event.contains("slipway.test") && !event.contains("Dana")));
        let verified = world.db.read_blocking(|tx| db::event::verify(tx, None)).unwrap();
        assert!(matches!(verified, db::event::Finding::Good(_)), "{verified:?}");
    });
}
