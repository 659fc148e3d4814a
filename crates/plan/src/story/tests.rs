//! Stories about splitting stories, told on each engine.

use people::{
    member,
    testing::{Client, each_world},
};
use serde_json::{Value, json};

use crate::item::tests::{changed, keys, made, signed_in};

/// Of Dana, with everything that is asked of a component.
fn whole(kind: &str) -> Value {
    json!({ "kind": kind, "assignee": "dana@slipway.test", "estimate": 3, "done_profile": "data" })
}

/// CHURN-1, which is begun, with the components CHURN-2 and CHURN-3.
fn begun_story(client: &Client) {
    made(client, "CHURN", json!({ "kind": "story", "title": "Risk score" }));
    let parts = json!({ "parts": [whole("data"), whole("training")] });
    assert_eq!(client.post("/api/v1/items/CHURN-1/split", parts).status, 201);
    assert_eq!(client.post("/api/v1/items/CHURN-1/move", json!({ "status": "In progress" })).status, 200);
}

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
fn a_component_is_none_while_it_is_in_another_project() {
    each_world(|world| {
        let pavel = signed_in(world, "Pavel");
        let sam = signed_in(world, "Sam");
        made(&sam, "CHURN", json!({ "kind": "story", "title": "Risk score" }));
        let parts = json!({ "parts": [{ "kind": "data" }] });
        assert_eq!(sam.post("/api/v1/items/CHURN-1/split", parts).status, 201);
        let gone = pavel.post("/api/v1/items/CHURN-2/transfer", json!({ "project": "FRAUD" }));
        assert_eq!(gone.status, 200, "{}", gone.text());
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
        let back = pavel.post("/api/v1/items/FRAUD-1/transfer", json!({ "project": "CHURN" }));
        assert!(back.detail().contains("would lack owner, estimate, done profile"), "{}", back.text());
    });
}

#[test]
fn a_begun_story_keeps_what_it_began_with() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        begun_story(&sam);
        let refused = changed(&sam, "CHURN-2", json!({ "assignee": null, "estimate": null, "title": "Data" }));
        assert_eq!(
            refused.detail(),
            "CHURN-1 is in In progress, where all of its components have an owner, an estimate and a done profile; \
             CHURN-2 would lack owner, estimate. Give it that, or bring CHURN-1 back to Backlog first."
        );
        let missing = json!([{ "item": "CHURN-2", "missing": ["owner", "estimate"] }]);
        assert_eq!((refused.status, &refused.json()["missing"]), (409, &missing));
        assert_eq!(changed(&sam, "CHURN-2", json!({ "done_profile": null })).status, 409);
        assert_eq!(changed(&sam, "CHURN-2", json!({ "assignee": "mei@slipway.test", "estimate": 5 })).status, 200);
        assert_eq!(sam.post("/api/v1/items/CHURN-2/move", json!({ "status": "In progress" })).status, 200);

        let move_story = |to: &str| sam.post("/api/v1/items/CHURN-1/move", json!({ "status": to })).status;
        assert_eq!(move_story("Done"), 200);
        assert_eq!(changed(&sam, "CHURN-2", json!({ "estimate": null })).status, 409, "nor is it forgotten at the end");
        assert_eq!(move_story("Backlog"), 200);
        assert_eq!(changed(&sam, "CHURN-2", json!({ "estimate": null })).status, 200);
        assert_eq!(move_story("Ready"), 409);
    });
}

#[test]
fn a_begun_story_is_split_only_into_what_is_known() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        begun_story(&sam);
        let split = |parts: Value| sam.post("/api/v1/items/CHURN-1/split", json!({ "parts": parts }));
        let refused = split(json!([{ "kind": "serving", "estimate": 2 }]));
        assert_eq!(
            refused.detail(),
            "CHURN-1 is in In progress, where all of its components have an owner, an estimate and a done profile; \
             a new one would lack owner, done profile. Give it that, or bring CHURN-1 back to Backlog first."
        );
        assert_eq!(split(json!([whole("serving"), { "kind": "prompt" }])).status, 409, "all or none");
        assert_eq!(keys(&sam, "?parent=CHURN-1"), "2 3");
        let refused = split(json!([{ "kind": "serving", "assignee": "mara@slipway.test" }]));
        assert_eq!(refused.detail(), "assignee: is a viewer of this project; work is done by members");
        let made = split(json!([whole("serving")]));
        assert_eq!((made.status, &made.json()["items"][0]["assignee"]["name"]), (201, &json!("Dana")));
        assert_eq!(sam.get("/api/v1/items/CHURN-1").json()["lacks"], json!([]));
    });
}

#[test]
fn what_was_taken_from_under_a_story_comes_back_whole() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        begun_story(&sam);
        made(&sam, "CHURN", json!({ "kind": "story", "title": "Another" }));
        let move_story = |to: &str| sam.post("/api/v1/items/CHURN-1/move", json!({ "status": to })).status;
        let undo = |key: &str| sam.post(&format!("/api/v1/items/{key}/undo"), json!({}));

        assert_eq!(move_story("Backlog"), 200);
        assert_eq!(changed(&sam, "CHURN-2", json!({ "estimate": null })).status, 200);
        assert_eq!(sam.delete("/api/v1/items/CHURN-2").status, 204);
        assert_eq!(changed(&sam, "CHURN-3", json!({ "assignee": null, "parent": "CHURN-4" })).status, 200);
        assert_eq!(move_story("In progress"), 200, "nothing lies under it that it could ask for");
        let restored = sam.post("/api/v1/items/CHURN-2/restoration", json!({}));
        assert!(restored.detail().contains("CHURN-2 would lack estimate"), "{}", restored.text());
        assert!(restored.detail().ends_with("or bring CHURN-1 back to Backlog first."));
        assert_eq!(changed(&sam, "CHURN-3", json!({ "assignee": "me" })).status, 200);
        assert_eq!(undo("CHURN-3").status, 200, "it is under another story, which is not ready");
        assert_eq!(changed(&sam, "CHURN-3", json!({ "parent": null })).status, 200);
        let back = changed(&sam, "CHURN-3", json!({ "parent": "CHURN-1" }));
        assert!(back.detail().contains("CHURN-3 would lack owner"), "{}", back.text());

        assert_eq!(move_story("Backlog"), 200);
        assert_eq!(sam.post("/api/v1/items/CHURN-2/restoration", json!({})).status, 200);
        assert_eq!(changed(&sam, "CHURN-2", json!({ "estimate": 1, "parent": null })).status, 200);
        assert_eq!(move_story("Ready"), 200);
        assert_eq!(undo("CHURN-2").status, 409, "it would be a component without an estimate again");
    });
}

#[test]
fn a_story_comes_back_from_the_trash_or_another_kind_only_whole() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        begun_story(&sam);
        let forget = || changed(&sam, "CHURN-2", json!({ "estimate": null })).status;
        let learn = || changed(&sam, "CHURN-2", json!({ "estimate": 1 })).status;
        assert_eq!(sam.delete("/api/v1/items/CHURN-1").status, 204);
        assert_eq!(forget(), 200, "a story in the trash asks for nothing");
        let restore = || sam.post("/api/v1/items/CHURN-1/restoration", json!({}));
        assert_eq!(restore().detail(), "CHURN-1 is not ready: CHURN-2 lacks estimate.");
        assert_eq!((learn(), restore().status), (200, 200));

        assert_eq!(changed(&sam, "CHURN-1", json!({ "kind": "feature" })).status, 200);
        assert_eq!(forget(), 200, "nor does a feature");
        let undo = || sam.post("/api/v1/items/CHURN-1/undo", json!({}));
        assert_eq!(undo().detail(), "CHURN-1 is not ready: CHURN-2 lacks estimate.");
        assert_eq!((learn(), undo().status), (200, 200));
        assert_eq!(sam.get("/api/v1/items/CHURN-1").json()["kind"], "story");
    });
}

#[test]
fn nothing_that_nobody_does_is_refused_for_what_a_component_lacks() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        begun_story(&sam);
        let admin = world.actor("Sam");
        let leaves = move |tx: &mut db::Tx| member::remove(tx, &admin, "CHURN", "dana@slipway.test");
        world.db.write_blocking(leaves).unwrap();
        let left = sam.get("/api/v1/items/CHURN-2").json();
        assert_eq!(left["assignee"]["name"], "Dana", "whose it was is known");
        assert_eq!(changed(&sam, "CHURN-2", json!({ "estimate": 8 })).status, 200);
        assert_eq!(changed(&sam, "CHURN-2", json!({ "assignee": null })).status, 409);
        assert_eq!(changed(&sam, "CHURN-2", json!({ "assignee": "me" })).status, 200);
    });
}

#[test]
fn a_component_is_one_of_the_story_that_was_split() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        made(&sam, "CHURN", json!({ "kind": "story", "title": "Risk score" }));
        made(&sam, "CHURN", json!({ "kind": "story", "title": "Another" }));
        made(&sam, "CHURN", json!({ "kind": "epic", "title": "Retention" }));
        let split = |key: &str| sam.post(&format!("/api/v1/items/{key}/split"), json!({}));
        assert_eq!(split("CHURN-1").status, 201);
        let under = |parent: Value| {
            let moved = changed(&sam, "CHURN-4", json!({ "parent": parent }));
            assert_eq!(moved.status, 200, "{}", moved.text());
            moved.json()["component"].clone()
        };
        assert_eq!((under(json!(null)), under(json!("CHURN-3"))), (json!(false), json!(false)));
        assert_eq!(under(json!("CHURN-2")), json!(false));
        let move_to = |key: &str, to: &str| sam.post(&format!("/api/v1/items/{key}/move"), json!({ "status": to }));
        assert_eq!(move_to("CHURN-2", "Ready").status, 200, "it asks nothing of what is no component of it");
        assert_eq!(move_to("CHURN-2", "Backlog").status, 200);
        let undone = sam.post("/api/v1/items/CHURN-4/undo", json!({})).json();
        assert_eq!((&undone["parent"]["key"], &undone["component"]), (&json!("CHURN-3"), &json!(false)));
        assert_eq!(under(json!("CHURN-1")), json!(true), "back under its story it is one again");
        assert_eq!(move_to("CHURN-1", "Ready").json()["missing"][0]["item"], "CHURN-4");
        assert_eq!(under(json!("CHURN-2")), json!(false));
        assert_eq!(split("CHURN-2").status, 201, "it was never split");

        assert_eq!(sam.delete("/api/v1/items/CHURN-4").status, 204);
        assert_eq!(sam.post("/api/v1/items/CHURN-4/restoration", json!({})).json()["component"], json!(false));
    });
}

#[test]
fn who_has_left_owns_nothing_wherever_it_is_asked() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        begun_story(&sam);
        assert_eq!(sam.post("/api/v1/items/CHURN-1/move", json!({ "status": "Backlog" })).status, 200);
        assert_eq!(changed(&sam, "CHURN-2", json!({ "parent": null })).status, 200);
        let admin = world.actor("Sam");
        let leaves = move |tx: &mut db::Tx| member::remove(tx, &admin, "CHURN", "dana@slipway.test");
        world.db.write_blocking(leaves).unwrap();

        let path = "/api/v1/projects/CHURN/workflow";
        let mut statuses = sam.get(path).json()["statuses"].clone();
        statuses.as_array_mut().unwrap().insert(1, json!({ "name": "Refined", "category": "open" }));
        let mut statuses = sam.put(path, json!({ "statuses": statuses })).json()["statuses"].clone();
        assert_eq!(sam.post("/api/v1/items/CHURN-1/move", json!({ "status": "Refined" })).status, 200);
        statuses[1]["ready"] = true.into();
        let refused = sam.put(path, json!({ "statuses": statuses }));
        let why = "CHURN-1 is in Refined and is not ready: CHURN-3 lacks owner. Complete that or move it first.";
        assert_eq!((refused.status, refused.detail().as_str()), (409, why));
        assert_eq!(changed(&sam, "CHURN-3", json!({ "assignee": "me" })).status, 200);
        assert_eq!(sam.put(path, json!({ "statuses": statuses })).status, 200);
        let back = changed(&sam, "CHURN-2", json!({ "parent": "CHURN-1" }));
        assert_eq!(back.json()["missing"], json!([{ "item": "CHURN-2", "missing": ["owner"] }]), "{}", back.text());
    });
}
