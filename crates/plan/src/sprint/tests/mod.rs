//! Stories about sprints, told on each engine.

mod closed;
mod ended;
mod figures;
mod questions;
mod replay;

use people::{
    member,
    testing::{Answered, Client, World, each_world, email},
};
use serde_json::{Value, json};

use crate::item::tests::{changed, keys, made, signed_in};

const SPRINTS: &str = "/api/v1/projects/CHURN/sprints";

fn planned(client: &Client, new: Value) -> Value {
    let answered = client.post(SPRINTS, new);
    assert_eq!(answered.status, 201, "{}", answered.text());
    answered.json()
}

fn address(sprint: &Value) -> String {
    format!("/api/v1/sprints/{}", sprint["id"])
}

fn shown(client: &Client, sprint: &Value) -> Value {
    client.get(&address(sprint)).json()
}

fn does(client: &Client, sprint: &Value, verb: &str, body: Value) -> Answered {
    client.post(&format!("{}/{verb}", address(sprint)), body)
}

fn changes(client: &Client, sprint: &Value, change: Value) -> Answered {
    let version = client.get(&address(sprint)).header("etag").to_owned();
    client.with("if-match", &version).patch(&address(sprint), change)
}

/// An item in the sprint; gives its key.
fn put(client: &Client, sprint: &Value, title: &str, estimate: Value, assignee: Value) -> String {
    let new = json!({ "title": title, "estimate": estimate, "assignee": assignee, "sprint": sprint["id"] });
    made(client, "CHURN", new)["key"].as_str().unwrap().to_owned()
}

fn moved(client: &Client, key: &str, to: &str) {
    let answered = client.post(&format!("/api/v1/items/{key}/move"), json!({ "status": to }));
    assert_eq!(answered.status, 200, "{}", answered.text());
}

/// Closed sprints in which so many points were done.
fn past(world: &World, client: &Client, points: &[f64]) {
    for points in points {
        let sprint = planned(client, json!({ "goal": "As ever" }));
        let key = put(client, &sprint, "Work", json!(points), Value::Null);
        assert_eq!(does(client, &sprint, "start", json!({})).status, 200);
        moved(client, &key, "Done");
        assert_eq!(does(client, &sprint, "close", json!({ "verdict": "met" })).status, 200);
        world.db.days_pass(7);
    }
}

#[test]
fn a_plan_is_held_against_what_the_people_take_on() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        past(world, &sam, &[18.0, 22.0, 20.0]);
        // Three weeks after Monday, 2 March.
        let sprint = planned(&sam, json!({ "name": "Score", "first_day": "2026-03-23" }));
        assert_eq!((&sprint["last_day"], &sprint["working_days"]), (&json!("2026-04-03"), &json!(10)));
        assert_eq!(sprint["plan"]["velocity"], json!({ "mean": 20.0, "least": 18.0, "most": 22.0, "sprints": 3 }));
        for (title, points, who) in [("Data", 8, "Dana"), ("Training", 8, "Mei"), ("API", 3, "Ben")] {
            put(&sam, &sprint, title, json!(points), json!(email(who)));
        }
        assert_eq!(shown(&sam, &sprint)["plan"]["capacity"], 20.0, "the velocity, while nobody is named");

        let people = json!({ "people": [
            { "person": email("Dana"), "points": 8 }, { "person": email("Mei"), "points": 8 },
            { "person": email("Ben"), "points": 4, "days_off": ["2026-03-25"] },
        ] });
        let set = sam.put(&format!("{}/people", address(&sprint)), people.clone());
        assert_eq!(set.status, 200, "{}", set.text());
        let plan = set.json()["plan"].clone();
        assert_eq!((plan["capacity"].as_f64().unwrap() * 10.0).round(), 196.0, "Ben is away for one of ten days");
        assert_eq!((&plan["load"], &plan["fit"]), (&json!(19.0), &json!("fits")));

        let off =
            json!({ "people": [{ "person": email("Dana"), "points": 10 }], "days_off": ["2026-03-30", "2026-03-31"] });
        let without = sam.put(&format!("{}/people", address(&sprint)), off).json()["plan"]["capacity"].clone();
        assert_eq!(without, 8.0, "nobody works on two of ten days");
        assert_eq!(sam.put(&format!("{}/people", address(&sprint)), people).status, 200);

        let more = put(&sam, &sprint, "Cache", json!(5), json!(email("Ben")));
        let plan = shown(&sam, &sprint)["plan"].clone();
        assert_eq!((&plan["load"], &plan["fit"]), (&json!(24.0), &json!("over")));
        let over = plan["people"].as_array().unwrap().iter().filter(|person| person["over"] == true);
        assert_eq!(over.map(|person| person["person"]["name"].clone()).collect::<Vec<_>>(), [json!("Ben")]);
        assert_eq!(changed(&sam, &more, json!({ "sprint": null })).status, 200);

        let refused = does(&sam, &sprint, "start", json!({}));
        assert_eq!((refused.status, &refused.json()["missing"]), (409, &json!(["goal"])), "{}", refused.text());
        assert!(shown(&sam, &sprint)["can"]["start"].as_str().unwrap().contains("no goal"));
        assert_eq!(shown(&sam, &sprint)["state"], "planned");
        changes(&sam, &sprint, json!({ "goal": "End-to-end prediction service with sample data" }));
        let started = does(&sam, &sprint, "start", json!({})).json();
        assert_eq!(started["state"], "running");
        assert_eq!(started["burndown"]["days"][0]["remaining"], 19.0);
        assert_eq!(started["burndown"]["committed"]["items"], 3);
        let mara = shown(&signed_in(world, "Mara"), &sprint);
        assert_eq!(mara["goal"], "End-to-end prediction service with sample data");
    });
}

/// Each day's scope, done and remaining, the start first.
fn lines(sprint: &Value) -> Vec<(String, f64, f64, f64)> {
    let days = sprint["burndown"]["days"].as_array().unwrap().iter();
    let figure = |day: &Value, name: &str| day[name].as_f64().unwrap();
    let line = |day: &Value| {
        let date = day["day"].as_str().unwrap()[5..].to_owned();
        (date, figure(day, "scope"), figure(day, "done"), figure(day, "remaining"))
    };
    days.map(line).collect()
}

#[test]
fn each_day_is_told_as_it_ended() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        let sprint = planned(&dana, json!({ "goal": "A score", "first_day": "2026-03-05" }));
        world.db.days_pass(3);
        let first = put(&dana, &sprint, "First", json!(8), Value::Null);
        let second = put(&dana, &sprint, "Second", json!(5), Value::Null);
        let third = put(&dana, &sprint, "Third", Value::Null, Value::Null);
        does(&dana, &sprint, "start", json!({}));
        world.db.clock.set(world.db.clock.now().plus_ms(1));
        moved(&dana, &first, "Done");
        world.db.days_pass(1);
        changed(&dana, &third, json!({ "estimate": 3 }));
        let late = put(&dana, &sprint, "Late", json!(2), Value::Null);
        world.db.days_pass(3);
        moved(&dana, &second, "Cancelled");
        moved(&dana, &first, "In progress");
        assert_eq!(dana.delete(&format!("/api/v1/items/{late}")).status, 204);
        let day = |date: &str, scope: f64, done: f64| (date.to_owned(), scope, done, scope - done);
        let told = [
            day("03-05", 13.0, 0.0),
            day("03-05", 13.0, 8.0),
            day("03-06", 18.0, 8.0),
            day("03-07", 18.0, 8.0),
            day("03-08", 18.0, 8.0),
            day("03-09", 11.0, 0.0),
        ];
        let now = shown(&dana, &sprint);
        assert_eq!(lines(&now), told);
        let ideal = |place: usize| now["burndown"]["days"][place]["ideal"].as_f64().unwrap();
        assert_eq!((ideal(0), ideal(2), ideal(4)), (13.0, 13.0 * 0.8, 13.0 * 0.8), "nobody works at the weekend");
        assert_eq!(now["burndown"]["days"][2]["added"], 5.0);
        assert_eq!(now["burndown"]["days"][5]["removed"], 7.0);
        assert_eq!(now["totals"], json!({ "items": 2, "points": 11.0, "items_done": 0, "points_done": 0.0 }));
        let came: Vec<_> =
            now["burndown"]["changes"].as_array().unwrap().iter().map(|change| change["points"].clone()).collect();
        assert_eq!(came, [json!(-2.0), json!(-5.0), json!(2.0), json!(3.0)]);

        dana.post(&format!("/api/v1/items/{late}/restoration"), json!({}));
        world.db.days_pass(1);
        changed(&dana, &first, json!({ "estimate": 1 }));
        let later = lines(&shown(&dana, &sprint));
        assert_eq!(later[..5], told[..5], "what comes later changes no day that has passed");
        assert_eq!(later[6], day("03-10", 6.0, 0.0));
    });
}

#[test]
fn an_experiment_sprint_asks_questions() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        let sprint = planned(&sam, json!({ "mode": "experiment", "goal": "Ship it" }));
        assert_eq!(sprint["working_days"], 10);
        put(&sam, &sprint, "Ship", Value::Null, Value::Null);
        let refused = does(&sam, &sprint, "start", json!({}));
        assert_eq!((refused.status, &refused.json()["missing"]), (409, &json!(["hypothesis", "spike"])));
        let bet = json!({ "claim": "Devices tell", "metric": "recall", "comparator": ">=", "threshold": 0.75,
            "dataset": "fraud-eval", "time_box_days": 10 });
        let spike = json!({ "question": "Do the misses share devices?", "days": 3 });
        let of = |kind: &str, name: &str, part: Value| {
            let mut new = json!({ "title": kind, "kind": kind, "sprint": sprint["id"] });
            new[name] = part;
            made(&sam, "CHURN", new)["key"].as_str().unwrap().to_owned()
        };
        of("hypothesis", "hypothesis", bet);
        let spike = of("spike", "spike", spike);
        let started = does(&sam, &sprint, "start", json!({}));
        assert_eq!(started.status, 200, "{}", started.text());
        let questions = started.json()["questions"].clone();
        let told = |place: usize| (questions[place]["question"].clone(), questions[place]["answer"].clone());
        assert_eq!(told(0), (json!("Devices tell"), Value::Null));
        assert_eq!(told(1), (json!("Do the misses share devices?"), Value::Null));
        assert_eq!(started.json()["burndown"]["committed"]["points"], 0.0, "points are not needed");
        let refused = changes(&sam, &sprint, json!({ "goal": "" }));
        assert_eq!(refused.status, 409, "what runs keeps a goal");

        // The time box of the spike ends without an answer: it is locked, and still leaves with the sprint.
        world.db.days_pass(4);
        assert_eq!(changed(&sam, &spike, json!({ "title": "x" })).status, 409);
        let closed = does(&sam, &sprint, "close", json!({ "verdict": "partly", "outcome": "One is open." }));
        assert_eq!(closed.status, 200, "{}", closed.text());
        assert_eq!(sam.get(&format!("/api/v1/items/{spike}")).json()["sprint"], Value::Null);
    });
}

#[test]
fn what_is_unfinished_moves_on_and_figures_stay() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        let (sprint, next) = (planned(&sam, json!({ "goal": "A" })), planned(&sam, json!({ "goal": "B" })));
        assert_eq!((&sprint["name"], &next["name"]), (&json!("Sprint 1"), &json!("Sprint 2")));
        let done = put(&sam, &sprint, "Done", json!(3), Value::Null);
        let open = put(&sam, &sprint, "Open", json!(5), Value::Null);
        assert_eq!(does(&sam, &sprint, "close", json!({ "verdict": "met" })).status, 409, "it has not started");
        does(&sam, &sprint, "start", json!({}));
        let second = does(&sam, &next, "start", json!({}));
        assert!(second.detail().contains("still running"), "{}", second.text());
        moved(&sam, &done, "Done");
        world.db.days_pass(2);
        assert_eq!(does(&sam, &sprint, "close", json!({})).status, 400, "a verdict is asked for");
        let trashed = put(&sam, &sprint, "Trashed", Value::Null, Value::Null);
        assert_eq!(sam.delete(&format!("/api/v1/items/{trashed}")).status, 204);
        let to_itself = does(&sam, &sprint, "close", json!({ "verdict": "met", "carry_to": sprint["id"] }));
        assert_eq!(to_itself.status, 400);
        let said = json!({ "verdict": "partly", "outcome": "Data came late.", "carry_to": next["id"] });
        let closed = does(&sam, &sprint, "close", said).json();
        let totals = json!({ "items": 2, "points": 8.0, "items_done": 1, "points_done": 3.0 });
        assert_eq!((&closed["state"], &closed["totals"]), (&json!("closed"), &totals));
        assert_eq!(closed["burndown"]["committed_done"], 1);
        assert_eq!(keys(&sam, &format!("?sprint={}", next["id"])), open.replace("CHURN-", ""));
        assert_eq!(shown(&sam, &next)["totals"]["points"], 5.0);
        let told = sam.get(&format!("/api/v1/items/{open}/history")).json()["items"][0]["body"].clone();
        assert_eq!((&told["before"]["sprint"], &told["after"]["sprint"]), (&json!("Sprint 1"), &json!("Sprint 2")));

        // Nothing that happens now is told of the closed sprint.
        moved(&sam, &done, "In progress");
        world.db.days_pass(1);
        let after = shown(&sam, &sprint);
        assert_eq!((&after["totals"], &after["burndown"]), (&totals, &closed["burndown"]));
        let back = sam.post(&format!("/api/v1/items/{trashed}/restoration"), json!({}));
        assert_eq!((back.status, &back.json()["sprint"]), (200, &Value::Null), "its sprint is over");
        let refused = changed(&sam, &open, json!({ "sprint": sprint["id"] }));
        assert_eq!((refused.status, refused.detail().contains("closed")), (409, true));
        for (verb, body) in [("close", json!({ "verdict": "met" })), ("start", json!({}))] {
            assert_eq!(does(&sam, &sprint, verb, body).status, 409);
        }
        assert_eq!(changes(&sam, &sprint, json!({ "goal": "C" })).status, 409);
        assert_eq!(sam.delete(&address(&sprint)).status, 409);

        assert_eq!(sam.delete(&address(&next)).status, 204);
        assert_eq!(sam.get(&format!("/api/v1/items/{open}")).json()["sprint"], Value::Null);
        let left = sam.get(SPRINTS).json()["items"].clone();
        assert_eq!((left.as_array().unwrap().len(), &left[0]["id"]), (1, &sprint["id"]));
    });
}

#[test]
fn nonsense_is_refused_and_nobody_else_plans() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        let sprint = planned(&dana, json!({ "first_day": "2026-03-02", "last_day": "2026-03-06" }));
        for (new, field) in [
            (json!({ "first_day": "2026-03-02", "last_day": "2026-03-01" }), "last_day"),
            (json!({ "first_day": "2026-03-07", "last_day": "2026-03-08" }), "last_day"),
            (json!({ "first_day": "2026-03-02", "last_day": "2027-03-02" }), "last_day"),
            (json!({ "first_day": "2999-12-31", "last_day": "2999-12-30" }), "last_day"),
            (json!({ "first_day": "2026-02-30" }), "first_day"),
            (json!({ "goal": "g".repeat(1_001) }), "goal"),
            (json!({ "name": "" }), "name"),
            (json!({ "mode": "waterfall" }), "mode"),
        ] {
            let refused = dana.post(SPRINTS, new.clone());
            assert_eq!(refused.status, 400, "{new}: {}", refused.text());
            assert!(refused.detail().starts_with(field), "{new}: {}", refused.detail());
        }
        let people = |people: Value| dana.put(&format!("{}/people", address(&sprint)), people);
        for wrong in [
            json!({ "people": [{ "person": email("Mara") }] }),
            json!({ "people": [{ "person": "nobody@slipway.test" }] }),
            json!({ "people": [{ "person": "me" }, { "person": email("Dana") }] }),
            json!({ "people": [{ "person": "me", "points": -1 }] }),
            json!({ "people": [{ "person": "me", "days_off": ["2026-03-09"] }] }),
            json!({ "people": [], "days_off": ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06"] }),
        ] {
            assert_eq!(people(wrong.clone()).status, 400, "{wrong}");
        }
        assert_eq!(shown(&dana, &sprint)["plan"]["people"], json!([]), "nothing of it was kept");
        assert_eq!(dana.with("if-match", "\"7\"").patch(&address(&sprint), json!({ "goal": "x" })).status, 412);

        let item = made(&dana, "CHURN", json!({ "title": "Other" }));
        let elsewhere = changed(&dana, item["key"].as_str().unwrap(), json!({ "sprint": 999 }));
        assert_eq!(elsewhere.status, 400);
        let mara = signed_in(world, "Mara");
        assert_eq!(mara.post(SPRINTS, json!({})).status, 403);
        assert_eq!(does(&mara, &sprint, "start", json!({})).status, 403);
        assert!(shown(&mara, &sprint)["can"]["start"].is_string());
        let rita = signed_in(world, "Rita");
        assert_eq!((rita.get(&address(&sprint)).status, rita.get("/api/v1/sprints/999").status), (404, 404));
    });
}

#[test]
fn whatever_happens_to_items_the_sums_are_theirs() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        let sprint = planned(&dana, json!({ "goal": "g" }));
        let items: Vec<String> = (0..4).map(|n| put(&dana, &sprint, "x", json!(n), Value::Null)).collect();
        does(&dana, &sprint, "start", json!({}));
        let mut chance: u64 = 7;
        for _ in 0..60 {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (key, what) = (&items[(chance >> 33) as usize % items.len()], (chance >> 40) % 8);
            let address = format!("/api/v1/items/{key}");
            match what {
                0 => drop(changed(&dana, key, json!({ "estimate": (chance >> 45) % 9 }))),
                1 => drop(changed(&dana, key, json!({ "estimate": null }))),
                2 => drop(changed(&dana, key, json!({ "sprint": null }))),
                3 => drop(changed(&dana, key, json!({ "sprint": sprint["id"] }))),
                4 => drop(dana.delete(&address)),
                5 => drop(dana.post(&format!("{address}/restoration"), json!({}))),
                6 => drop(dana.post(&format!("{address}/undo"), json!({}))),
                _ => {
                    let to = ["Done", "Cancelled", "In progress"][(chance >> 45) as usize % 3];
                    drop(dana.post(&format!("{address}/move"), json!({ "status": to })));
                }
            }
        }
        let listed = dana.get(&format!("/api/v1/projects/CHURN/items?sprint={}", sprint["id"])).json();
        let counted =
            listed["items"].as_array().unwrap().iter().filter(|item| item["status"]["category"] != "cancelled");
        let (mut items, mut points) = (0, 0.0);
        for item in counted {
            (items, points) = (items + 1, points + item["estimate"].as_f64().unwrap_or(0.0));
        }
        let now = shown(&dana, &sprint);
        assert_eq!((&now["totals"]["items"], &now["totals"]["points"]), (&json!(items), &json!(points)));
        assert_eq!(now["burndown"]["days"].as_array().unwrap().last().unwrap()["scope"], json!(points));
    });
}

#[test]
fn what_is_in_a_sprint_stays_probed_and_what_is_over_can_be_described() {
    each_world(|world| {
        let (sam, dana) = (signed_in(world, "Sam"), signed_in(world, "Dana"));
        let sprint = dana.post("/api/v1/projects/CHURN/sprints", json!({ "goal": "A score" })).json()["id"].clone();
        let spike = json!({ "question": "Do misses share a device?", "days": 3 });
        let new = json!({ "title": "Look", "kind": "spike", "spike": spike, "domain": "complex", "sprint": sprint });
        made(&dana, "CHURN", new);
        made(&dana, "CHURN", json!({ "title": "Plain", "sprint": sprint }));
        let missing = json!(["hypothesis", "spike"]);
        assert_eq!(changed(&dana, "CHURN-2", json!({ "domain": "complex" })).json()["missing"], missing);
        let answer = json!({ "answer": "yes", "finding": "They do." });
        assert_eq!(dana.put("/api/v1/items/CHURN-1/spike/answer", answer).status, 200);
        assert_eq!(changed(&dana, "CHURN-1", json!({ "kind": "story" })).json()["missing"], missing);

        assert_eq!(sam.post(&format!("/api/v1/sprints/{sprint}/start"), json!({})).status, 200);
        assert_eq!(dana.post("/api/v1/items/CHURN-2/move", json!({ "status": "Done" })).status, 200);
        let close = json!({ "verdict": "met", "outcome": "It is there." });
        assert_eq!(sam.post(&format!("/api/v1/sprints/{sprint}/close"), close).status, 200);
        assert_eq!(changed(&dana, "CHURN-2", json!({ "domain": "clear" })).status, 200);
    });
}

#[test]
fn who_has_left_is_shown_and_does_not_count() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        past(world, &sam, &[20.0]);
        let sprint = planned(&sam, json!({ "name": "Score", "goal": "A score" }));
        put(&sam, &sprint, "Data", json!(8), json!(email("Dana")));
        put(&sam, &sprint, "API", json!(3), json!(email("Ben")));
        let set = |people: Value| sam.put(&format!("{}/people", address(&sprint)), json!({ "people": people }));
        let all = json!([{ "person": email("Dana"), "points": 8 }, { "person": email("Mei") }]);
        assert_eq!(set(all).json()["plan"]["capacity"], 18.0, "8, and half of the velocity");

        let admin = world.actor("Sam");
        let leave = move |tx: &mut db::Tx| {
            member::remove(tx, &admin, "CHURN", "dana@slipway.test")?;
            member::remove(tx, &admin, "CHURN", "ben@slipway.test")
        };
        world.db.write_blocking(leave).unwrap();
        let told = || {
            let plan = shown(&sam, &sprint)["plan"].clone();
            let mut people: Vec<_> = plan["people"]
                .as_array()
                .unwrap()
                .iter()
                .map(|said| {
                    json!([said["person"]["name"], said["named"], said["left"], said["capacity"], said["over"]])
                })
                .collect();
            people.sort_by_key(Value::to_string);
            (plan["capacity"].clone(), plan["load"].clone(), json!(people))
        };
        let people = json!([
            ["Ben", false, true, null, false],
            ["Dana", true, true, null, false],
            ["Mei", true, false, 20.0, false],
        ]);
        assert_eq!(told(), (json!(20.0), json!(11.0), people.clone()), "what they have is still to be done");

        let as_it_is = json!([{ "person": email("Dana"), "points": 8 }, { "person": email("Mei") }]);
        assert_eq!(set(as_it_is).status, 200, "the list is saved as it is");
        assert_eq!(told().2, people);
        let wider = set(json!([{ "person": email("Ben") }, { "person": email("Mei") }]));
        let why = "people[0].person: must be the e-mail address of a member of this project";
        assert_eq!((wider.status, wider.detail().as_str()), (400, why));
        assert_eq!(
            set(json!([{ "person": email("Dana") }])).json()["plan"]["capacity"],
            20.0,
            "as if nobody were named"
        );
        assert_eq!(set(json!([{ "person": email("Dana") }, { "person": "me", "points": 5 }])).status, 200);

        assert_eq!(does(&sam, &sprint, "start", json!({})).status, 200);
        assert_eq!(does(&sam, &sprint, "close", json!({ "verdict": "missed" })).status, 200);
        let closed = world.events().into_iter().rfind(|event| event.kind == "sprint.closed").unwrap();
        assert_eq!(closed.data["left"].as_array().unwrap().len(), 1);
        assert_eq!(told().0, 5.0);
        let admin = world.actor("Pavel");
        let seat = member::Seat { role: people::Role::Viewer, trades: Vec::new(), duties: Vec::new() };
        let back = move |tx: &mut db::Tx| member::put(tx, &admin, "CHURN", "dana@slipway.test", &seat).map(drop);
        world.db.write_blocking(back).unwrap();
        assert_eq!(told().0, 5.0, "what is over stays as it was");
    });
}
