//! Stories about templates, told on each engine.

use people::testing::each_world;
use serde_json::json;

use crate::item::tests::{made, signed_in};

#[test]
fn a_new_item_begins_as_its_kind_says() {
    each_world(|world| {
        let (sam, dana) = (signed_in(world, "Sam"), signed_in(world, "Dana"));
        let bug = json!({ "description": "## What happens", "acceptance": ["A test fails without the fix"], "checklist": ["Reproduce", "Fix"] });
        assert_eq!(dana.put("/api/v1/projects/CHURN/templates/bug", bug.clone()).status, 403);
        assert_eq!(sam.put("/api/v1/projects/CHURN/templates/bug", bug).json()["kind"], "bug");
        assert_eq!(sam.put("/api/v1/projects/CHURN/templates/wish", json!({})).status, 404);
        let made_bug = made(&dana, "CHURN", json!({ "title": "Wrong join", "kind": "bug" }));
        assert_eq!(
            (&made_bug["description"], &made_bug["acceptance"]),
            (&json!("## What happens"), &json!(["A test fails without the fix"]))
        );
        let lines = dana.get("/api/v1/items/CHURN-1/checklist").json();
        assert_eq!((&lines["items"][0]["text"], &lines["items"][1]["text"]), (&json!("Reproduce"), &json!("Fix")));
        let own = made(&dana, "CHURN", json!({ "title": "Mine", "kind": "bug", "description": "My words" }));
        assert_eq!(own["description"], "My words");
        assert_eq!(made(&dana, "CHURN", json!({ "title": "A task" }))["description"], "");
        assert_eq!(
            dana.get("/api/v1/projects/CHURN/templates").json()["items"][0]["checklist"],
            json!(["Reproduce", "Fix"])
        );
        assert_eq!(sam.delete("/api/v1/projects/CHURN/templates/bug").status, 204);
        assert_eq!(sam.delete("/api/v1/projects/CHURN/templates/bug").status, 404);
        assert_eq!(made(&dana, "CHURN", json!({ "title": "Empty", "kind": "bug" }))["description"], "");
    });
}
