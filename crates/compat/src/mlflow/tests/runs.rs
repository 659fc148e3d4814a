use serde_json::json;

use super::{each_story, refused};

#[test]
fn a_run_is_logged_and_read_back() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let experiment = dana.experiment("churn by tenure");
        let run = dana.run(&experiment);
        for (step, value) in [(0, 0.7), (1, 0.8), (1, 0.8)] {
            let point = json!({ "run_id": run, "key": "auc", "value": value, "timestamp": 10, "step": step });
            assert_eq!(dana.ok("runs/log-metric", point), json!({}));
        }
        dana.ok("runs/log-parameter", json!({ "run_uuid": run, "key": "depth", "value": "3" }));
        dana.ok(
            "runs/log-batch",
            json!({
                "run_id": run,
                "metrics": [{ "key": "loss", "value": "NaN", "timestamp": 1 }, { "key": "big", "value": "-Infinity", "timestamp": "1" }],
                "tags": [{ "key": "team", "value": "growth" }],
            }),
        );
        dana.ok(
            "runs/log-inputs",
            json!({ "run_id": run, "datasets": [{
                "dataset": { "name": "tenure", "digest": "d1", "source_type": "local", "source": "{}", "schema": "s" },
                "tags": [{ "key": "mlflow.data.context", "value": "training" }],
            }]}),
        );
        dana.ok("runs/update", json!({ "run_id": run, "status": "FINISHED", "end_time": 99 }));

        let read = dana.read(&format!("runs/get?run_id={run}"));
        let read = &read["run"];
        assert_eq!(
            read["data"],
            json!({
                "metrics": [
                    { "key": "auc", "value": 0.8, "timestamp": 10, "step": 1 },
                    { "key": "big", "value": "-Infinity", "timestamp": 1, "step": 0 },
                    { "key": "loss", "value": "NaN", "timestamp": 1, "step": 0 },
                ],
                "params": [{ "key": "depth", "value": "3" }],
                "tags": [{ "key": "mlflow.runName", "value": "first" }, { "key": "team", "value": "growth" }],
            })
        );
        assert_eq!(
            read["info"],
            json!({
                "run_id": run, "run_uuid": run, "run_name": "first", "experiment_id": experiment, "user_id": "",
                "status": "FINISHED", "start_time": 0, "end_time": 99, "lifecycle_stage": "active",
                "artifact_uri": format!("mlflow-artifacts:/{experiment}/{run}/artifacts"),
            })
        );
        assert_eq!(read["inputs"]["dataset_inputs"][0]["dataset"]["schema"], "s");
        assert_eq!(read["outputs"], json!({}));

        let history = dana.read(&format!("metrics/get-history?run_id={run}&metric_key=auc&max_results=1"));
        assert_eq!(history["metrics"][0]["step"], 0);
        let token = history["next_page_token"].as_str().unwrap();
        let rest = dana.read(&format!("metrics/get-history?run_id={run}&metric_key=auc&page_token={token}"));
        assert_eq!(rest, json!({ "metrics": [{ "key": "auc", "value": 0.8, "timestamp": 10, "step": 1 }] }));
        assert_eq!(dana.read("metrics/get-history?run_id=nobody&metric_key=auc"), json!({}));
    });
}

/// A search shows the same as the run itself does, whatever was seen of it before.
#[test]
fn a_search_shows_what_a_run_holds_now() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let experiment = dana.experiment("changing");
        let (run, other) = (dana.run(&experiment), dana.run(&experiment));
        let seen = || {
            let found = dana.ok("runs/search", json!({ "experiment_ids": [experiment], "run_view_type": "ALL" }));
            let found = found["runs"].as_array().unwrap().clone();
            assert_eq!(found.len(), 2);
            for found in &found {
                let id = found["info"]["run_id"].as_str().unwrap();
                assert_eq!(*found, dana.read(&format!("runs/get?run_id={id}"))["run"]);
            }
            found.into_iter().find(|found| found["info"]["run_id"] == run.as_str()).unwrap()
        };
        let model = dana.ok("logged-models", json!({ "experiment_id": experiment, "name": "m" }));
        let model = model["model"]["info"]["model_id"].clone();
        let dataset = json!({ "name": "tenure", "digest": "d1", "source_type": "local", "source": "{}" });
        let point = |key: &str, value: f64, step: i64| json!({ "run_id": run, "key": key, "value": value, "timestamp": 7, "step": step });
        let mut before = seen();
        for (route, body) in [
            ("runs/log-metric", point("auc", 0.5, 0)),
            ("runs/log-metric", point("auc", 0.75, 1)),
            ("runs/log-metric", point("loss", 2.0, 0)),
            ("runs/log-parameter", json!({ "run_id": run, "key": "depth", "value": "3" })),
            ("runs/set-tag", json!({ "run_id": run, "key": "team", "value": "growth" })),
            ("runs/set-tag", json!({ "run_id": run, "key": "team", "value": "fraud" })),
            ("runs/delete-tag", json!({ "run_id": run, "key": "team" })),
            ("runs/set-tag", json!({ "run_id": run, "key": "team", "value": "growth" })),
            ("runs/log-batch", json!({ "run_id": run, "params": [{ "key": "lr", "value": "0.1" }] })),
            ("runs/log-batch", json!({ "run_id": run, "tags": [{ "key": "host", "value": "a" }] })),
            ("runs/log-inputs", json!({ "run_id": run, "datasets": [{ "dataset": dataset }] })),
            ("runs/log-inputs", json!({ "run_id": run, "models": [{ "model_id": model }] })),
            ("runs/outputs", json!({ "run_id": run, "models": [{ "model_id": model, "step": 1 }] })),
            ("runs/update", json!({ "run_id": run, "run_name": "renamed" })),
            ("runs/set-tag", json!({ "run_id": run, "key": "mlflow.runName", "value": "by its tag" })),
            ("runs/update", json!({ "run_id": run, "status": "FINISHED", "end_time": 99 })),
            ("runs/log-metric", point("auc", 0.8, 2)),
            ("runs/delete", json!({ "run_id": run })),
            ("runs/restore", json!({ "run_id": run })),
        ] {
            dana.ok(route, body.clone());
            let now = seen();
            assert_ne!(before, now, "{route} {body}");
            before = now;
        }
        // What another does to another run leaves it as it was.
        let mei = sign_in("Mei");
        mei.ok("runs/set-tag", json!({ "run_id": other, "key": "seen", "value": "yes" }));
        assert_eq!(before, seen());
        assert_eq!(sign_in("Rita").ok("runs/search", json!({ "experiment_ids": [experiment] })), json!({}), "not hers");
    });
}

#[test]
fn a_long_series_is_sampled() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let run = dana.run(&dana.experiment("long"));
        let metrics: Vec<_> =
            (0..1000).map(|n| json!({ "key": "loss", "value": n, "timestamp": n, "step": n })).collect();
        dana.ok("runs/log-batch", json!({ "run_id": run, "metrics": metrics }));
        let sampled = |more: &str| {
            let route = format!("metrics/get-history-bulk-interval?run_ids={run}&run_ids=nobody&metric_key=loss{more}");
            let points = dana.read(&route)["metrics"].as_array().cloned().unwrap_or_default();
            points.iter().map(|point| point["step"].as_i64().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(sampled("&max_results=5"), [0, 399, 599, 799, 999]);
        assert_eq!(sampled("&max_results=1").len(), 1);
        assert_eq!(sampled("&start_step=10&end_step=12"), [10, 11, 12]);
        assert_eq!(sampled("&max_results=2&start_step=500&end_step=600"), [500, 600]);
        let some = sampled("&max_results=10&start_step=100&end_step=900");
        assert_eq!((some.len(), some[0], some[9]), (10, 100, 900));
        assert_eq!(sampled("").len(), 1000);
        let half = dana.get(&format!("metrics/get-history-bulk-interval?run_ids={run}&metric_key=loss&end_step=5"));
        refused(&half, "INVALID_PARAMETER_VALUE");
    });
}

#[test]
fn searches_filter_order_and_page() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let experiment = dana.experiment("searched");
        for (name, auc) in [("a", 0.7), ("b", 0.9), ("c", 0.8)] {
            let made =
                dana.ok("runs/create", json!({ "experiment_id": experiment, "run_name": name, "start_time": 5 }));
            let run = made["run"]["info"]["run_id"].clone();
            dana.ok("runs/log-metric", json!({ "run_id": run, "key": "auc", "value": auc, "timestamp": 1 }));
        }
        let search = |more: serde_json::Value| {
            let mut body = json!({ "experiment_ids": [experiment, "987654321"] });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let page = dana.ok("runs/search", body);
            let runs = page["runs"].as_array().cloned().unwrap_or_default();
            let names: String = runs.iter().map(|run| run["info"]["run_name"].as_str().unwrap()).collect();
            (names, page["next_page_token"].clone())
        };
        assert_eq!(search(json!({ "order_by": ["metrics.auc DESC"] })).0, "bca");
        assert_eq!(search(json!({ "filter": "metrics.auc > 0.75", "order_by": ["metrics.auc"] })).0, "cb");
        let asked = |token| json!({ "order_by": ["run_name"], "max_results": 2, "page_token": token });
        let (first, token) = search(asked(json!(null)));
        assert_eq!(first, "ab");
        assert_eq!(search(asked(token.clone())), ("c".to_owned(), json!(null)));
        let other = dana.post("runs/search", json!({ "experiment_ids": [experiment], "page_token": token }));
        refused(&other, "INVALID_PARAMETER_VALUE");
        let twice = json!({ "experiment_ids": [experiment], "order_by": ["start_time", "created DESC"] });
        refused(&dana.post("runs/search", twice), "INVALID_PARAMETER_VALUE");
        assert_eq!(dana.ok("runs/search", json!({})), json!({}));

        let found = dana.read("experiments/search?max_results=5&filter=name%20LIKE%20'search%25'&order_by=name");
        assert_eq!(found["experiments"][0]["experiment_id"], json!(experiment));
    });
}

#[test]
fn a_deleted_run_is_read_and_not_written() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let run = dana.run(&dana.experiment("short"));
        dana.ok("runs/delete", json!({ "run_id": run }));
        dana.ok("runs/delete", json!({ "run_id": run }));
        assert_eq!(dana.read(&format!("runs/get?run_id={run}"))["run"]["info"]["lifecycle_stage"], "deleted");
        let point = json!({ "run_id": run, "key": "auc", "value": 1, "timestamp": 1 });
        let why = refused(&dana.post("runs/log-metric", point), "INVALID_PARAMETER_VALUE");
        assert!(why.contains("is deleted"), "{why}");
        dana.ok("runs/restore", json!({ "run_id": run }));
        dana.ok("runs/set-tag", json!({ "run_id": run, "key": "back", "value": "yes" }));
    });
}

#[test]
fn names_of_experiments_are_taken_for_ever() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let experiment = dana.experiment("once");
        refused(&dana.post("experiments/create", json!({ "name": "once" })), "RESOURCE_ALREADY_EXISTS");
        dana.ok("experiments/delete", json!({ "experiment_id": experiment }));
        let again = dana.post("experiments/delete", json!({ "experiment_id": experiment }));
        refused(&again, "RESOURCE_DOES_NOT_EXIST");
        refused(&dana.post("experiments/create", json!({ "name": "once" })), "RESOURCE_ALREADY_EXISTS");
        assert_eq!(
            dana.read("experiments/get-by-name?experiment_name=once")["experiment"]["lifecycle_stage"],
            "deleted"
        );
        dana.ok("experiments/restore", json!({ "experiment_id": experiment }));
        dana.ok("experiments/update", json!({ "experiment_id": experiment, "new_name": "twice" }));
        let tag = json!({ "experiment_id": experiment, "key": "team", "value": "growth" });
        dana.ok("experiments/set-experiment-tag", tag);
        let read = dana.read(&format!("experiments/get?experiment_id={experiment}"));
        assert_eq!(read["experiment"]["name"], "twice");
        assert_eq!(read["experiment"]["tags"], json!([{ "key": "team", "value": "growth" }]));
    });
}

#[test]
fn an_experiment_that_is_work_is_not_deleted() {
    each_story(|world, sign_in| {
        let dana = sign_in("Dana");
        let bet = json!({
            "claim": "Graphs find more.", "metric": "recall", "comparator": ">=", "threshold": 0.75,
            "dataset": "fraud-eval v3", "time_box_days": 10,
        });
        let new = json!({ "title": "Graphs", "kind": "hypothesis", "hypothesis": bet });
        let (actor, new) = (world.actor("Dana"), serde_json::from_value::<plan::item::New>(new).unwrap());
        let made = world.db.write_blocking(move |tx| plan::item::create(tx, &actor, "CHURN", &new)).unwrap();
        let id = json!({ "experiment_id": made.experiment.unwrap().to_string() });
        let why = refused(&dana.post("experiments/delete", id.clone()), "INVALID_PARAMETER_VALUE");
        assert_eq!(why, "This experiment is CHURN-1. Put CHURN-1 into the trash first.");
        let actor = world.actor("Dana");
        world.db.write_blocking(move |tx| plan::item::delete(tx, &actor, "CHURN-1")).unwrap();
        dana.ok("experiments/delete", id);
    });
}

#[test]
fn older_clients_note_models_in_a_tag() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let run = dana.run(&dana.experiment("old"));
        let model = json!({ "artifact_path": "model", "flavors": {}, "run_id": run, "utc_time_created": "2024" });
        for _ in 0..2 {
            dana.ok("runs/log-model", json!({ "run_id": run, "model_json": model.to_string() }));
        }
        let read = dana.read(&format!("runs/get?run_id={run}"));
        let tags = read["run"]["data"]["tags"].as_array().unwrap();
        let history = tags.iter().find(|tag| tag["key"] == "mlflow.log-model.history").unwrap();
        let history: Vec<serde_json::Value> = serde_json::from_str(history["value"].as_str().unwrap()).unwrap();
        assert_eq!(history, [model.clone(), model]);
        let lacking = json!({ "run_id": run, "model_json": "{\"artifact_path\": \"model\"}" });
        refused(&dana.post("runs/log-model", lacking), "INVALID_PARAMETER_VALUE");
    });
}
