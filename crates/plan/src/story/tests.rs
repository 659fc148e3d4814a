//! Stories about splitting stories, told on each engine.

use people::testing::each_world;
use serde_json::json;

use crate::item::tests::{changed, keys, made, signed_in};

#[test]
fn a_story_is_split_by_trade_and_ready_when_all_is_known() {
    each_world(|world| {
        let (pia, sam) = (signed_in(world, "Pia"), signed_in(world, "Sam"));
        made(&pia, "CHURN", json!({ "kind": "story", "title": "Risk score" }));
        made(&pia, "CHURN", json!({ "title": "Something else" }));
        let split = sam.post("/api/v1/items/CHURN-1/split", json!({}));
        assert_eq!(split.status, 201, "{}", split.text());
        let parts = split.json()["items"].clone();
        let told =
            |place: usize| (parts[place]["key"].clone(), parts[place]["kind"].clone(), parts[place]["trade"].clone());
        assert_eq!(told(0), (json!("CHURN-3"), json!("data"), json!("data_scientist")));
        assert_eq!(told(1), (json!("CHURN-4"), json!("training"), json!("ml_engineer")));
        assert_eq!(told(2), (json!("CHURN-5"), json!("serving"), json!("backend_developer")));
        assert_eq!(parts[1]["title"], "Model training: Risk score");
        assert_eq!(keys(&sam, ""), "1 3 4 5 2", "after the story");
        let waits = |key: &str| {
            let relations = sam.get(&format!("/api/v1/items/{key}/relations")).json()["items"].clone();
            let blocked =
                relations.as_array().unwrap().iter().find(|r| r["kind"] == "blocked_by").cloned().unwrap_or_default();
            (blocked["item"]["key"].clone(), blocked["contract"].clone(), blocked["met"].clone())
        };
        assert_eq!(waits("CHURN-4"), (json!("CHURN-3"), json!(false), json!(false)));
        assert_eq!(waits("CHURN-5"), (json!("CHURN-4"), json!(true), json!(false)));

        let ready = || sam.post("/api/v1/items/CHURN-1/move", json!({ "status": "Ready" }));
        let refused = ready();
        assert_eq!(refused.status, 409);
        let all = json!(["owner", "estimate", "done profile"]);
        let missing = ["CHURN-3", "CHURN-4", "CHURN-5"].map(|key| json!({ "item": key, "missing": all }));
        assert_eq!(refused.json()["missing"], json!(missing));
        assert!(
            refused.detail().starts_with("CHURN-1 is not ready: CHURN-3 lacks owner, estimate, done profile; CHURN-4")
        );
        let around = changed(&sam, "CHURN-1", json!({ "status": "In progress" }));
        assert_eq!(around.status, 409, "no way leads around it");

        for (key, who, estimate, profile) in
            [("CHURN-3", "dana", 8, "data"), ("CHURN-4", "mei", 8, "training"), ("CHURN-5", "ben", 3, "serving")]
        {
            let who = format!("{who}@slipway.test");
            changed(&sam, key, json!({ "assignee": who, "estimate": estimate, "done_profile": profile }));
        }
        changed(&sam, "CHURN-5", json!({ "estimate": null }));
        assert_eq!(ready().json()["missing"], json!([{ "item": "CHURN-5", "missing": ["estimate"] }]));
        assert_eq!(sam.get("/api/v1/items/CHURN-1").json()["lacks"][0]["missing"], json!(["estimate"]));
        changed(&sam, "CHURN-5", json!({ "estimate": 3 }));
        let ready = ready();
        assert_eq!((ready.status, &ready.json()["children_estimate"]), (200, &json!(19.0)));
        assert_eq!(sam.post("/api/v1/items/CHURN-1/move", json!({ "status": "In progress" })).status, 200);

        changed(&sam, "CHURN-4", json!({ "contract": "POST /score → {score: 0..100}" }));
        assert_eq!(waits("CHURN-5").2, json!(true), "the contract is enough");
        assert_eq!(waits("CHURN-4").2, json!(false));
        sam.post("/api/v1/items/CHURN-3/move", json!({ "status": "Done" }));
        assert_eq!(waits("CHURN-4").2, json!(true));

        let circle = sam.post("/api/v1/items/CHURN-3/relations", json!({ "kind": "blocked_by", "item": "CHURN-5" }));
        assert_eq!(circle.status, 409);
        let path = ["CHURN-3", "CHURN-5", "CHURN-4", "CHURN-3"];
        assert_eq!(circle.json()["path"], json!(path));
        assert_eq!(
            circle.detail(),
            "CHURN-3 would wait for itself: CHURN-3 waits for CHURN-5 waits for CHURN-4 waits for CHURN-3."
        );
    });
}

#[test]
fn what_is_no_split_is_refused() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        made(&sam, "CHURN", json!({ "kind": "story", "title": "Risk score" }));
        made(&sam, "CHURN", json!({ "title": "A task" }));
        let split = |key: &str, body| sam.post(&format!("/api/v1/items/{key}/split"), body);
        assert_eq!(split("CHURN-2", json!({})).detail(), "Stories are split; CHURN-2 is a task.");
        for (parts, why) in [
            (json!([]), "parts: must be 1 to 20"),
            (json!([{ "kind": "epic" }]), "parts[0].kind: must be the work of one trade; an epic is none"),
            (json!([{ "kind": "data", "waits_for": [0] }]), "parts[0].waits_for: must name parts before this one"),
        ] {
            let refused = split("CHURN-1", json!({ "parts": parts }));
            assert_eq!(refused.status, 400);
            assert!(refused.detail().starts_with(why), "{}", refused.detail());
        }
        assert_eq!(
            split("CHURN-1", json!({ "parts": [{ "kind": "prompt", "trade": "prompt_engineer" }] })).status,
            201
        );
        assert_eq!(split("CHURN-1", json!({})).detail(), "CHURN-1 is split already. Say which parts shall be added.");
        assert_eq!(
            split("CHURN-1", json!({ "parts": [{ "kind": "data" }] })).json()["items"][0]["title"],
            "data: Risk score"
        );
        assert_eq!(signed_in(world, "Mara").post("/api/v1/items/CHURN-1/split", json!({})).status, 403);
    });
}

#[test]
fn no_detour_begins_a_story_that_is_not_ready() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        made(&sam, "CHURN", json!({ "kind": "story", "title": "Risk score" }));
        assert_eq!(sam.post("/api/v1/items/CHURN-1/split", json!({})).status, 201);
        let moved = |to: &str| sam.post("/api/v1/items/CHURN-1/move", json!({ "status": to })).status;
        assert_eq!((moved("Cancelled"), moved("In progress")), (200, 409), "over what is given up");
        assert_eq!(moved("Backlog"), 200);
        let both = changed(&sam, "CHURN-1", json!({ "kind": "feature", "status": "In progress" }));
        assert_eq!(both.status, 409, "as something else");
        assert_eq!(changed(&sam, "CHURN-1", json!({ "kind": "feature" })).status, 200);
        assert_eq!(moved("In progress"), 200, "a feature asks nothing of what lies under it");
        assert_eq!(changed(&sam, "CHURN-1", json!({ "kind": "story" })).status, 409, "and becomes no story on the way");
    });
}

#[test]
fn a_component_that_leaves_the_project_is_none_any_more() {
    each_world(|world| {
        let pavel = signed_in(world, "Pavel");
        let sam = signed_in(world, "Sam");
        made(&sam, "CHURN", json!({ "kind": "story", "title": "Risk score" }));
        let parts = json!({ "parts": [{ "kind": "data" }] });
        assert_eq!(sam.post("/api/v1/items/CHURN-1/split", parts).status, 201);
        let gone = pavel.post("/api/v1/items/CHURN-2/transfer", json!({ "project": "FRAUD" }));
        assert_eq!((gone.status, &gone.json()["component"]), (200, &json!(false)), "{}", gone.text());
        let dana = signed_in(world, "Dana");
        let story = dana.get("/api/v1/items/CHURN-1").json();
        assert!(story["lacks"].as_array().is_none_or(|lacks| lacks.is_empty()), "{}", story["lacks"]);
        let left = world.events().into_iter().find(|event| event.kind == "item.left").unwrap();
        assert!(!left.data.to_string().contains("FRAUD-"), "nor does the log say where it is: {}", left.data);
        let refused = changed(&dana, "CHURN-1", json!({ "kind": "action" }));
        assert_eq!(
            refused.detail(),
            "kind: A data item cannot lie under an action; give what is not yours to see another parent first"
        );
        assert_eq!(dana.post("/api/v1/items/CHURN-1/move", json!({ "status": "Ready" })).status, 200);
    });
}
