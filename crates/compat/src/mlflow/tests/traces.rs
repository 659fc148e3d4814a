use axum::http::Method;
use people::{Scope, testing::Answered};
use serde_json::{Value, json};

use super::{Mlflow, each_story, refused, told};

const PREFIXES: [&str; 4] = ["/api", "/ajax-api", "/p/CHURN/api", "/p/CHURN/ajax-api"];

fn spans(trace: &str, name: &str) -> Value {
    let span = json!({
        "traceId": trace, "spanId": "0202020202020202", "name": name, "startTimeUnixNano": "5000000",
        "endTimeUnixNano": "9000000", "status": { "code": 1 },
    });
    json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [span] }] }] })
}

fn export(who: &Mlflow, experiment: &str, trace: &str) -> Answered {
    let client = who.client.with("x-mlflow-experiment-id", experiment);
    client.post(&format!("{}/v1/traces", who.base), spans(trace, "root"))
}

fn location(experiment: &str) -> Value {
    json!({ "type": "MLFLOW_EXPERIMENT", "mlflow_experiment": { "experiment_id": experiment } })
}

#[test]
fn a_trace_goes_in_and_out_at_every_address() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let experiment = dana.experiment("traced");
        for (place, base) in ["", "/p/CHURN"].into_iter().enumerate() {
            let answer = export(&dana.at(base), &experiment, &format!("{place}1").repeat(16));
            assert_eq!(
                (answer.status, answer.bytes.len(), answer.header("content-type")),
                (200, 0, "application/x-protobuf")
            );
        }
        let id = format!("tr-{}", "01".repeat(16));
        for prefix in PREFIXES {
            let at = format!("{prefix}/3.0/mlflow/traces");
            let info = json!({ "trace_id": id, "trace_location": location(&experiment), "tags": { "from": prefix } });
            let kept = told(dana.client.post(&at, json!({ "trace": { "trace_info": info } })));
            assert_eq!(kept["trace"]["trace_info"]["tags"]["mlflow.trace.spansLocation"], "TRACKING_STORE");
            assert_eq!(told(dana.client.get(&format!("{at}/{id}")))["trace"]["trace_info"]["tags"]["from"], prefix);
            let whole = told(dana.client.get(&format!("{at}/get?trace_id={id}")));
            assert_eq!(whole["trace"]["spans"][0]["span_id"], "AgICAgICAgI=");
            assert_eq!(whole["trace"]["spans"][0]["start_time_unix_nano"], 5_000_000);
            let search = json!({ "locations": [location(&experiment)], "filter": "tags.from IS NOT NULL" });
            let found = told(dana.client.post(&format!("{at}/search"), search));
            assert_eq!(found["traces"].as_array().unwrap().len(), 1);
            let said = json!({ "assessment": { "assessment_name": "ok", "feedback": { "value": true } } });
            told(dana.client.post(&format!("{at}/{id}/assessments"), said));
            assert_eq!(
                told(dana.client.get(&format!("{prefix}/2.0/mlflow/traces/{id}/info")))["trace_info"]["timestamp_ms"],
                5
            );
        }
        let found = told(dana.client.get(&format!("/api/3.0/mlflow/traces/{id}")));
        assert_eq!(found["trace"]["trace_info"]["assessments"].as_array().unwrap().len(), 4);
        let gone = json!({ "experiment_id": experiment, "request_ids": [id] });
        assert_eq!(dana.ok("traces/delete-traces", gone), json!({ "traces_deleted": 1 }));
        refused(&dana.client.get(&format!("/api/3.0/mlflow/traces/{id}")), "RESOURCE_DOES_NOT_EXIST");
    });
}

#[test]
fn who_may_not_write_writes_nothing() {
    each_story(|world, sign_in| {
        let dana = sign_in("Dana");
        let experiment = dana.experiment("guarded");
        let trace = "03".repeat(16);
        let reader = world.token("Dana", Scope::Read, None);
        let reader = Mlflow { client: dana.client.bearer(&reader), base: String::new() };
        refused(&export(&sign_in("Mara"), &experiment, &trace), "PERMISSION_DENIED");
        refused(&export(&reader, &experiment, &trace), "PERMISSION_DENIED");
        refused(&export(&sign_in("Rita"), &experiment, &trace), "RESOURCE_DOES_NOT_EXIST");
        refused(&export(&dana.at("/p/FRAUD"), &experiment, &trace), "RESOURCE_DOES_NOT_EXIST");
        refused(&export(&dana, "ten", &trace), "INVALID_PARAMETER_VALUE");
        let nobody = Mlflow { client: dana.client.without("authorization"), base: String::new() };
        refused(&export(&nobody, &experiment, &trace), "UNAUTHENTICATED");
        let lost = dana.client.post("/v1/traces", spans(&trace, "root"));
        assert_eq!((lost.status, &lost.json()["error_code"]), (422, &json!("INVALID_PARAMETER_VALUE")));
        let search = json!({ "locations": [location(&experiment)] });
        assert_eq!(told(dana.client.post("/api/3.0/mlflow/traces/search", search)), json!({}));
    });
}

/// What is in a body is looked at for those only who may send it: of others it is not unpacked.
#[test]
fn spans_are_unpacked_for_those_who_may_send_them() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let experiment = dana.experiment("guarded");
        let send = |name: &str, experiment: &str| {
            let client = sign_in(name).client.with("x-mlflow-experiment-id", experiment);
            let client = client.with("content-type", "application/json").with("content-encoding", "gzip");
            client.raw(Method::POST, "/p/CHURN/v1/traces", "no gzip at all")
        };
        for experiment in [experiment.as_str(), "0"] {
            assert!(refused(&send("Dana", experiment), "INVALID_PARAMETER_VALUE").contains("gzip"));
            refused(&send("Mara", experiment), "PERMISSION_DENIED");
            refused(&send("Rita", experiment), "RESOURCE_DOES_NOT_EXIST");
        }
        dana.ok("experiments/delete", json!({ "experiment_id": experiment }));
        assert!(refused(&send("Dana", &experiment), "INVALID_PARAMETER_VALUE").contains("Restore it"));
    });
}

/// Pavel sees both projects; the id of a trace is the client's, so it may be there twice.
#[test]
fn the_same_id_in_two_projects_is_two_traces() {
    each_story(|_, sign_in| {
        let pavel = sign_in("Pavel");
        let trace = "04".repeat(16);
        for base in ["/p/CHURN", "/p/FRAUD"] {
            assert_eq!(export(&pavel.at(base), "0", &trace).status, 200);
        }
        let at = |base: &str| format!("{base}/api/3.0/mlflow/traces/tr-{trace}");
        let place = |base: &str| {
            told(pavel.client.get(&at(base)))["trace"]["trace_info"]["tags"]["mlflow.artifactLocation"].clone()
        };
        assert_ne!(place("/p/CHURN"), place("/p/FRAUD"));
        let tag = json!({ "key": "only", "value": "here" });
        told(pavel.client.patch(&format!("{}/tags", at("/p/FRAUD")), tag));
        assert!(told(pavel.client.get(&at("/p/CHURN")))["trace"]["trace_info"]["tags"].get("only").is_none());
        let both = format!("/api/3.0/mlflow/traces/batchGet?trace_ids=tr-{trace}");
        assert_eq!(told(pavel.client.get(&both))["traces"].as_array().unwrap().len(), 1);
        refused(&export(&pavel, "0", &trace), "INVALID_PARAMETER_VALUE");
    });
}

#[test]
fn questions_about_traces_that_are_none() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let experiment = dana.experiment("questions");
        let at = "/api/3.0/mlflow/traces";
        for wrong in [
            json!({}),
            json!({ "locations": [{}] }),
            json!({ "locations": [location("ten")] }),
            json!({ "locations": [location(&experiment)], "max_results": 501 }),
            json!({ "locations": [location(&experiment)], "page_token": "x" }),
            json!({ "locations": [location(&experiment)], "filter": "name RLIKE '('" }),
            json!({ "locations": [location(&experiment)], "order_by": ["feedback.x"] }),
        ] {
            refused(&dana.client.post(&format!("{at}/search"), wrong), "INVALID_PARAMETER_VALUE");
        }
        refused(&dana.client.get(&format!("{at}/batchGet")), "INVALID_PARAMETER_VALUE");
        refused(&dana.client.get(&format!("{at}/get?trace_id=tr-none")), "RESOURCE_DOES_NOT_EXIST");
        let correlation = format!("{at}/calculate-filter-correlation");
        refused(&dana.client.post(&correlation, json!({})), "ENDPOINT_NOT_FOUND");
        assert_eq!(dana.client.send(Method::DELETE, &format!("{at}/search"), None).status, 405);
    });
}
