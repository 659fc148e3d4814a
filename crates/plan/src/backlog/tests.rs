//! Stories about what is set for a whole backlog, told on each engine.

use people::testing::{Answered, each_world};
use serde_json::{Value, json};

use crate::item::tests::{made, signed_in};

#[test]
fn whoever_sends_settings_takes_nothing_away_unseen() {
    each_world(|world| {
        let (sam, dana) = (signed_in(world, "Sam"), signed_in(world, "Dana"));
        made(&dana, "CHURN", json!({ "title": "Join" }));
        let path = |rest: &str| format!("/api/v1/projects/CHURN/{rest}");
        let late = |answered: Answered, what: &str| {
            assert_eq!(answered.status, 412, "{what}: {}", answered.text());
            answered.json()["current"].clone()
        };
        let done = |answered: Answered| {
            assert_eq!(answered.status, 200, "{}", answered.text());
            answered.json()
        };

        let column = done(sam.get(&path("board")))["columns"][2].clone();
        let at = path(&format!("board/{}", column["status"]["id"]));
        let was = json!({ "limit": column["limit"], "policy": column["policy"], "second_half": column["second_half"] });
        done(sam.put(&at, json!({ "limit": 1, "was": was })));
        let current = late(sam.put(&at, json!({ "policy": "One at a time", "was": was })), "a policy");
        assert_eq!(current["limit"], 1, "the limit stands");
        done(sam.put(&at, json!({ "limit": 1, "policy": "One at a time", "was": current })));
        assert_eq!(done(sam.put(&at, json!({ "limit": 2 })))["policy"], json!(null), "who says nothing sets it whole");

        let workflow = done(sam.get(&path("workflow")));
        let with = |statuses: Value| json!({ "statuses": statuses, "was": workflow });
        let mut parked = workflow["statuses"].clone();
        parked.as_array_mut().unwrap().insert(1, json!({ "name": "Parked", "category": "open" }));
        done(sam.put(&path("workflow"), with(parked)));
        let current = late(sam.put(&path("workflow"), with(workflow["statuses"].clone())), "statuses");
        assert_eq!(current["statuses"][1]["name"], "Parked");

        let field = |name: &str| json!({ "name": name, "holds": "text" });
        let fields = done(sam.put(&path("fields"), json!({ "fields": [field("Budget")], "was": [] })))["items"].clone();
        late(sam.put(&path("fields"), json!({ "fields": [field("Risk")], "was": [] })), "fields");
        assert_eq!(done(sam.get(&path("fields")))["items"], fields);

        let limit = |name: &str| json!({ "name": name, "per": "pool", "most": 3 });
        done(sam.put(&path("limits"), json!({ "limits": [limit("GPU")], "was": [] })));
        let current = late(sam.put(&path("limits"), json!({ "limits": [limit("Labs")], "was": [] })), "limits");
        assert_eq!(current[0]["name"], "GPU");
        done(sam.put(&path("limits"), json!({ "limits": [current[0], limit("Labs")], "was": current })));

        let sprint = dana.post(&path("sprints"), json!({})).json();
        let at = format!("/api/v1/sprints/{}/people", sprint["id"]);
        let seen = sprint["version"].to_string();
        let people = |points: i64| json!({ "people": [{ "person": "me", "points": points }] });
        done(dana.with("if-match", &seen).put(&at, people(5)));
        let current = late(dana.with("if-match", &seen).put(&at, people(8)), "people");
        assert_eq!(current["people"][0]["points"], 5.0);
    });
}

#[test]
fn whoever_words_something_anew_takes_nothing_away_unseen() {
    each_world(|world| {
        let (sam, dana) = (signed_in(world, "Sam"), signed_in(world, "Dana"));
        let late = |answered: Answered| {
            assert_eq!(answered.status, 412, "{}", answered.text());
            answered.json()["current"].clone()
        };
        let done = |answered: Answered| assert!(answered.status < 300, "{}", answered.text());

        let template = "/api/v1/projects/CHURN/templates/bug";
        let nothing = json!({ "description": "", "acceptance": [], "checklist": [] });
        let first = json!({ "description": "## What happens", "was": nothing });
        done(sam.put(template, first.clone()));
        let current = late(sam.put(template, first));
        assert_eq!(current["description"], "## What happens");
        done(sam.put(template, json!({ "checklist": ["Reproduce"], "was": current })));
        done(sam.put(template, json!({ "checklist": ["Fix"] })));

        let spike = json!({ "question": "Does it help?", "days": 3 });
        made(&dana, "CHURN", json!({ "title": "Look", "kind": "spike", "spike": spike }));
        let path = "/api/v1/items/CHURN-1/spike";
        done(dana.put(path, json!({ "question": "Does it help?", "days": 5, "was": spike })));
        let current = late(sam.put(path, json!({ "question": "Does it?", "days": 3, "was": spike })));
        assert_eq!(current, json!({ "question": "Does it help?", "days": 5 }));
        done(sam.put(path, json!({ "question": "Does it?", "days": 5, "was": current })));

        let lines = "/api/v1/items/CHURN-1/checklist";
        let line = dana.post(lines, json!({ "text": "Freeze the split" })).json();
        let at = format!("{lines}/{}", line["id"]);
        done(dana.patch(&at, json!({ "text": "Freeze the split of v3", "was": "Freeze the split" })));
        let current = late(sam.patch(&at, json!({ "text": "Freeze it", "was": "Freeze the split" })));
        assert_eq!((&current["text"], &current["done"]), (&json!("Freeze the split of v3"), &json!(false)));
        done(sam.patch(&at, json!({ "done": true })));
    });
}
