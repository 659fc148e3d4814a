//! Stories about sprints that ask questions, and keep one.

use lab::{experiment, rule};
use people::testing::{Answered, Client, World, each_world};
use serde_json::{Value, json};

use super::{changes, does, planned, put, shown};
use crate::item::tests::{changed, made, signed_in};

fn asks(client: &Client, sprint: &Value, question: &str) -> String {
    let spike = json!({ "question": question, "days": 20 });
    let new = json!({ "title": question, "kind": "spike", "spike": spike, "sprint": sprint["id"] });
    made(client, "CHURN", new)["key"].as_str().unwrap().to_owned()
}

fn bets(client: &Client, sprint: &Value, claim: &str) -> Value {
    let bet = json!({ "claim": claim, "metric": "recall", "comparator": ">=", "threshold": 0.75,
        "dataset": "fraud-eval", "time_box_days": 3 });
    made(client, "CHURN", json!({ "title": claim, "kind": "hypothesis", "hypothesis": bet, "sprint": sprint["id"] }))
}

fn answers(client: &Client, key: &str) {
    let answer = json!({ "answer": "yes", "finding": "They do." });
    assert_eq!(client.put(&format!("/api/v1/items/{key}/spike/answer"), answer).status, 200);
}

fn experiment(client: &Client) -> Value {
    let sprint = planned(client, json!({ "mode": "experiment", "goal": "Know more" }));
    put(client, &sprint, "Help", Value::Null, Value::Null);
    sprint
}

#[test]
fn a_sprint_about_questions_starts_with_one_that_is_open() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        let sprint = experiment(&sam);
        let refused = |why: &str| {
            let refused = does(&sam, &sprint, "start", json!({}));
            assert_eq!((refused.status, &refused.json()["missing"]), (409, &json!(["hypothesis", "spike"])), "{why}");
            assert_eq!(shown(&sam, &sprint)["can"]["start"], json!(refused.detail()));
            refused.detail()
        };
        assert!(refused("none").contains("holds none"));
        let spike = asks(&sam, &sprint, "Do the misses share devices?");
        answers(&sam, &spike);
        assert!(refused("its answer is known").contains("was answered before"));
        moved(&sam, &spike, "Done");
        refused("it is done");
        let bet = bets(&sam, &sprint, "Devices tell");
        moved(&sam, bet["key"].as_str().unwrap(), "Cancelled");
        refused("what was given up is over, too");
        moved(&sam, bet["key"].as_str().unwrap(), "In progress");
        assert_eq!(shown(&sam, &sprint)["can"]["start"], true);
        let late = bets(&sam, &sprint, "Weekends tell");
        assert_eq!(changed(&sam, bet["key"].as_str().unwrap(), json!({ "sprint": null })).status, 200);
        world.db.days_pass(4);
        refused("nothing supported it within its time box");
        let (actor, id) = (world.actor("Sam"), base::ExperimentId(late["experiment"].as_i64().unwrap()));
        let longer = move |tx: &mut db::Tx| {
            let asked = rule::in_force(tx, id)?.unwrap().asks;
            let rule = Some(Some(rule::New { time_box_days: Some(30), ..asked }));
            let version = experiment::load(tx, id)?.unwrap().version;
            experiment::change(tx, &actor, id, version, &experiment::Change { rule, ..Default::default() }).map(drop)
        };
        world.db.write_blocking(longer).unwrap();
        assert_eq!(does(&sam, &sprint, "start", json!({})).status, 200, "it is open again");
    });
}

fn moved(client: &Client, key: &str, to: &str) {
    super::moved(client, key, to);
}

/// Refused because it is the last question.
fn kept(answered: &Answered) {
    assert_eq!(answered.status, 409, "{}", answered.text());
    let why = answered.detail();
    assert!(why.contains("is the last question of Sprint 1, which is about questions."), "{why}");
}

#[test]
fn a_running_sprint_keeps_its_last_question_on_every_path() {
    each_world(|world| {
        let (sam, pavel) = (signed_in(world, "Sam"), signed_in(world, "Pavel"));
        let sprint = experiment(&sam);
        let old = asks(&sam, &sprint, "Known before?");
        answers(&sam, &old);
        let next = planned(&sam, json!({ "goal": "B" }));
        let mine = asks(&sam, &sprint, "Do the misses share devices?");
        let other = asks(&sam, &sprint, "Is a week enough?");
        world.db.days_pass(1);
        assert_eq!(does(&sam, &sprint, "start", json!({})).status, 200);
        let item = |key: &str| format!("/api/v1/items/{key}");
        assert_eq!(changed(&sam, &other, json!({ "sprint": null })).status, 200, "one is left that is open");

        kept(&changed(&sam, &mine, json!({ "sprint": null })));
        kept(&changed(&sam, &mine, json!({ "sprint": next["id"] })));
        kept(&sam.delete(&item(&mine)));
        kept(&pavel.post(&format!("{}/transfer", item(&mine)), json!({ "project": "FRAUD" })));
        answers(&sam, &mine);
        kept(&changed(&sam, &mine, json!({ "kind": "task" })));
        kept(&sam.post(&format!("{}/move", item(&mine)), json!({ "status": "Cancelled" })));
        assert_eq!(shown(&sam, &sprint)["questions"].as_array().unwrap().len(), 2);

        // What was known before can go; what was answered in it can be worked on and done.
        assert_eq!(changed(&sam, &old, json!({ "sprint": null })).status, 200);
        assert_eq!(changed(&sam, &mine, json!({ "title": "Devices", "estimate": 3 })).status, 200);
        moved(&sam, &mine, "Done");
        kept(&sam.delete(&item(&mine)));
        assert_eq!(changes(&sam, &sprint, json!({ "goal": "Know even more" })).status, 200, "all is answered");

        // Put in by a slip, another one goes out again by undoing it; the last does not.
        let third = asks(&sam, &next, "And at night?");
        assert_eq!(changed(&sam, &third, json!({ "sprint": sprint["id"] })).status, 200);
        assert_eq!(changed(&sam, &mine, json!({ "sprint": null })).status, 200);
        kept(&sam.post(&format!("{}/undo", item(&third)), json!({})));
        assert_eq!(sam.post(&format!("{}/undo", item(&mine)), json!({})).status, 200);
        assert_eq!(sam.post(&format!("{}/undo", item(&third)), json!({})).status, 200);

        // Whoever wants it otherwise says so of the sprint.
        assert_eq!(changes(&sam, &sprint, json!({ "mode": "delivery" })).status, 200);
        assert_eq!(changed(&sam, &mine, json!({ "sprint": null })).status, 200);
        let back = changes(&sam, &sprint, json!({ "mode": "experiment" }));
        assert_eq!(back.json()["missing"], json!(["hypothesis", "spike"]));
        assert_eq!(changed(&sam, &third, json!({ "sprint": sprint["id"] })).status, 200);
        assert_eq!(changes(&sam, &sprint, json!({ "mode": "experiment" })).status, 200);
        let closed = does(&sam, &sprint, "close", json!({ "verdict": "met", "carry_to": next["id"] }));
        assert_eq!(closed.json()["unfinished"]["carried"].as_array().unwrap().len(), 2, "the close takes it along");
    });
}

#[test]
fn a_hypothesis_stays_until_its_verdict_and_after() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        let sprint = experiment(&sam);
        let bet = bets(&sam, &sprint, "Devices tell");
        let key = bet["key"].as_str().unwrap();
        assert_eq!(does(&sam, &sprint, "start", json!({})).status, 200);
        kept(&sam.post(&format!("/api/v1/items/{key}/move"), json!({ "status": "Cancelled" })));
        kept(&sam.delete(&format!("/api/v1/items/{key}")));
        world.db.days_pass(4);
        let asked = shown(&sam, &sprint)["questions"][0].clone();
        assert_eq!(asked["answer"], "refuted", "its time box has ended");
        kept(&changed(&sam, key, json!({ "sprint": null })));
        moved(&sam, key, "Done");
        assert_eq!(does(&sam, &sprint, "close", json!({ "verdict": "partly" })).status, 200);
        assert_eq!(sam.delete(&format!("/api/v1/items/{key}")).status, 204, "it is over");
    });
}

#[test]
fn of_two_who_take_out_the_last_two_questions_one_is_refused() {
    each_world(|world: &World| {
        let sam = signed_in(world, "Sam");
        for _ in 0..3 {
            let sprint = experiment(&sam);
            let pair = [asks(&sam, &sprint, "One?"), asks(&sam, &sprint, "Two?")];
            assert_eq!(does(&sam, &sprint, "start", json!({})).status, 200);
            let outs = std::thread::scope(|scope| {
                let out = |key: &String| {
                    let (actor, key) = (world.actor("Sam"), key.clone());
                    scope
                        .spawn(move || world.db.write_blocking(move |tx| crate::item::delete(tx, &actor, &key)).is_ok())
                };
                let outs = pair.each_ref().map(out);
                outs.map(|out| out.join().unwrap())
            });
            assert_eq!(outs.iter().filter(|out| **out).count(), 1);
            assert_eq!(does(&sam, &sprint, "close", json!({ "verdict": "missed" })).status, 200);
        }
    });
}
