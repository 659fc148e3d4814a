//! Stories about what a closed sprint tells, whatever happens later.

use people::{
    member,
    team::{self, NewTeam},
    testing::{Client, World, each_world, email},
};
use serde_json::{Value, json};

use super::{SPRINTS, address, changes, does, moved, past, planned, put, shown};
use crate::{
    item::tests::{changed, keys, made, signed_in},
    relation,
};

/// All that the page of a sprint tells but for the items as they are today.
fn told(client: &Client, sprint: &Value) -> Value {
    let mut page = shown(client, sprint);
    for list in ["/questions", "/burndown/changes"] {
        for row in page.pointer_mut(list).unwrap().as_array_mut().unwrap() {
            row.as_object_mut().unwrap().remove("item");
        }
    }
    page
}

#[test]
fn a_closed_sprint_tells_what_was_so_at_its_end() {
    each_world(|world| {
        let (sam, pavel) = (signed_in(world, "Sam"), signed_in(world, "Pavel"));
        past(world, &sam, &[18.0, 22.0]);
        let (actor, new) = (world.actor("Sam"), NewTeam { name: "Scores".to_owned(), members: Vec::new() });
        let team = world.db.write_blocking(move |tx| team::create(tx, &actor, "CHURN", &new)).unwrap().id;
        let sprint = planned(&sam, json!({ "goal": "A score" }));
        let done = put(&sam, &sprint, "Data", json!(8), json!(email("Dana")));
        let gone = put(&sam, &sprint, "Training", json!(5), json!(email("Mei")));
        let open = put(&sam, &sprint, "API", json!(3), json!(email("Ben")));
        let bare = put(&sam, &sprint, "Who knows", Value::Null, Value::Null);
        let cancelled = put(&sam, &sprint, "Given up", json!(2), json!(email("Ben")));
        let trashed = put(&sam, &sprint, "Wrong", json!(1), Value::Null);
        assert_eq!(changed(&sam, &done, json!({ "team": team })).status, 200);
        let people = json!({ "people": [{ "person": email("Dana"), "points": 8 }, { "person": email("Mei") }] });
        assert_eq!(sam.put(&format!("{}/people", address(&sprint)), people).status, 200);
        assert_eq!(does(&sam, &sprint, "start", json!({})).status, 200);
        world.db.days_pass(2);
        for key in [&done, &gone] {
            moved(&sam, key, "Done");
        }
        moved(&sam, &cancelled, "Cancelled");
        assert_eq!(sam.delete(&format!("/api/v1/items/{trashed}")).status, 204);
        let next = planned(&sam, json!({ "goal": "More" }));
        let said = json!({ "verdict": "partly", "carry_to": next["id"] });
        let closed = does(&sam, &sprint, "close", said);
        assert_eq!(closed.status, 200, "{}", closed.text());
        let end = told(&sam, &sprint);
        let plan = &end["plan"];
        assert_eq!((&plan["load"], &plan["unassigned"], &plan["unestimated"]), (&json!(16.0), &json!(0.0), &json!(1)));
        assert_eq!((&plan["capacity"], &plan["velocity"]["mean"]), (&json!(18.0), &json!(20.0)));
        let loads = plan["people"].as_array().unwrap().iter().map(|each| each["load"].clone());
        assert_eq!(loads.collect::<Vec<_>>(), [json!(8.0), json!(5.0), json!(3.0)]);
        assert_eq!(end["unfinished"]["carried"], json!([open, bare]));

        let same = |why: &str| assert_eq!(told(&sam, &sprint), end, "{why}");
        world.db.days_pass(1);
        assert_eq!(changed(&sam, &done, json!({ "estimate": 100, "assignee": null })).status, 200);
        same("another size, and nobody's");
        moved(&sam, &done, "In progress");
        same("opened again");
        for key in [&done, &cancelled, &trashed] {
            assert_eq!(sam.delete(&format!("/api/v1/items/{key}")).status, if key == &trashed { 409 } else { 204 });
            same("in the trash");
            assert_eq!(sam.post(&format!("/api/v1/items/{key}/restoration"), json!({})).status, 200);
            same("out of it");
        }
        assert_eq!(
            keys(&sam, &format!("?sprint={}", sprint["id"])).split(' ').count(),
            3,
            "what was there stays there"
        );
        assert_eq!(sam.get(&format!("/api/v1/items/{trashed}")).json()["sprint"], Value::Null, "it was not there");
        moved(&sam, &cancelled, "Done");
        same("what was given up is done after all");
        for (from, to) in [(&gone, "FRAUD"), (&"FRAUD-1".to_owned(), "CHURN")] {
            assert_eq!(pavel.post(&format!("/api/v1/items/{from}/transfer"), json!({ "project": to })).status, 200);
            same("in another project, and back");
        }
        assert_eq!(changed(&sam, &done, json!({ "sprint": next["id"] })).status, 200);
        same("in the next sprint");
        assert_eq!(sam.delete(&format!("/api/v1/projects/CHURN/teams/{team}")).status, 204);
        same("its team is deleted");
        let admin = world.actor("Sam");
        let leave = move |tx: &mut db::Tx| member::remove(tx, &admin, "CHURN", &email("Mei"));
        world.db.write_blocking(leave).unwrap();
        same("somebody left");
        assert_eq!(does(&sam, &next, "start", json!({})).status, 200);
        moved(&sam, &open, "Done");
        assert_eq!(does(&sam, &next, "close", json!({ "verdict": "met" })).status, 200);
        same("the next one is closed, too");
        rename_statuses(&sam);
        same("statuses are others");
        assert_eq!(changes(&sam, &sprint, json!({ "last_day": "2026-12-31" })).status, 409);
        assert_eq!(sam.put(&format!("{}/people", address(&sprint)), json!({ "people": [] })).status, 409);
        same("what is refused");
    });
}

/// Removes a status and gives the others new names.
fn rename_statuses(admin: &Client) {
    let address = "/api/v1/projects/CHURN/workflow";
    let mut statuses = admin.get(address).json()["statuses"].clone();
    let statuses = statuses.as_array_mut().unwrap();
    statuses.retain(|status| status["name"] != "In review");
    for status in statuses.iter_mut() {
        status["name"] = json!(format!("{} now", status["name"].as_str().unwrap()));
    }
    let set = admin.put(address, json!({ "statuses": statuses }));
    assert_eq!(set.status, 200, "{}", set.text());
}

#[test]
fn a_sprint_says_what_moved_on_and_what_went_back() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        let (sprint, next) = (planned(&sam, json!({ "goal": "A" })), planned(&sam, json!({ "goal": "B" })));
        let plain = put(&sam, &sprint, "Plain", json!(3), Value::Null);
        let complex = put(&sam, &sprint, "Complex", json!(5), Value::Null);
        let question = json!({ "question": "Does it work?", "days": 5 });
        let probe = made(&sam, "CHURN", json!({ "title": "Look", "kind": "spike", "spike": question }));
        let probe = probe["key"].as_str().unwrap().to_owned();
        let tested = json!({ "kind": "tested_by", "item": probe });
        assert_eq!(sam.post(&format!("/api/v1/items/{complex}/relations"), tested).status, 201);
        assert_eq!(changed(&sam, &complex, json!({ "domain": "complex" })).status, 200);
        assert_eq!(does(&sam, &sprint, "start", json!({})).status, 200);
        assert_eq!(shown(&sam, &sprint)["unfinished"], Value::Null);
        let kept = sam.delete(&format!("/api/v1/items/{probe}"));
        assert_eq!(kept.status, 409, "what tests it stays: {}", kept.text());
        // As it could be before that was a rule.
        let probe_id = base::ItemId(sam.get(&format!("/api/v1/items/{probe}")).json()["id"].as_i64().unwrap());
        world.db.write_blocking(move |tx| relation::forget(tx, probe_id)).unwrap();
        let said = json!({ "verdict": "missed", "carry_to": next["id"] });
        let closed = does(&sam, &sprint, "close", said);
        let unfinished = closed.json()["unfinished"].clone();
        let into = json!({ "id": next["id"], "name": next["name"] });
        assert_eq!((&unfinished["carried"], &unfinished["carried_to"]), (&json!([plain]), &into), "{}", closed.text());
        let why = "CHURN-2 is complex: what works is known only in hindsight. Give it a hypothesis or a spike that tests it first.";
        assert_eq!(unfinished["returned"], json!([{ "key": complex, "why": why }]));
        let log = world.events().into_iter().rfind(|event| event.kind == "sprint.closed").unwrap().data;
        assert_eq!((&log["carried"], &log["carry_to"]), (&json!([plain]), &next["id"]));
        assert_eq!(log["returned"], unfinished["returned"]);
        assert_eq!(keys(&sam, &format!("?sprint={}", next["id"])), plain.replace("CHURN-", ""));
        assert_eq!(sam.get(&format!("/api/v1/items/{complex}")).json()["sprint"], Value::Null);

        assert_eq!(does(&sam, &next, "start", json!({})).status, 200);
        let back = does(&sam, &next, "close", json!({ "verdict": "missed" })).json()["unfinished"].clone();
        let returned = json!([{ "key": plain, "why": null }]);
        assert_eq!(back, json!({ "carried": [], "carried_to": null, "returned": returned }), "nothing was to move on");
    });
}

#[test]
fn where_the_unfinished_shall_go_is_named_once_in_a_refusal() {
    each_world(|world: &World| {
        let (sam, pavel) = (signed_in(world, "Sam"), signed_in(world, "Pavel"));
        let sprint = planned(&sam, json!({ "goal": "A" }));
        put(&sam, &sprint, "Work", json!(3), Value::Null);
        let theirs = pavel.post("/api/v1/projects/FRAUD/sprints", json!({ "goal": "Theirs" })).json();
        past(world, &sam, &[1.0]);
        let over = sam.get(SPRINTS).json()["items"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(does(&sam, &sprint, "start", json!({})).status, 200);
        for (to, why) in [
            (json!(999), "carry_to: must be the id of a sprint of this project"),
            (theirs["id"].clone(), "carry_to: must be the id of a sprint of this project"),
            (sprint["id"].clone(), "carry_to: must be another sprint"),
            (over["id"].clone(), "carry_to: Sprint 2 is closed. Choose another sprint."),
        ] {
            let refused = does(&sam, &sprint, "close", json!({ "verdict": "met", "carry_to": to }));
            assert_eq!((refused.status, refused.detail().as_str()), (400, why));
        }
        assert_eq!(shown(&sam, &sprint)["state"], "running");
    });
}
