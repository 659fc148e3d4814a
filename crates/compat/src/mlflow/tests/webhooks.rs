use db::Tx;
use feed::webhook::{delivery, watch};
use people::Scope;
use serde_json::{Value, json};

use super::{Mlflow, each_story, refused};
use crate::WEBHOOKS;

const PUBLIC: &str = "https://93.184.216.34/hook";

fn event(entity: &str, action: &str) -> Value {
    json!({ "entity": entity, "action": action })
}

#[test]
fn webhooks_are_kept_as_clients_know_them() {
    each_story(|world, sign_in| {
        let admin = |name: &str| {
            let dana = sign_in(name);
            let client = dana.client.bearer(&world.token(name, Scope::Full, None));
            Mlflow { client, base: "/p/CHURN".to_owned() }
        };
        let sam = admin("Sam");
        let new = json!({ "name": "ci", "url": PUBLIC, "events": [event("MODEL_VERSION", "CREATED"), { "entity": 5, "action": 1 }],
            "secret": "hush", "description": "tells the pipeline" });
        let made = sam.ok("webhooks", new.clone())["webhook"].clone();
        assert_eq!(made["events"], json!([event("MODEL_VERSION", "CREATED"), event("PROMPT", "CREATED")]));
        assert_eq!(
            (made["status"].clone(), made["description"].clone()),
            (json!("ACTIVE"), json!("tells the pipeline"))
        );
        assert!(!made.to_string().contains("hush"));
        let one = format!("webhooks/{}", made["webhook_id"].as_str().unwrap());
        assert_eq!(sam.read(&one)["webhook"], made);
        let second =
            sam.ok("webhooks", json!({ "name": "two", "url": PUBLIC, "events": [event("PROMPT", "CREATED")] }));
        let page = sam.read("webhooks?max_results=1");
        assert_eq!(page["webhooks"], json!([second["webhook"]]));
        let token = page["next_page_token"].as_str().unwrap();
        let last = sam.read(&format!("webhooks?max_results=1&page_token={token}"));
        assert_eq!((last["webhooks"].clone(), last.get("next_page_token")), (json!([made]), None));

        let patched =
            sam.client.patch(&format!("/p/CHURN/api/2.0/mlflow/{one}"), json!({ "status": "DISABLED", "name": "" }));
        assert_eq!(
            (patched.json()["webhook"]["status"].clone(), patched.json()["webhook"]["name"].clone()),
            (json!("DISABLED"), json!("ci"))
        );

        for (body, says) in [
            (json!({ "url": PUBLIC, "events": [event("PROMPT", "CREATED")] }), "'name'"),
            (json!({ "name": "x", "url": PUBLIC }), "'events'"),
            (json!({ "name": "x", "url": PUBLIC, "events": [event("PROMPT", "DELETED")] }), "prompt.deleted"),
            (
                json!({ "name": "x", "url": PUBLIC, "events": [event("BUDGET_POLICY", "EXCEEDED")] }),
                "budget_policy.exceeded",
            ),
            (json!({ "name": "x", "url": PUBLIC, "events": [event("HOUSE", "CREATED")] }), "entity"),
            (
                json!({ "name": "x", "url": "http://93.184.216.34/", "events": [event("PROMPT", "CREATED")] }),
                "https://",
            ),
            (
                json!({ "name": "x", "url": "https://localhost/", "events": [event("PROMPT", "CREATED")] }),
                "not a public address",
            ),
            (json!({ "name": "x y", "url": PUBLIC, "events": [event("PROMPT", "CREATED")] }), "'name'"),
        ] {
            let message = refused(&sam.post("webhooks", body), "INVALID_PARAMETER_VALUE");
            assert!(message.contains(says), "{message}");
        }

        // A token that only logs, a member, a viewer: none of them manages webhooks. To others they are absent.
        for who in [sign_in("Sam").at("/p/CHURN"), admin("Dana"), admin("Mara")] {
            refused(&who.post("webhooks", new.clone()), "PERMISSION_DENIED");
            refused(&who.get("webhooks"), "PERMISSION_DENIED");
            refused(&who.get(&one), "PERMISSION_DENIED");
            refused(&who.post(&format!("{one}/test"), json!({})), "PERMISSION_DENIED");
        }
        for base in ["/p/CHURN", "/p/FRAUD", ""] {
            refused(&admin("Rita").at(base).get(&one), "RESOURCE_DOES_NOT_EXIST");
        }
        assert_eq!(admin("Rita").at("").read("webhooks"), json!({}));
        let gone = sam.client.delete(&format!("/p/CHURN/api/2.0/mlflow/{one}"));
        assert_eq!((gone.status, gone.text().as_str()), (200, "{}"));
        refused(&sam.get(&one), "RESOURCE_DOES_NOT_EXIST");
    });
}

/// Every word once, with the members that receivers read.
#[test]
fn what_happens_in_the_registry_is_told_in_mlflows_words() {
    each_story(|world, sign_in| {
        let client = sign_in("Sam").client.bearer(&world.token("Sam", Scope::Full, None));
        let sam = Mlflow { client, base: "/p/CHURN".to_owned() };
        let all: Vec<Value> = WEBHOOKS
            .words
            .iter()
            .map(|word| {
                let (entity, action) = word.split_once('.').unwrap();
                event(&entity.to_uppercase(), &action.to_uppercase())
            })
            .collect();
        let made = sam.ok("webhooks", json!({ "name": "all", "url": PUBLIC, "events": all }));
        let id = made["webhook"]["webhook_id"].as_str().unwrap().to_owned();

        let prompt = json!([{ "key": "mlflow.prompt.is_prompt", "value": "true" }, { "key": "team", "value": "a" }]);
        let text = json!([{ "key": "mlflow.prompt.is_prompt", "value": "true" }, { "key": "mlflow.prompt.text", "value": "Hello {{name}}" }]);
        let tag = |name: &str, value: &str| json!({ "name": name, "version": "1", "key": "k", "value": value });
        let drop = |route: &str, body: Value| {
            let answer =
                sam.client.send(axum::http::Method::DELETE, &format!("/p/CHURN/api/2.0/mlflow/{route}"), Some(body));
            assert_eq!(answer.status, 200, "{}", answer.text());
        };
        // Too long for the log, and gone when it would be told.
        let long = "x".repeat(1_500);
        sam.ok(
            "registered-models/create",
            json!({ "name": "trees", "description": "d", "tags": [{ "key": "a", "value": "b" }] }),
        );
        sam.ok("model-versions/create", json!({ "name": "trees", "source": "s3://x/y", "description": "first" }));
        sam.ok("model-versions/set-tag", tag("trees", "v"));
        sam.ok("model-versions/set-tag", tag("trees", "v"));
        sam.ok("model-versions/set-tag", tag("trees", &long));
        drop("model-versions/delete-tag", tag("trees", ""));
        sam.ok("registered-models/set-tag", json!({ "name": "trees", "key": "k", "value": "v" }));
        sam.ok("registered-models/alias", json!({ "name": "trees", "alias": "champion", "version": "1" }));
        drop("registered-models/alias", json!({ "name": "trees", "alias": "champion" }));
        sam.ok("registered-models/create", json!({ "name": "greet", "tags": prompt }));
        sam.ok("model-versions/create", json!({ "name": "greet", "source": "dummy-source", "tags": text }));
        sam.ok("registered-models/set-tag", json!({ "name": "greet", "key": "k", "value": "v" }));
        drop("registered-models/delete-tag", json!({ "name": "greet", "key": "k" }));
        sam.ok("model-versions/set-tag", tag("greet", "v"));
        drop("model-versions/delete-tag", tag("greet", ""));
        sam.ok("registered-models/alias", json!({ "name": "greet", "alias": "live", "version": "1" }));
        drop("registered-models/alias", json!({ "name": "greet", "alias": "live" }));

        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(watch::look(&world.db.db, WEBHOOKS)).unwrap();
        let actor = world.actor("Sam");
        let read = move |tx: &mut Tx| delivery::list(tx, &actor, &id.as_str().into(), None, base::Limit(100));
        let sent = world.db.read_blocking(read).unwrap().items;
        let told: Vec<(String, Value)> = sent
            .iter()
            .rev()
            .map(|delivery| {
                let body: Value = serde_json::from_str(&delivery.body).unwrap();
                assert!(body["timestamp"].as_str().unwrap().ends_with('Z'));
                assert_eq!(
                    format!("{}.{}", body["entity"].as_str().unwrap(), body["action"].as_str().unwrap()),
                    delivery.word
                );
                (delivery.word.clone(), body["data"].clone())
            })
            .collect();
        let expected = [
            // With the tags that it has by now.
            (
                "registered_model.created",
                json!({ "name": "trees", "tags": { "a": "b", "k": "v" }, "description": "d" }),
            ),
            (
                "model_version.created",
                json!({ "name": "trees", "version": "1", "source": "s3://x/y", "run_id": null, "tags": {}, "description": "first" }),
            ),
            ("model_version_tag.set", json!({ "name": "trees", "version": "1", "key": "k", "value": "v" })),
            ("model_version_tag.deleted", json!({ "name": "trees", "version": "1", "key": "k" })),
            ("model_version_alias.created", json!({ "name": "trees", "alias": "champion", "version": "1" })),
            ("model_version_alias.deleted", json!({ "name": "trees", "alias": "champion" })),
            ("prompt.created", json!({ "name": "greet", "tags": { "team": "a" }, "description": null })),
            (
                "prompt_version.created",
                json!({ "name": "greet", "version": "1", "template": "Hello {{name}}", "tags": {}, "description": null }),
            ),
            ("prompt_tag.set", json!({ "name": "greet", "key": "k", "value": "v" })),
            ("prompt_tag.deleted", json!({ "name": "greet", "key": "k" })),
            ("prompt_version_tag.set", json!({ "name": "greet", "version": "1", "key": "k", "value": "v" })),
            ("prompt_version_tag.deleted", json!({ "name": "greet", "version": "1", "key": "k" })),
            ("prompt_alias.created", json!({ "name": "greet", "alias": "live", "version": "1" })),
            ("prompt_alias.deleted", json!({ "name": "greet", "alias": "live" })),
        ];
        let expected = expected.map(|(word, data)| (word.to_owned(), data));
        assert_eq!(told, expected);
        for (word, data) in &expected {
            let example = (WEBHOOKS.example)(word, base::Time(0));
            let members = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            assert_eq!(members(&example["data"]), members(data), "the example of {word}");
        }
    });
}
