use people::Scope;
use serde_json::json;

use super::{Mlflow, each_story, refused};

#[test]
fn the_address_chooses_among_several_projects() {
    each_story(|_, sign_in| {
        let pavel = sign_in("Pavel");
        let why = refused(&pavel.post("experiments/create", json!({ "name": "whose" })), "INVALID_PARAMETER_VALUE");
        assert!(why.contains("CHURN, FRAUD") && why.contains("/p/CHURN"), "{why}");
        let in_churn = pavel.at("/p/CHURN");
        let run = in_churn.run(&in_churn.experiment("in churn"));

        let get = format!("runs/get?run_id={run}");
        assert_eq!(pavel.read(&get)["run"]["info"]["run_id"], json!(run));
        refused(&pavel.at("/p/FRAUD").get(&get), "RESOURCE_DOES_NOT_EXIST");
        let point = json!({ "run_id": run, "key": "k", "value": 1, "timestamp": 1 });
        refused(&pavel.at("/p/FRAUD").post("runs/log-metric", point), "RESOURCE_DOES_NOT_EXIST");
        refused(&pavel.at("/p/NOWHERE").get(&get), "RESOURCE_DOES_NOT_EXIST");
        let all = pavel.read("experiments/search?max_results=10");
        assert_eq!(all["experiments"].as_array().unwrap().len(), 1);
        assert_eq!(pavel.at("/p/FRAUD").read("experiments/search?max_results=10"), json!({}));
    });
}

#[test]
fn one_project_needs_no_choice() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let experiment = dana.experiment("found");
        let found = dana.at("/p/CHURN").read("experiments/get-by-name?experiment_name=found");
        assert_eq!(found["experiment"]["experiment_id"], json!(experiment));
        // The other project is absent, not forbidden.
        let why = refused(
            &dana.at("/p/FRAUD").post("experiments/create", json!({ "name": "no" })),
            "RESOURCE_DOES_NOT_EXIST",
        );
        assert!(!why.contains("FRAUD"), "{why}");
    });
}

#[test]
fn a_token_may_be_bound_to_a_project() {
    each_story(|world, sign_in| {
        let pavel = sign_in("Pavel");
        let bound = world.token("Pavel", Scope::Track, Some("FRAUD"));
        let bound = Mlflow { client: pavel.client.bearer(&bound), base: String::new() };
        let experiment = bound.experiment("bound");
        assert_eq!(
            pavel.at("/p/FRAUD").read(&format!("experiments/get?experiment_id={experiment}"))["experiment"]["name"],
            "bound"
        );
        let churn = pavel.at("/p/CHURN");
        let run = churn.run(&churn.experiment("known by now"));
        let point = json!({ "run_id": run, "key": "k", "value": 1, "timestamp": 1 });
        churn.ok("runs/log-metric", point.clone());
        churn.ok("runs/log-metric", point.clone());
        refused(&bound.at("/p/CHURN").post("runs/log-metric", point.clone()), "RESOURCE_DOES_NOT_EXIST");
        refused(&bound.post("runs/log-metric", point.clone()), "RESOURCE_DOES_NOT_EXIST");
        refused(&sign_in("Rita").at("/p/CHURN").post("runs/log-metric", point), "RESOURCE_DOES_NOT_EXIST");
        refused(&bound.at("/p/CHURN").post("experiments/create", json!({ "name": "no" })), "RESOURCE_DOES_NOT_EXIST");
    });
}

#[test]
fn every_project_has_an_experiment_zero() {
    each_story(|_, sign_in| {
        let pavel = sign_in("Pavel");
        let (churn, fraud) = (pavel.at("/p/CHURN"), pavel.at("/p/FRAUD"));
        assert_eq!(churn.ok("runs/search", json!({ "experiment_ids": ["0"] })), json!({}));
        let by_name = churn.read("experiments/get-by-name?experiment_name=Default")["experiment"].clone();
        assert_eq!(by_name["experiment_id"], "0");
        refused(&churn.post("experiments/create", json!({ "name": "Default" })), "RESOURCE_ALREADY_EXISTS");
        let run = churn.run("0");
        let read = churn.read(&format!("runs/get?run_id={run}"));
        assert_eq!(read["run"]["info"]["experiment_id"], "0");
        assert_eq!(
            churn.ok("runs/search", json!({ "experiment_ids": ["0"] }))["runs"][0]["info"]["run_id"],
            json!(run)
        );
        assert_eq!(fraud.ok("runs/search", json!({ "experiment_ids": ["0"] })), json!({}));
        assert_ne!(
            fraud.read("experiments/get?experiment_id=0")["experiment"]["artifact_location"],
            by_name["artifact_location"]
        );
        // Among several projects `0` says nothing.
        refused(&pavel.get("experiments/get?experiment_id=0"), "INVALID_PARAMETER_VALUE");
        assert_ne!(pavel.read(&format!("runs/get?run_id={run}"))["run"]["info"]["experiment_id"], "0");
    });
}

#[test]
fn who_only_looks_makes_no_default_experiment() {
    each_story(|_, sign_in| {
        let mara = sign_in("Mara");
        refused(&mara.get("experiments/get?experiment_id=0"), "RESOURCE_DOES_NOT_EXIST");
        assert_eq!(mara.ok("runs/search", json!({ "experiment_ids": ["0"] })), json!({}));
        refused(&mara.post("experiments/create", json!({ "name": "no" })), "PERMISSION_DENIED");
    });
}
