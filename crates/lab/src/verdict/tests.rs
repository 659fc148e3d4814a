//! Stories about verdicts, told on each engine.

use base::ExperimentId;
use people::testing::{World, each_world};
use serde_json::{Value, json};

use super::State;
use crate::{
    dataset::{Dataset, Input},
    experiment::{
        self,
        tests::{finished, proposed, recall_rule, shown},
    },
    metric, rule,
    run::{self, Status, Update},
    verdict,
};

fn verdict(world: &World, id: ExperimentId) -> Option<verdict::Verdict> {
    world.db.read_blocking(move |tx| verdict::of(tx, id)).unwrap()
}

fn state(world: &World, id: ExperimentId) -> State {
    verdict(world, id).expect("a verdict").state
}

/// Kinds and bodies of the experiment's verdict events.
fn announcements(world: &World, id: ExperimentId) -> Vec<(Value, Value)> {
    let sql = "SELECT body FROM event WHERE subject = $1 AND kind = 'verdict.changed' ORDER BY seq";
    let subject = format!("experiment:{id}");
    let bodies =
        world.db.read_blocking(move |tx| tx.all(sql, db::params![&subject], |row| row.get::<String>(0))).unwrap();
    let data = |body: String| serde_json::from_str::<Value>(&body).unwrap()["data"].clone();
    bodies.into_iter().map(data).map(|data| (data["from"].clone(), data["to"].clone())).collect()
}

#[test]
fn the_sprint_that_failed_is_recorded_learning() {
    each_world(|world| {
        let goal = proposed(world, "Graph features lift recall", Some(recall_rule(0.80, 14)));
        assert_eq!(verdict(world, goal), None, "there is no run yet");

        finished(world, goal, &[("recall", 0.712), ("precision", 0.904)]);
        let best = finished(world, goal, &[("recall", 0.721), ("precision", 0.903)]);
        finished(world, goal, &[("recall", 0.764), ("precision", 0.861)]);
        let strong = finished(world, goal, &[("recall", 0.85), ("precision", 0.85)]);
        let silent = finished(world, goal, &[("recall", 0.84)]);
        finished(world, goal, &[("recall", f64::NAN), ("precision", 0.99)]);

        let open = verdict(world, goal).unwrap();
        assert_eq!(open.state, State::Open);
        assert_eq!(open.run.as_ref().unwrap().id, best.id);
        assert_eq!(open.value.unwrap().0, 0.721);
        assert_eq!(open.decided_at, None);
        assert!(
            open.reason.starts_with("No finished run met recall ≥ 0.8 and kept the constraint yet;"),
            "{}",
            open.reason
        );
        assert!(open.reason.ends_with("the time box ends on 2026-03-16."), "{}", open.reason);

        let near: Vec<_> = open.near_misses.iter().map(|miss| (miss.run.id.clone(), miss.value.0)).collect();
        assert_eq!(near, [(strong.id, 0.85), (silent.id, 0.84)], "0.764 is no near miss of 0.80");
        assert_eq!(open.near_misses[0].broken[0].value.unwrap().0, 0.85);
        assert_eq!(open.near_misses[1].broken[0].value, None, "precision was not logged");

        world.db.days_pass(14);
        let refuted = verdict(world, goal).unwrap();
        assert_eq!(refuted.state, State::Refuted);
        assert_eq!(refuted.decided_at, Some(world.db.clock.now()));
        assert!(refuted.reason.starts_with("The time box ended on 2026-03-16 without a run"), "{}", refuted.reason);
        assert!(
            refuted.reason.contains(&format!("the best valid run, {}, has 0.721", best.name)),
            "{}",
            refuted.reason
        );
        assert_eq!(announcements(world, goal), []);
        world.db.write_blocking(move |tx| experiment::settle(tx, goal)).unwrap();
        world.db.write_blocking(move |tx| experiment::settle(tx, goal)).unwrap();
        assert_eq!(announcements(world, goal), [(Value::Null, json!("refuted"))]);
    });
}

#[test]
fn a_near_miss_does_not_pass_for_evidence() {
    each_world(|world| {
        let h0 = proposed(world, "0.764 would do", Some(recall_rule(0.75, 14)));
        let miss = finished(world, h0, &[("recall", 0.764), ("precision", 0.861)]);
        let verdict = verdict(world, h0).unwrap();
        assert_eq!((verdict.state, verdict.run), (State::Open, None));
        assert_eq!(verdict.near_misses[0].run.id, miss.id);
        assert!(verdict.reason.contains("has 0.764 but breaks precision ≥ 0.9 with 0.861"), "{}", verdict.reason);
    });
}

#[test]
fn a_value_just_below_the_threshold_is_not_rounded_to_it() {
    each_world(|world| {
        let goal = proposed(world, "Nearly all of it", Some(recall_rule(0.999_999_9, 14)));
        finished(world, goal, &[("recall", 0.999_999_89), ("precision", 0.912_345_678_9)]);
        let verdict = verdict(world, goal).unwrap();
        assert_eq!(verdict.state, State::Open);
        assert!(verdict.reason.contains("met recall ≥ 0.9999999 "), "{}", verdict.reason);
        assert!(verdict.reason.contains("has 0.99999989"), "{}", verdict.reason);

        let tiny = proposed(world, "Hardly any", Some(recall_rule(0.000_000_1, 14)));
        finished(world, tiny, &[("recall", 0.000_001_512_345_678), ("precision", 0.95)]);
        let reason = self::verdict(world, tiny).unwrap().reason;
        assert!(reason.contains("reached recall 0.00000151235 "), "{reason}");
        assert!(reason.contains("recall ≥ 1e-7"), "{reason}");
    });
}

#[test]
fn h1_is_supported_and_h2_refuted_at_its_time_box() {
    each_world(|world| {
        let h1 = proposed(world, "Device-graph features", Some(recall_rule(0.75, 14)));
        let h2 = proposed(world, "Merchant velocity windows", Some(recall_rule(0.74, 14)));
        world.db.days_pass(3);
        let winner = finished(world, h1, &[("recall", 0.757), ("precision", 0.905)]);
        finished(world, h2, &[("recall", 0.731), ("precision", 0.910)]);

        let supported = verdict(world, h1).unwrap();
        assert_eq!(supported.state, State::Supported);
        assert_eq!(supported.run.unwrap().id, winner.id);
        assert_eq!(supported.decided_at, Some(world.db.clock.now()));
        let said =
            format!("Run {} reached recall 0.757 and kept the constraint: recall ≥ 0.75 was asked.", winner.name);
        assert_eq!(supported.reason, said);
        assert_eq!(announcements(world, h1), [(Value::Null, json!("supported"))]);
        assert_eq!(state(world, h2), State::Open);

        world.db.days_pass(11);
        assert_eq!(state(world, h1), State::Supported);
        assert_eq!(state(world, h2), State::Refuted);

        // A run that comes too late changes nothing.
        world.db.days_pass(1);
        let late = finished(world, h2, &[("recall", 0.99), ("precision", 0.99)]);
        assert_eq!(state(world, h2), State::Refuted);
        let evidence = world.db.read_blocking(move |tx| verdict::evidence(tx, &late)).unwrap().unwrap();
        assert!(!evidence.meets);
        assert_eq!(evidence.why_not.unwrap(), "The run finished after the time box ended on 2026-03-16.");

        // The next experiment is guessed from these two: 3 and 14 days.
        let estimate = shown(world, "Dana", proposed(world, "Next", None)).timeline.estimate;
        assert_eq!(estimate.days, Some(8.5));
        assert_eq!(estimate.basis, "median of 2 decided experiments of this project");
    });
}

/// A run that finished in time may be logged to later; what comes then proves nothing.
#[test]
fn a_value_that_came_after_the_time_box_does_not_count() {
    each_world(|world| {
        let log = |run: &run::Run, key: &str, step: i64, value: f64| {
            let point = metric::Point { at: base::Time(2_000), step, value };
            let new = metric::New { key: key.into(), point, model: None };
            let (dana, id) = (world.actor("Dana"), run.id.clone());
            world.db.write_blocking(move |tx| run::log_metric(tx, &dana, &id, &new)).unwrap();
        };
        let evidence = |run: &run::Run| {
            let run = run.clone();
            world.db.read_blocking(move |tx| verdict::evidence(tx, &run)).unwrap().unwrap()
        };
        let [won, lost, kept] = ["Won", "Lost", "Kept"].map(|name| proposed(world, name, Some(recall_rule(0.75, 14))));
        let [winner, loser, keeper] =
            [won, lost, kept].map(|id| finished(world, id, &[("recall", 0.7), ("precision", 0.95)]));
        world.db.days_pass(10);
        log(&winner, "recall", 1, 0.8);
        log(&keeper, "recall", 1, 0.8);
        assert_eq!(
            (state(world, won), state(world, lost)),
            (State::Supported, State::Open),
            "in time, if after its end"
        );

        world.db.days_pass(4);
        world.db.clock.set(world.db.clock.now().plus_ms(1));
        log(&loser, "recall", 1, 0.99);
        assert_eq!(state(world, lost), State::Refuted);
        let reason = verdict(world, lost).unwrap().reason;
        let said = format!("; {} has 0.99, but the value of recall came after the time box.", loser.name);
        assert!(
            reason.starts_with("The time box ended on 2026-03-16 without a run") && reason.ends_with(&said),
            "{reason}"
        );
        let (meets, why_not) = (evidence(&loser).meets, evidence(&loser).why_not.unwrap());
        assert_eq!(
            (meets, why_not.as_str()),
            (false, "The value of recall came after the time box ended on 2026-03-16.")
        );

        // Repeated or earlier points change no value.
        log(&keeper, "recall", 1, 0.8);
        log(&keeper, "recall", 0, 0.1);
        log(&keeper, "elsewhere", 0, 0.1);
        assert_eq!((state(world, kept), evidence(&keeper).why_not), (State::Supported, None));
        // A constraint is a part of the proof.
        log(&winner, "precision", 1, 0.96);
        assert_eq!(state(world, won), State::Refuted);
        assert!(verdict(world, won).unwrap().reason.ends_with("the value of precision came after the time box."));
        // A longer time box holds it.
        let longer = experiment::Change { rule: Some(Some(recall_rule(0.75, 30))), ..Default::default() };
        let dana = world.actor("Dana");
        world
            .db
            .write_blocking(move |tx| {
                let version = experiment::get(tx, &dana, lost)?.version;
                experiment::change(tx, &dana, lost, version, &longer)
            })
            .unwrap();
        assert_eq!(state(world, lost), State::Supported);
    });
}

#[test]
fn no_verdict_is_older_than_its_rule() {
    each_world(|world| {
        let id = proposed(world, "Nine of ten", Some(recall_rule(0.90, 14)));
        finished(world, id, &[("recall", 0.8), ("precision", 0.95)]);
        world.db.days_pass(15);
        assert_eq!(state(world, id), State::Refuted);
        world.db.days_pass(5);
        let lower = experiment::Change { rule: Some(Some(recall_rule(0.75, 14))), ..Default::default() };
        let dana = world.actor("Dana");
        let lowered = move |tx: &mut db::Tx| {
            let version = experiment::get(tx, &dana, id)?.version;
            experiment::change(tx, &dana, id, version, &lower)
        };
        world.db.write_blocking(lowered).unwrap();
        let verdict = verdict(world, id).unwrap();
        let set_at = shown(world, "Dana", id).rule.unwrap().set_at;
        assert_eq!((verdict.state, verdict.decided_at), (State::Supported, Some(set_at)));
    });
}

#[test]
fn deleting_the_evidence_takes_the_verdict_back() {
    each_world(|world| {
        let h1 = proposed(world, "Device-graph features", Some(recall_rule(0.75, 14)));
        let run = finished(world, h1, &[("recall", 0.757), ("precision", 0.905)]);
        let (dana, id) = (world.actor("Dana"), run.id.clone());
        world.db.write_blocking(move |tx| run::delete(tx, &dana, &id)).unwrap();
        assert_eq!(verdict(world, h1), None);
        let (dana, id) = (world.actor("Dana"), run.id.clone());
        world.db.write_blocking(move |tx| run::restore(tx, &dana, &id)).unwrap();
        assert_eq!(state(world, h1), State::Supported);
        let steps = announcements(world, h1);
        assert_eq!(
            steps,
            [(Value::Null, json!("supported")), (json!("supported"), Value::Null), (Value::Null, json!("supported"))]
        );

        // A run that is taken up again is no evidence until it finishes once more.
        let (dana, id) = (world.actor("Dana"), run.id.clone());
        let resume = Update { status: Some(Status::Running), ..Update::default() };
        world.db.write_blocking(move |tx| run::update(tx, &dana, &id, &resume)).unwrap();
        assert_eq!(state(world, h1), State::Open);
    });
}

#[test]
fn only_runs_on_the_named_dataset_count() {
    each_world(|world| {
        let dataset = Some("fraud-eval v3".to_owned());
        let id = proposed(world, "On v3", Some(rule::New { dataset, ..recall_rule(0.75, 14) }));
        let good = [("recall", 0.8), ("precision", 0.95)];
        let elsewhere = finished(world, id, &good);
        assert_eq!(state(world, id), State::Open);
        let evidence = world.db.read_blocking(move |tx| verdict::evidence(tx, &elsewhere)).unwrap().unwrap();
        assert_eq!(evidence.why_not.unwrap(), "The run did not log the dataset fraud-eval v3 as its input.");

        for (digest, expected) in [("2", State::Open), ("3", State::Supported)] {
            let run = finished(world, id, &good);
            let dataset = Dataset {
                name: "fraud-eval".to_owned(),
                digest: digest.to_owned(),
                source_type: "local".to_owned(),
                source: "{}".to_owned(),
                ..Dataset::default()
            };
            let input = Input { dataset, tags: vec![("mlflow.data.context".to_owned(), "eval".to_owned())] };
            let dana = world.actor("Dana");
            world
                .db
                .write_blocking(move |tx| run::log_inputs(tx, &dana, &run.id, std::slice::from_ref(&input), &[]))
                .unwrap();
            assert_eq!(state(world, id), expected, "digest {digest}");
        }
        assert_eq!(announcements(world, id), [(Value::Null, json!("supported"))]);
    });
}
