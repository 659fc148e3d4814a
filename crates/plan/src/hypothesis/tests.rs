//! Stories about hypotheses as work, told on each engine.

use base::ExperimentId;
use lab::experiment;
use people::testing::{Answered, Client, World, each_world};
use serde_json::{Value, json};

use crate::item::tests::{changed, made, signed_in};

#[test]
fn a_hypothesis_is_an_experiment_seen_as_work() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        let refused =
            dana.post("/api/v1/projects/CHURN/items", json!({ "title": "Improve model", "kind": "hypothesis" }));
        assert_eq!(refused.status, 409);
        assert_eq!(
            refused.json()["missing"],
            json!(["claim", "metric", "comparator", "threshold", "dataset", "time_box_days"])
        );
        let mut bet = json!({
            "claim": "Device graphs find more fraud.", "metric": "recall", "comparator": ">=", "threshold": 0.75,
            "constraints": [{ "metric": "precision", "comparator": ">=", "threshold": 0.90 }],
        });
        let new = |bet: &serde_json::Value| json!({ "title": "Device-graph features", "kind": "hypothesis", "assignee": "mei@slipway.test", "hypothesis": bet });
        let refused = dana.post("/api/v1/projects/CHURN/items", new(&bet));
        assert_eq!(refused.json()["missing"], json!(["dataset", "time_box_days"]));
        bet["dataset"] = "fraud-eval v3".into();
        bet["time_box_days"] = 10.into();
        let item = made(&dana, "CHURN", new(&bet));
        assert_eq!(
            (&item["key"], &item["bet"]["hypothesis"]),
            (&json!("CHURN-1"), &json!("Device graphs find more fraud."))
        );
        assert_eq!((&item["bet"]["rule"]["metric"], &item["bet"]["owner"]["name"]), (&json!("recall"), &json!("Mei")));
        assert_eq!(item["bet"]["timeline"]["decide_by"], "2026-03-12T09:00:00.000Z");
        assert_eq!(item["experiment"], item["bet"]["id"]);
        assert!(changed(&dana, "CHURN-1", json!({ "kind": "task" })).detail().starts_with("kind: stays hypothesis"));
        let pavel = signed_in(world, "Pavel");
        assert_eq!(pavel.post("/api/v1/items/CHURN-1/transfer", json!({ "project": "FRAUD" })).status, 409);

        let same =
            json!({ "title": "Again", "kind": "hypothesis", "hypothesis": { "experiment": item["experiment"] } });
        assert_eq!(
            dana.post("/api/v1/projects/CHURN/items", same).detail(),
            "This experiment is an item already: CHURN-1."
        );
        let (actor, project) = (world.actor("Dana"), world.churn.id.clone());
        let bare =
            world.db.write_blocking(move |tx| Ok(lab::experiment::default_of(tx, &actor, &project)?.id)).unwrap();
        let without = json!({ "title": "Bare", "kind": "hypothesis", "hypothesis": { "experiment": bare } });
        assert_eq!(dana.post("/api/v1/projects/CHURN/items", without).json()["missing"], json!(["rule"]));
        let strange = json!({ "title": "Strange", "kind": "hypothesis", "hypothesis": { "experiment": 999 } });
        assert_eq!(dana.post("/api/v1/projects/CHURN/items", strange).status, 400);
        made(&dana, "CHURN", json!({ "title": "A task" }));
        assert!(
            changed(&dana, "CHURN-2", json!({ "kind": "hypothesis" }))
                .detail()
                .starts_with("kind: cannot become hypothesis")
        );
    });
}

/// CHURN-1, open: recall of at least 0.75 on fraud-eval v3, within ten days. Answers the experiment's id.
fn bet(client: &Client) -> i64 {
    let bet = json!({
        "claim": "Device graphs find more fraud.", "metric": "recall", "comparator": ">=", "threshold": 0.75,
        "dataset": "fraud-eval v3", "time_box_days": 10,
    });
    made(client, "CHURN", json!({ "title": "Device graphs", "kind": "hypothesis", "hypothesis": bet }))["experiment"]
        .as_i64()
        .unwrap()
}

fn rule(dataset: Value, days: Value) -> Value {
    json!({ "rule": {
        "metric": "recall", "comparator": ">=", "threshold": 0.7, "dataset": dataset, "time_box_days": days,
    } })
}

fn change_bet(world: &World, client: &Client, id: i64, change: Value) -> Answered {
    let loaded = world.db.read_blocking(move |tx| experiment::load(tx, ExperimentId(id))).unwrap().unwrap();
    let version = format!("\"{}\"", loaded.version);
    client.with("if-match", &version).patch(&format!("/api/v1/experiments/{id}"), change)
}

#[test]
fn nothing_is_taken_from_a_bet_that_is_work() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        let id = bet(&dana);
        let change = |wanted| change_bet(world, &dana, id, wanted);
        let refused = change(json!({ "hypothesis": null }));
        let why = "This experiment is CHURN-1, and a hypothesis is no work without its claim. Keep that, or put \
                   CHURN-1 into the trash first.";
        assert_eq!((refused.status, refused.detail().as_str()), (409, why));
        assert_eq!(change(rule(json!(null), json!(5))).json()["missing"], json!(["dataset"]));
        assert_eq!(change(rule(json!(null), json!(null))).json()["missing"], json!(["dataset", "time_box_days"]));
        assert_eq!(change(rule(json!("fraud-eval v4"), json!(12))).status, 200);
        assert_eq!(change(json!({ "hypothesis": "Graphs of devices find more fraud." })).status, 200);
        assert_eq!(change_bet(world, &signed_in(world, "Rita"), id, json!({ "hypothesis": null })).status, 404);
        assert_eq!(change_bet(world, &signed_in(world, "Mara"), id, json!({ "hypothesis": null })).status, 403);
        let deletable = || world.db.read_blocking(move |tx| super::check_deletion(tx, ExperimentId(id)));
        let refusal = deletable().unwrap_err();
        assert_eq!(refusal.detail(), "This experiment is CHURN-1. Put CHURN-1 into the trash first.");

        assert_eq!(dana.delete("/api/v1/items/CHURN-1").status, 204);
        let same = json!({ "title": "Again", "kind": "hypothesis", "hypothesis": { "experiment": id } });
        assert_eq!(
            dana.post("/api/v1/projects/CHURN/items", same).detail(),
            "This experiment is an item already: CHURN-1, which lies in the trash. Restore CHURN-1."
        );
        let restore = || dana.post("/api/v1/items/CHURN-1/restoration", json!({}));
        assert_eq!(change(json!({ "hypothesis": null })).status, 200, "it is no work now");
        assert_eq!((restore().status, &restore().json()["missing"]), (409, &json!(["claim"])));
        assert_eq!(change(json!({ "hypothesis": "Device graphs find more fraud." })).status, 200);
        deletable().unwrap();
        let (actor, again) = (world.actor("Dana"), world.actor("Dana"));
        world.db.write_blocking(move |tx| experiment::delete(tx, &actor, ExperimentId(id))).unwrap();
        let gone = format!("The experiment that CHURN-1 is was deleted. Restore the experiment {id} first.");
        assert_eq!((restore().status, restore().detail()), (409, gone));
        world.db.write_blocking(move |tx| experiment::restore(tx, &again, ExperimentId(id))).unwrap();
        assert_eq!(restore().status, 200);
        assert_eq!(change(json!({ "hypothesis": null })).status, 409);
    });
}

#[test]
fn a_hypothesis_is_done_with_a_verdict_only() {
    each_world(|world| {
        let (sam, dana) = (signed_in(world, "Sam"), signed_in(world, "Dana"));
        let id = bet(&dana);
        let to = |status: &str| dana.post("/api/v1/items/CHURN-1/move", json!({ "status": status }));
        let undo = || dana.post("/api/v1/items/CHURN-1/undo", json!({}));
        let refused = to("Done");
        assert_eq!((refused.status, &refused.json()["missing"]), (409, &json!(["verdict"])), "{}", refused.text());
        assert!(refused.detail().starts_with("CHURN-1 is done with a verdict: supported or refuted."));
        assert_eq!(changed(&dana, "CHURN-1", json!({ "status": "Done" })).status, 409);
        let another = json!({
            "claim": "It does.", "metric": "recall", "comparator": ">=", "threshold": 0.75, "dataset": "eval",
            "time_box_days": 10,
        });
        let new = json!({ "title": "Done at once", "kind": "hypothesis", "status": "Done", "hypothesis": another });
        let refused = dana.post("/api/v1/projects/CHURN/items", new);
        assert_eq!((refused.status, &refused.json()["missing"]), (409, &json!(["verdict"])));
        assert_eq!((to("Cancelled").status, to("In progress").status), (200, 200), "what is given up needs none");

        world.db.days_pass(11);
        let done = to("Done");
        assert_eq!((done.status, &done.json()["bet"]["verdict"]["state"]), (200, &json!("refuted")));
        assert_eq!(to("In review").status, 200);
        assert_eq!(change_bet(world, &dana, id, rule(json!("fraud-eval v3"), json!(90))).status, 200);
        assert_eq!(undo().json()["missing"], json!(["verdict"]), "nor is it put back there");

        let workflow = "/api/v1/projects/CHURN/workflow";
        let mut statuses = sam.get(workflow).json()["statuses"].clone();
        statuses[3]["category"] = "done".into();
        assert_eq!(sam.put(workflow, json!({ "statuses": statuses })).status, 409, "nor under its feet");

        world.db.days_pass(90);
        assert_eq!(to("Done").status, 200);
        assert_eq!(dana.delete("/api/v1/items/CHURN-1").status, 204);
        assert_eq!(change_bet(world, &dana, id, rule(json!("fraud-eval v3"), json!(900))).status, 200);
        let restored = dana.post("/api/v1/items/CHURN-1/restoration", json!({})).json();
        let stands = (&restored["status"]["name"], &restored["done_at"], &restored["full"]);
        assert_eq!(stands, (&json!("Backlog"), &Value::Null, &Value::Null), "its verdict was lost meanwhile");
    });
}
