//! Stories about taking a change back.

use people::testing::each_world;
use serde_json::{Value, json};

use super::{changed, made, signed_in};

const ITEM: &str = "/api/v1/items/CHURN-1";
const UNDO: &str = "/api/v1/items/CHURN-1/undo";

#[test]
fn the_last_change_is_undone_by_whoever_made_it() {
    each_world(|world| {
        let (dana, mei) = (signed_in(world, "Dana"), signed_in(world, "Mei"));
        made(&dana, "CHURN", json!({ "title": "Train", "labels": ["gpu"] }));
        changed(&dana, "CHURN-1", json!({ "title": "Train better", "labels": [], "status": "In progress" }));
        assert_eq!(mei.post("/api/v1/items/CHURN-1/undo", json!({})).detail(), "The last change is someone else's.");
        let undone = dana.post("/api/v1/items/CHURN-1/undo", json!({})).json();
        assert_eq!(
            (&undone["title"], &undone["labels"], &undone["status"]["name"]),
            (&json!("Train"), &json!(["gpu"]), &json!("Backlog"))
        );
        let redone = dana.post("/api/v1/items/CHURN-1/undo", json!({})).json();
        assert_eq!((&redone["title"], &redone["status"]["name"]), (&json!("Train better"), &json!("In progress")));
        dana.delete("/api/v1/items/CHURN-1");
        dana.post("/api/v1/items/CHURN-1/restoration", json!({}));
        assert_eq!(dana.post("/api/v1/items/CHURN-1/undo", json!({})).status, 409);

        let events = world.events();
        let changes: Vec<_> = events.iter().filter(|event| event.kind == "item.changed").collect();
        assert_eq!(changes[0].data["before"]["title"], "Train");
        assert_eq!(changes[0].data["after"]["title"], "Train better");
        assert_eq!(
            (&changes[0].data["from"]["category"], &changes[0].data["to"]["category"]),
            (&json!("open"), &json!("doing"))
        );
        assert!(changes[1].data["undoes"].is_i64());
    });
}

#[test]
fn what_followed_from_a_change_is_undone_with_it() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        let moments = |item: &Value| {
            let of = |name: &str| item[name].as_str().map(|at| at[8..10].to_owned());
            [of("status_at"), of("started_at"), of("done_at")]
        };
        let on = |day: &str| Some(day.to_owned());
        let to = |status: &str| {
            let moved = dana.post("/api/v1/items/CHURN-1/move", json!({ "status": status }));
            assert_eq!(moved.status, 200, "{}", moved.text());
            moments(&moved.json())
        };
        let undone = || moments(&dana.post(UNDO, json!({})).json());
        made(&dana, "CHURN", json!({ "title": "Train" }));
        world.db.days_pass(1);
        assert_eq!(to("In progress"), [on("03"), on("03"), None]);
        world.db.days_pass(1);
        assert_eq!(undone(), [on("02"), None, None], "as if nobody had begun");
        assert_eq!(undone(), [on("03"), on("03"), None], "and what was undone is there again");
        assert_eq!(to("Done"), [on("04"), on("03"), on("04")]);
        world.db.days_pass(1);
        assert_eq!(to("Backlog"), [on("05"), on("03"), None]);
        world.db.days_pass(1);
        assert_eq!(undone(), [on("04"), on("03"), on("04")], "it was done then");
        let measures = dana.get("/api/v1/projects/CHURN/measures").json();
        assert_eq!(measures["efficiency"]["active_days"], 1.0, "{}", measures["efficiency"]);
        assert_eq!(measures["efficiency"]["waiting_days"], 0.0, "a step taken by mistake is no time that it waited");
        assert_eq!(measures["cycle_time"]["counts"], json!([{ "days": 2, "items": 1 }]));
    });
}

#[test]
fn a_block_and_a_watcher_come_and_go_with_their_change() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        made(&dana, "CHURN", json!({ "title": "Train" }));
        let blocked = changed(&dana, "CHURN-1", json!({ "blocked": "No GPU" })).json()["blocked"].clone();
        world.db.days_pass(2);
        assert_eq!(changed(&dana, "CHURN-1", json!({ "blocked": null })).json()["blocked"], Value::Null);
        world.db.days_pass(1);
        assert_eq!(dana.post(UNDO, json!({})).json()["blocked"], blocked, "since then");

        let watchers = || {
            let watchers = dana.get(ITEM).json()["watchers"].clone();
            watchers.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        changed(&dana, "CHURN-1", json!({ "assignee": "mei@slipway.test" }));
        assert_eq!(watchers().len(), 2);
        dana.post(UNDO, json!({}));
        assert_eq!(watchers(), ["Dana"]);
        assert_eq!(signed_in(world, "Mei").put("/api/v1/items/CHURN-1/watch", json!({})).status, 204);
        changed(&dana, "CHURN-1", json!({ "assignee": "mei@slipway.test" }));
        dana.post(UNDO, json!({}));
        assert_eq!(watchers().len(), 2, "she watched before");
    });
}
