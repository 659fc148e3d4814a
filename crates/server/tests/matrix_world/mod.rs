//! A world with one of everything, and for each route a request that succeeds for those who may.

mod requests;

use std::collections::HashMap;

use axum::http::Method;
use blob::Blob;
use db::{
    Clock, Db, Settings, Store,
    testing::{MONDAY, TestDb},
};
use feed::webhook::{Post, target::Allowed};
use people::{
    Scope,
    door::{App, Site},
    testing::{Answered, Client, World},
};
use serde_json::{Value, json};

/// From the least to the most powerful, as columns of the matrix.
pub const WHO: [&str; 5] = ["nobody", "Rita", "Mara", "Mei", "Sam"];

pub struct Asked {
    pub method: Method,
    pub path: &'static str,
}

/// A store that was filled once and is copied for each question that may change it.
pub struct Prepared {
    folder: tempfile::TempDir,
    tokens: HashMap<&'static str, String>,
    pub ids: HashMap<&'static str, String>,
    /// Stays open, so that nothing moves while it is copied.
    _world: TestDb,
}

impl Prepared {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world_db = db::testing::sqlite_in(&folder.path().join("world"));
        let world = World::on(&world_db);
        let token = |who| world.token(who, Scope::Full, None);
        let tokens = ["Rita", "Mara", "Mei", "Sam", "Dana"].map(|who| (who, token(who))).into();
        let client = world_db.db.clone();
        let mut prepared = Self { folder, tokens, ids: HashMap::new(), _world: world_db };
        let client = prepared.client(client);
        prepared.fill(&client);
        prepared
    }

    fn client(&self, db: Db) -> Client {
        let blob = Blob::folder(self.folder.path().join("artifacts")).unwrap();
        let nobody = requests::NOBODY.trim_start_matches("https://").trim_end_matches('/');
        let post = Post::new(compat::WEBHOOKS, Allowed::new(vec![nobody.parse().unwrap()]));
        Client::new(server::routes::router(App::new(db, Site::default()).share(blob).share(post)))
    }

    /// A copy of the store behind routes of its own.
    pub fn copy(&self, name: &str) -> Client {
        let (from, to) = (self.folder.path().join("world"), self.folder.path().join(name));
        std::fs::create_dir(&to).unwrap();
        for file in ["slipway.db", "slipway.db-wal"] {
            std::fs::copy(from.join(file), to.join(file)).unwrap();
        }
        let store = Store::Sqlite(to.join("slipway.db"));
        self.client(Db::open(&Settings { store, clock: Clock::manual(MONDAY) }).unwrap())
    }

    pub fn routes() -> Vec<Asked> {
        let store = db::testing::sqlite();
        let door = server::routes::door(App::new(store.db.clone(), Site::default()));
        door.routes().iter().map(|route| Asked { method: route.method.clone(), path: route.path }).collect()
    }

    /// The answer's class: `ok`, or the refusing status.
    pub fn ask(&self, client: &Client, who: &str, asked: &Asked) -> String {
        let client = match self.tokens.get(who) {
            Some(token) => client.bearer(token),
            None => client.clone(),
        };
        let answered = self.send(&client, who, asked);
        match answered.status {
            200..300 => "ok".to_owned(),
            status => status.to_string(),
        }
    }

    fn send(&self, client: &Client, who: &str, asked: &Asked) -> Answered {
        let request = requests::request(&asked.method, asked.path, who, &self.ids);
        let versions = [
            "/api/v1/experiments/{id}",
            "/api/v1/projects/{key}",
            "/api/v1/items/{item}",
            "/api/v1/items/{item}/comments/{comment}",
            "/api/v1/sprints/{sprint}",
            "/api/v1/estimates/{sitting}",
        ];
        let versioned = versions.contains(&asked.path) && asked.method == Method::PATCH;
        let client = &if versioned { client.with("if-match", "\"1\"") } else { client.clone() };
        let client = &client.with("x-mlflow-experiment-id", &self.ids["experiment"]);
        match request.body {
            Some(body) => client.send(asked.method.clone(), &request.path, Some(body)),
            None => client.send(asked.method.clone(), &request.path, None),
        }
    }

    /// An item with one of everything, a story, a spike, and one that lies in the trash.
    fn plan(&self, client: &Client) -> Vec<(&'static str, String)> {
        let (mei, sam) = (client.bearer(&self.tokens["Mei"]), client.bearer(&self.tokens["Sam"]));
        let made = |answered: Answered, field: &str| match &answered.json()[field] {
            Value::Null => panic!("{field} in {}", answered.text()),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let items = "/api/v1/projects/CHURN/items";
        let new = |kind: &str| made(mei.post(items, json!({ "title": kind, "kind": kind })), "key");
        let (item, story, trashed) = (new("task"), new("story"), new("bug"));
        let question = json!({ "question": "Is it so?", "days": 2 });
        let spike = made(mei.post(items, json!({ "title": "x", "kind": "spike", "spike": question })), "key");
        mei.delete(&format!("/api/v1/items/{trashed}"));
        sam.put("/api/v1/projects/CHURN/templates/bug", json!({}));
        let of = |rest: &str| format!("/api/v1/items/{item}/{rest}");
        let add = |rest: &str, body| made(mei.post(&of(rest), body), "id");
        let relation = add("relations", json!({ "kind": "relates", "item": story }));
        let product = add("products", json!({ "kind": "commit", "target": "0a1b2c3" }));
        let comment = add("comments", json!({ "body": "Well." }));
        let line = add("checklist", json!({ "text": "First" }));
        let attachment = made(mei.raw(Method::POST, &of("attachments?name=note.txt"), "note"), "id");
        let sprint = made(mei.post("/api/v1/projects/CHURN/sprints", json!({ "goal": "A score" })), "id");
        mei.post(items, json!({ "title": "planned", "sprint": sprint.parse::<i64>().unwrap() }));
        let estimated = self.estimate(client, &item);
        let asked = ["mara", "mei", "sam"].map(|who| format!("{who}@slipway.test"));
        let checkpoint = made(mei.post("/api/v1/projects/CHURN/checkpoints", json!({ "asked": asked })), "id");
        let workflow = mei.get("/api/v1/projects/CHURN/workflow");
        let status = workflow.json()["statuses"][0]["id"].to_string();
        let statuses = made(workflow, "statuses");
        let things = [("item", item), ("story", story), ("trashed", trashed), ("spike", spike), ("statuses", statuses)];
        let parts = [("relation", relation), ("product", product), ("comment", comment), ("line", line)];
        things
            .into_iter()
            .chain(parts)
            .chain([("attachment", attachment), ("status", status), ("sprint", sprint), ("checkpoint", checkpoint)])
            .chain(estimated)
            .collect()
    }

    /// Sam moderates: in one sitting nothing happens, in one Mei has voted, in one the votes are revealed.
    fn estimate(&self, client: &Client, item: &str) -> Vec<(&'static str, String)> {
        let [mei, sam, dana] = ["Mei", "Sam", "Dana"].map(|who| client.bearer(&self.tokens[who]));
        let start = || sam.post("/api/v1/projects/CHURN/estimates", json!({})).json()["id"].to_string();
        let open = |votes: &[(&Client, &str)]| {
            let sitting = start();
            let rounds = format!("/api/v1/estimates/{sitting}/rounds");
            let round = sam.post(&rounds, json!({ "item": item })).json()["round"].to_string();
            for (voter, card) in votes {
                let voted = voter.put(&format!("{rounds}/{round}/vote"), json!({ "card": card }));
                assert_eq!(voted.status, 200, "{}", voted.text());
            }
            (sitting, round)
        };
        let idle = start();
        let (voting, hidden) = open(&[(&mei, "8")]);
        let (revealed, shown) = open(&[(&mei, "5"), (&dana, "8")]);
        let round = format!("/api/v1/estimates/{revealed}/rounds/{shown}");
        sam.post(&format!("{round}/reveal"), json!({}));
        let noted = mei.post(&format!("{round}/notes"), json!({ "text": "Needs a join" })).json();
        let note = noted["items"][0]["rounds"][0]["notes"][0]["id"].to_string();
        sam.put(&format!("{round}/consent"), json!({ "of": "mei@slipway.test", "card": "8" }));
        let sittings = [("idle", idle), ("voting", voting), ("revealed", revealed)];
        sittings.into_iter().chain([("hidden", hidden), ("shown", shown), ("note", note)]).collect()
    }

    /// Dana's experiment with a finished run, an artifact, a model, reviews and a promotion.
    fn fill(&mut self, client: &Client) {
        let dana = client.bearer(&self.tokens["Dana"]);
        let sam = client.bearer(&self.tokens["Sam"]);
        let made = |answered: Answered, pointer: &str| -> String {
            assert!((200..300).contains(&answered.status), "{}", answered.text());
            match answered.json().pointer(pointer) {
                Some(Value::String(text)) => text.clone(),
                Some(value) => value.to_string(),
                None => panic!("{pointer} in {}", answered.text()),
            }
        };
        let rule = json!({ "metric": "auc", "comparator": ">=", "threshold": 0.8 });
        let new = json!({ "name": "Trees", "hypothesis": "Trees do.", "owner": "dana@slipway.test", "rule": rule });
        let experiment = made(dana.post("/api/v1/projects/CHURN/experiments", new), "/id");
        let mlflow = |path: &str, body| dana.post(&format!("/p/CHURN/api/2.0/mlflow/{path}"), body);
        let run = made(
            mlflow("runs/create", json!({ "experiment_id": experiment, "tags": [{ "key": "color", "value": "red" }] })),
            "/run/info/run_id",
        );
        mlflow("runs/log-metric", json!({ "run_id": run, "key": "auc", "value": 0.9, "timestamp": 1 }));
        mlflow(
            "experiments/set-experiment-tag",
            json!({ "experiment_id": experiment, "key": "color", "value": "red" }),
        );
        let model = made(
            mlflow(
                "logged-models",
                json!({ "experiment_id": experiment, "name": "m", "tags": [{ "key": "color", "value": "red" }] }),
            ),
            "/model/info/model_id",
        );
        let tags = json!([{ "key": "color", "value": "red" }]);
        mlflow("registered-models/create", json!({ "name": "Trees", "tags": tags }));
        let version = json!({ "name": "Trees", "source": "s3://models/trees", "run_id": run, "tags": tags });
        made(mlflow("model-versions/create", version), "/model_version/version");
        mlflow("registered-models/alias", json!({ "name": "Trees", "alias": "champion", "version": "1" }));
        let traces = "/p/CHURN/api/3.0/mlflow/traces";
        let told = requests::trace_info("tr-seen", &experiment);
        let trace = made(dana.post(traces, told), "/trace/trace_info/trace_id");
        dana.patch(&format!("{traces}/{trace}/tags"), json!({ "key": "color", "value": "red" }));
        let spans = requests::spans(&"ab".repeat(16));
        dana.with("x-mlflow-experiment-id", &experiment).post("/p/CHURN/v1/traces", spans);
        let said = json!({ "assessment": { "assessment_name": "good", "feedback": { "value": true } } });
        let assessment = made(dana.post(&format!("{traces}/{trace}/assessments"), said), "/assessment/assessment_id");
        let new = json!({ "name": "golden", "experiment_ids": [experiment] });
        let dataset = made(dana.post("/p/CHURN/api/3.0/mlflow/datasets/create", new), "/dataset/dataset_id");
        let artifact = format!("/p/CHURN/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/card.md");
        assert!(dana.raw(Method::PUT, &artifact, "# Card").status == 200);
        mlflow("runs/update", json!({ "run_id": run, "status": "FINISHED", "end_time": 2 }));
        let asked = dana.post(&format!("/api/v1/experiments/{experiment}/reviews"), json!({ "artifacts": {} }));
        let review = made(asked, "/reviews/0/id");
        let plan = json!({ "environment": "production", "rollback_to": "nothing" });
        let asked =
            dana.post(&format!("/api/v1/experiments/{experiment}/promotion"), json!({ "run_id": run, "plan": plan }));
        let promotion = made(asked, "/id");
        let hook = made(sam.post("/p/CHURN/api/2.0/mlflow/webhooks", requests::webhook()), "/webhook/webhook_id");
        sam.post(&format!("/api/v1/webhooks/{hook}/test"), json!({}));
        let delivery = made(sam.get(&format!("/api/v1/webhooks/{hook}/deliveries")), "/items/0/id");
        let handed = |way: &str, name: &str| {
            let body = json!({ "run_id": run, "path": name, "expiration": 604_800 });
            let url = made(mlflow(&format!("artifacts/presigned-{way}-url"), body), "/presigned_url");
            url.rsplit('/').next().unwrap_or_default().to_owned()
        };
        let (read_pass, write_pass) = (handed("download", "card.md"), handed("upload", "handed on.md"));
        // Mei's upload is done; asked again, it is done, for her and nobody else.
        let mei = client.bearer(&self.tokens["Mei"]);
        let mpu = |act: &str, id: &str, part: &str| {
            let path = format!("/p/CHURN/api/2.0/mlflow-artifacts/mpu/{act}/{experiment}/{run}/artifacts/parts");
            mei.post(&path, requests::upload(&run, id, part))
        };
        let started = mpu("create", "", "").json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (upload, url) = (text(&started["upload_id"]), text(&started["credentials"][0]["url"]));
        let sent = client.raw(Method::PUT, &url[url.find("/api/").unwrap()..], "# Card");
        let part = sent.header("etag").to_owned();
        assert_eq!(mpu("complete", &upload, &part).status, 200);
        let registered = made(dana.get("/api/v1/projects/CHURN/models"), "/items/0/id");
        let team = made(sam.post("/api/v1/projects/CHURN/teams", json!({ "name": "Core", "members": [] })), "/id");
        let token = made(dana.post("/api/v1/tokens", json!({ "name": "spare" })), "/id");
        let user = made(dana.get("/api/v1/me"), "/user/id");
        let ids =
            [("experiment", experiment), ("run", run), ("model", model), ("review", review), ("promotion", promotion)];
        let traced = [("trace", trace), ("assessment", assessment), ("dataset", dataset)];
        let planned = self.plan(client);
        self.ids = ids
            .into_iter()
            .chain(planned)
            .chain([("registered", registered), ("team", team), ("token", token), ("user", user)])
            .chain(traced)
            .chain([("webhook", hook), ("delivery", delivery), ("upload", upload), ("part", part)])
            .chain([("read_pass", read_pass), ("write_pass", write_pass)])
            .collect();
    }
}
