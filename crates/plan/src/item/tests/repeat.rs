//! Stories about requests whose answer was lost, and which are sent again.

use std::sync::atomic::{AtomicUsize, Ordering};

use people::testing::{Answered, Client, World, each_world};
use serde_json::{Value, json};

use super::{keys, made, signed_in};

/// The same request twice with one key.
fn twice(client: &Client, send: impl Fn(&Client) -> Answered) -> Answered {
    static SENT: AtomicUsize = AtomicUsize::new(0);
    let key = format!("request-{}", SENT.fetch_add(1, Ordering::Relaxed));
    let keyed = client.with("idempotency-key", &key);
    let (first, second) = (send(&keyed), send(&keyed));
    assert!(first.status < 300, "{}", first.text());
    assert_eq!((first.status, first.text()), (second.status, second.text()));
    assert_eq!(first.header("etag"), second.header("etag"));
    first
}

fn happened(world: &World, kind: &str) -> usize {
    world.events().iter().filter(|event| event.kind == kind).count()
}

#[test]
fn a_move_or_an_undo_that_is_sent_again_happens_once() {
    each_world(|world| {
        let (dana, mei) = (signed_in(world, "Dana"), signed_in(world, "Mei"));
        for title in ["Join", "Train", "Serve"] {
            made(&dana, "CHURN", json!({ "title": title }));
        }
        let key = dana.with("idempotency-key", "first-move");
        let first = json!({ "to": "first" });
        assert_eq!(key.post("/api/v1/items/CHURN-3/move", first.clone()).status, 200);
        assert_eq!(mei.post("/api/v1/items/CHURN-2/move", first.clone()).status, 200);
        assert_eq!(key.post("/api/v1/items/CHURN-3/move", first.clone()).json()["key"], "CHURN-3");
        assert_eq!(keys(&dana, ""), "2 3 1", "what Mei did meanwhile stays");
        let other = key.post("/api/v1/items/CHURN-1/move", first);
        let why = "This Idempotency-Key belongs to another request. Use a new key for a new request.";
        assert_eq!((other.status, other.detail()), (409, why.to_owned()));

        super::changed(&dana, "CHURN-1", json!({ "title": "Join all" }));
        let undone = twice(&dana, |dana| dana.post("/api/v1/items/CHURN-1/undo", json!({})));
        assert_eq!((&undone.json()["title"], undone.header("etag")), (&json!("Join"), "\"3\""));
        let wanted = json!({ "title": "Join by customer" });
        let version = dana.with("if-match", "\"3\"");
        let changed = twice(&version, |dana| dana.patch("/api/v1/items/CHURN-1", wanted.clone()));
        assert_eq!(changed.json()["version"], 4, "not refused as stale");
        twice(&dana, |dana| dana.delete("/api/v1/items/CHURN-3"));
        twice(&dana, |dana| dana.post("/api/v1/items/CHURN-3/restoration", json!({})));
        assert_eq!((happened(world, "item.deleted"), happened(world, "item.restored")), (1, 1));
    });
}

#[test]
fn what_is_added_by_a_request_that_is_sent_again_is_there_once() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        made(&dana, "CHURN", json!({ "title": "Score", "kind": "story" }));
        made(&dana, "CHURN", json!({ "title": "Train" }));
        let path = |rest: &str| format!("/api/v1/items/CHURN-1/{rest}");
        let parts = json!({ "parts": [{ "kind": "data" }, { "kind": "training" }] });
        twice(&dana, |dana| dana.post(&path("split"), parts.clone()));
        assert_eq!(dana.get("/api/v1/items/CHURN-1").json()["children"].as_array().unwrap().len(), 2);
        let count = |of: &str| dana.get(&path(of)).json()["items"].as_array().unwrap().len();
        let line = twice(&dana, |dana| dana.post(&path("checklist"), json!({ "text": "Ask Legal" })));
        assert_eq!(count("checklist"), 1);
        let line = path(&format!("checklist/{}", line.json()["id"]));
        twice(&dana, |dana| dana.patch(&line, json!({ "done": true })));
        twice(&dana, |dana| dana.delete(&line));
        assert_eq!(count("checklist"), 0);
        let related = json!({ "kind": "blocked_by", "item": "CHURN-2" });
        let relation = twice(&dana, |dana| dana.post(&path("relations"), related.clone()));
        assert_eq!(dana.post(&path("relations"), related).status, 409, "without the key it is a second one");
        let relation = path(&format!("relations/{}", relation.json()["id"]));
        twice(&dana, |dana| dana.delete(&relation));
        assert_eq!(count("relations"), 0);

        let sam = signed_in(world, "Sam");
        let fields = json!({ "fields": [{ "name": "Risk", "holds": "text" }] });
        let set = twice(&sam, |sam| sam.put("/api/v1/projects/CHURN/fields", fields.clone()));
        let now = sam.get("/api/v1/projects/CHURN/fields").json();
        assert_eq!(now["items"], set.json()["items"], "the field is the first one still");
    });
}

#[test]
fn whoever_may_not_look_any_more_is_not_answered_again() {
    each_world(|world| {
        let (pavel, dana) = (signed_in(world, "Pavel"), signed_in(world, "Dana"));
        made(&dana, "CHURN", json!({ "title": "Train" }));
        let keyed = dana.with("idempotency-key", "moved-away");
        let last = || keyed.post("/api/v1/items/CHURN-1/move", json!({ "status": "Done" }));
        assert_eq!(last().status, 200);
        assert_eq!(pavel.post("/api/v1/items/CHURN-1/transfer", json!({ "project": "FRAUD" })).status, 200);
        let refused = last();
        assert_eq!((refused.status, refused.json()["title"].clone()), (404, Value::from("Not found")));
    });
}
