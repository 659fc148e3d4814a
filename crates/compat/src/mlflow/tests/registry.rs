use axum::http::Method;
use people::testing::Answered;
use serde_json::{Value, json};

use super::{API, Mlflow, each_story, refused};

const S3: &str = "s3://models/churn";

impl Mlflow {
    fn send(&self, method: Method, route: &str, body: Value) -> Answered {
        self.client.send(method, &format!("{}{API}{route}", self.base), Some(body))
    }

    fn version(&self, name: &str) -> Value {
        self.ok("model-versions/create", json!({ "name": name, "source": S3 }))["model_version"].take()
    }
}

#[test]
fn a_model_with_its_versions_and_aliases() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        let tags = json!([{ "key": "team", "value": "growth" }]);
        let made = dana.ok("registered-models/create", json!({ "name": "churn", "tags": tags }));
        let shape = &made["registered_model"];
        assert_eq!((&shape["name"], &shape["tags"]), (&json!("churn"), &tags));
        assert!(shape["creation_timestamp"].is_i64() && shape.get("latest_versions").is_none());
        let why =
            refused(&dana.post("registered-models/create", json!({ "name": "churn" })), "RESOURCE_ALREADY_EXISTS");
        assert!(why.contains("churn"), "{why}");

        let version = dana.version("churn");
        assert_eq!((&version["version"], &version["status"]), (&json!("1"), &json!("READY")));
        assert_eq!((&version["current_stage"], &version["source"]), (&json!("None"), &json!(S3)));
        dana.version("churn");
        dana.ok("registered-models/alias", json!({ "name": "churn", "alias": "champion", "version": "1" }));
        let read = dana.read("registered-models/get?name=churn");
        assert_eq!(read["registered_model"]["aliases"], json!([{ "alias": "champion", "version": "1" }]));
        assert_eq!(read["registered_model"]["latest_versions"][0]["version"], "2");
        let found = dana.read("registered-models/alias?name=churn&alias=champion");
        assert_eq!(found["model_version"]["aliases"], json!(["champion"]));
        assert_eq!(dana.read("model-versions/get-download-uri?name=churn&version=1"), json!({ "artifact_uri": S3 }));
        let gone = dana.send(Method::DELETE, "model-versions/delete", json!({ "name": "churn", "version": "1" }));
        assert_eq!((gone.status, gone.json()), (200, json!({})));
        let why = refused(&dana.get("registered-models/alias?name=churn&alias=champion"), "INVALID_PARAMETER_VALUE");
        assert_eq!(why, "Registered model alias champion not found.");
        let why = refused(&dana.get("registered-models/get?name=leaving"), "RESOURCE_DOES_NOT_EXIST");
        assert_eq!(why, "Registered Model with name=leaving not found");
    });
}

#[test]
fn environments_are_not_the_clients_to_set() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        dana.ok("registered-models/create", json!({ "name": "churn" }));
        dana.version("churn");
        for alias in ["production", "Production"] {
            let body = json!({ "name": "churn", "alias": alias, "version": "1" });
            let why = refused(&dana.post("registered-models/alias", body.clone()), "INVALID_PARAMETER_VALUE");
            assert!(why.contains("promotion"), "{why}");
            let gone = dana.send(Method::DELETE, "registered-models/alias", body);
            refused(&gone, "INVALID_PARAMETER_VALUE");
            let get = format!("registered-models/alias?name=churn&alias={alias}");
            refused(&dana.get(&get), "RESOURCE_DOES_NOT_EXIST");
        }
        let stage = |stage: &str| json!({ "name": "churn", "version": "1", "stage": stage });
        let why =
            refused(&dana.post("model-versions/transition-stage", stage("production")), "INVALID_PARAMETER_VALUE");
        assert!(why.contains("promotion"), "{why}");
        let moved = dana.ok("model-versions/transition-stage", stage("STAGING"));
        assert_eq!(moved["model_version"]["current_stage"], "Staging");
        refused(&dana.post("model-versions/transition-stage", stage("Else")), "INVALID_PARAMETER_VALUE");
    });
}

#[test]
fn names_are_looked_up_where_the_caller_may_look() {
    each_story(|_, sign_in| {
        let (pavel, dana) = (sign_in("Pavel"), sign_in("Dana"));
        let fraud = pavel.at("/p/FRAUD");
        fraud.ok("registered-models/create", json!({ "name": "graph" }));
        dana.ok("registered-models/create", json!({ "name": "churn" }));
        let get = "registered-models/get?name=graph";
        refused(&dana.get(get), "RESOURCE_DOES_NOT_EXIST");
        refused(&dana.at("/p/FRAUD").get(get), "RESOURCE_DOES_NOT_EXIST");
        assert_eq!(pavel.read(get)["registered_model"]["name"], "graph");
        let all = pavel.read("registered-models/search");
        assert_eq!(all["registered_models"].as_array().unwrap().len(), 2);
        assert_eq!(fraud.read("registered-models/search")["registered_models"].as_array().unwrap().len(), 1);
        fraud.ok("registered-models/create", json!({ "name": "churn" }));
        let why = refused(&pavel.get("registered-models/get?name=churn"), "INVALID_PARAMETER_VALUE");
        assert!(why.contains("CHURN, FRAUD") || why.contains("FRAUD, CHURN"), "{why}");
        refused(&pavel.post("registered-models/create", json!({ "name": "x" })), "INVALID_PARAMETER_VALUE");
        refused(&sign_in("Mara").post("registered-models/create", json!({ "name": "x" })), "PERMISSION_DENIED");
    });
}

#[test]
fn pages_belong_to_their_question() {
    each_story(|_, sign_in| {
        let dana = sign_in("Dana");
        for name in ["a", "b", "c"] {
            dana.ok("registered-models/create", json!({ "name": name }));
            dana.version(name);
        }
        let first = dana.read("registered-models/search?max_results=2");
        let token = first["next_page_token"].as_str().unwrap();
        let rest = dana.read(&format!("registered-models/search?max_results=2&page_token={token}"));
        assert_eq!(rest["registered_models"][0]["name"], "c");
        assert!(rest.get("next_page_token").is_none());
        for other in [
            format!("registered-models/search?page_token={token}&order_by=name%20DESC"),
            format!("model-versions/search?page_token={token}"),
            "model-versions/search?page_token=e30".to_owned(),
            "model-versions/search?max_results=0".to_owned(),
            "registered-models/search?max_results=1001".to_owned(),
            "registered-models/search?filter=name".to_owned(),
            "registered-models/search?order_by=name&order_by=name%20DESC".to_owned(),
            "model-versions/search?filter=version_number%20%3D%201.5".to_owned(),
        ] {
            refused(&dana.get(&other), "INVALID_PARAMETER_VALUE");
        }
        let versions = dana.read("model-versions/search?order_by=name%20DESC&max_results=1");
        assert_eq!(versions["model_versions"][0]["name"], "c");
    });
}
