//! Stories about what counts for a sprint, and for which.

use base::SprintId;
use people::testing::{World, each_world, email};
use serde_json::{Value, json};

use super::{address, does, moved, past, planned, put, shown};
use crate::{
    item::{
        self,
        tests::{changed, made, signed_in},
    },
    sprint,
};

/// Items, points, items done, points done.
fn totals(sprint: &Value) -> (i64, f64, i64, f64) {
    let figure = |name: &str| sprint[name].as_f64().unwrap();
    (sprint["items"].as_i64().unwrap(), figure("points"), sprint["items_done"].as_i64().unwrap(), figure("points_done"))
}

#[test]
fn what_was_done_before_the_start_is_no_part_of_it() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        let sprint = planned(&sam, json!({ "goal": "A score", "first_day": "2026-03-02" }));
        let early = put(&sam, &sprint, "Early", json!(5), json!(email("Ben")));
        moved(&sam, &early, "Done");
        let only = does(&sam, &sprint, "start", json!({}));
        assert_eq!((only.status, &only.json()["missing"]), (409, &json!(["items"])), "{}", only.text());
        assert!(only.detail().contains("done already"), "{}", only.text());
        let elsewhere = made(&sam, "CHURN", json!({ "title": "Elsewhere", "estimate": 8, "status": "Done" }));
        let elsewhere = elsewhere["key"].as_str().unwrap();
        let work = put(&sam, &sprint, "Work", json!(3), json!(email("Ben")));
        assert_eq!(totals(&shown(&sam, &sprint)["totals"]), (1, 3.0, 0, 0.0));

        let started = does(&sam, &sprint, "start", json!({})).json();
        assert_eq!(totals(&started["burndown"]["committed"]), (1, 3.0, 0, 0.0));
        assert_eq!((&started["done_before"], &started["plan"]["load"]), (&json!(1), &json!(3.0)));
        assert_eq!(changed(&sam, &early, json!({ "estimate": 13 })).status, 200);
        assert_eq!(changed(&sam, elsewhere, json!({ "sprint": sprint["id"] })).status, 200);
        let now = shown(&sam, &sprint);
        assert_eq!((totals(&now["totals"]), &now["done_before"]), ((1, 3.0, 0, 0.0), &json!(2)));
        assert_eq!((&now["plan"]["load"], &now["burndown"]["changes"]), (&json!(3.0), &json!([])));
        assert_eq!(sam.delete(&format!("/api/v1/items/{elsewhere}")).status, 204);
        assert_eq!(sam.post(&format!("/api/v1/items/{elsewhere}/restoration"), json!({})).status, 200);
        assert_eq!(totals(&shown(&sam, &sprint)["totals"]), (1, 3.0, 0, 0.0), "nor when it comes back");

        world.db.days_pass(1);
        moved(&sam, &early, "In progress");
        let reopened = shown(&sam, &sprint);
        assert_eq!((totals(&reopened["totals"]), &reopened["done_before"]), ((2, 16.0, 0, 0.0), &json!(1)));
        assert_eq!(sam.post(&format!("/api/v1/items/{early}/undo"), json!({})).status, 200);
        assert_eq!(totals(&shown(&sam, &sprint)["totals"]), (1, 3.0, 0, 0.0), "it was a slip");
        moved(&sam, &early, "In progress");
        moved(&sam, &early, "Done");
        moved(&sam, &work, "Done");
        let unforeseen = json!({ "title": "A hotfix", "estimate": 1, "status": "Done", "sprint": sprint["id"] });
        made(&sam, "CHURN", unforeseen);
        let now = shown(&sam, &sprint);
        assert_eq!(totals(&now["totals"]), (3, 17.0, 3, 17.0));
        assert_eq!(now["burndown"]["committed_done"], 1);

        // Taken out and put back, to the trash and from it: it was done in this sprint all the same.
        assert_eq!(changed(&sam, &work, json!({ "sprint": null })).status, 200);
        assert_eq!(totals(&shown(&sam, &sprint)["totals"]), (2, 14.0, 2, 14.0));
        assert_eq!(changed(&sam, &work, json!({ "sprint": sprint["id"] })).status, 200);
        assert_eq!(sam.delete(&format!("/api/v1/items/{work}")).status, 204);
        assert_eq!(sam.post(&format!("/api/v1/items/{work}/restoration"), json!({})).status, 200);
        let closed = does(&sam, &sprint, "close", json!({ "verdict": "met" })).json();
        assert_eq!((totals(&closed["totals"]), &closed["done_before"]), ((3, 17.0, 3, 17.0), &json!(1)));
        moved(&sam, elsewhere, "In progress");
        assert_eq!(shown(&sam, &sprint)["done_before"], 1);

        // What was done in it counts for no other sprint.
        let next = planned(&sam, json!({ "goal": "More" }));
        assert_eq!(next["plan"]["velocity"]["mean"], 17.0);
        assert_eq!(changed(&sam, &work, json!({ "sprint": next["id"] })).status, 200);
        put(&sam, &next, "New", json!(2), Value::Null);
        let started = does(&sam, &next, "start", json!({})).json();
        assert_eq!((totals(&started["totals"]), &started["done_before"]), ((1, 2.0, 0, 0.0), &json!(1)));
        assert_eq!(totals(&shown(&sam, &sprint)["totals"]), (3, 17.0, 3, 17.0));
    });
}

#[test]
fn what_comes_within_the_millisecond_of_the_start_comes_after_it() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        let sprint = planned(&sam, json!({ "goal": "A score", "first_day": "2026-03-02" }));
        let first = put(&sam, &sprint, "First", json!(3), Value::Null);
        does(&sam, &sprint, "start", json!({}));
        let late = put(&sam, &sprint, "Late", json!(5), Value::Null);
        moved(&sam, &late, "Done");
        moved(&sam, &first, "Done");
        assert_eq!(changed(&sam, &first, json!({ "estimate": 8 })).status, 200);
        let told = || {
            let sprint = shown(&sam, &sprint);
            let days = super::lines(&sprint).into_iter().map(|(_, scope, done, _)| (scope, done)).collect::<Vec<_>>();
            (totals(&sprint["burndown"]["committed"]), totals(&sprint["totals"]), days)
        };
        assert_eq!(told(), ((1, 3.0, 0, 0.0), (2, 13.0, 2, 13.0), vec![(3.0, 0.0), (13.0, 13.0)]));
        let changes = shown(&sam, &sprint)["burndown"]["changes"].clone();
        let changes: Vec<_> = changes.as_array().unwrap().iter().map(|change| change["points"].clone()).collect();
        assert_eq!(changes, [json!(5.0), json!(5.0)]);

        // A clock that goes back changes nothing either.
        world.db.clock.set(world.db.clock.now().plus_ms(-5));
        let early = put(&sam, &sprint, "By an earlier clock", json!(1), Value::Null);
        moved(&sam, &early, "Done");
        assert_eq!(changed(&sam, &early, json!({ "title": "By a clock that went back" })).status, 200);
        assert_eq!(told(), ((1, 3.0, 0, 0.0), (3, 14.0, 3, 14.0), vec![(3.0, 0.0), (14.0, 14.0)]));
        let closed = does(&sam, &sprint, "close", json!({ "verdict": "met" })).json();
        let end = told();
        assert_eq!(end, ((1, 3.0, 0, 0.0), (3, 14.0, 3, 14.0), vec![(3.0, 0.0), (14.0, 14.0)]));
        assert_eq!(closed["burndown"]["committed_done"], 1);
        moved(&sam, &first, "In progress");
        assert_eq!(sam.delete(&format!("/api/v1/items/{late}")).status, 204);
        assert_eq!(told(), end, "after the close within its millisecond");
    });
}

#[test]
fn whoever_races_with_the_start_and_the_end_is_told_in_the_order_of_the_log() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        for _ in 0..6 {
            let sprint = planned(&sam, json!({ "goal": "A score" }));
            let id = SprintId(sprint["id"].as_i64().unwrap());
            let keys: Vec<String> = (0..4).map(|_| put(&sam, &sprint, "x", json!(1), Value::Null)).collect();
            let actor = world.actor("Sam");
            let race = |end: bool| {
                std::thread::scope(|scope| {
                    for key in &keys {
                        let (actor, key) = (actor.clone(), key.clone());
                        scope.spawn(move || {
                            let act = move |tx: &mut db::Tx| {
                                if end {
                                    let done = item::Move { status: Some("Done".to_owned()), ..item::Move::default() };
                                    return item::r#move(tx, &actor, &key, &done).map(drop);
                                }
                                let new = item::New { title: key.clone(), sprint: Some(id), ..item::New::default() };
                                item::create(tx, &actor, "CHURN", &new).map(drop)
                            };
                            world.db.write_blocking(act).unwrap();
                        });
                    }
                    let actor = actor.clone();
                    let turn = move |tx: &mut db::Tx| {
                        if end {
                            let said = json!({ "verdict": "partly" });
                            return sprint::close(tx, &actor, id, &serde_json::from_value(said).unwrap()).map(drop);
                        }
                        sprint::start(tx, &actor, id).map(drop)
                    };
                    scope.spawn(move || world.db.write_blocking(turn).unwrap());
                });
            };
            race(false);
            race(true);
            let (came, done) = as_logged(world, &sprint);
            let told = shown(&sam, &sprint);
            assert_eq!(totals(&told["burndown"]["committed"]).0, came);
            assert_eq!(totals(&told["totals"]).2, done);
        }
    });
}

/// How many items came into the sprint before its start, and how many of it were done before its close.
fn as_logged(world: &World, sprint: &Value) -> (i64, i64) {
    let (mut came, mut done, subject) = (0, 0, format!("sprint:{}", sprint["id"]));
    let (mut started, mut inside) = (false, Vec::new());
    for event in world.events() {
        match event.kind.as_str() {
            "sprint.started" if event.subject == subject => started = true,
            "sprint.closed" if event.subject == subject => break,
            "item.created" if event.data["after"]["sprint"] == sprint["id"] => {
                came += i64::from(!started);
                inside.push(event.subject);
            }
            "item.changed" if event.data["to"]["category"] == "done" => {
                done += i64::from(inside.contains(&event.subject));
            }
            _ => {}
        }
    }
    (came, done)
}

#[test]
fn a_capacity_goes_with_the_length_of_the_sprint() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        past(world, &sam, &[18.0, 22.0, 20.0]);
        let days = |first: &str, last: &str| planned(&sam, json!({ "first_day": first, "last_day": last }));
        let (long, short) = (days("2026-03-23", "2026-04-03"), days("2026-04-06", "2026-04-08"));
        let told = |sprint: &Value| (sprint["plan"]["per_day"].clone(), sprint["plan"]["capacity"].clone());
        assert_eq!(told(&long), (json!(2.0), json!(20.0)), "three of ten days came to 60");
        assert_eq!(told(&short), (json!(2.0), json!(6.0)));
        let set = |sprint: &Value, people: Value| {
            let set = sam.put(&format!("{}/people", address(sprint)), people);
            assert_eq!(set.status, 200, "{}", set.text());
            let plan = set.json()["plan"].clone();
            let theirs = plan["people"].as_array().unwrap().iter().map(|person| person["capacity"].clone());
            (plan["capacity"].clone(), theirs.collect::<Vec<_>>())
        };
        let pair = json!([{ "person": email("Dana") }, { "person": email("Ben"), "days_off": ["2026-04-07"] }]);
        assert_eq!(set(&short, json!({ "people": pair })), (json!(5.0), vec![json!(3.0), json!(2.0)]));
        let off = json!({ "people": pair, "days_off": ["2026-04-08"] });
        assert_eq!(set(&short, off), (json!(3.0), vec![json!(2.0), json!(1.0)]), "all are away on one of three days");
        assert_eq!(set(&short, json!({ "people": [], "days_off": ["2026-04-08"] })), (json!(4.0), Vec::new()));
        let said = json!({ "people": [{ "person": email("Dana"), "points": 9 }, { "person": email("Ben") }] });
        assert_eq!(set(&short, said), (json!(12.0), vec![json!(9.0), json!(3.0)]), "what she said stays as said");

        put(&sam, &short, "Work", json!(7), json!(email("Ben")));
        let over = shown(&sam, &short)["plan"].clone();
        assert_eq!((&over["people"][1]["over"], &over["fit"]), (&json!(true), &json!("fits")));

        // A short sprint that came to six says of a long one what it can be.
        assert_eq!(set(&short, json!({ "people": [] })).0, 6.0);
        let ready = super::changes(&sam, &short, json!({ "goal": "Short" }));
        assert_eq!(ready.status, 200, "{}", ready.text());
        assert_eq!(does(&sam, &short, "start", json!({})).status, 200);
        let closed = does(&sam, &short, "close", json!({ "verdict": "missed" }));
        assert_eq!(told(&closed.json()), (json!(2.0), json!(6.0)));
        let after = shown(&sam, &long)["plan"].clone();
        assert_eq!(after["velocity"]["mean"], 15.0);
        assert_eq!(after["per_day"].as_f64().unwrap(), 60.0 / 33.0);
        assert_eq!(told(&shown(&sam, &short)), (json!(2.0), json!(6.0)));
    });
}
