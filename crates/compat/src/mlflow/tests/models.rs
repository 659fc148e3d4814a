use axum::http::Method;
use serde_json::json;

use super::{API, each_story, refused};

#[test]
fn a_model_is_logged_measured_and_found() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let experiment = dana.experiment("models");
        let run = dana.run(&experiment);
        let new = json!({
            "experiment_id": experiment, "name": "forest", "source_run_id": run, "model_type": "tree",
            "params": [{ "key": "depth", "value": "3" }],
        });
        let made = dana.ok("logged-models", new);
        let info = &made["model"]["info"];
        assert_eq!(info["status"], "LOGGED_MODEL_PENDING");
        let id = info["model_id"].as_str().unwrap();
        assert_eq!(info["artifact_uri"], json!(format!("mlflow-artifacts:/{experiment}/models/{id}/artifacts")));
        dana.ok("runs/outputs", json!({ "run_id": run, "models": [{ "model_id": id, "step": 2 }] }));
        let point = json!({
            "run_id": run, "key": "auc", "value": 0.9, "timestamp": 1, "model_id": id, "dataset_name": "tenure",
            "dataset_digest": "d1",
        });
        dana.ok("runs/log-metric", point);

        let at = format!("{API}logged-models/{id}");
        let finished = dana.client.patch(&at, json!({ "model_id": id, "status": 2 })).json();
        assert_eq!(finished["model"]["info"]["status"], "LOGGED_MODEL_READY");
        refused(&dana.client.patch(&at, json!({ "model_id": "m-other", "status": 2 })), "INVALID_PARAMETER_VALUE");
        refused(&dana.client.patch(&at, json!({ "model_id": id })), "INVALID_PARAMETER_VALUE");
        let tags = json!({ "tags": [{ "key": "team", "value": "growth" }, { "key": "gone", "value": "" }] });
        assert_eq!(dana.client.patch(&format!("{at}/tags"), tags).json(), json!({}));
        assert_eq!(dana.client.delete(&format!("{at}/tags/gone")).status, 200);
        refused(&dana.client.delete(&format!("{at}/tags/gone")), "RESOURCE_DOES_NOT_EXIST");

        let search = json!({
            "experiment_ids": [experiment],
            "filter": "status = 'READY' AND metrics.auc > 0.5 AND params.depth = '3' AND name IN ('forest')",
            "order_by": [{ "field_name": "metrics.auc", "ascending": false, "dataset_name": "tenure" }],
            "datasets": [{ "dataset_name": "tenure" }],
        });
        let found = dana.ok("logged-models/search", search);
        let model = &found["models"][0];
        assert_eq!(model["info"]["tags"], json!([{ "key": "team", "value": "growth" }]));
        assert_eq!(
            model["data"]["metrics"],
            json!([{
                "key": "auc", "value": 0.9, "timestamp": 1, "step": 0, "model_id": id, "run_id": run,
                "dataset_name": "tenure", "dataset_digest": "d1",
            }])
        );
        assert_eq!(dana.read(&format!("runs/get?run_id={run}"))["run"]["outputs"]["model_outputs"][0]["step"], 2);

        assert_eq!(dana.client.delete(&at).status, 200);
        assert_eq!(dana.client.delete(&at).status, 200);
        refused(&dana.client.get(&at), "RESOURCE_DOES_NOT_EXIST");
        assert_eq!(dana.client.get(&format!("{at}?allow_deleted=True")).status, 200);
    });
}

#[test]
fn files_of_a_model_are_listed_by_it() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let experiment = dana.experiment("files of models");
        let made = dana.ok("logged-models", json!({ "experiment_id": experiment }));
        let id = made["model"]["info"]["model_id"].as_str().unwrap().to_owned();
        let file = format!("/api/2.0/mlflow-artifacts/artifacts/{experiment}/models/{id}/artifacts/sub/MLmodel");
        assert_eq!(dana.client.raw(Method::PUT, &file, "flavors: {}").status, 200);
        let listed = dana.read(&format!("logged-models/{id}/artifacts/directories?artifact_directory_path=sub"));
        assert_eq!(listed["files"], json!([{ "path": "sub/MLmodel", "is_dir": false, "file_size": 11 }]));
        let root = dana.read(&format!("logged-models/{id}/artifacts/directories"));
        assert_eq!(root["files"], json!([{ "path": "sub", "is_dir": true }]));
    });
}

#[test]
fn searches_that_are_none() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let experiment = dana.experiment("no search");
        for wrong in [
            json!({ "filter": "nothing = 'a'" }),
            json!({ "filter": "metric.auc > 1" }),
            json!({ "filter": "name IS NULL" }),
            json!({ "filter": "status LIKE '%'" }),
            json!({ "filter": "status = 'DONE'" }),
            json!({ "order_by": [{ "field_name": "params.depth" }] }),
            json!({ "order_by": [{ "field_name": "name" }, { "field_name": "name", "ascending": false }] }),
            json!({ "order_by": [{ "ascending": true }] }),
            json!({ "order_by": ["name"] }),
            json!({ "datasets": [{ "dataset_digest": "d1" }] }),
            json!({ "max_results": 0 }),
            json!({ "datasets": vec![json!({ "dataset_name": "d" }); 21] }),
            json!({ "page_token": "???" }),
            json!({ "experiment_ids": [] }),
        ] {
            let mut search = json!({ "experiment_ids": [experiment] });
            search.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
            refused(&dana.post("logged-models/search", search), "INVALID_PARAMETER_VALUE");
        }
    });
}
