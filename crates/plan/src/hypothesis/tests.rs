//! Stories about hypotheses as work, told on each engine.

use people::testing::each_world;
use serde_json::json;

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
        assert_eq!(dana.post("/api/v1/projects/CHURN/items", same).detail(), "This experiment is an item already.");
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
