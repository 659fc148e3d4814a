//! Stories about experiments, told on each engine.

use axum::http::Method;
use base::{ExperimentId, Kind, RunId, Time};
use people::{
    Actor, Scope,
    testing::{World, each_world, email},
};
use serde_json::{Value, json};

use crate::{
    experiment::{self, Change, New, http::change_routes},
    metric::{self, Point},
    rule::{self, Comparator, Constraint},
    run::{self, Batch, Run, Status, Update},
    verdict::State,
};

pub fn value(key: &str, value: f64) -> metric::New {
    metric::New { key: key.into(), point: Point { at: Time(1_000), step: 0, value }, model: None }
}

/// recall ≥ `recall` at precision ≥ 0.90 within `days`.
pub fn recall_rule(recall: f64, days: i64) -> rule::New {
    let precision = Constraint { metric: "precision".to_owned(), comparator: Comparator::AtLeast, threshold: 0.90 };
    rule::New {
        metric: "recall".to_owned(),
        comparator: Comparator::AtLeast,
        threshold: recall,
        constraints: vec![precision],
        dataset: None,
        time_box_days: Some(days),
    }
}

pub fn proposed(world: &World, hypothesis: &str, rule: Option<rule::New>) -> ExperimentId {
    let (dana, project) = (world.actor("Dana"), world.churn.id.clone());
    let new = New { hypothesis: Some(hypothesis.to_owned()), rule, ..New::default() };
    world.db.write_blocking(move |tx| Ok(experiment::propose(tx, &dana, &project, &new)?.id)).unwrap()
}

/// A finished run with these values.
pub fn finished(world: &World, id: ExperimentId, values: &[(&str, f64)]) -> Run {
    let dana = world.actor("Dana");
    let metrics = values.iter().map(|(key, x)| value(key, *x)).collect();
    let batch = Batch { metrics, ..Batch::default() };
    let log = move |tx: &mut db::Tx| {
        let run = run::create(tx, &dana, id, &run::New::default())?;
        run::log_batch(tx, &dana, &run.id, &batch)?;
        run::update(tx, &dana, &run.id, &Update { status: Some(Status::Finished), ..Update::default() })
    };
    world.db.write_blocking(log).unwrap()
}

pub fn shown(world: &World, name: &str, id: ExperimentId) -> experiment::Shown {
    let actor = world.actor(name);
    let read = move |tx: &mut db::Tx| {
        let experiment = experiment::get(tx, &actor, id)?;
        experiment::show(tx, &actor, &experiment)
    };
    world.db.read_blocking(read).unwrap()
}

fn change(world: &World, name: &str, id: ExperimentId, version: i64, change: Change) -> base::Result<i64> {
    let actor: Actor = world.actor(name);
    world.db.write_blocking(move |tx| Ok(experiment::change(tx, &actor, id, version, &change)?.version))
}

#[test]
fn a_rule_that_was_chosen_to_fit_is_marked() {
    each_world(|world| {
        let id = proposed(world, "Bets", Some(recall_rule(0.80, 14)));
        let stricter = Change { rule: Some(Some(recall_rule(0.82, 14))), ..Change::default() };
        let version = change(world, "Dana", id, 1, stricter).unwrap();
        let rule = shown(world, "Dana", id).rule.unwrap();
        assert_eq!((rule.history, rule.changed_after_first_run), (2, false));

        finished(world, id, &[("recall", 0.75), ("precision", 0.95)]);
        let same = Change { rule: Some(Some(recall_rule(0.82, 14))), ..Change::default() };
        let version = change(world, "Dana", id, version, same).unwrap();
        assert_eq!(shown(world, "Dana", id).rule.unwrap().history, 2, "the same rule is no change");

        let looser = Change { rule: Some(Some(recall_rule(0.74, 21))), ..Change::default() };
        let version = change(world, "Dana", id, version, looser).unwrap();
        let page = shown(world, "Dana", id);
        let rule = page.rule.unwrap();
        assert_eq!((rule.history, rule.changed_after_first_run), (3, true));
        assert_eq!(page.verdict.unwrap().state, State::Supported);
        assert_eq!(page.timeline.decide_by.unwrap(), page.timeline.proposed_at.plus_days(21));

        let without = Change { rule: Some(None), ..Change::default() };
        let refused = change(world, "Dana", id, version, without).unwrap_err();
        assert_eq!(refused.detail(), "rule: cannot be taken away; set another one");
    });
}

#[test]
fn nobody_loses_a_change_of_someone_else() {
    each_world(|world| {
        let id = proposed(world, "First words\nand more", None);
        assert_eq!(shown(world, "Dana", id).name, "First words");
        let mine = Change { hypothesis: Some(Some("Mine".to_owned())), ..Change::default() };
        change(world, "Dana", id, 1, mine).unwrap();
        let yours = Change { hypothesis: Some(None), ..Change::default() };
        let refused = change(world, "Mei", id, 1, yours.clone()).unwrap_err();
        assert_eq!(refused.status(), 412);
        assert_eq!(refused.members()["current"]["hypothesis"], "Mine");
        assert_eq!(refused.members()["current"]["version"], 2);
        change(world, "Mei", id, 2, yours).unwrap();
        assert_eq!(shown(world, "Dana", id).hypothesis, None);
    });
}

#[test]
fn a_hypothesis_that_changes_once_there_are_runs_says_so() {
    each_world(|world| {
        let id = proposed(world, "Ten trees are enough", None);
        let to = |text: &str| Change { hypothesis: Some(Some(text.to_owned())), ..Change::default() };
        change(world, "Dana", id, 1, to("Twenty trees are enough")).unwrap();
        assert!(!shown(world, "Dana", id).hypothesis_changed_after_first_run, "nobody had seen a result");

        finished(world, id, &[("recall", 0.7)]);
        change(world, "Dana", id, 2, to("Twenty trees are enough")).unwrap();
        assert!(!shown(world, "Dana", id).hypothesis_changed_after_first_run, "the same words again");
        change(world, "Dana", id, 3, to("Thirty trees are enough")).unwrap();
        assert!(shown(world, "Dana", id).hypothesis_changed_after_first_run);

        let told = world.events().into_iter().rfind(|event| event.kind == "experiment.changed").unwrap();
        let both = json!({"before": "Twenty trees are enough", "after": "Thirty trees are enough"});
        assert_eq!(told.data["hypothesis"], both);
    });
}

type Act = fn(&mut db::Tx, &Actor, ExperimentId) -> base::Result<()>;

#[test]
fn viewers_look_and_strangers_see_nothing() {
    each_world(|world| {
        let id = proposed(world, "Secret", None);
        let (mara, rita) = (world.actor("Mara"), world.actor("Rita"));
        assert_eq!(shown(world, "Mara", id).can.why_not("edit").unwrap().split(' ').next(), Some("Viewers"));

        let refused = change(world, "Mara", id, 1, Change::default()).unwrap_err();
        assert!(refused.is(Kind::Forbidden));
        let tried = |act: Act, who: &Actor| {
            let who = who.clone();
            world.db.write_blocking(move |tx| act(tx, &who, id)).unwrap_err()
        };
        let acts: [Act; 6] = [
            |tx, who, id| experiment::rename(tx, who, id, "Other"),
            experiment::delete,
            experiment::restore,
            |tx, who, id| experiment::set_tag(tx, who, id, "a", "b"),
            |tx, who, id| experiment::delete_tag(tx, who, id, "a"),
            |tx, who, id| run::create(tx, who, id, &run::New::default()).map(drop),
        ];
        for act in acts {
            assert!(tried(act, &mara).is(Kind::Forbidden));
            assert_eq!(tried(act, &rita).detail(), "No such experiment, or it is not yours to see.");
        }
        let absent = world.db.read_blocking(move |tx| experiment::get(tx, &rita, ExperimentId(987_654))).unwrap_err();
        assert_eq!(absent.detail(), "No such experiment, or it is not yours to see.");
        assert_eq!(shown(world, "Dana", id).name, "Secret");
    });
}

#[test]
fn names_are_there_to_be_read() {
    each_world(|world| {
        let id = proposed(world, "\u{202E}Bets", None);
        assert_eq!(shown(world, "Dana", id).name, "Experiment", "no name is taken from a line that turns around");
        let run = finished(world, id, &[]).id;
        for (name, why) in [("\u{200B}", "can be seen"), ("safe\u{202E}evil", "U+202E")] {
            let named = |act: fn(&mut db::Tx, &Actor, &RunId, ExperimentId, &str) -> base::Result<()>| {
                let (dana, run) = (world.actor("Dana"), run.clone());
                let refusal = world.db.write_blocking(move |tx| act(tx, &dana, &run, id, name)).unwrap_err();
                assert!(refusal.is(Kind::Invalid) && refusal.detail().contains(why), "{refusal}");
            };
            named(|tx, dana, _, id, name| experiment::rename(tx, dana, id, name));
            named(|tx, dana, _, _, name| {
                let project = people::project::with_key(tx, "CHURN")?.id;
                let new = New { name: Some(name.to_owned()), ..New::default() };
                experiment::propose(tx, dana, &project, &new).map(drop)
            });
            named(|tx, dana, _, id, name| {
                run::create(tx, dana, id, &run::New { name: Some(name.to_owned()), ..run::New::default() }).map(drop)
            });
            named(|tx, dana, run, _, name| run::set_tag(tx, dana, run, "mlflow.runName", name));
        }
        let (dana, odd) = (world.actor("Dana"), "two\nlines, \u{5E9}\u{200F}");
        world.db.write_blocking(move |tx| experiment::rename(tx, &dana, id, odd)).unwrap();
        assert_eq!(shown(world, "Dana", id).name, odd, "what clients may send stays as it is");
    });
}

#[test]
fn a_deleted_experiment_keeps_its_name_and_comes_back_with_its_runs() {
    each_world(|world| {
        let id = proposed(world, "Bets", None);
        let run = finished(world, id, &[("recall", 0.7)]);
        let (dana, single) = (world.actor("Dana"), finished(world, id, &[]).id);
        world.db.write_blocking(move |tx| run::delete(tx, &dana, &single)).unwrap();

        let dana = world.actor("Dana");
        world.db.write_blocking(move |tx| experiment::delete(tx, &dana, id)).unwrap();
        assert_eq!(shown(world, "Dana", id).runs.total, 0);
        let dana = world.actor("Dana");
        let again = world.db.write_blocking(move |tx| experiment::delete(tx, &dana, id)).unwrap_err();
        assert!(again.is(Kind::Conflict));
        let (dana, project) = (world.actor("Dana"), world.churn.id.clone());
        let same = New { name: Some("Bets".to_owned()), ..New::default() };
        let refused = world.db.write_blocking(move |tx| experiment::propose(tx, &dana, &project, &same)).unwrap_err();
        assert_eq!(refused.members()["taken"], "Bets");
        let (dana, dead) = (world.actor("Dana"), run.id.clone());
        let refused =
            world.db.write_blocking(move |tx| run::log_metric(tx, &dana, &dead, &value("x", 1.0))).unwrap_err();
        assert_eq!(refused.detail(), format!("The run {} is deleted. Restore it to change it.", run.id));

        let dana = world.actor("Dana");
        world.db.write_blocking(move |tx| experiment::restore(tx, &dana, id)).unwrap();
        assert_eq!(shown(world, "Dana", id).runs.total, 2);
    });
}

#[test]
fn each_project_has_one_default() {
    each_world(|world| {
        let make = |name: &str| {
            let (actor, project) = (world.actor(name), world.churn.id.clone());
            world.db.write_blocking(move |tx| experiment::default_of(tx, &actor, &project))
        };
        assert!(make("Mara").unwrap_err().is(Kind::Forbidden));
        let first = make("Dana").unwrap();
        assert_eq!((first.name.as_str(), first.first), ("Default", true));
        assert_eq!(make("Mei").unwrap().id, first.id);
        assert_eq!(first.artifact_location(), format!("mlflow-artifacts:/{}", first.id));
    });
}

#[test]
fn a_bet_is_proposed_changed_and_shown() {
    each_world(|world| {
        let dana = world.client(|door| change_routes(crate::routes(door), |_, _, _, _| Ok(()))).bearer(&world.token(
            "Dana",
            Scope::Full,
            None,
        ));
        let rule = json!({
            "metric": "recall", "comparator": ">=", "threshold": 0.75, "time_box_days": 14,
            "constraints": [{"metric": "precision", "comparator": ">=", "threshold": 0.9}],
        });
        let bet = json!({"hypothesis": "Device-graph features", "owner": email("Mei"), "rule": rule});
        let twice = dana.with("idempotency-key", "story-0001");
        let made = twice.post("/api/v1/projects/CHURN/experiments", bet.clone());
        assert_eq!(made.status, 201, "{}", made.text());
        assert_eq!(twice.post("/api/v1/projects/CHURN/experiments", bet).json(), made.json());
        let page = made.json();
        assert_eq!(page["name"], "Device-graph features");
        assert_eq!(page["project"], "CHURN");
        assert_eq!(page["owner"]["name"], "Mei");
        assert_eq!(page["status"], "proposed");
        assert_eq!(page["required_reviews"], json!(["technical", "ethics", "business"]));
        assert_eq!((&page["metrics"], &page["verdict"]), (&json!([]), &Value::Null));
        let timeline = json!({
            "proposed_at": "2026-03-02T09:00:00.000Z", "time_box_days": 14, "decide_by": "2026-03-16T09:00:00.000Z",
            "estimate": {"days": null, "basis": "no other experiment of this project has a verdict yet"},
        });
        assert_eq!(page["timeline"], timeline);
        assert_eq!(page["rule"]["set_by"]["name"], "Dana");
        assert_eq!(page["rule"]["changed_after_first_run"], false);
        assert_eq!(page["can"]["edit"], true);
        assert_eq!(page["can"]["ask_promotion"], "No run is finished yet.");

        let id = ExperimentId(page["id"].as_i64().unwrap());
        let path = format!("/api/v1/experiments/{id}");
        let read = dana.get(&path);
        assert_eq!(read.header("etag"), "\"1\"");
        assert_eq!(dana.patch(&path, json!({"hypothesis": "x"})).status, 428);
        let newer = dana.with("if-match", "\"1\"").patch(&path, json!({"hypothesis": "Graphs of devices"}));
        assert_eq!((newer.status, newer.header("etag")), (200, "\"2\""));
        let stale = dana.with("if-match", "\"1\"").patch(&path, json!({"hypothesis": "Mine"}));
        assert_eq!((stale.status, &stale.json()["current"]["hypothesis"]), (412, &json!("Graphs of devices")));

        finished(world, id, &[("recall", 0.7), ("precision", 0.95), ("loss", 0.3)]);
        let best = finished(world, id, &[("recall", 0.757), ("precision", 0.905), ("loss", f64::NAN)]);
        let page = dana.get(&path).json();
        assert_eq!((&page["status"], &page["verdict"]["state"]), (&json!("running"), &json!("supported")));
        assert_eq!(page["runs"], json!({"total": 2, "running": 0, "finished": 2, "failed": 0}));
        let loss = &page["metrics"][0];
        assert_eq!(
            (&loss["name"], &loss["direction"], &loss["best"]["value"]),
            (&json!("loss"), &json!("lower"), &json!(0.3))
        );
        assert_eq!(loss["latest"]["value"], "NaN");
        assert_eq!(page["metrics"][2]["best"], json!({"value": 0.757, "run": {"id": best.id, "name": best.name}}));

        let listed = |query: &str| {
            let page = dana.get(&format!("/api/v1/projects/CHURN/experiments?{query}")).json();
            page["items"].as_array().unwrap_or_else(|| panic!("{query}: {page}")).len()
        };
        for (query, count) in [
            ("", 1),
            ("q=DEVICES", 1),
            ("q=%25", 0),
            ("owner=me", 0),
            ("owner=mei@slipway.test", 1),
            ("status=running", 1),
            ("status=approved", 0),
            ("verdict=supported", 1),
            ("verdict=open", 0),
            ("deleted=true", 0),
            ("limit=1", 1),
        ] {
            assert_eq!(listed(query), count, "{query}");
        }
        let actor = world.actor("Dana");
        world.db.write_blocking(move |tx| experiment::delete(tx, &actor, id)).unwrap();
        assert_eq!((listed(""), listed("deleted=true")), (0, 1));
        assert_eq!(dana.post(&format!("{path}/restoration"), json!({})).json()["deleted"], false);
        let mine = world.client(crate::routes).bearer(&world.token("Mei", Scope::Read, None));
        assert_eq!(mine.get("/api/v1/experiments?owner=me").json()["items"][0]["id"], id.0);
        let strange = world.client(crate::routes).bearer(&world.token("Rita", Scope::Full, None));
        assert_eq!(strange.get(&path).status, 404);
        assert_eq!(strange.get("/api/v1/experiments").json()["items"], json!([]));
    });
}

#[test]
fn nonsense_is_refused_by_name() {
    each_world(|world| {
        let dana = world.client(crate::routes).bearer(&world.token("Dana", Scope::Full, None));
        let rule = |rule: Value| json!({"hypothesis": "h", "rule": rule});
        let ruled = |comparator: Value, threshold: Value| {
            rule(json!({"metric": "m", "comparator": comparator, "threshold": threshold}))
        };
        let wrong = [
            (json!({}), "body: missing field `hypothesis`"),
            (json!({"hypothesis": ""}), "hypothesis: must not be empty"),
            (json!({"hypothesis": 5}), "hypothesis: must be text, not integer `5`"),
            (json!({"hypothesis": "h", "x": 1}), "x: is no field here; there are `"),
            (json!({"hypothesis": "h", "name": "n".repeat(501)}), "name: must have at most 500 characters"),
            (json!({"hypothesis": "h\u{0}"}), "hypothesis: contains the control character U+0000"),
            (
                json!({"hypothesis": "h", "owner": "nobody@slipway.test"}),
                "owner: must be the e-mail address of a member",
            ),
            (json!({"hypothesis": "h", "owner": email("Mara")}), "owner: is a viewer of this project"),
            (ruled(json!("=="), json!(1)), "rule.comparator: must be one of `>=`"),
            (ruled(json!(">"), json!("NaN")), "rule.threshold: must be a number, not string"),
            (
                rule(json!({"metric": "m", "comparator": ">", "threshold": 1, "time_box_days": 0})),
                "rule.time_box_days: must be between",
            ),
            (rule(json!({"metric": "", "comparator": ">", "threshold": 1})), "rule.metric: must not be empty"),
        ];
        for (body, expected) in wrong {
            let refused = dana.post("/api/v1/projects/CHURN/experiments", body);
            assert_eq!(refused.status, 400, "{expected}");
            assert!(refused.detail().starts_with(expected), "{} is not {expected}", refused.detail());
        }
        let huge = r#"{"hypothesis": "h", "rule": {"metric": "m", "comparator": ">", "threshold": 1e999}}"#;
        let client = dana.with("content-type", "application/json");
        assert_eq!(client.raw(Method::POST, "/api/v1/projects/CHURN/experiments", huge).status, 400);
        for path in [
            "/api/v1/experiments/x",
            "/api/v1/experiments/99999999999999999999",
            "/api/v1/experiments/-1",
            "/api/v1/runs/x",
            "/api/v1/runs/%20",
        ] {
            assert_eq!(dana.get(path).status, 404, "{path}");
        }
        for query in ["limit=0", "limit=x", "cursor=x", "status=x", "y=1"] {
            assert_eq!(dana.get(&format!("/api/v1/projects/CHURN/experiments?{query}")).status, 400, "{query}");
        }
        assert_eq!(dana.get("/api/v1/projects/CHURN/experiments").json()["items"], json!([]));
    });
}
