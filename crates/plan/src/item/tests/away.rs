//! Items that go away and come back: to the trash, and to another project.

use people::testing::{Client, each_world};
use serde_json::json;

use super::{changed, keys, made, signed_in};
use crate::item;

#[test]
fn the_trash_keeps_for_thirty_days() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        made(&dana, "CHURN", json!({ "title": "Wrong" }));
        made(&dana, "CHURN", json!({ "title": "Right" }));
        assert_eq!(dana.delete("/api/v1/items/CHURN-1").status, 204);
        assert_eq!((keys(&dana, ""), keys(&dana, "?deleted=true")), ("2".to_owned(), "1".to_owned()));
        let refused = dana.post("/api/v1/items/CHURN-1/move", json!({ "to": "last" }));
        assert_eq!(
            (refused.status, refused.detail()),
            (409, "CHURN-1 lies in the trash. Restore it first.".to_owned())
        );
        assert_eq!(changed(&dana, "CHURN-1", json!({ "title": "x" })).status, 409);
        let restored = dana.post("/api/v1/items/CHURN-1/restoration", json!({}));
        assert_eq!(restored.json()["deleted"], false);
        assert_eq!(keys(&dana, ""), "1 2", "at its old place");

        dana.delete("/api/v1/items/CHURN-1");
        let id = restored.json()["id"].as_i64().unwrap();
        let empty = || world.db.write_blocking(move |tx| item::empty(tx, base::ItemId(id))).unwrap();
        world.db.days_pass(29);
        empty();
        assert_eq!(dana.get("/api/v1/items/CHURN-1").status, 200);
        world.db.days_pass(1);
        empty();
        empty();
        assert_eq!(dana.get("/api/v1/items/CHURN-1").status, 404);
        assert_eq!(keys(&dana, "?deleted=true"), "");
        assert_eq!(made(&dana, "CHURN", json!({ "title": "Next" }))["key"], "CHURN-3", "no key is given twice");
    });
}

#[test]
fn an_item_that_moved_is_found_by_its_old_key() {
    each_world(|world| {
        let pavel = signed_in(world, "Pavel");
        made(&pavel, "FRAUD", json!({ "title": "Theirs" }));
        let new =
            json!({ "title": "Ours", "assignee": "dana@slipway.test", "labels": ["moved"], "status": "In progress" });
        made(&pavel, "CHURN", new);
        let moved = pavel.post("/api/v1/items/CHURN-1/transfer", json!({ "project": "FRAUD" })).json();
        assert_eq!(
            (&moved["key"], &moved["assignee"], &moved["labels"]),
            (&json!("FRAUD-2"), &json!(null), &json!(["moved"]))
        );
        assert_eq!(moved["status"]["category"], "doing");
        assert_eq!(pavel.get("/api/v1/items/CHURN-1").json()["key"], "FRAUD-2");
        assert_eq!(keys(&pavel, ""), "");
        assert_eq!(signed_in(world, "Dana").get("/api/v1/items/CHURN-1").status, 404, "it is not hers to see any more");
        assert_eq!(made(&pavel, "CHURN", json!({ "title": "Another" }))["key"], "CHURN-2");
        let back = pavel.post("/api/v1/items/FRAUD-2/transfer", json!({ "project": "CHURN" })).json();
        assert_eq!(back["key"], "CHURN-1");
        assert_eq!(pavel.get("/api/v1/items/FRAUD-2").json()["key"], "CHURN-1");
        assert_eq!(keys(&pavel, ""), "2 1");
        assert_eq!(
            signed_in(world, "Sam").post("/api/v1/items/CHURN-1/transfer", json!({ "project": "FRAUD" })).status,
            404
        );
    });
}

#[test]
fn what_happened_in_another_project_is_told_to_those_who_may_see_it() {
    each_world(|world| {
        let (dana, pavel) = (signed_in(world, "Dana"), signed_in(world, "Pavel"));
        let fields = json!({ "fields": [{ "name": "Price", "holds": "text" }] });
        assert_eq!(pavel.put("/api/v1/projects/FRAUD/fields", fields).status, 200);
        let sprint = pavel.post("/api/v1/projects/FRAUD/sprints", json!({ "name": "Merger" })).json()["id"].clone();
        made(&pavel, "FRAUD", json!({ "title": "Theirs" }));
        let secret = json!({ "sprint": sprint, "custom": { "Price": "nine million" } });
        assert_eq!(changed(&pavel, "FRAUD-1", secret).status, 200);
        assert_eq!(
            changed(&pavel, "FRAUD-1", json!({ "assignee": "rita@slipway.test", "status": "Ready" })).status,
            200
        );
        assert_eq!(pavel.post("/api/v1/items/FRAUD-1/transfer", json!({ "project": "CHURN" })).status, 200);
        assert_eq!(changed(&dana, "CHURN-1", json!({ "title": "Ours" })).status, 200);

        let told = |client: &Client| {
            let history = client.get("/api/v1/items/CHURN-1/history").json()["items"].clone();
            let kinds = history.as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap().to_owned());
            (kinds.collect::<Vec<_>>(), history.to_string())
        };
        let (kinds, text) = told(&dana);
        assert_eq!(kinds, ["item.changed", "item.arrived"]);
        let watchers = dana.get("/api/v1/items/CHURN-1").json()["watchers"].to_string();
        assert!(!watchers.contains("Rita"), "who cannot see it any more does not watch it: {watchers}");
        for theirs in ["Merger", "nine million", "FRAUD", "Rita"] {
            assert!(!text.contains(theirs), "{theirs} is not hers to see: {text}");
        }
        let (kinds, text) = told(&pavel);
        assert_eq!(
            kinds,
            ["item.changed", "item.arrived", "item.left", "item.changed", "item.changed", "item.created"]
        );
        assert!(text.contains("Merger") && text.contains("nine million"), "{text}");
    });
}

#[test]
fn what_comes_back_from_the_trash_lies_where_it_may() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        made(&dana, "CHURN", json!({ "title": "Retention", "kind": "epic" }));
        made(&dana, "CHURN", json!({ "title": "Score", "kind": "story", "parent": "CHURN-1" }));
        dana.delete("/api/v1/items/CHURN-2");
        assert_eq!(changed(&dana, "CHURN-1", json!({ "kind": "task" })).status, 200);
        let restored = dana.post("/api/v1/items/CHURN-2/restoration", json!({}));
        assert_eq!((restored.status, &restored.json()["parent"]), (200, &json!(null)), "a story lies under no task");

        made(&dana, "CHURN", json!({ "title": "Unknown", "domain": "complex" }));
        let spike = json!({ "title": "Look", "kind": "spike", "spike": { "question": "Is it so?", "days": 2 } });
        made(&dana, "CHURN", spike);
        dana.post("/api/v1/items/CHURN-4/relations", json!({ "kind": "tests", "item": "CHURN-3" }));
        let sprint = dana.post("/api/v1/projects/CHURN/sprints", json!({})).json()["id"].clone();
        assert_eq!(changed(&dana, "CHURN-3", json!({ "sprint": sprint })).status, 200);
        dana.delete("/api/v1/items/CHURN-3");
        dana.delete("/api/v1/items/CHURN-4");
        let restored = dana.post("/api/v1/items/CHURN-3/restoration", json!({}));
        assert_eq!((restored.status, &restored.json()["sprint"]), (200, &json!(null)), "nothing tests it any more");
    });
}

#[test]
fn what_comes_back_to_a_full_column_comes_where_room_is() {
    each_world(|world| {
        let (sam, dana) = (signed_in(world, "Sam"), signed_in(world, "Dana"));
        made(&dana, "CHURN", json!({ "title": "Train", "status": "In progress" }));
        made(&dana, "CHURN", json!({ "title": "Serve", "status": "In progress" }));
        let columns = sam.get("/api/v1/projects/CHURN/board").json()["columns"].clone();
        let limited = |name: &str, limit: serde_json::Value| {
            let column = columns.as_array().unwrap().iter().find(|column| column["status"]["name"] == name).unwrap();
            let path = format!("/api/v1/projects/CHURN/board/{}", column["status"]["id"]);
            assert_eq!(sam.put(&path, json!({ "limit": limit })).status, 200);
        };
        assert_eq!(dana.delete("/api/v1/items/CHURN-1").status, 204);
        for name in ["Backlog", "Ready", "In progress"] {
            limited(name, json!(1));
        }
        made(&dana, "CHURN", json!({ "title": "Join" }));
        made(&dana, "CHURN", json!({ "title": "Label", "status": "Ready" }));
        let restore = |key: &str| {
            dana.with("idempotency-key", &format!("restored-{key}"))
                .post("/api/v1/items/CHURN-1/restoration", json!({}))
        };
        let refused = restore("first");
        assert_eq!(refused.status, 409, "{}", refused.text());
        assert!(
            refused.detail().starts_with("In progress of CHURN is full: 1 of 1 (CHURN-2)."),
            "{}",
            refused.detail()
        );
        let named = (&refused.json()["limit"], &refused.json()["occupants"][0]["key"]);
        assert_eq!(named, (&json!(1), &json!("CHURN-2")));

        limited("Ready", json!(null));
        world.db.days_pass(1);
        let (restored, again) = (restore("second"), restore("second"));
        assert_eq!((restored.status, restored.text()), (200, again.text()));
        let restored = restored.json();
        assert_eq!((&restored["status"]["name"], &restored["full"]), (&json!("Ready"), &json!("In progress")));
        assert_eq!(restored["status_at"], "2026-03-03T09:00:00.000Z", "it came there now");
        let told = world.events().into_iter().filter(|event| event.kind == "item.restored").collect::<Vec<_>>();
        assert_eq!(told.len(), 1);
        assert_eq!(
            (&told[0].data["to"]["name"], &told[0].data["full"]["name"]),
            (&json!("Ready"), &json!("In progress"))
        );

        assert_eq!(dana.delete("/api/v1/items/CHURN-1").status, 204);
        assert_eq!(restore("third").json()["full"], json!(null), "it comes back where it was");
    });
}
