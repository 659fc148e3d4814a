use std::collections::HashMap;

use axum::http::Method;
use serde_json::{Value, json};

pub struct Request {
    pub path: String,
    pub body: Option<Value>,
}

/// What is sent to a route; `who` makes names differ where they must.
pub fn request(method: &Method, path: &str, who: &str, ids: &HashMap<&'static str, String>) -> Request {
    let id = |name: &str| ids[name].clone();
    let thing = path.strip_prefix("/api/v1/").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let object = match thing {
        "experiments" => id("experiment"),
        "runs" => id("run"),
        "reviews" => id("review"),
        "promotions" => id("promotion"),
        "tokens" => id("token"),
        "users" => id("user"),
        "models" => id("registered"),
        "webhooks" => id("webhook"),
        _ => id("team"),
    };
    // The run has ended, so its card is not written over.
    let place = if path.contains("/mpu/") {
        "parts"
    } else if method == Method::PUT {
        "notes.md"
    } else {
        "card.md"
    };
    let mut filled = path
        .replace("{key}", "CHURN")
        .replace("{project}", "CHURN")
        .replace("{email}", "omar@slipway.test")
        .replace("{model_id}", &id("model"))
        .replace("{tag_key}", "color")
        .replace("{trace_id}", &id("trace"))
        .replace("{assessment_id}", &id("assessment"))
        .replace("{dataset_id}", &id("dataset"))
        .replace("{webhook_id}", &id("webhook"))
        .replace("{delivery}", &id("delivery"))
        .replace("{pass}", &id(if method == Method::GET { "read_pass" } else { "write_pass" }))
        .replace("{*path}", &format!("{}/{}/artifacts/{place}", id("experiment"), id("run")))
        .replace("{item}", &id(item_of(path)))
        .replace("{relation}", &id("relation"))
        .replace("{product}", &id("product"))
        .replace("{comment}", &id("comment"))
        .replace("{line}", &id("line"))
        .replace("{attachment}", &id("attachment"))
        .replace("{word}", "agree")
        .replace("{kind}", "bug")
        .replace("{status}", &id("status"))
        .replace("{sprint}", &id("sprint"))
        .replace("{sitting}", &id(sitting_of(path).0))
        .replace("{round}", &id(sitting_of(path).1))
        .replace("{note}", &id("note"))
        .replace("{checkpoint}", &id("checkpoint"))
        .replace("{question}", &id("spike"))
        .replace("{id}", &object);
    if !path.starts_with("/api/v1/") {
        return foreign(method, path, filled, who, ids);
    }
    filled += match path {
        "/api/v1/experiments/{id}/series" => "?metric=auc",
        "/api/v1/runs/{id}/artifacts/content" => "?path=card.md",
        "/api/v1/items/{item}/attachments" if method == Method::POST => "?name=another.txt",
        _ => "",
    };
    Request { path: filled, body: own_body(method, path, who, ids) }
}

/// The item that the route does something to: some are for stories, spikes or what was deleted only.
fn item_of(path: &str) -> &'static str {
    match path.strip_prefix("/api/v1/items/{item}/") {
        Some("split") => "story",
        Some("spike" | "spike/answer") => "spike",
        Some("restoration") => "trashed",
        _ => "item",
    }
}

/// The sitting and its round to which the route does something: before the reveal or after it.
fn sitting_of(path: &str) -> (&'static str, &'static str) {
    match path.rsplit('/').next() {
        Some("rounds") => ("idle", "hidden"),
        Some("vote" | "reveal" | "set-aside") => ("voting", "hidden"),
        _ => ("revealed", "shown"),
    }
}

fn own_body(method: &Method, path: &str, who: &str, ids: &HashMap<&'static str, String>) -> Option<Value> {
    let plan = json!({ "environment": "production", "rollback_to": "nothing" });
    let short: String = who.to_uppercase().chars().take(5).collect();
    let body = match (method.as_str(), path) {
        ("GET", _) => return None,
        ("POST", "/api/v1/projects") => json!({ "key": short, "name": who }),
        ("PATCH", "/api/v1/projects/{key}") => json!({ "name": "Churn again" }),
        ("PUT", "/api/v1/projects/{key}/members/{email}") => json!({ "role": "viewer", "trades": [], "duties": [] }),
        (_, "/api/v1/projects/{key}/teams" | "/api/v1/projects/{key}/teams/{id}") if method != Method::DELETE => {
            json!({ "name": format!("Team {who}"), "members": [] })
        }
        ("POST", "/api/v1/projects/{key}/experiments") => {
            json!({ "hypothesis": "It does.", "owner": "dana@slipway.test" })
        }
        ("PATCH", "/api/v1/experiments/{id}") => json!({ "hypothesis": "It does not." }),
        ("PATCH", "/api/v1/runs/{id}") => json!({ "name": "renamed" }),
        ("POST", "/api/v1/experiments/{id}/reviews") => json!({ "artifacts": {} }),
        ("PATCH", "/api/v1/reviews/{id}") => json!({ "decision": "accepted" }),
        ("POST", "/api/v1/experiments/{id}/promotion") => json!({ "run_id": ids["run"], "plan": plan }),
        ("PUT" | "DELETE", "/api/v1/promotions/{id}/approval") => json!({ "duty": "security" }),
        ("DELETE", "/api/v1/promotions/{id}") | ("POST", "/api/v1/promotions/{id}/deployment") => json!({}),
        ("POST", "/api/v1/projects/{key}/webhooks") => {
            json!({ "name": "told", "url": NOBODY, "events": ["prompt.created"] })
        }
        ("PATCH", "/api/v1/webhooks/{id}") => json!({ "name": "told" }),
        ("POST", "/api/v1/webhooks/{id}/test") => json!({}),
        (_, path) if path.starts_with("/api/v1/items/{item}") => return item_body(method, path),
        ("POST", "/api/v1/projects/{key}/items") => json!({ "title": "Another" }),
        ("POST", "/api/v1/projects/{key}/items/batch") => json!({ "lines": "One\nTwo" }),
        ("PUT", "/api/v1/projects/{key}/workflow") => json!({ "statuses": workflow(ids) }),
        ("PUT", "/api/v1/projects/{key}/board/{status}") => json!({ "limit": 3 }),
        ("PUT", "/api/v1/projects/{key}/fields") => json!({ "fields": [{ "name": "Customer", "holds": "text" }] }),
        ("PUT", "/api/v1/projects/{key}/templates/{kind}") => json!({ "description": "What happens" }),
        ("POST", "/api/v1/projects/{key}/sprints") => json!({ "goal": "Another" }),
        ("PATCH", "/api/v1/sprints/{sprint}") => json!({ "goal": "A better one" }),
        ("PUT", "/api/v1/sprints/{sprint}/people") => json!({ "people": [] }),
        ("POST", "/api/v1/sprints/{sprint}/close") => json!({ "verdict": "met" }),
        ("POST", "/api/v1/projects/{key}/checkpoints") => json!({ "title": "Another" }),
        ("PUT", "/api/v1/checkpoints/{checkpoint}/asked") => json!({ "asked": ["me"] }),
        ("PUT", "/api/v1/checkpoints/{checkpoint}/decisions/{question}") => json!({ "choice": "continue" }),
        ("POST", "/api/v1/checkpoints/{checkpoint}/close" | "/api/v1/checkpoints/{checkpoint}/pack") => json!({}),
        (_, path) if path.contains("/estimates") => return estimate_body(method, path, ids),
        ("POST", "/api/v1/tokens") => json!({ "name": "another" }),
        ("PATCH", "/api/v1/users/{id}") => json!({ "admin": false }),
        ("PATCH", "/api/v1/me") => json!({ "name": who }),
        ("PUT", "/api/v1/me/password") => json!({ "old": "wrong and long enough", "new": "another long pass phrase" }),
        ("POST", "/api/v1/session") => json!({ "email": "nobody@slipway.test", "password": "wrong and long enough" }),
        ("POST", "/api/v1/invitation") => json!({ "link": "wrong", "password": "another long pass phrase" }),
        ("POST", "/api/v1/invitation/check") => json!({ "link": "wrong" }),
        ("POST", "/api/v1/setup") => {
            json!({ "link": "wrong", "name": "Eve", "email": "eve@slipway.test", "password": "another long pass phrase" })
        }
        _ => return None,
    };
    Some(body)
}

fn estimate_body(method: &Method, path: &str, ids: &HashMap<&'static str, String>) -> Option<Value> {
    Some(match (method.as_str(), path.rsplit('/').next()?) {
        ("POST", "estimates") => json!({ "name": "Planning" }),
        ("PATCH", "{sitting}") => json!({ "name": "Planning again" }),
        ("POST", "rounds") => json!({ "item": ids["story"] }),
        ("PUT", "vote") => json!({ "card": "5" }),
        ("POST", "notes") => json!({ "text": "Needs a key" }),
        ("PUT", "consent") => json!({ "card": "8" }),
        ("POST", "accept") => json!({ "card": "8" }),
        ("DELETE", _) => return None,
        _ => json!({}),
    })
}

fn item_body(method: &Method, path: &str) -> Option<Value> {
    let rest = path.strip_prefix("/api/v1/items/{item}").unwrap_or_default();
    Some(match (method.as_str(), rest) {
        ("PATCH", "") => json!({ "title": "Renamed" }),
        ("POST", "/move") => json!({ "to": "last" }),
        ("POST", "/transfer") => json!({ "project": "FRAUD" }),
        ("POST", "/relations") => json!({ "kind": "tests", "item": "CHURN-2" }),
        ("POST", "/products") => json!({ "kind": "commit", "target": "ffffffff" }),
        ("POST", "/comments") | ("PATCH", "/comments/{comment}") => json!({ "body": "Hm." }),
        ("POST", "/checklist") => json!({ "text": "Another" }),
        ("PATCH", "/checklist/{line}") => json!({ "done": true }),
        ("PUT", "/spike") => json!({ "question": "Is it really so?", "days": 3 }),
        ("PUT", "/spike/answer") => json!({ "answer": "no", "finding": "It is not." }),
        ("POST", "/split") => json!({}),
        _ => return None,
    })
}

/// As it is, to be sent back.
fn workflow(ids: &HashMap<&'static str, String>) -> Value {
    ids["statuses"].parse().unwrap()
}

/// The foreign protocol ignores fields it does not know, so one request serves all its routes.
fn foreign(method: &Method, path: &str, filled: String, who: &str, ids: &HashMap<&'static str, String>) -> Request {
    let (experiment, run, model) = (&ids["experiment"], &ids["run"], &ids["model"]);
    if path.ends_with("/experiments/create") || path.ends_with("/registered-models/create") {
        return Request { path: filled, body: Some(json!({ "name": format!("Made by {who}") })) };
    }
    if method == Method::GET {
        let name = "experiment_name=Trees&metric_key=auc&max_results=5&path=&name=Trees&version=1&alias=champion";
        // A trace of whose spans all are there.
        let trace = format!("trace_id=tr-{0}&trace_ids=tr-{0}", "ab".repeat(16));
        let query = format!(
            "?experiment_id={experiment}&experiment_ids={experiment}&run_id={run}&run_ids={run}&{trace}&{name}"
        );
        return Request { path: filled + &query, body: None };
    }
    if path.contains("/webhooks") {
        return Request { path: filled, body: Some(webhook()) };
    }
    if path.contains("/mpu/") || path.contains("/presigned-") {
        return Request { path: filled, body: Some(upload(run, &ids["upload"], &ids["part"])) };
    }
    if path.contains("/traces") || path.contains("/datasets/") {
        return Request { path: filled, body: Some(traced(path, ids)) };
    }
    let model_json =
        json!({ "artifact_path": "m", "flavors": {}, "run_id": run, "utc_time_created": "2026-03-02 09:00:00" });
    // A version comes from the run alone; elsewhere the model is named too.
    let logged = if path.ends_with("model-versions/create") { json!(null) } else { json!(model) };
    let body = json!({
        "experiment_id": experiment, "experiment_ids": [experiment], "run_id": run, "model_id": logged, "name": "Trees", "new_name": "Woods",
        "key": "color", "value": if path.ends_with("log-metric") { json!(0.5) } else { json!("red") }, "timestamp": 5, "max_results": 5,
        "status": if path.contains("logged-models") { "LOGGED_MODEL_READY" } else { "FINISHED" }, "model_json": model_json.to_string(),
        "params": [{ "key": "depth", "value": "3" }], "version": "1", "alias": "champion", "stage": "Staging",
        "source": format!("runs:/{run}/model"),
    });
    Request { path: filled, body: Some(body) }
}

/// Where webhooks may point in these tests, and where nobody answers.
pub const NOBODY: &str = "https://127.0.0.1:9/";

pub fn webhook() -> Value {
    json!({ "name": "ci", "url": NOBODY, "events": [{ "entity": "PROMPT", "action": "CREATED" }] })
}

/// One request that serves uploads in parts and addresses that are handed on.
pub fn upload(run: &str, id: &str, part: &str) -> Value {
    json!({
        "path": "card.md", "num_parts": 1, "upload_id": id, "parts": [{ "part_number": 1, "etag": part }], "run_id": run,
    })
}

pub fn trace_info(id: &str, experiment: &str) -> Value {
    let location = json!({ "type": "MLFLOW_EXPERIMENT", "mlflow_experiment": { "experiment_id": experiment } });
    json!({ "trace": { "trace_info": { "trace_id": id, "trace_location": location, "state": "OK" } } })
}

pub fn spans(trace: &str) -> Value {
    let span = json!({ "traceId": trace, "spanId": "0202020202020202", "name": "root", "startTimeUnixNano": "5" });
    json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [span] }] }] })
}

/// One request that serves all routes of traces and of evaluation datasets, but for two.
fn traced(path: &str, ids: &HashMap<&'static str, String>) -> Value {
    let (experiment, run, trace) = (&ids["experiment"], &ids["run"], &ids["trace"]);
    if path.ends_with("/v1/traces") {
        return spans(&"cd".repeat(16));
    }
    let mut body = trace_info("tr-new", experiment);
    let location = body["trace"]["trace_info"]["trace_location"].clone();
    let said = json!({ "assessment_name": "good", "feedback": { "value": false } });
    let rest = json!({
        "experiment_id": experiment, "experiment_ids": [experiment], "run_id": run, "trace_id": trace, "trace_ids": [trace],
        "request_ids": [trace], "locations": [location], "key": "color", "value": "blue", "timestamp_ms": 5, "status": "OK",
        "assessment": said, "update_mask": "feedback", "prompt_versions": [{ "name": "greet", "version": "1" }],
        "view_type": "TRACES", "metric_name": "trace_count", "aggregations": [{ "aggregation_type": "COUNT" }],
        "name": "golden", "records": r#"[{"inputs": {"a": 1}}]"#, "dataset_record_ids": ["dr-none"],
    });
    if let (Value::Object(body), Value::Object(rest)) = (&mut body, rest) {
        body.extend(rest);
        if path.contains("/datasets/") {
            body.insert("tags".to_owned(), r#"{"color": "blue"}"#.into());
        }
    }
    body
}
