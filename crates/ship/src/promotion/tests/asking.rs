use lab::run::Status;
use people::{Duty, Scope};
use serde_json::json;

use crate::{
    promotion::*,
    story::{APPROVERS, asked, each_story, refused},
};

#[test]
fn only_a_finished_run_of_the_experiment_is_evidence() {
    each_story(|story| {
        let running = story.started("Mei", &[("auc", 0.9)]);
        refused(story.ask_by("Dana", &running), 409, "This run is RUNNING");
        story.set_status(&running, Status::Failed);
        refused(story.ask_by("Dana", &running), 409, "This run is FAILED");
        refused(story.ask_by("Dana", &"0".repeat(32).as_str().into()), 400, "is no run of this experiment");
        let other = story.bet("Another", None);
        let (run, id) = (story.run.clone(), other);
        let ask = story.act("Dana", move |tx, dana| ask(tx, dana, id, &asked(&run, json!({}))));
        refused(ask, 400, "is no run of this experiment");
        let run = story.run.clone();
        story.act("Mei", move |tx, mei| lab::run::delete(tx, mei, &run)).unwrap();
        refused(story.ask_by("Dana", &story.run), 409, "deleted");
    });
}

#[test]
fn who_may_ask() {
    each_story(|story| {
        refused(story.ask_by("Mara", &story.run), 403, "Viewers");
        refused(story.ask_by("Rita", &story.run), 404, "No such experiment");
        let id = story.ask_by("Ben", &story.run).unwrap().id;
        let see = id.clone();
        refused(story.look("Rita", move |tx, rita| get(tx, rita, &see)), 404, "No such promotion");
        refused(story.look("Rita", move |tx, rita| get(tx, rita, &"none".into())), 404, "No such promotion");
        let experiment = story.experiment;
        assert_eq!(story.look("Mara", move |tx, mara| latest(tx, mara, experiment)).unwrap().id, id);
        story.act("Dana", move |tx, dana| lab::experiment::delete(tx, dana, experiment)).unwrap();
        refused(story.ask_by("Dana", &story.run), 409, "Restore it first");
        refused(story.approve("Tom", Duty::TechnicalLead, &id), 409, "Restore it first");
    });
}

#[test]
fn the_queue_goes_page_by_page() {
    each_story(|story| {
        let first = story.ask().id;
        let second = story.ask().id;
        let page = |cursor: Option<String>| {
            story.look("Mara", move |tx, mara| queue(tx, mara, "CHURN", cursor.as_deref(), Limit(1))).unwrap()
        };
        let one = page(None);
        assert_eq!((&one.items[0].id, one.items[0].state), (&second, State::Waiting));
        assert!(one.items[0].history.is_empty());
        let two = page(one.next);
        assert_eq!((&two.items[0].id, two.items[0].state, two.next), (&first, State::Replaced, None));
        refused(story.look("Rita", |tx, rita| queue(tx, rita, "CHURN", None, Limit(1))), 404, "project");
    });
}

#[test]
fn over_http() {
    each_story(|story| {
        story.pass_reviews();
        let client = |who| story.world.client(crate::routes).bearer(&story.world.token(who, Scope::Full, None));
        let path = format!("/api/v1/experiments/{}/promotion", story.experiment);
        let dana = client("Dana");
        assert_eq!(dana.get(&path).status, 404);
        let body = json!({ "run_id": story.run, "plan": { "environment": "production", "rollback_to": "1.4.2" } });
        let key = dana.with("idempotency-key", "once-and-only");
        let made = key.post(&path, body.clone());
        assert_eq!(made.status, 201, "{}", made.text());
        assert_eq!(key.post(&path, body.clone()).json()["id"], made.json()["id"]);
        let id = made.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(made.json()["bundle"]["rule"]["metric"], "auc");
        assert_eq!(made.json()["can"]["cancel"], true);

        let mut unknown = body.clone();
        unknown["plan"]["when"] = json!("now");
        assert_eq!(dana.post(&path, unknown).status, 400);
        assert_eq!(dana.post(&path, json!({ "run_id": 5, "plan": {} })).status, 400);
        assert_eq!(dana.post("/api/v1/experiments/99999999999999999999/promotion", body).status, 404);

        let path = format!("/api/v1/promotions/{id}");
        let approval = format!("{path}/approval");
        for (who, duty) in APPROVERS {
            let given = client(who).put(&approval, json!({ "duty": duty, "note": "Yes." }));
            assert_eq!(given.status, 200, "{}", given.text());
        }
        assert_eq!(client("Sol").put(&approval, json!({ "duty": "king" })).status, 400);
        let stale = client("Sol").put(&approval, json!({ "duty": "security", "digest": "old" }));
        assert_eq!((stale.status, stale.json()["current"]["digest"].is_string()), (412, true));
        let rules = client("Mara").get(&format!("{path}/monitoring-rules"));
        assert_eq!((rules.status, rules.header("content-type")), (200, "text/yaml; charset=utf-8"));
        let shown = client("Mara").get(&path).json();
        assert_eq!(rules.text(), shown["monitoring_setup"]["prometheus_rules"].as_str().unwrap());

        let withdraw = json!({ "duty": "security" }).to_string();
        let sol = client("Sol").with("content-type", "application/json");
        let back = sol.raw("DELETE".parse().unwrap(), &approval, withdraw);
        assert_eq!((back.status, &back.json()["missing"]["duties"]), (200, &json!(["security"])));
        assert_eq!(client("Mara").get(&format!("{path}/monitoring-rules")).status, 409);
        let refused = client("Tom").post(&format!("{path}/deployment"), json!({}));
        assert_eq!((refused.status, &refused.json()["missing"]["duties"]), (409, &json!(["security"])));
        assert_eq!(client("Rita").get(&path).status, 404);
        let track = story.world.client(crate::routes).bearer(&story.world.token("Sol", Scope::Track, None));
        assert_eq!(track.put(&approval, json!({ "duty": "security" })).status, 403);
        let closed = dana.delete(&path);
        assert_eq!((closed.status, &closed.json()["state"]), (200, &json!("withdrawn")));

        let again = json!({ "run_id": story.run, "plan": { "environment": "production", "rollback_to": "1.4.2" } });
        let asking = format!("/api/v1/experiments/{}/promotion", story.experiment);
        assert_eq!(key.post(&asking, again.clone()).json()["id"], id, "the first answer, once more");
        story.unseat("Dana");
        assert_eq!(key.post(&asking, again).status, 404, "nor is it told to who left");
    });
}
