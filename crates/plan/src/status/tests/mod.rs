//! Stories about a project's statuses, told on each engine.

mod brought;

use people::testing::each_world;
use serde_json::{Value, json};

use crate::item::tests::{changed, keys, made, signed_in};

const WORKFLOW: &str = "/api/v1/projects/CHURN/workflow";

fn names(workflow: &Value) -> Vec<&str> {
    workflow["statuses"].as_array().unwrap().iter().map(|status| status["name"].as_str().unwrap()).collect()
}

/// The workflow as it is, to be sent back with changes.
fn as_sent(workflow: &Value) -> Value {
    json!({ "statuses": workflow["statuses"], "transitions": {} })
}

#[test]
fn an_admin_says_what_the_steps_are_called() {
    each_world(|world| {
        let (sam, dana) = (signed_in(world, "Sam"), signed_in(world, "Dana"));
        made(&dana, "CHURN", json!({ "title": "Train", "status": "In progress" }));
        let before = dana.get(WORKFLOW).json();
        assert_eq!(names(&before), ["Backlog", "Ready", "In progress", "In review", "Done", "Cancelled"]);

        let mut wanted = as_sent(&before);
        wanted["statuses"][2]["name"] = "Training".into();
        wanted["statuses"].as_array_mut().unwrap().swap(2, 3);
        wanted["statuses"].as_array_mut().unwrap().insert(3, json!({ "name": "In progress", "category": "doing" }));
        assert_eq!(dana.put(WORKFLOW, wanted.clone()).status, 403);
        let after = sam.put(WORKFLOW, wanted).json();
        assert_eq!(names(&after), ["Backlog", "Ready", "In review", "In progress", "Training", "Done", "Cancelled"]);
        assert_eq!(keys(&dana, "?status=training"), "1", "the item is where it was");
        assert_eq!(keys(&dana, "?status=in+progress"), "");

        let mut without = as_sent(&after);
        without["statuses"].as_array_mut().unwrap().remove(4);
        let refused = sam.put(WORKFLOW, without);
        assert_eq!((refused.status, &refused.json()["items"]), (409, &json!(1)));
        assert_eq!(refused.detail(), "1 item is in Training, those in the trash included. Move them first.");
        let mut other = as_sent(&after);
        other["statuses"][4]["category"] = "done".into();
        assert_eq!(sam.put(WORKFLOW, other).status, 409, "the figures would change with it");
    });
}

#[test]
fn what_is_no_workflow_is_refused() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        let open = json!({ "name": "Open", "category": "open" });
        let done = json!({ "name": "Done", "category": "done" });
        for (statuses, why) in [
            (json!([open]), "statuses: must hold one of the category done"),
            (
                json!([done, { "name": "Ready", "category": "open", "ready": true }]),
                "statuses: must hold one of the category open",
            ),
            (json!([open, done, { "name": "DONE ", "category": "done" }]), "statuses[2].name: is there twice"),
            (
                json!([open, done, { "name": "a, b", "category": "done" }]),
                "statuses[2].name: must be a name without commas",
            ),
            (
                json!([open, done, { "name": "12", "category": "done" }]),
                "statuses[2].name: must be a name without commas",
            ),
            (
                json!([open, { "name": "Done", "category": "done", "ready": true }]),
                "statuses[1].ready: can be said of open",
            ),
            (
                json!([open, done, { "id": 9_999, "name": "x", "category": "done" }]),
                "statuses[2].id: is no status here",
            ),
        ] {
            let refused = sam.put(WORKFLOW, json!({ "statuses": statuses }));
            assert_eq!(refused.status, 400, "{why}: {}", refused.text());
            assert!(refused.detail().starts_with(why), "{} is not {why}", refused.detail());
        }
        let steps = json!({ "wish": [{ "from": "Open", "to": "Done" }] });
        assert_eq!(sam.put(WORKFLOW, json!({ "statuses": [open, done], "transitions": steps })).status, 400);
        let steps = json!({ "bug": [{ "from": "Open", "to": "Closed" }] });
        let refused = sam.put(WORKFLOW, json!({ "statuses": [open, done], "transitions": steps }));
        assert_eq!(refused.detail(), "transitions.bug[0].to: must be one of Open, Done");
    });
}

#[test]
fn a_status_is_in_the_workflow_once() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        made(&sam, "CHURN", json!({ "title": "Train" }));
        let mut twice = as_sent(&sam.get(WORKFLOW).json());
        let mut twin = twice["statuses"][0].clone();
        twin["name"] = "Twin".into();
        twice["statuses"].as_array_mut().unwrap().push(twin);
        let refused = sam.put(WORKFLOW, twice);
        assert_eq!((refused.status, refused.detail().as_str()), (400, "statuses[6].id: is there twice"));
        assert_eq!(names(&sam.get(WORKFLOW).json())[0], "Backlog");
    });
}

#[test]
fn a_kind_takes_only_the_steps_it_may() {
    each_world(|world| {
        let (sam, dana) = (signed_in(world, "Sam"), signed_in(world, "Dana"));
        for kind in ["bug", "task"] {
            made(&dana, "CHURN", json!({ "title": "Wrong join", "kind": kind }));
        }
        let mut wanted = as_sent(&dana.get(WORKFLOW).json());
        let steps = [
            ("Backlog", "In progress"),
            ("In progress", "In review"),
            ("In review", "Done"),
            ("In review", "In progress"),
        ];
        wanted["transitions"]["bug"] = steps.map(|(from, to)| json!({ "from": from, "to": to })).into();
        assert_eq!(sam.put(WORKFLOW, wanted).json()["transitions"]["bug"].as_array().unwrap().len(), 4);

        let to = |key: &str, status: &str| dana.post(&format!("/api/v1/items/{key}/move"), json!({ "status": status }));
        let refused = to("CHURN-1", "Done");
        assert_eq!(refused.status, 409);
        assert_eq!(refused.detail(), "From Backlog a bug may go to In progress, not to Done.");
        assert_eq!(refused.json()["allowed"], json!(["In progress"]));
        for step in ["In progress", "In review", "In progress", "In review", "Done"] {
            assert_eq!(to("CHURN-1", step).status, 200);
        }
        let end = to("CHURN-1", "Backlog");
        assert_eq!(end.detail(), "From Done a bug may go nowhere, not to Backlog.");
        assert_eq!(to("CHURN-2", "Done").status, 200, "tasks may take every step");
    });
}

#[test]
fn when_work_began_and_ended_is_noted() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        let item = made(&dana, "CHURN", json!({ "title": "Train" }));
        assert_eq!((&item["started_at"], &item["done_at"]), (&json!(null), &json!(null)));
        let to = |status: &str| dana.post("/api/v1/items/CHURN-1/move", json!({ "status": status })).json();
        world.db.days_pass(1);
        assert_eq!(to("In progress")["started_at"], "2026-03-03T09:00:00.000Z");
        world.db.days_pass(1);
        let done = to("Done");
        assert_eq!(
            (&done["started_at"], &done["done_at"]),
            (&json!("2026-03-03T09:00:00.000Z"), &json!("2026-03-04T09:00:00.000Z"))
        );
        world.db.days_pass(1);
        let again = to("In review");
        assert_eq!((&again["status_at"], &again["done_at"]), (&json!("2026-03-05T09:00:00.000Z"), &json!(null)));
        assert_eq!(to("Cancelled")["done_at"], json!(null), "given up is not done");
    });
}

#[test]
fn what_is_brought_where_its_sort_of_status_is_missing_says_so() {
    each_world(|world| {
        let (pavel, dana) = (signed_in(world, "Pavel"), signed_in(world, "Dana"));
        made(&pavel, "FRAUD", json!({ "title": "Theirs" }));
        let path = "/api/v1/projects/FRAUD/workflow";
        let mut few = as_sent(&pavel.get(path).json());
        let kept = |status: &Value| matches!(status["category"].as_str(), Some("open" | "done"));
        few["statuses"].as_array_mut().unwrap().retain(kept);
        assert_eq!(pavel.put(path, few).status, 200);
        for status in ["Cancelled", "In progress", "Done"] {
            made(&dana, "CHURN", json!({ "title": status, "status": status }));
        }
        let brought = |key: &str| pavel.post(&format!("/api/v1/items/{key}/transfer"), json!({ "project": "FRAUD" }));
        let refused = brought("CHURN-1");
        let why = "FRAUD has no status for what is cancelled, as CHURN-1 is. Bring it back to an open status first.";
        assert_eq!((refused.status, refused.detail().as_str()), (409, why));
        let begun = brought("CHURN-2").json();
        assert_eq!((&begun["status"]["category"], &begun["done_at"]), (&json!("open"), &json!(null)));
        let done = brought("CHURN-3").json();
        assert_eq!(done["status"]["category"], "done");
        assert!(done["done_at"].is_string(), "{done}");
    });
}

#[test]
fn a_status_goes_when_only_emptied_items_stand_in_it() {
    each_world(|world| {
        let (sam, dana) = (signed_in(world, "Sam"), signed_in(world, "Dana"));
        let id = made(&dana, "CHURN", json!({ "title": "Wrong", "status": "In review" }))["id"].as_i64().unwrap();
        dana.delete("/api/v1/items/CHURN-1");
        let path = "/api/v1/projects/CHURN/workflow";
        let mut wanted = as_sent(&sam.get(path).json());
        wanted["statuses"].as_array_mut().unwrap().retain(|status| status["name"] != "In review");
        assert_eq!(sam.put(path, wanted.clone()).status, 409, "it can still be restored");
        world.db.days_pass(30);
        world.db.write_blocking(move |tx| crate::item::empty(tx, base::ItemId(id))).unwrap();
        assert_eq!(sam.put(path, wanted).status, 200);
        assert_eq!(made(&dana, "CHURN", json!({ "title": "Next" }))["key"], "CHURN-2");
    });
}

/// Bugs begin in the backlog, are worked on, looked at, and done.
fn with_set_steps(sam: &people::testing::Client, project: &str) {
    let path = format!("/api/v1/projects/{project}/workflow");
    let mut wanted = as_sent(&sam.get(&path).json());
    let steps = [("Backlog", "In progress"), ("In progress", "In review"), ("In review", "Done")];
    wanted["transitions"]["bug"] = steps.map(|(from, to)| json!({ "from": from, "to": to })).into();
    assert_eq!(sam.put(&path, wanted).status, 200);
}

#[test]
fn a_kind_whose_steps_are_set_begins_in_the_first_status() {
    each_world(|world| {
        let (pavel, dana) = (signed_in(world, "Pavel"), signed_in(world, "Dana"));
        made(&dana, "CHURN", json!({ "title": "Wrong join", "status": "Done" }));
        made(&pavel, "FRAUD", json!({ "title": "Wrong sum", "kind": "bug", "status": "In progress" }));
        with_set_steps(&pavel, "CHURN");

        let new = |status: &str| json!({ "title": "Wrong key", "kind": "bug", "status": status });
        let refused = dana.post("/api/v1/projects/CHURN/items", new("In review"));
        assert_eq!((refused.status, &refused.json()["allowed"]), (409, &json!(["Backlog"])));
        let why = "A bug begins in Backlog, not in In review, as its steps are set. Make it there, then move it.";
        assert_eq!(refused.detail(), why);
        let pasted = json!({ "lines": "Wrong key\nWrong type", "kind": "bug", "status": "Done" });
        assert_eq!(dana.post("/api/v1/projects/CHURN/items/batch", pasted).status, 409);
        made(&dana, "CHURN", new("Backlog"));

        let refused = changed(&dana, "CHURN-1", json!({ "kind": "bug" }));
        let why = "A bug begins in Backlog, not in Done, as its steps are set. Bring CHURN-1 back to Backlog before.";
        assert_eq!((refused.status, refused.detail().as_str()), (409, why));
        let brought = |project: &str, key: &str| {
            pavel.post(&format!("/api/v1/items/{key}/transfer"), json!({ "project": project }))
        };
        let refused = brought("CHURN", "FRAUD-1");
        let why = "A bug begins in Backlog, not in In progress, as its steps are set. Bring FRAUD-1 back to an open status first.";
        assert_eq!((refused.status, refused.detail().as_str()), (409, why));
        assert_eq!(pavel.post("/api/v1/items/FRAUD-1/move", json!({ "status": "Backlog" })).status, 200);
        assert_eq!(brought("CHURN", "FRAUD-1").json()["status"]["name"], "Backlog");
    });
}

#[test]
fn no_detour_over_another_kind_or_the_trash_skips_a_step() {
    each_world(|world| {
        let (sam, dana) = (signed_in(world, "Sam"), signed_in(world, "Dana"));
        made(&dana, "CHURN", json!({ "title": "Wrong join", "kind": "bug" }));
        with_set_steps(&sam, "CHURN");
        let to = |status: &str| dana.post("/api/v1/items/CHURN-1/move", json!({ "status": status }));
        let undo = || dana.post("/api/v1/items/CHURN-1/undo", json!({}));

        assert_eq!(to("Done").status, 409);
        assert_eq!(changed(&dana, "CHURN-1", json!({ "kind": "data" })).status, 200);
        assert_eq!(to("Done").status, 200, "a data item may");
        assert_eq!(changed(&dana, "CHURN-1", json!({ "kind": "bug" })).status, 409, "and becomes no bug there");
        assert_eq!(changed(&dana, "CHURN-1", json!({ "kind": "bug", "status": "In review" })).status, 409);
        assert_eq!(to("Backlog").status, 200);
        let both = changed(&dana, "CHURN-1", json!({ "kind": "bug", "status": "In progress" }));
        assert_eq!(both.status, 200, "{}: it begins, and takes its first step", both.text());

        assert_eq!(changed(&dana, "CHURN-1", json!({ "kind": "data" })).status, 200);
        assert_eq!(undo().json()["kind"], "bug", "what was a bug here is one again");
        assert_eq!(to("In review").status, 200);
        assert_eq!(dana.delete("/api/v1/items/CHURN-1").status, 204);
        let restored = dana.post("/api/v1/items/CHURN-1/restoration", json!({}));
        assert_eq!((restored.status, &restored.json()["status"]["name"]), (200, &json!("In review")));
        assert_eq!(to("Done").status, 200);
    });
}

#[test]
fn a_status_is_not_called_ready_over_a_story_that_is_not() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        made(&sam, "CHURN", json!({ "title": "Risk score", "kind": "story" }));
        let mut wanted = as_sent(&sam.get(WORKFLOW).json());
        wanted["statuses"].as_array_mut().unwrap().insert(1, json!({ "name": "Refined", "category": "open" }));
        let mut wanted = as_sent(&sam.put(WORKFLOW, wanted).json());
        assert_eq!(sam.post("/api/v1/items/CHURN-1/move", json!({ "status": "Refined" })).status, 200);
        let part = json!({ "parts": [{ "kind": "data", "estimate": 3, "done_profile": "data" }] });
        assert_eq!(sam.post("/api/v1/items/CHURN-1/split", part).status, 201);
        wanted["statuses"][1]["ready"] = true.into();
        let refused = sam.put(WORKFLOW, wanted.clone());
        let why = "CHURN-1 is in Refined and is not ready: CHURN-2 lacks owner. Complete that or move it first.";
        assert_eq!((refused.status, refused.detail().as_str()), (409, why));
        assert_eq!(refused.json()["missing"], json!([{ "item": "CHURN-2", "missing": ["owner"] }]));
        assert_eq!(changed(&sam, "CHURN-2", json!({ "assignee": "me" })).status, 200);
        assert_eq!(sam.put(WORKFLOW, wanted).json()["statuses"][1]["ready"], true);
    });
}

#[test]
fn what_was_done_since_a_moment_is_listed() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        for title in ["Join", "Train", "Serve", "Measure"] {
            made(&dana, "CHURN", json!({ "title": title, "labels": ["q3"] }));
        }
        let to = |key: &str, status: &str| {
            let moved = dana.post(&format!("/api/v1/items/{key}/move"), json!({ "status": status }));
            assert_eq!(moved.status, 200);
        };
        to("CHURN-1", "Done");
        world.db.days_pass(1);
        for key in ["CHURN-2", "CHURN-3", "CHURN-4"] {
            to(key, "Done");
        }
        assert_eq!(changed(&dana, "CHURN-1", json!({ "estimate": 1 })).status, 200);
        let since = |time: &str| keys(&dana, &format!("?done_since={time}&label=q3"));
        assert_eq!(since("2026-03-03T09:00:00Z"), "2 3 4", "not what only changed since");
        assert_eq!(since("2026-03-03T09:00:00.001Z"), "");
        assert_eq!(since("2026-03-02T10:00:00%2B01:00"), "1 2 3 4");
        to("CHURN-3", "In review");
        assert_eq!(dana.delete("/api/v1/items/CHURN-4").status, 204);
        assert_eq!(since("2026-03-03T09:00:00Z"), "2");
        assert_eq!(keys(&dana, "?done_since=2026-03-03T00:00:00Z&deleted=true"), "4");
        assert_eq!(keys(&dana, "?done_since=2026-03-01T00:00:00Z&sort=updated"), "2 1");
        let table = dana.get("/api/v1/projects/CHURN/items.csv?done_since=2026-03-03T00:00:00Z").text();
        assert_eq!(table.lines().count(), 2, "{table}");
        let refused = dana.get("/api/v1/projects/CHURN/items?done_since=yesterday");
        assert_eq!(refused.status, 400);
        assert!(refused.detail().contains("must be a time like 2026-03-01T09:00:00Z"), "{}", refused.text());
    });
}
