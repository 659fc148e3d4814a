use axum::http::Method;
use people::Scope;
use serde_json::json;

use super::{API, each_story, refused};

#[test]
fn a_stranger_is_asked_to_sign_in() {
    each_story(|_, sign_in| {
        let nobody = sign_in("Dana").client.without("authorization");
        let answer = nobody.get(&format!("{API}experiments/get?experiment_id=0"));
        refused(&answer, "UNAUTHENTICATED");
        assert!(answer.header("www-authenticate").starts_with("Basic"));
        let wrong = nobody.bearer("slp_nonsense").post(&format!("{API}runs/create"), json!({}));
        refused(&wrong, "UNAUTHENTICATED");
        assert_eq!(nobody.get("/version").text(), "3.17.2");
        assert_eq!(nobody.get("/p/CHURN/version").text(), "3.17.2");
    });
}

#[test]
fn a_token_to_read_reads() {
    each_story(|world, sign_in| {
        let dana = sign_in("Dana");
        let run = dana.run(&dana.experiment("read"));
        let reader = dana.client.bearer(&world.token("Dana", Scope::Read, None));
        assert_eq!(reader.get(&format!("{API}runs/get?run_id={run}")).status, 200);
        assert_eq!(reader.post(&format!("{API}runs/search"), json!({ "experiment_ids": ["1"] })).status, 200);
        let tag = json!({ "run_id": run, "key": "k", "value": "v" });
        refused(&reader.post(&format!("{API}runs/set-tag"), tag), "PERMISSION_DENIED");
    });
}

/// Bodies of up to 40 MiB are kept for those only who may write something.
#[test]
fn long_bodies_are_read_of_those_who_may_write() {
    each_story(|_, sign_in| {
        let send = |name: &str, base: &str| {
            let client = sign_in(name).client.with("content-type", "application/json");
            client.raw(Method::POST, &format!("{base}{API}runs/log-inputs"), vec![b' '; 9 * 1024 * 1024])
        };
        assert!(refused(&send("Dana", "/p/CHURN"), "INVALID_PARAMETER_VALUE").contains("run_id"));
        for base in ["", "/p/CHURN"] {
            refused(&send("Mara", base), "PERMISSION_DENIED");
        }
        refused(&send("Rita", "/p/CHURN"), "RESOURCE_DOES_NOT_EXIST");
    });
}

#[test]
fn what_is_not_offered_is_said_so() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana").client;
        for path in [
            "/api/2.0/mlflow/gateway/endpoints/list",
            "/api/3.0/mlflow/scorers/list",
            "/p/CHURN/api/3.0/mlflow/label-schemas/list",
            "/ajax-api/2.0/mlflow/nothing",
            "/get-artifact",
            "/model-versions/get-artifact",
            "/graphql",
            "/gateway/mlflow/v1/models",
            "/p/CHURN/gateway/chat/mlflow/invocations",
            "/api/9.9/mlflow/runs/get",
            "/p/CHURN/v1/metrics",
        ] {
            for method in [Method::GET, Method::POST] {
                let answer = dana.send(method, path, None);
                refused(&answer, "ENDPOINT_NOT_FOUND");
                // The same to everybody.
                refused(&dana.without("authorization").get(path), "ENDPOINT_NOT_FOUND");
            }
        }
        for (method, route) in [(Method::GET, "runs/create"), (Method::PUT, "runs/create"), (Method::POST, "runs/get")]
        {
            let answer = dana.send(method, &format!("{API}{route}"), None);
            assert_eq!((answer.status, &answer.json()["error_code"]), (405, &json!("ENDPOINT_NOT_FOUND")));
        }
        assert_eq!(dana.get("/api/3.0/mlflow/server-info").json()["workspaces_enabled"], false);
    });
}

#[test]
fn what_cannot_be_read_is_refused() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let run = dana.run(&dana.experiment("strict"));
        let json = dana.client.with("content-type", "application/json");
        let batch = format!("{API}runs/log-batch");
        for body in
            ["{", "[]", "\"x\"", "{\"run_id\": NaN}", "{\"run_id\": 1e999}", "{\"run_id\":\"a\",\"run_id\":\"a\"}"]
        {
            refused(&json.raw(Method::POST, &batch, body), "INVALID_PARAMETER_VALUE");
        }
        let tag = format!("{{\"run_id\":\"{run}\",\"key\":\"k\",\"value\":\"v\"}}");
        let set_tag = format!("{API}runs/set-tag");
        for kind in ["text/plain", "application/json; charset=utf-16", "application/json;charset=latin1"] {
            let answer = dana.client.with("content-type", kind).raw(Method::POST, &set_tag, tag.as_str());
            refused(&answer, "INVALID_PARAMETER_VALUE");
        }
        let charset = dana.client.with("content-type", "application/json; charset=utf-8");
        assert_eq!(charset.raw(Method::POST, &set_tag, tag.as_str()).text(), "{}");
        // A GET may carry its fields as a body.
        let asked = format!("{{\"runId\":\"{run}\"}}");
        assert_eq!(json.raw(Method::GET, &format!("{API}runs/get"), asked).status, 200);
        for path in [
            "/p/a%00b/api/2.0/mlflow/runs/get?run_id=a",
            "/api/2.0/mlflow/logged-models/m%00",
            "/p/%ff/api/2.0/mlflow/runs/get",
        ] {
            refused(&dana.client.get(path), "INVALID_PARAMETER_VALUE");
        }
        let huge = format!("{{\"run_id\":\"{}\"}}", "x".repeat(10_000_000));
        let answer = json.raw(Method::POST, &batch, huge);
        refused(&answer, "INVALID_PARAMETER_VALUE");
        assert!(answer.text().len() < 1000);
    });
}

#[test]
fn the_place_of_a_mistake_is_named() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let run = dana.run(&dana.experiment("places"));
        for (body, said) in [
            (json!({ "metrics": [{ "key": "a", "value": 1, "timestamp": 1 }, { "value": 1 }] }), "metrics[1].key"),
            (json!({ "metrics": [{ "key": "a", "value": 1 }] }), "metrics[0].timestamp"),
            (json!({ "metrics": [{ "key": "a;b", "value": 1, "timestamp": 1 }] }), "metrics[0].key"),
            (json!({ "params": [{ "key": "a", "value": 5 }] }), "params[0].value"),
            (json!({ "tags": "none" }), "'tags'"),
            (json!({ "run_id": "-x" }), "'run_id'"),
        ] {
            let mut batch = json!({ "run_id": run });
            batch.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
            let why = refused(&dana.post("runs/log-batch", batch), "INVALID_PARAMETER_VALUE");
            assert!(why.contains(said), "{why}");
        }
        let param = |value: &str| json!({ "run_id": run, "key": "depth", "value": value });
        dana.ok("runs/log-parameter", param("3"));
        let why = refused(&dana.post("runs/log-parameter", param("4")), "INVALID_PARAMETER_VALUE");
        assert!(why.starts_with("Changing param values is not allowed"), "{why}");
    });
}
