//! Stories of what clients send and get, on both engines.

mod artifacts;
mod models;
mod refusals;
mod registry;
mod runs;
mod spaces;
mod traces;
mod uploads;
mod webhooks;

use blob::Blob;
use feed::webhook::{Post, target::Allowed};
use people::{
    Scope,
    door::{Door, Settings},
    testing::{Answered, Client, World, each_world},
};
use serde_json::Value;

const API: &str = "/api/2.0/mlflow/";

/// A client of one of the cast, with the addresses of the protocol.
struct Mlflow {
    client: Client,
    /// What stands before each address.
    base: String,
}

/// Tells the story with a fresh place for artifacts.
fn each_story(story: impl Fn(&World, &dyn Fn(&str) -> Mlflow)) {
    each_world(|world| {
        let folder = tempfile::tempdir().expect("a folder");
        let blob = Blob::folder(folder.path()).expect("a place for artifacts");
        let app = world.app.clone().share(blob).share(Post::new(crate::WEBHOOKS, Allowed::default()));
        let settings = Settings { content_policy: "default-src 'self'".to_owned() };
        // With our own addresses of artifacts, which clients are handed.
        let router = super::routes(ship::evidence::http::routes(Door::new(app))).into_router(settings);
        let client = Client::new(router);
        let sign_in =
            |name: &str| Mlflow { client: client.bearer(&world.token(name, Scope::Track, None)), base: String::new() };
        story(world, &sign_in);
    });
}

impl Mlflow {
    fn at(&self, base: &str) -> Self {
        Self { client: self.client.clone(), base: base.to_owned() }
    }

    fn post(&self, route: &str, body: Value) -> Answered {
        self.client.post(&format!("{}{API}{route}", self.base), body)
    }

    fn get(&self, route: &str) -> Answered {
        self.client.get(&format!("{}{API}{route}", self.base))
    }

    /// The answer of what must succeed.
    fn ok(&self, route: &str, body: Value) -> Value {
        told(self.post(route, body))
    }

    fn read(&self, route: &str) -> Value {
        told(self.get(route))
    }

    fn experiment(&self, name: &str) -> String {
        let made = self.ok("experiments/create", serde_json::json!({ "name": name }));
        made["experiment_id"].as_str().expect("an id").to_owned()
    }

    fn run(&self, experiment: &str) -> String {
        let made = self.ok("runs/create", serde_json::json!({ "experiment_id": experiment, "run_name": "first" }));
        made["run"]["info"]["run_id"].as_str().expect("an id").to_owned()
    }
}

fn told(answer: Answered) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json");
    answer.json()
}

/// The code and the message of a refusal.
fn refused(answer: &Answered, code: &str) -> String {
    assert_eq!(answer.json()["error_code"], code, "{}", answer.text());
    let status = match code {
        "INVALID_PARAMETER_VALUE" | "RESOURCE_ALREADY_EXISTS" => 400,
        "UNAUTHENTICATED" => 401,
        "PERMISSION_DENIED" => 403,
        "RESOURCE_CONFLICT" => 409,
        _ => 404,
    };
    assert_eq!(answer.status, status, "{}", answer.text());
    answer.json()["message"].as_str().expect("a message").to_owned()
}
