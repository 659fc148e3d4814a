//! Whatever people do before, in and after a sprint, its figures are those that the log gives when it is read again.

use std::collections::HashMap;

use people::testing::{Client, Logged, each_world};
use serde_json::{Value, json};

use super::{does, planned, put, shown};
use crate::item::tests::{changed, made, signed_in};

/// An item as the log tells it so far.
#[derive(Clone, Default)]
struct Told {
    inside: bool,
    deleted: bool,
    category: String,
    points: f64,
    /// It was finished after the sprint had started.
    done_in: bool,
}

impl Told {
    fn counts(&self) -> bool {
        let done_before = self.category == "done" && !self.done_in;
        self.inside && !self.deleted && self.category != "cancelled" && !done_before
    }
}

/// Items, points, items done and points done.
type Figures = (i64, f64, i64, f64);

fn sum(items: &HashMap<String, Vec<Told>>) -> Figures {
    let counted = items.values().filter_map(|past| past.last()).filter(|told| told.counts());
    counted.fold((0, 0.0, 0, 0.0), |(items, points, done, points_done), told| {
        let part = if told.category == "done" { (1, told.points) } else { (0, 0.0) };
        (items + 1, points + told.points, done + part.0, points_done + part.1)
    })
}

/// What was committed and what was in the sprint after these events.
fn replayed(events: &[Logged], sprint: &Value) -> [Figures; 2] {
    let subject = format!("sprint:{}", sprint["id"]);
    let mut items: HashMap<String, Vec<Told>> = HashMap::new();
    let (mut committed, mut started) = (None, false);
    for event in events {
        if event.subject == subject && event.kind == "sprint.started" {
            started = true;
            committed = Some(sum(&items));
        }
        if !event.kind.starts_with("item.") {
            continue;
        }
        let past = items.entry(event.subject.clone()).or_default();
        let mut told = past.last().cloned().unwrap_or_default();
        let after = &event.data["after"];
        if let Some(to) = event.data["to"]["category"].as_str() {
            let finishes = to == "done" && (told.category != "done" || event.kind == "item.created");
            // What is taken back is as it was before; what comes from the trash is as it lay there.
            told.done_in = match (&event.data["undoes"], event.kind.as_str()) {
                (Value::Null, "item.restored") => told.done_in,
                (Value::Null, _) => {
                    if finishes {
                        started
                    } else {
                        told.done_in && to == "done"
                    }
                }
                _ => past[past.len() - 2].done_in,
            };
            told.category = to.to_owned();
        }
        if let Some(into) = after.get("sprint") {
            told.inside = *into == sprint["id"];
        }
        if let Some(points) = after.get("estimate") {
            told.points = points.as_f64().unwrap_or(0.0);
        }
        match event.kind.as_str() {
            "item.deleted" => told.deleted = true,
            "item.restored" => told.deleted = false,
            _ => {}
        }
        past.push(told);
    }
    [committed.expect("a start"), sum(&items)]
}

/// Numbers that look thrown, the same ones each time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % sides) as usize
    }
}

fn anything(dice: &mut Dice, client: &Client, keys: &[String], sprint: &Value) {
    let key = &keys[dice.throw(keys.len() as u64)];
    let address = format!("/api/v1/items/{key}");
    match dice.throw(9) {
        0 => drop(changed(client, key, json!({ "estimate": dice.throw(9) }))),
        1 => drop(changed(client, key, json!({ "sprint": null }))),
        2 => drop(changed(client, key, json!({ "sprint": sprint["id"] }))),
        3 => drop(client.delete(&address)),
        4 => drop(client.post(&format!("{address}/restoration"), json!({}))),
        5 | 6 => drop(client.post(&format!("{address}/undo"), json!({}))),
        _ => {
            let to = ["Done", "Done", "Cancelled", "In progress"][dice.throw(4)];
            drop(client.post(&format!("{address}/move"), json!({ "status": to })));
        }
    }
}

#[test]
fn the_log_gives_the_same_figures_when_it_is_read_again() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        for seed in 1..9 {
            let mut dice = Dice(seed);
            let sprint = planned(&dana, json!({ "goal": "g" }));
            let mut keys: Vec<String> = (0..5).map(|n| put(&dana, &sprint, "x", json!(n), Value::Null)).collect();
            keys.push(made(&dana, "CHURN", json!({ "title": "Outside" }))["key"].as_str().unwrap().to_owned());
            let mut acts = |times: usize| {
                for _ in 0..times {
                    anything(&mut dice, &dana, &keys, &sprint);
                }
            };
            acts(25);
            put(&dana, &sprint, "There is always one", json!(1), Value::Null);
            assert_eq!(does(&dana, &sprint, "start", json!({})).status, 200);
            world.db.clock.set(world.db.clock.now().plus_ms(1));
            acts(40);
            let log = replayed(&world.events(), &sprint);
            assert_eq!(does(&dana, &sprint, "close", json!({ "verdict": "partly" })).status, 200);
            let figures = |told: &Value| {
                let of = |name: &str| told[name].as_f64().unwrap();
                (of("items") as i64, of("points"), of("items_done") as i64, of("points_done"))
            };
            let told = || {
                let page = shown(&dana, &sprint);
                assert_eq!(page["plan"]["load"], page["totals"]["points"], "{seed}");
                [figures(&page["burndown"]["committed"]), figures(&page["totals"])]
            };
            let end = told();
            assert_eq!(end, log, "{seed}");
            acts(15);
            assert_eq!(told(), end, "{seed}");
            world.db.days_pass(1);
        }
    });
}
