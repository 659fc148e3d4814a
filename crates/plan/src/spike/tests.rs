//! Stories about spikes, told on each engine.

use people::testing::each_world;
use serde_json::json;

use crate::item::tests::{changed, made, signed_in};

#[test]
fn a_spike_is_locked_at_the_end_of_its_box_until_it_is_answered() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        let spike = json!({ "question": "Do false negatives share a device?", "days": 3 });
        let item = made(&dana, "CHURN", json!({ "title": "Look at false negatives", "kind": "spike", "spike": spike }));
        assert_eq!(
            (&item["spike"]["ends_at"], &item["spike"]["locked"]),
            (&json!("2026-03-05T09:00:00.000Z"), &json!(false))
        );
        let to = |status: &str| dana.post("/api/v1/items/CHURN-1/move", json!({ "status": status }));
        let closed = to("Done");
        assert_eq!((closed.status, &closed.json()["missing"]), (409, &json!(["answer"])));
        assert_eq!(to("Cancelled").status, 409);
        world.db.days_pass(3);
        assert_eq!(to("In progress").status, 200, "the box has not ended before its last minute");

        world.db.clock.set(world.db.clock.now().plus_ms(60_000));
        let shown = dana.get("/api/v1/items/CHURN-1").json();
        assert_eq!(shown["spike"]["locked"], true);
        let why = "The time box of CHURN-1 has ended. Answer its question first: \"Do false negatives share a device?\" (yes, no or unknown).";
        assert_eq!(shown["can"]["edit"], why);
        for refused in [
            to("In review"),
            changed(&dana, "CHURN-1", json!({ "description": "More" })),
            dana.put("/api/v1/items/CHURN-1/spike", json!({ "question": "Later?", "days": 30 })),
        ] {
            assert_eq!(
                (refused.status, refused.detail().as_str(), &refused.json()["locked"]),
                (409, why, &json!(true))
            );
        }
        assert_eq!(dana.post("/api/v1/items/CHURN-1/comments", json!({ "body": "Nearly." })).status, 201);
        let answer = |body| dana.put("/api/v1/items/CHURN-1/spike/answer", body);
        assert_eq!(answer(json!({ "answer": "perhaps", "finding": "x" })).status, 400);
        assert_eq!(answer(json!({ "answer": "yes", "finding": " " })).status, 400);
        let answered = answer(json!({ "answer": "yes", "finding": "40% of misses share a device cluster." })).json();
        assert_eq!((&answered["spike"]["locked"], &answered["spike"]["answer"]), (&json!(false), &json!("yes")));
        assert_eq!(answered["spike"]["answered_by"]["name"], "Dana");
        assert_eq!(to("Done").status, 200);
        let told = world.events().into_iter().find(|event| event.kind == "spike.answered").unwrap();
        assert_eq!(told.data["late"], true);
    });
}

#[test]
fn only_a_spike_has_a_question() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        let refused = |new| dana.post("/api/v1/projects/CHURN/items", new).detail();
        let spike = json!({ "question": "Is it so?", "days": 2 });
        assert_eq!(
            refused(json!({ "title": "x", "kind": "spike" })),
            "spike: must be given: the question and the days of its time box"
        );
        assert_eq!(refused(json!({ "title": "x", "spike": spike })), "spike: belongs to spikes; this is a task");
        let long = json!({ "title": "x", "kind": "spike", "spike": { "question": "Is it so?", "days": 31 } });
        assert_eq!(refused(long), "spike.days: must be between 1 and 30");
        made(&dana, "CHURN", json!({ "title": "x", "kind": "bug" }));
        assert!(
            changed(&dana, "CHURN-1", json!({ "kind": "spike" })).detail().starts_with("kind: cannot become spike")
        );
        assert_eq!(dana.put("/api/v1/items/CHURN-1/spike", spike.clone()).status, 404);
        made(&dana, "CHURN", json!({ "title": "y", "kind": "spike", "spike": spike }));
        let longer =
            dana.put("/api/v1/items/CHURN-2/spike", json!({ "question": "Is it really so?", "days": 5 })).json();
        assert_eq!(
            (&longer["spike"]["days"], &longer["spike"]["ends_at"]),
            (&json!(5), &json!("2026-03-07T09:00:00.000Z"))
        );
    });
}

#[test]
fn a_spike_cannot_be_made_closed() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        let spike = json!({ "question": "Do misses share a device?", "days": 3 });
        let new = json!({ "title": "Look", "kind": "spike", "spike": spike, "status": "Done" });
        let refused = dana.post("/api/v1/projects/CHURN/items", new);
        assert_eq!((refused.status, &refused.json()["missing"]), (409, &json!(["answer"])), "{}", refused.text());
        made(&dana, "CHURN", json!({ "title": "Look", "kind": "spike", "spike": spike }));
        let stays = "CHURN-1 stays a spike until its question is answered: yes, no or unknown.";
        for wish in [json!({ "kind": "task" }), json!({ "kind": "task", "status": "Done" })] {
            assert_eq!(changed(&dana, "CHURN-1", wish).detail(), stays);
        }
        let answer = json!({ "answer": "yes", "finding": "They share one." });
        assert_eq!(dana.put("/api/v1/items/CHURN-1/spike/answer", answer).status, 200);
        assert_eq!(changed(&dana, "CHURN-1", json!({ "kind": "task", "status": "Done" })).status, 200);
    });
}

#[test]
fn a_question_whose_box_has_ended_does_not_vanish() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        for key in ["CHURN-1", "CHURN-2"] {
            let spike = json!({ "question": "Do misses share a device?", "days": 3 });
            made(&dana, "CHURN", json!({ "title": key, "kind": "spike", "spike": spike }));
        }
        assert_eq!(dana.delete("/api/v1/items/CHURN-2").status, 204, "its box is open");
        world.db.days_pass(4);
        let refused = dana.delete("/api/v1/items/CHURN-1");
        assert_eq!((refused.status, &refused.json()["locked"]), (409, &json!(true)));
        assert!(refused.detail().starts_with("The time box of CHURN-1 has ended. Answer its question first"));
        let restored = dana.post("/api/v1/items/CHURN-2/restoration", json!({}));
        assert_eq!((restored.status, &restored.json()["spike"]["locked"]), (200, &json!(true)), "the lock stays");
        assert_eq!(changed(&dana, "CHURN-2", json!({ "title": "Look again" })).status, 409);
        assert_eq!(dana.post("/api/v1/items/CHURN-2/transfer", json!({ "project": "CHURN" })).status, 409);
        assert_eq!(dana.delete("/api/v1/items/CHURN-2").status, 409);

        let answer = json!({ "answer": "unknown", "finding": "Nobody looked." });
        assert_eq!(dana.put("/api/v1/items/CHURN-1/spike/answer", answer).status, 200);
        assert_eq!(dana.delete("/api/v1/items/CHURN-1").status, 204);
    });
}
