//! What is refused, and what it says to do instead.

use lab::run::Status;
use people::testing::each_world;
use serde_json::json;

use super::{CHECKPOINTS, done, hypothesis, item, made, moved, ran, refused, signed_in, spike, status_of};

#[test]
fn a_checkpoint_is_checked_before_it_is_made() {
    each_world(|world| {
        let [sam, omar, rita] = ["Sam", "Omar", "Rita"].map(|name| signed_in(world, name));
        let wrong = |new| refused(sam.post(CHECKPOINTS, new));
        let of = |new| wrong(new).1;
        assert_eq!(
            wrong(json!({ "last_day": "2026-03-03" })),
            (400, "last_day: must not be after today: a pack tells what happened".to_owned())
        );
        assert_eq!(
            of(json!({ "first_day": "2026-03-02", "last_day": "2026-03-01" })),
            "last_day: must not be before the first"
        );
        assert_eq!(of(json!({ "first_day": "2025-03-02" })), "first_day: must be within 92 days of the last");
        assert_eq!(of(json!({ "asked": [] })), "asked: must be 1 to 20 people");
        assert!(of(json!({ "asked": ["rita@slipway.test"] })).starts_with("asked[0]: must be the e-mail address"));
        assert_eq!(of(json!({ "price": 2.5 })), "currency: must be given with the price, such as EUR");
        assert_eq!(of(json!({ "currency": "EUR" })), "price: must be given with its currency");
        assert_eq!(of(json!({ "price": -1, "currency": "EUR" })), "price: must be between 0 and 1000000");
        assert_eq!(of(json!({ "sprint": 99 })), "sprint: must be the id of a sprint of this project");
        assert_eq!(of(json!({ "title": "" })), "title: must not be empty");
        assert_eq!(omar.post(CHECKPOINTS, json!({})).status, 403);
        assert_eq!(rita.get(CHECKPOINTS).status, 404);

        let (path, made) = made(&sam, json!({ "asked": ["me", "sam@slipway.test", "omar@slipway.test"] }));
        assert_eq!(made["asked"].as_array().unwrap().len(), 2);
        assert_eq!(made["pack"]["summary"][0], "No question was open in these days.");
        for answered in [rita.get(&path), rita.delete(&path), rita.post(&format!("{path}/close"), json!({}))] {
            assert_eq!(answered.status, 404);
        }
    });
}

#[test]
fn a_decision_gets_round_no_rule() {
    each_world(|world| {
        let [sam, dana, omar] = ["Sam", "Dana", "Omar"].map(|name| signed_in(world, name));
        hypothesis(&dana, "Device graphs", "Device graphs find more fraud.");
        spike(&dana, "Do the missed ones share a device?");
        let longer = hypothesis(&dana, "Longer history", "A longer history finds more fraud.");
        item(&dana, json!({ "title": "Another" }));
        moved(&dana, "CHURN-1", "In progress");
        let statuses = done(sam.get("/api/v1/projects/CHURN/workflow"));
        let doing = statuses["statuses"].as_array().unwrap().iter().find(|s| s["name"] == "In progress").unwrap();
        done(sam.put(&format!("/api/v1/projects/CHURN/board/{}", doing["id"]), json!({ "limit": 1 })));
        let (path, _) = made(&sam, json!({ "asked": ["omar@slipway.test"] }));
        let decide = |key: &str, choice: &str| {
            omar.put(&format!("{path}/decisions/{key}"), json!({ "choice": choice, "reason": "It costs too much" }))
        };

        done(decide("CHURN-1", "stop"));
        moved(&dana, "CHURN-4", "In progress");
        let limit = |name: &str, limit: serde_json::Value| {
            let status = statuses["statuses"].as_array().unwrap().iter().find(|status| status["name"] == name).unwrap();
            done(sam.put(&format!("/api/v1/projects/CHURN/board/{}", status["id"]), json!({ "limit": limit })));
        };
        limit("Backlog", json!(1));
        limit("Ready", json!(1));
        item(&dana, json!({ "title": "Label", "status": "Ready" }));
        let full = decide("CHURN-1", "continue");
        assert_eq!((full.status, &full.json()["limit"]), (409, &json!(1)), "no open status has room");
        assert_eq!(full.json()["occupants"][0]["key"], "CHURN-4");
        assert_eq!(status_of(&dana, "CHURN-1"), "Cancelled");
        let kept = done(omar.get(&path));
        assert_eq!(
            (kept["decisions"].as_array().unwrap().len(), &kept["decisions"][0]["replaced"]),
            (1, &json!(false))
        );

        limit("Ready", json!(null));
        let seen = done(decide("CHURN-1", "continue"));
        let brought = json!({ "to": "Ready", "full": "In progress" });
        assert_eq!((&seen["decisions"][0]["brought"], &seen["decisions"][1]["brought"]), (&json!(null), &brought));
        assert_eq!(status_of(&dana, "CHURN-1"), "Ready");
        let told = world.events().into_iter().rfind(|event| event.kind == "checkpoint.decided").unwrap();
        assert_eq!(told.data["brought"], brought);
        done(decide("CHURN-1", "change"));
        assert_eq!(status_of(&dana, "CHURN-1"), "Ready", "it was stopped no more");
        done(decide("CHURN-1", "stop"));
        limit("In progress", json!(null));
        done(decide("CHURN-1", "continue"));
        assert_eq!(status_of(&dana, "CHURN-1"), "Ready", "where it stood");
        limit("Backlog", json!(null));

        let open = "CHURN-2 is closed with an answer: yes, no or unknown. Write it first.";
        assert_eq!(refused(decide("CHURN-2", "stop")), (409, open.to_owned()));
        done(dana.put("/api/v1/items/CHURN-2/spike/answer", json!({ "answer": "unknown", "finding": "No time" })));
        done(decide("CHURN-2", "stop"));
        assert_eq!(status_of(&dana, "CHURN-2"), "Cancelled");

        ran(world, longer, "good", &[("recall", 0.80), ("precision", 0.95)], true, Status::Finished);
        moved(&dana, "CHURN-3", "Done");
        let finished = "CHURN-3 is done already, so there is nothing to stop.";
        assert_eq!(refused(decide("CHURN-3", "stop")), (409, finished.to_owned()));
        done(dana.delete("/api/v1/items/CHURN-3"));
        let trashed = "CHURN-3 lies in the trash. Somebody must restore it first.";
        assert_eq!(refused(decide("CHURN-3", "continue")), (409, trashed.to_owned()));
    });
}
