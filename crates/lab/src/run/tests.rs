//! Stories about logging to runs and finding them again.

use base::{Kind, Result, Time};
use db::job::Lane;
use people::{
    Actor, Scope,
    testing::{World, each_world},
};
use serde_json::json;

use crate::{
    experiment::{self, tests::value},
    metric::{self, Point, tests::a_run},
    model,
    run::{self, Batch, New, Run, Status, Update},
    search::{Condition, NumberOperator, Order, Search, Test, TextOperator},
};

pub fn pair(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

fn batch(world: &World, actor: &Actor, run: &Run, batch: Batch) -> Result<()> {
    let (actor, id) = (actor.clone(), run.id.clone());
    world.db.write_blocking(move |tx| run::log_batch(tx, &actor, &id, &batch))
}

fn content(world: &World, run: &Run) -> run::Content {
    let run = run.clone();
    world.db.read_blocking(move |tx| run::content(tx, std::slice::from_ref(&run))).unwrap().remove(0)
}

pub fn act<T: Send + 'static>(world: &World, act: impl Fn(&mut db::Tx) -> Result<T> + Send + 'static) -> Result<T> {
    world.db.write_blocking(act)
}

#[test]
fn one_bad_item_and_nothing_of_the_batch_stays() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        let good = Batch {
            metrics: vec![value("auc", 0.8), value("auc", 0.8)],
            params: vec![pair("lr", "0.1")],
            tags: vec![pair("team", "a"), pair("team", "b")],
        };
        batch(world, &dana, &run, good.clone()).unwrap();
        batch(world, &dana, &run, good.clone()).unwrap();
        let before = content(world, &run);
        assert_eq!(before.params, [pair("lr", "0.1")]);
        assert_eq!(before.tags, [pair("mlflow.runName", &run.name), pair("team", "b")]);

        let changed =
            Batch { metrics: vec![value("new", 1.0)], params: vec![pair("a", "1"), pair("lr", "0.2")], tags: vec![] };
        let refused = batch(world, &dana, &run, changed).unwrap_err();
        assert!(refused.detail().starts_with("Changing param values is not allowed"), "{}", refused.detail());
        assert!(refused.is(Kind::Invalid));
        let wrong = [
            (
                Batch { metrics: vec![value("ok", 1.0), value("a,b", 1.0)], ..Batch::default() },
                "metrics[1].key: contains ','",
            ),
            (Batch { params: vec![pair("p", "1"), pair("p", "1")], ..Batch::default() }, "params[1].key: repeats"),
            (Batch { tags: vec![pair("", "1")], ..Batch::default() }, "tags[0].key: must not be empty"),
            (Batch { tags: vec![pair("a", "\0")], ..Batch::default() }, "tags[0].value: contains"),
            (Batch { metrics: vec![value("x", 1.0); 1_001], ..Batch::default() }, "metrics: must hold at most 1000"),
            (Batch { params: vec![pair("x", "1"); 101], ..Batch::default() }, "params: must hold at most 100"),
        ];
        for (wrong, start) in wrong {
            let refused = batch(world, &dana, &run, wrong).unwrap_err();
            assert!(refused.detail().starts_with(start), "{}", refused.detail());
        }
        assert_eq!(content(world, &run), before);
    });
}

#[test]
fn keys_and_lengths_have_limits() {
    for good in ["a", " ", "a b", "val/loss", "ns:key", "ß-1_2.3", "日本"] {
        assert!(crate::limit::check_key("key", good).is_ok(), "{good}");
    }
    let long = "k".repeat(251);
    for wrong in [
        "", "/a", "a/", "a//b", "..", "a/../b", ".", "a\tb", "a\n", "é👍", "a,b", "a;b", "a=b", "a#b", "a%", "a'b",
        "a\\b", "a*", "a(b)", "a[b]", "a@b", &long,
    ] {
        assert!(crate::limit::check_key("key", wrong).is_err(), "{wrong}");
    }
    each_world(|world| {
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        let wide = Batch {
            params: vec![pair("p", &"ü".repeat(6_001))],
            tags: vec![pair("t", &"t".repeat(9_000))],
            ..Batch::default()
        };
        batch(world, &dana, &run, wide.clone()).unwrap();
        batch(world, &dana, &run, wide).unwrap();
        let content = content(world, &run);
        assert_eq!(content.params[0].1.chars().count(), 6_000);
        assert_eq!(content.tags[1].1.len(), 8_000);
    });
}

#[test]
fn a_run_has_one_name_and_ends_once() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let first = a_run(world, &dana);
        assert!(first.name.split('-').count() == 3, "{}", first.name);
        let (actor, experiment) = (dana.clone(), first.experiment);
        let two = New { name: Some("a".to_owned()), tags: vec![pair("mlflow.runName", "b")], ..New::default() };
        assert!(act(world, move |tx| run::create(tx, &actor, experiment, &two)).unwrap_err().is(Kind::Invalid));
        let (actor, tagged) = (dana.clone(), New { tags: vec![pair("mlflow.runName", "tagged")], ..New::default() });
        assert_eq!(act(world, move |tx| run::create(tx, &actor, experiment, &tagged)).unwrap().name, "tagged");

        let update = |update: Update| {
            let (dana, id) = (dana.clone(), first.id.clone());
            act(world, move |tx| run::update(tx, &dana, &id, &update)).unwrap()
        };
        let renamed = update(Update { name: Some("better".to_owned()), ..Update::default() });
        assert_eq!((renamed.name.as_str(), renamed.ended_at), ("better", None));
        assert_eq!(content(world, &first).tags, [pair("mlflow.runName", "better")]);
        assert_eq!(update(Update { name: Some(String::new()), ..Update::default() }).name, "better");

        let ended = update(Update { status: Some(Status::Failed), ended_at: Some(Time(5)), ..Update::default() });
        assert_eq!((ended.ended_at, ended.settled_at), (Some(Time(5)), Some(world.db.clock.now())));
        world.db.days_pass(1);
        let again = update(Update { status: Some(Status::Failed), ..Update::default() });
        assert_eq!((again.ended_at, again.settled_at), (ended.ended_at, ended.settled_at));
        let resumed = update(Update { status: Some(Status::Running), ..Update::default() });
        assert_eq!((resumed.ended_at, resumed.settled_at), (None, None));
        let done = update(Update { status: Some(Status::Finished), ..Update::default() });
        assert_eq!(done.ended_at, Some(world.db.clock.now()));

        let (actor, id) = (dana.clone(), first.id.clone());
        act(world, move |tx| run::set_tag(tx, &actor, &id, "mlflow.runName", "by tag")).unwrap();
        let (actor, id) = (dana.clone(), first.id.clone());
        assert_eq!(act(world, move |tx| run::get(tx, &actor, &id)).unwrap().name, "by tag");
        let (actor, id) = (dana.clone(), first.id.clone());
        assert!(act(world, move |tx| run::delete_tag(tx, &actor, &id, "absent")).unwrap_err().is(Kind::NotFound));
    });
}

#[test]
fn a_metric_of_a_model_belongs_to_both() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        let (actor, experiment, id) = (dana.clone(), run.experiment, run.id.clone());
        let new = model::New {
            name: Some("churn".to_owned()),
            run: Some(id),
            tags: vec![pair("k", "v")],
            ..model::New::default()
        };
        let model = act(world, move |tx| model::create(tx, &actor, experiment, &new)).unwrap();
        assert!(model.id.as_str().starts_with("m-") && model.id.as_str().len() == 34);
        let measured = |id: &str| metric::New {
            key: "auc".into(),
            point: Point { at: Time(1), step: 2, value: 0.9 },
            model: Some(metric::Measured { model: id.into(), dataset: "iris".to_owned(), digest: String::new() }),
        };
        let (actor, id, new) = (dana.clone(), run.id.clone(), measured(model.id.as_str()));
        act(world, move |tx| run::log_metric(tx, &actor, &id, &new)).unwrap();
        let (actor, id, absent) = (dana.clone(), run.id.clone(), measured("m-0"));
        assert!(act(world, move |tx| run::log_metric(tx, &actor, &id, &absent)).unwrap_err().is(Kind::NotFound));
        let asked = model.clone();
        let content =
            world.db.read_blocking(move |tx| model::content(tx, std::slice::from_ref(&asked))).unwrap().remove(0);
        assert_eq!((content.metrics.len(), content.metrics[0].dataset.clone()), (1, Some(pair("iris", ""))));
        assert_eq!(content.tags, [pair("k", "v")]);

        use model::search::{Attribute as A, Field as F};
        let by = |field: F, test: Test| {
            let dana = world.actor("Dana");
            let conditions = vec![Condition { field, test }];
            let order = vec![
                Order { field: F::Metric("auc".to_owned()), descending: true },
                Order { field: F::Attribute(A::Run), descending: false },
            ];
            let search = Search { conditions, order, ..Search::default() };
            world.db.read_blocking(move |tx| model::search(tx, &dana, &[experiment], &[], &search)).unwrap().items.len()
        };
        assert_eq!(by(F::Metric("auc".to_owned()), Test::Number(NumberOperator::Above, 0.5)), 1);
        assert_eq!(by(F::Metric("auc".to_owned()), Test::Number(NumberOperator::Above, 0.95)), 0);
        assert_eq!(by(F::Attribute(A::Name), Test::Text(TextOperator::Equal, "churn".to_owned())), 1);
        assert_eq!(by(F::Attribute(A::Status), Test::Number(NumberOperator::Equal, 1.0)), 1);
        assert_eq!(by(F::Tag("k".to_owned()), Test::Text(TextOperator::NotEqual, "v".to_owned())), 0);
    });
}

#[test]
fn a_finished_run_that_logs_more_is_judged_again() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        let (actor, id, experiment) = (dana.clone(), run.id.clone(), run.experiment);
        let finish = move |tx: &mut db::Tx| {
            let rule = crate::rule::New {
                metric: "auc".to_owned(),
                comparator: crate::rule::Comparator::AtLeast,
                threshold: 0.9,
                constraints: vec![],
                dataset: None,
                time_box_days: None,
            };
            let change = experiment::Change { rule: Some(Some(rule)), ..experiment::Change::default() };
            experiment::change(tx, &actor, experiment, 1, &change)?;
            run::update(tx, &actor, &id, &Update { status: Some(Status::Finished), ..Update::default() })?;
            run::log_metric(tx, &actor, &id, &value("other", 1.0))?;
            assert!(db::job::claim(tx, Lane::Only(experiment::SETTLE))?.is_none(), "the rule does not ask for it");
            run::log_metric(tx, &actor, &id, &value("auc", 0.95))?;
            let job = db::job::claim(tx, Lane::Only(experiment::SETTLE))?.expect("a job");
            assert_eq!(job.kind, experiment::SETTLE);
            experiment::settle(tx, experiment::settle_job(&job.body)?)?;
            Ok(crate::verdict::of(tx, experiment)?.unwrap().state)
        };
        assert_eq!(act(world, finish).unwrap(), crate::verdict::State::Supported);
    });
}

#[test]
fn runs_are_shown_as_a_table_as_csv_and_as_a_chart() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let first = a_run(world, &dana);
        let logged = Batch {
            metrics: vec![value("auc", 0.5), value("odd", f64::INFINITY)],
            params: vec![pair("lr", "=1+1")],
            tags: vec![pair("note", "a \"b\", c")],
        };
        batch(world, &dana, &first, logged).unwrap();
        let second = a_run(world, &dana);
        batch(world, &dana, &second, Batch { metrics: vec![value("auc", 0.7)], ..Batch::default() }).unwrap();

        let client = world.client(crate::routes).bearer(&world.token("Dana", Scope::Full, None));
        let runs = format!("/api/v1/experiments/{}/runs", first.experiment);
        let table = client.get(&format!("{runs}?sort=metrics.auc:asc&limit=1")).json();
        let shown = &table["items"][0];
        assert_eq!(
            (&shown["id"], &shown["project"], &shown["user"]["name"]),
            (&json!(first.id), &json!("CHURN"), &json!("Dana"))
        );
        assert_eq!((&shown["metrics"], &shown["evidence"]), (&json!({"auc": 0.5, "odd": "Infinity"}), &json!(null)));
        assert_eq!(
            table["columns"],
            json!({"params": ["lr"], "metrics": ["auc", "odd"], "tags": ["mlflow.runName", "note"]})
        );
        let next = table["next"].as_str().unwrap();
        let rest = client.get(&format!("{runs}?sort=metrics.auc:asc&limit=1&cursor={next}")).json();
        assert_eq!((&rest["items"][0]["id"], &rest["next"]), (&json!(second.id), &json!(null)));
        for wrong in ["sort=auc", "sort=metrics.auc:up", "status=DONE", "format=xml", "limit=1001", "cursor=%21"] {
            assert_eq!(client.get(&format!("{runs}?{wrong}")).status, 400, "{wrong}");
        }

        let csv = client.get(&format!("{runs}?format=csv&sort=metrics.auc:desc"));
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
        let lines: Vec<String> = csv.text().lines().map(str::to_owned).collect();
        assert_eq!(
            lines[0],
            "run_id,name,status,user,started_at,ended_at,experiment_id,param.lr,metric.auc,metric.odd,tag.mlflow.runName,tag.note"
        );
        assert!(
            lines[1].starts_with(second.id.as_str()) && lines[1].ends_with(&format!(",,0.7,,{},", second.name)),
            "{}",
            lines[1]
        );
        assert!(lines[2].contains(",'=1+1,0.5,Infinity,") && lines[2].ends_with("\"a \"\"b\"\", c\""), "{}", lines[2]);

        let series = format!("/api/v1/experiments/{}/series?metric=auc", first.experiment);
        let chart = client.get(&format!("{series}&runs={},{}&points=10", first.id, second.id)).json();
        assert_eq!(chart["series"][1]["run"]["id"], json!(second.id));
        let point = json!({"step": 0, "at": "1970-01-01T00:00:01.000Z", "value": 0.7, "min": 0.7, "max": 0.7});
        assert_eq!((&chart["series"][1]["points"], &chart["series"][1]["total"]), (&json!([point]), &json!(1)));
        assert_eq!(client.get(&series).json()["series"].as_array().unwrap().len(), 2);
        assert_eq!(client.get(&format!("{series}&runs={}", "0".repeat(32))).status, 404);
        assert_eq!(client.get(&format!("{series}&points=0")).status, 400);

        let path = format!("/api/v1/runs/{}", first.id);
        assert_eq!(client.patch(&path, json!({"name": "renamed"})).json()["name"], "renamed");
        assert_eq!(client.patch(&path, json!({"name": ""})).status, 400);
        let (actor, id) = (world.actor("Dana"), first.id.clone());
        world.db.write_blocking(move |tx| run::delete(tx, &actor, &id)).unwrap();
        assert_eq!(client.get(&path).json()["can"]["edit"], "The run is deleted. Restore it first.");
        assert_eq!(client.get(&format!("{runs}?deleted=true")).json()["items"].as_array().unwrap().len(), 1);
        assert_eq!(client.post(&format!("{path}/restoration"), json!({})).json()["deleted"], false);
        let reader = client.bearer(&world.token("Dana", Scope::Read, None));
        assert_eq!(reader.patch(&path, json!({"name": "mine"})).status, 403);
        let viewer = client.bearer(&world.token("Mara", Scope::Full, None));
        assert_eq!((viewer.get(&path).status, viewer.patch(&path, json!({"name": "mine"})).status), (200, 403));
        let stranger = client.bearer(&world.token("Rita", Scope::Full, None));
        assert_eq!((stranger.get(&path).status, stranger.get(&runs).status), (404, 404));
    });
}

#[test]
fn values_stand_still_when_the_run_ends_or_a_day_passes() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        let moving = || {
            let num = run.num;
            let (keys, true_to_the_latest) = world.db.read_blocking(move |tx| run::store::moving(tx, num)).unwrap();
            assert!(true_to_the_latest);
            keys.concat()
        };
        let log = |key: &str, step: i64| {
            let mut new = value(key, step as f64);
            new.point.step = step;
            let (dana, id) = (dana.clone(), run.id.clone());
            world.db.append_blocking(move |tx| run::log_metric(tx, &dana, &id, &new)).unwrap();
        };
        let end = |status| {
            let (dana, id) = (dana.clone(), run.id.clone());
            let update = Update { status: Some(status), ..Update::default() };
            act(world, move |tx| run::update(tx, &dana, &id, &update)).unwrap();
        };
        log("a", 0);
        log("b", 0);
        batch(world, &dana, &run, Batch { metrics: vec![value("c", f64::NAN)], ..Batch::default() }).unwrap();
        assert_eq!(moving(), "abc");
        end(Status::Finished);
        assert_eq!(moving(), "c", "what is no number is not in the index");
        log("a", 1);
        log("d", 1);
        assert_eq!(moving(), "c", "the run has ended");
        end(Status::Running);
        log("b", 1);
        log("b", 2);
        batch(world, &dana, &run, Batch { metrics: vec![value("a", 0.5)], ..Batch::default() }).unwrap();
        assert_eq!(moving(), "bc", "the point of step 0 is not the latest of a");

        let look = || {
            let experiment = run.experiment;
            act(world, move |tx| run::settle(tx, experiment)).unwrap();
        };
        look();
        assert_eq!(moving(), "bc");
        world.db.days_pass(2);
        look();
        assert_eq!(moving(), "c", "killed, it seems");
        log("b", 3);
        assert_eq!(moving(), "bc", "but it was not");
    });
}
