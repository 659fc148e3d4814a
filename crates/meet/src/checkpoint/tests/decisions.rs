//! What those who are asked decide, and what it does.

use people::testing::{Answered, Client, each_world};
use serde_json::{Value, json};

use super::{done, hypothesis, made, moved, refused, signed_in, spike, status_of};

fn decide(client: &Client, path: &str, key: &str, choice: &str, reason: &str) -> Answered {
    client.put(&format!("{path}/decisions/{key}"), json!({ "choice": choice, "reason": reason }))
}

fn decisions(shown: &Value) -> Vec<(&str, &str, bool)> {
    let all = shown["decisions"].as_array().unwrap().iter();
    all.map(|made| {
        let (key, choice) = (made["question"].as_str().unwrap(), made["choice"].as_str().unwrap());
        (key, choice, made["replaced"].as_bool().unwrap())
    })
    .collect()
}

#[test]
fn a_stakeholder_continues_one_question_and_stops_another() {
    each_world(|world| {
        let [sam, dana, omar, mara] = ["Sam", "Dana", "Omar", "Mara"].map(|name| signed_in(world, name));
        hypothesis(&dana, "Device graphs", "Device graphs find more fraud.");
        hypothesis(&dana, "Longer history", "A longer history finds more fraud.");
        spike(&dana, "Do the missed ones share a device?");
        moved(&dana, "CHURN-1", "In progress");
        moved(&dana, "CHURN-2", "In review");
        let (path, _) = made(&sam, json!({ "title": "Week 10", "asked": ["omar@slipway.test"] }));

        let why = "Omar is asked to decide here. Tell them what you think.";
        assert_eq!(refused(decide(&mara, &path, "CHURN-1", "stop", "Why not")), (403, why.to_owned()));
        assert_eq!(refused(decide(&sam, &path, "CHURN-1", "stop", "Why not")), (403, why.to_owned()));
        assert_eq!(
            refused(decide(&omar, &path, "CHURN-2", "stop", " ")),
            (400, "reason: must say why it stops".to_owned())
        );
        assert_eq!(refused(decide(&omar, &path, "CHURN-9", "stop", "It costs too much")).0, 404);

        done(decide(&omar, &path, "CHURN-1", "continue", ""));
        let seen = done(decide(&omar, &path, "CHURN-2", "stop", "The data cost more than the fraud"));
        assert_eq!(seen["undecided"], json!(["CHURN-3"]));
        assert_eq!(
            (status_of(&mara, "CHURN-1"), status_of(&mara, "CHURN-2")),
            ("In progress".into(), "Cancelled".into())
        );
        let again = done(decide(&omar, &path, "CHURN-2", "stop", "The data cost more than the fraud"));
        assert_eq!(decisions(&again), [("CHURN-1", "continue", false), ("CHURN-2", "stop", false)]);

        let history = done(mara.get("/api/v1/items/CHURN-2/history"));
        let told = &history["items"][0];
        assert_eq!((&told["kind"], &told["actor"]["name"]), (&json!("checkpoint.decided"), &json!("Omar")));
        let said = (&told["body"]["title"], &told["body"]["choice"], &told["body"]["reason"]);
        assert_eq!(said, (&json!("Week 10"), &json!("stop"), &json!("The data cost more than the fraud")));
        assert_eq!(history["items"][1]["body"]["to"]["name"], "Cancelled");

        let seen = done(decide(&omar, &path, "CHURN-2", "continue", "They found a cheaper source"));
        assert_eq!(status_of(&mara, "CHURN-2"), "In review");
        let kept = [("CHURN-1", "continue", false), ("CHURN-2", "stop", true), ("CHURN-2", "continue", false)];
        assert_eq!(decisions(&seen), kept);

        let closed = done(sam.post(&format!("{path}/close"), json!({})));
        assert_eq!((&closed["undecided"], &closed["closed_by"]["name"]), (&json!(["CHURN-3"]), &json!("Sam")));
        let event = world.events().into_iter().find(|event| event.kind == "checkpoint.closed").unwrap();
        assert_eq!(event.data["undecided"], json!(["CHURN-3"]));
        let why = "Week 10 is closed; what was decided stays. Make another checkpoint.";
        for answered in [
            decide(&omar, &path, "CHURN-3", "continue", ""),
            sam.post(&format!("{path}/close"), json!({})),
            sam.post(&format!("{path}/pack"), json!({})),
            sam.delete(&path),
        ] {
            assert_eq!(refused(answered), (409, why.to_owned()));
        }
    });
}

#[test]
fn a_change_is_said_at_the_item_to_whoever_works_on_it() {
    each_world(|world| {
        let [sam, dana, omar, pia] = ["Sam", "Dana", "Omar", "Pia"].map(|name| signed_in(world, name));
        hypothesis(&dana, "Device graphs", "Device graphs find more fraud.");
        let asked = json!(["omar@slipway.test", "pia@slipway.test"]);
        let (path, _) = made(&sam, json!({ "title": "Week 10", "asked": asked }));
        assert_eq!(
            refused(decide(&omar, &path, "CHURN-1", "change", "")).1,
            "reason: must say what shall be different"
        );
        let strange = refused(decide(&omar, &path, "CHURN-1", "change", "Ask @eve@elsewhere.test"));
        assert!(strange.1.starts_with("reason: names eve@elsewhere.test, who cannot see CHURN"), "{}", strange.1);

        done(decide(&omar, &path, "CHURN-1", "change", "Take the cheaper data"));
        let comments = done(dana.get("/api/v1/items/CHURN-1/comments"));
        let comment = &comments["items"][0];
        assert_eq!((&comment["author"]["name"], &comment["mentions"][0]["name"]), (&json!("Omar"), &json!("Mei")));
        assert_eq!(comment["body"], "@mei@slipway.test Week 10: this shall change.\n\nTake the cheaper data");
        let (status, why) = refused(decide(&pia, &path, "CHURN-1", "stop", "No"));
        assert_eq!(
            (status, why.as_str()),
            (409, "Omar decided CHURN-1 already: change. Only they may decide it otherwise.")
        );
        let why = "Something was decided on what Week 10 shows.";
        for answered in [sam.post(&format!("{path}/pack"), json!({})), sam.delete(&path)] {
            let (status, said) = refused(answered);
            assert_eq!((status, &said[..why.len()]), (409, why));
        }
        assert_eq!(done(sam.get(&path))["can"]["close"], true);
    });
}

#[test]
fn the_last_question_of_a_running_sprint_is_not_stopped() {
    each_world(|world| {
        let [sam, dana, omar] = ["Sam", "Dana", "Omar"].map(|name| signed_in(world, name));
        hypothesis(&dana, "Device graphs", "Device graphs find more fraud.");
        hypothesis(&dana, "Longer history", "A longer history finds more fraud.");
        let new = json!({ "mode": "experiment", "goal": "Do we find more fraud?" });
        let sprint = done(sam.post("/api/v1/projects/CHURN/sprints", new));
        for key in ["CHURN-1", "CHURN-2"] {
            let address = format!("/api/v1/items/{key}");
            let version = sam.get(&address).header("etag").to_owned();
            done(sam.with("if-match", &version).patch(&address, json!({ "sprint": sprint["id"] })));
        }
        done(sam.post(&format!("/api/v1/sprints/{}/start", sprint["id"]), json!({})));
        let (path, _) = made(&sam, json!({ "title": "Week 10", "asked": ["omar@slipway.test"] }));
        done(decide(&omar, &path, "CHURN-2", "stop", "The data cost more than the fraud"));
        let (status, why) = refused(decide(&omar, &path, "CHURN-1", "stop", "This, too"));
        assert_eq!((status, status_of(&sam, "CHURN-1").as_str()), (409, "Backlog"));
        assert!(why.starts_with("CHURN-1 is the last question of Sprint 1, which is about questions."), "{why}");
        done(decide(&omar, &path, "CHURN-2", "continue", "They found a cheaper source"));
        done(decide(&omar, &path, "CHURN-1", "stop", "This, too"));
    });
}
