//! Stories about sprints that have ended, and about days on which none can be.

use people::testing::{World, each_world};
use serde_json::{Value, json};

use super::{SPRINTS, address, changes, does, planned, shown};
use crate::item::tests::{made, signed_in};

#[test]
fn a_closed_sprint_tells_its_questions_as_they_were() {
    each_world(|world| {
        let (sam, pavel) = (signed_in(world, "Sam"), signed_in(world, "Pavel"));
        let first = planned(&sam, json!({ "mode": "experiment", "goal": "Know more" }));
        let next = planned(&sam, json!({ "mode": "experiment", "goal": "Know the rest" }));
        let asks = |question: &str| {
            let spike = json!({ "question": question, "days": 30 });
            let new = json!({ "title": question, "kind": "spike", "spike": spike, "sprint": first["id"] });
            made(&sam, "CHURN", new)["key"].as_str().unwrap().to_owned()
        };
        let (open, answered) = (asks("Do the misses share devices?"), asks("Is a week enough?"));
        assert_eq!(does(&sam, &first, "start", json!({})).status, 200);
        let answer = json!({ "answer": "no", "finding": "Weekends differ." });
        assert_eq!(sam.put(&format!("/api/v1/items/{answered}/spike/answer"), answer).status, 200);
        let said = json!({ "verdict": "partly", "carry_to": next["id"] });
        assert_eq!(does(&sam, &first, "close", said).status, 200);

        let told = |sprint: &Value| {
            let questions = shown(&sam, sprint)["questions"].clone();
            let of = |asked: &Value| (asked["key"].clone(), asked["question"].clone(), asked["answer"].clone());
            questions.as_array().unwrap().iter().map(of).collect::<Vec<_>>()
        };
        let as_it_was = vec![
            (json!(open), json!("Do the misses share devices?"), Value::Null),
            (json!(answered), json!("Is a week enough?"), json!("no")),
        ];
        assert_eq!(told(&first), as_it_was);
        assert_eq!(told(&next), [as_it_was[0].clone(), as_it_was[1].clone()], "both go on in the next one");
        let answer = json!({ "answer": "yes", "finding": "They do." });
        assert_eq!(sam.put(&format!("/api/v1/items/{open}/spike/answer"), answer).status, 200);
        assert_eq!(told(&next)[0].2, "yes");
        assert_eq!(told(&first), as_it_was, "what is found out later was not known then");
        assert_eq!(pavel.post(&format!("/api/v1/items/{open}/transfer"), json!({ "project": "FRAUD" })).status, 200);
        assert_eq!(told(&first), as_it_was);
        assert_eq!(shown(&sam, &first)["questions"][0]["item"], Value::Null, "where it is now is not hers to see");
        assert_eq!(shown(&pavel, &first)["questions"][0]["item"]["key"], "FRAUD-1");
    });
}

#[test]
fn many_move_on_at_once_and_each_is_told() {
    each_world(|world: &World| {
        let sam = signed_in(world, "Sam");
        let (sprint, next) = (planned(&sam, json!({ "goal": "A" })), planned(&sam, json!({ "goal": "B" })));
        made(&sam, "CHURN", json!({ "title": "Score", "kind": "story" }));
        for number in 0..40 {
            let new =
                json!({ "title": number.to_string(), "estimate": 2, "parent": "CHURN-1", "sprint": sprint["id"] });
            made(&sam, "CHURN", new);
        }
        assert_eq!(does(&sam, &sprint, "start", json!({})).status, 200);
        let closed = does(&sam, &sprint, "close", json!({ "verdict": "missed", "carry_to": next["id"] }));
        assert_eq!(closed.status, 200, "{}", closed.text());
        assert_eq!(
            shown(&sam, &next)["totals"],
            json!({ "items": 40, "points": 80.0, "items_done": 0, "points_done": 0.0 })
        );
        let one = sam.get("/api/v1/items/CHURN-41").json();
        assert_eq!((&one["sprint"], &one["version"]), (&next["id"], &json!(2)));
        let told = world.events().into_iter().filter(|event| event.kind == "item.changed");
        let told: Vec<_> = told.map(|event| (event.data["before"].clone(), event.data["after"].clone())).collect();
        assert_eq!(told, vec![(json!({ "sprint": sprint["id"] }), json!({ "sprint": next["id"] })); 40]);
        assert_eq!(sam.delete(&address(&next)).status, 204);
        assert_eq!(sam.get("/api/v1/items/CHURN-41").json()["sprint"], Value::Null);
    });
}

#[test]
fn days_that_can_only_be_a_slip_are_refused_as_such() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        let why = |field: &str| format!("{field}: must be between 1970-01-01 and 2999-12-31");
        for (new, field) in [
            (json!({ "first_day": "0000-03-02" }), "first_day"),
            (json!({ "first_day": "9999-12-31" }), "first_day"),
            (json!({ "last_day": "0026-03-13" }), "last_day"),
        ] {
            let refused = sam.post(SPRINTS, new);
            assert_eq!((refused.status, refused.detail()), (400, why(field)));
        }
        let sprint = planned(&sam, json!({ "first_day": "2026-03-02" }));
        let refused = changes(&sam, &sprint, json!({ "first_day": "0026-03-02" }));
        assert_eq!((refused.status, refused.detail()), (400, why("first_day")));
        let due = sam.post("/api/v1/projects/CHURN/items", json!({ "title": "x", "due": "0026-03-02" }));
        assert_eq!((due.status, due.detail()), (400, why("due")));
        assert_eq!(shown(&sam, &sprint)["first_day"], "2026-03-02");
    });
}
