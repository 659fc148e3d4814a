//! Stories about items that have ended and come to another project, and about the first look at a project.

use people::testing::each_world;
use serde_json::{Value, json};

use crate::item::tests::{made, signed_in};

/// Bugs go from Backlog over In review to Done here.
fn steps(now: &Value) -> Value {
    let step = |from: &str, to: &str| json!({ "from": from, "to": to });
    let steps = [step("Backlog", "In review"), step("In review", "Done"), step("Backlog", "Cancelled")];
    json!({ "statuses": now["statuses"], "transitions": { "bug": steps } })
}

#[test]
fn what_has_ended_by_its_steps_has_ended_where_it_is_brought() {
    each_world(|world| {
        let pavel = signed_in(world, "Pavel");
        let bug = |status: &[&str]| {
            let key = made(&pavel, "CHURN", json!({ "title": "x", "kind": "bug" }))["key"].as_str().unwrap().to_owned();
            for status in status {
                let moved = pavel.post(&format!("/api/v1/items/{key}/move"), json!({ "status": status }));
                assert_eq!(moved.status, 200, "{}", moved.text());
            }
            key
        };
        let bring = |key: &str| pavel.post(&format!("/api/v1/items/{key}/transfer"), json!({ "project": "FRAUD" }));
        let set = |project: &str| {
            let path = format!("/api/v1/projects/{project}/workflow");
            let now = pavel.get(&path).json();
            let set = pavel.put(&path, steps(&now));
            assert_eq!(set.status, 200, "{}", set.text());
        };
        set("FRAUD");
        let free = bug(&["Done"]);
        let refused = bring(&free);
        assert_eq!((refused.status, refused.json()["allowed"].clone()), (409, json!(["Backlog"])), "by no steps");
        set("CHURN");
        let (done, cancelled, begun) = (bug(&["In review", "Done"]), bug(&["Cancelled"]), bug(&["In review"]));
        let brought = bring(&done).json();
        assert_eq!((&brought["status"]["name"], &brought["key"]), (&json!("Done"), &json!("FRAUD-1")));
        assert_eq!(bring(&cancelled).json()["status"]["name"], "Cancelled");
        assert_eq!(bring(&begun).status, 409, "what goes on begins there");

        let board = pavel.get("/api/v1/projects/FRAUD/board").json();
        let done = format!("/api/v1/projects/FRAUD/board/{}", board["columns"][4]["status"]["id"]);
        assert_eq!(pavel.put(&done, json!({ "limit": 1 })).status, 200);
        let full = bring(&bug(&["In review", "Done"]));
        assert_eq!((full.status, &full.json()["project"]), (409, &json!("FRAUD")));
        assert!(full.detail().starts_with("Done of FRAUD is full: 1 of 1 (FRAUD-1)."), "{}", full.detail());
    });
}

#[test]
fn a_new_project_has_its_columns_before_its_first_item() {
    each_world(|world| {
        let (mara, sam) = (signed_in(world, "Mara"), signed_in(world, "Sam"));
        let board = mara.get("/api/v1/projects/CHURN/board").json();
        let names: Vec<_> =
            board["columns"].as_array().unwrap().iter().map(|column| column["status"]["name"].clone()).collect();
        assert_eq!(names, ["Backlog", "Ready", "In progress", "In review", "Done", "Cancelled"]);
        assert_eq!(mara.get("/api/v1/projects/CHURN/board").json(), board, "the same ones");
        let column = format!("/api/v1/projects/CHURN/board/{}", board["columns"][2]["status"]["id"]);
        assert_eq!(sam.put(&column, json!({ "limit": 3 })).json()["limit"], 3, "they can be changed");
        let workflow = sam.get("/api/v1/projects/CHURN/workflow").json();
        assert_eq!(workflow["statuses"][2], board["columns"][2]["status"]);
        assert_eq!(signed_in(world, "Dana").get("/api/v1/projects/FRAUD/board").status, 404);
    });
}
