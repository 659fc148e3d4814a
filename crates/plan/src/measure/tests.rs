//! Stories about how work flowed, told on each engine. The world begins on Monday, 2 March 2026, at 9 o'clock.

use base::ExperimentId;
use lab::{
    experiment, metric,
    rule::{self, Comparator},
    run::{self, Batch, Status, Update},
};
use people::testing::{Client, World, each_world};
use serde_json::{Value, json};

use crate::item::tests::{made, signed_in};

const MEASURES: &str = "/api/v1/projects/CHURN/measures";

fn measured(client: &Client, query: &str) -> Value {
    let answered = client.get(&format!("{MEASURES}{query}"));
    assert_eq!(answered.status, 200, "{}", answered.text());
    answered.json()
}

fn item(client: &Client, title: &str) -> String {
    made(client, "CHURN", json!({ "title": title }))["key"].as_str().unwrap().to_owned()
}

fn to(client: &Client, key: &str, status: &str) {
    let answered = client.post(&format!("/api/v1/items/{key}/move"), json!({ "status": status }));
    assert_eq!(answered.status, 200, "{}", answered.text());
}

/// Items that took so many days each, both counted, all done today.
fn took(world: &World, client: &Client, days: &[i64]) {
    let longest = days.iter().copied().max().unwrap_or(1);
    let keys: Vec<String> = days.iter().map(|days| item(client, &format!("Took {days}"))).collect();
    for left in (1..=longest).rev() {
        for (key, _) in keys.iter().zip(days).filter(|(_, days)| **days == left) {
            to(client, key, "In progress");
        }
        if left > 1 {
            world.db.days_pass(1);
        }
    }
    keys.iter().for_each(|key| to(client, key, "Done"));
}

/// In review is marked as waiting, or is not any more.
fn mark(client: &Client, waiting: bool) {
    let mut workflow = client.get("/api/v1/projects/CHURN/workflow").json();
    workflow["statuses"][3]["waiting"] = waiting.into();
    let wanted = json!({ "statuses": workflow["statuses"] });
    let answered = client.put("/api/v1/projects/CHURN/workflow", wanted);
    assert_eq!(answered.status, 200, "{}", answered.text());
    assert_eq!(answered.json()["statuses"][3]["waiting"], waiting);
}

#[test]
fn before_there_is_anything_nothing_is_told_and_nothing_breaks() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        let empty = measured(&dana, "");
        assert_eq!(
            (&empty["from"], &empty["to"], &empty["days"]),
            (&json!("2025-12-03"), &json!("2026-03-02"), &json!(90))
        );
        assert_eq!(empty["throughput"]["items"], 0);
        assert_eq!(empty["throughput"]["by_day"].as_array().unwrap().len(), 90, "days without anything are there");
        assert_eq!((&empty["cycle_time"]["spread"], &empty["efficiency"]["share"]), (&json!(null), &json!(null)));
        assert_eq!(
            (&empty["hypotheses"]["resolved"], &empty["hypotheses"]["time_to_verdict"]),
            (&json!(0), &json!(null))
        );
        item(&dana, "Train");
        assert_eq!(measured(&dana, "")["ageing"]["items"], 0, "what is open is not begun");

        assert_eq!(signed_in(world, "Mara").get(MEASURES).status, 200, "viewers may look");
        let rita = signed_in(world, "Rita");
        assert_eq!((rita.get(MEASURES).status, rita.get(&format!("{MEASURES}.csv")).status), (404, 404));
    });
}

#[test]
fn days_that_cannot_be_measured_are_refused() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        for (query, why) in [
            ("?to=2026-03-03", "to: must not be later than today, 2026-03-02"),
            ("?from=2026-03-02&to=2026-03-01", "from: must not be later than the last day, 2026-03-01"),
            ("?from=2024-03-01", "from: must be 2024-03-02 or later: two years at most"),
            ("?from=yesterday", "from: must be a day like 2026-03-01"),
            ("?since=2026-03-01", "since: is no field here; there are `from`, `to`"),
        ] {
            for address in [MEASURES.to_owned(), format!("{MEASURES}.csv")] {
                let refused = dana.get(&format!("{address}{query}"));
                assert_eq!(refused.status, 400, "{query}: {}", refused.text());
                assert!(refused.detail().contains(why), "{query}: {}", refused.detail());
            }
        }
    });
}

#[test]
fn throughput_counts_what_is_done_on_each_day_and_days_without_anything() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        let keys: Vec<String> = (0..7).map(|number| item(&dana, &format!("Work {number}"))).collect();
        // Monday: two. Wednesday: one that is taken up again, one that is given up. Friday: one for the trash.
        to(&dana, &keys[0], "Done");
        to(&dana, &keys[1], "Done");
        world.db.days_pass(2);
        to(&dana, &keys[2], "Done");
        to(&dana, &keys[3], "Cancelled");
        world.db.days_pass(2);
        to(&dana, &keys[4], "Done");
        assert_eq!(measured(&dana, "")["throughput"]["items"], 4);
        assert_eq!(dana.delete(&format!("/api/v1/items/{}", keys[4])).status, 204);
        to(&dana, &keys[2], "In progress");
        // Tuesday of the week after: the one that was taken up again.
        world.db.days_pass(4);
        to(&dana, &keys[2], "Done");

        let told = measured(&dana, "?from=2026-03-01&to=2026-03-10")["throughput"].clone();
        assert_eq!((&told["items"], &told["per_day"]), (&json!(3), &json!(0.3)), "over all ten days");
        assert!((told["per_week"].as_f64().unwrap() - 2.1).abs() < 1e-9);
        let counts = |list: &Value| {
            let lines = list.as_array().unwrap().iter();
            lines.map(|line| line["items"].as_i64().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(counts(&told["by_day"]), [0, 2, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(
            told["by_week"],
            json!([
                { "week": "2026-02-23", "days": 1, "items": 0 },
                { "week": "2026-03-02", "days": 7, "items": 2 },
                { "week": "2026-03-09", "days": 2, "items": 1 },
            ])
        );
        assert_eq!(measured(&dana, "?from=2026-03-03")["throughput"]["items"], 1, "Monday lies before");
        assert_eq!(measured(&dana, "?to=2026-03-09")["throughput"]["items"], 2, "Tuesday lies after");
        let again = measured(&dana, "")["cycle_time"]["slowest"].clone();
        assert_eq!(
            (&again[0]["item"]["key"], &again[0]["days"]),
            (&json!(keys[2]), &json!(7)),
            "from the first beginning"
        );
    });
}

#[test]
fn how_long_items_take_is_told_by_days_that_some_took() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        took(world, &dana, &[1, 2, 2, 3, 3, 4, 5, 8, 13, 21]);
        let told = measured(&dana, "")["cycle_time"].clone();
        assert_eq!(
            told["spread"],
            json!({ "count": 10, "half_days": 3, "most_days": 13, "nearly_all_days": 21 }),
            "interpolated, 85 of a hundred would take 11.25 days"
        );
        let counts: Vec<Value> =
            told["counts"].as_array().unwrap().iter().map(|count| count["items"].clone()).collect();
        assert_eq!(counts, [1, 2, 2, 1, 1, 1, 1, 1]);
        assert_eq!(
            (&told["slowest"][0]["item"]["title"], &told["slowest"][0]["days"]),
            (&json!("Took 21"), &json!(21))
        );
        assert_eq!(told["slowest"][0]["done_on"], "2026-03-22");
    });
}

#[test]
fn what_is_in_work_is_as_old_as_it_is_and_older_than_usual_says_so() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        let (old, usual) = (item(&dana, "Old"), item(&dana, "Usual"));
        to(&dana, &old, "In progress");
        world.db.days_pass(1);
        to(&dana, &usual, "In review");
        to(&dana, &item(&dana, "Given up"), "Cancelled");
        took(world, &dana, &[1, 1, 2, 4]);
        let few = measured(&dana, "")["ageing"].clone();
        assert_eq!((&few["usual_days"], &few["older"]), (&json!(null), &json!(0)), "four say nothing of what is usual");
        took(world, &dana, &[1]);
        let told = measured(&dana, "")["ageing"].clone();
        assert_eq!((&told["items"], &told["usual_days"], &told["older"]), (&json!(2), &json!(4), &json!(1)));
        let lines: Vec<(&str, i64, bool)> = told["oldest"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| {
                let title = line["item"]["title"].as_str().unwrap();
                (title, line["days"].as_i64().unwrap(), line["older"].as_bool().unwrap())
            })
            .collect();
        assert_eq!(lines, [("Old", 5, true), ("Usual", 4, false)]);
    });
}

/// What was active and what waited of an item, read from its history alone.
fn from_history(client: &Client, key: &str, waiting: &[&str]) -> (f64, f64) {
    let mut events = client.get(&format!("/api/v1/items/{key}/history?limit=100")).json()["items"].clone();
    let events = events.as_array_mut().unwrap();
    events.reverse();
    let at = |event: &Value| {
        let time: base::Time = serde_json::from_value(event["at"].clone()).unwrap();
        time.ms() as f64 / 86_400_000.0
    };
    let steps: Vec<(f64, &str, &str)> = events
        .iter()
        .filter(|event| event["body"]["to"].is_object())
        .map(|event| {
            let to = &event["body"]["to"];
            (at(event), to["name"].as_str().unwrap(), to["category"].as_str().unwrap())
        })
        .collect();
    let began = steps.iter().position(|(.., category)| ["doing", "done"].contains(category)).unwrap();
    let (mut active, mut waited) = (0.0, 0.0);
    for pair in steps[began..].windows(2) {
        let ((from, name, category), (until, ..)) = (pair[0], pair[1]);
        match category {
            "doing" if !waiting.contains(&name) => active += until - from,
            "doing" | "open" => waited += until - from,
            _ => {}
        }
    }
    (active, waited)
}

#[test]
fn time_is_active_or_waiting_as_the_log_tells_it() {
    each_world(|world| {
        let (sam, dana) = (signed_in(world, "Sam"), signed_in(world, "Dana"));
        let first = item(&dana, "First");
        mark(&sam, true);
        world.db.days_pass(2);
        // Two days of work, three in review, one back in the queue, one of work, two done, one of work.
        for (status, days) in
            [("In progress", 2), ("In review", 3), ("Ready", 1), ("In progress", 1), ("Done", 2), ("In progress", 1)]
        {
            to(&dana, &first, status);
            world.db.days_pass(days);
        }
        to(&dana, &first, "Done");
        let second = item(&dana, "Second");
        to(&dana, &second, "In progress");
        world.db.days_pass(4);
        to(&dana, &second, "Done");
        to(&dana, &item(&dana, "Given up"), "Cancelled");

        let told = measured(&dana, "")["efficiency"].clone();
        assert_eq!((&told["active_days"], &told["waiting_days"]), (&json!(8.0), &json!(4.0)), "{told}");
        assert!((told["share"].as_f64().unwrap() - 8.0 / 12.0).abs() < 1e-9);
        assert_eq!((&told["items"], &told["left_out"], &told["marked"]), (&json!(2), &json!(0), &json!(true)));
        assert_eq!(
            told["statuses"],
            json!([
                { "name": "In progress", "waiting": false, "days": 8.0 },
                { "name": "In review", "waiting": true, "days": 3.0 },
                { "name": "Ready", "waiting": true, "days": 1.0 },
            ])
        );
        let read = [&first, &second].map(|key| from_history(&dana, key, &["In review"]));
        assert_eq!((read[0].0 + read[1].0, read[0].1 + read[1].1), (8.0, 4.0));

        mark(&sam, false);
        let told = measured(&dana, "")["efficiency"].clone();
        assert_eq!(
            (&told["active_days"], &told["marked"]),
            (&json!(11.0), &json!(false)),
            "the mark tells of the past too"
        );
    });
}

#[test]
fn an_item_from_another_project_brings_its_time_along() {
    each_world(|world| {
        let pavel = signed_in(world, "Pavel");
        let key = made(&pavel, "FRAUD", json!({ "title": "Join" }))["key"].as_str().unwrap().to_owned();
        to(&pavel, &key, "In progress");
        world.db.days_pass(2);
        let moved = pavel.post(&format!("/api/v1/items/{key}/transfer"), json!({ "project": "CHURN" }));
        assert_eq!(moved.status, 200, "{}", moved.text());
        let key = moved.json()["key"].as_str().unwrap().to_owned();
        world.db.days_pass(1);
        to(&pavel, &key, "Done");
        let told = measured(&pavel, "")["efficiency"].clone();
        assert_eq!((&told["active_days"], &told["items"]), (&json!(3.0), &json!(1)), "{told}");
    });
}

#[test]
fn only_a_step_of_work_can_be_marked_as_waiting() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        let statuses = json!([
            { "name": "Open", "category": "open", "waiting": true },
            { "name": "Done", "category": "done" },
        ]);
        let refused = sam.put("/api/v1/projects/CHURN/workflow", json!({ "statuses": statuses }));
        assert_eq!(refused.status, 400);
        assert!(
            refused.detail().starts_with("statuses[0].waiting: can be said only of statuses"),
            "{}",
            refused.detail()
        );
    });
}

/// An experiment whose hypothesis is decided by recall ≥ 0.75 within 14 days.
fn proposed(world: &World, name: &str) -> ExperimentId {
    let (dana, project) = (world.actor("Dana"), world.churn.id.clone());
    let rule = rule::New {
        metric: "recall".to_owned(),
        comparator: Comparator::AtLeast,
        threshold: 0.75,
        constraints: Vec::new(),
        dataset: None,
        time_box_days: Some(14),
    };
    let new = experiment::New {
        name: Some(name.to_owned()),
        hypothesis: Some(format!("{name} tell")),
        rule: Some(rule),
        ..experiment::New::default()
    };
    world.db.write_blocking(move |tx| Ok(experiment::propose(tx, &dana, &project, &new)?.id)).unwrap()
}

fn found(world: &World, id: ExperimentId, recall: f64) {
    let dana = world.actor("Dana");
    let point = metric::Point { at: base::Time(1_000), step: 0, value: recall };
    let metrics = vec![metric::New { key: "recall".into(), point, model: None }];
    let batch = Batch { metrics, ..Batch::default() };
    let log = move |tx: &mut db::Tx| {
        let run = run::create(tx, &dana, id, &run::New::default())?;
        run::log_batch(tx, &dana, &run.id, &batch)?;
        run::update(tx, &dana, &run.id, &Update { status: Some(Status::Finished), ..Update::default() })
    };
    world.db.write_blocking(log).unwrap();
}

#[test]
fn hypotheses_are_counted_when_they_are_decided() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        let (devices, weather) = (proposed(world, "Devices"), proposed(world, "Weather"));
        world.db.days_pass(3);
        found(world, devices, 0.8);
        found(world, weather, 0.6);
        world.db.days_pass(11);
        world.db.write_blocking(move |tx| experiment::settle(tx, weather)).unwrap();
        world.db.days_pass(1);
        let _quiet = proposed(world, "Quiet");
        world.db.days_pass(1);

        let told = measured(&dana, "")["hypotheses"].clone();
        let counts = ["resolved", "supported", "refuted", "open"].map(|name| told[name].as_i64().unwrap());
        assert_eq!(counts, [2, 1, 1, 1]);
        assert_eq!(
            told["time_to_verdict"],
            json!({ "count": 2, "half_days": 4, "most_days": 15, "nearly_all_days": 15 })
        );
        assert_eq!(
            told["latest"],
            json!([
                { "experiment": weather, "name": "Weather", "verdict": "refuted", "decided_on": "2026-03-16", "days": 15 },
                { "experiment": devices, "name": "Devices", "verdict": "supported", "decided_on": "2026-03-05", "days": 4 },
            ])
        );
        assert_eq!((&told["oldest"][0]["name"], &told["oldest"][0]["days"]), (&json!("Quiet"), &json!(2)));
        let first = measured(&dana, "?to=2026-03-10")["hypotheses"].clone();
        assert_eq!((&first["resolved"], &first["supported"]), (&json!(1), &json!(1)));
        assert_eq!(measured(&dana, "")["throughput"]["items"], 0, "without items, it breaks nothing");
    });
}

#[test]
fn the_figures_are_had_as_a_table() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        proposed(world, "=1+1");
        took(world, &dana, &[1, 3]);
        let answered = dana.get(&format!("{MEASURES}.csv?from=2026-03-03"));
        assert_eq!(answered.header("content-type"), "text/csv; charset=utf-8");
        let table = answered.text();
        let has = |line: &str| assert!(table.contains(&format!("{line}\r\n")), "{line} is not in\n{table}");
        assert!(table.starts_with("measure,of,value,unit\r\n"));
        has("throughput,all days,2,items");
        has("throughput of the day,2026-03-03,0,items");
        has("throughput of the day,2026-03-04,2,items");
        has("cycle time,85 of a hundred,3,days");
        has("flow efficiency,active / (active + waiting),1,share");
        has("age of open hypothesis,'=1+1,3,days");
    });
}
