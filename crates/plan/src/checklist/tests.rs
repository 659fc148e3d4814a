//! Stories about checklists, told on each engine.

use people::testing::each_world;
use serde_json::json;

use crate::item::tests::{made, signed_in};

const LINES: &str = "/api/v1/items/CHURN-1/checklist";

#[test]
fn lines_are_added_and_ticked_side_by_side() {
    each_world(|world| {
        let (dana, mei) = (signed_in(world, "Dana"), signed_in(world, "Mei"));
        let item = made(&dana, "CHURN", json!({ "title": "Prepare" }));
        let first = dana.post(LINES, json!({ "text": "Freeze the split" })).json();
        let second = mei.post(LINES, json!({ "text": "Write the card" })).json();
        let one = format!("{LINES}/{}", first["id"]);
        let done = mei.patch(&one, json!({ "done": true })).json();
        assert_eq!((&done["done"], &done["done_by"]["name"]), (&json!(true), &json!("Mei")));
        dana.patch(&format!("{LINES}/{}", second["id"]), json!({ "text": "Write the data card" }));
        let all = dana.get(LINES).json()["items"].clone();
        assert_eq!((&all[0]["done"], &all[1]["text"]), (&json!(true), &json!("Write the data card")));
        assert_eq!(dana.get("/api/v1/items/CHURN-1").json()["version"], item["version"], "nobody's edit is in the way");
        assert_eq!(dana.patch(&one, json!({ "done": false })).json()["done_by"], json!(null));
        assert_eq!(dana.delete(&one).status, 204);
        assert_eq!(dana.delete(&one).status, 404);
        assert_eq!(dana.post(LINES, json!({ "text": "two\nlines" })).status, 400);
        assert_eq!(signed_in(world, "Mara").post(LINES, json!({ "text": "x" })).status, 403);
    });
}
