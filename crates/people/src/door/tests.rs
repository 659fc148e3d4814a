//! What the door does for every request.

use axum::{extract::State, http::Method, response::IntoResponse};
use base::Kind;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::*;
use crate::{
    Right, Scope,
    testing::{Client, PASSWORD, World, each_world, email},
};

fn routes(door: Door) -> Door {
    crate::routes(door)
        .route(get("/health", Policy::Public).to(async || "OK"))
        .route(get("/panics", Policy::Public).to(panics))
        .route(post("/echo", Policy::Public).takes::<Note>().gives::<Note>().limit(100).to(echo))
        .route(get("/count", Policy::SignedIn).query::<Counted>().to(count))
        .route(get("/foreign/secret", Policy::SignedIn).refuse_with(in_foreign_words).to(async || "secret"))
        .dialect(|path| path.starts_with("/foreign/"), in_foreign_words)
        .pages(async || "<!doctype html>")
}

#[derive(Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Note {
    text: String,
}

#[derive(Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Counted {
    limit: Option<i64>,
}

async fn panics() -> &'static str {
    panic!("a mistake of ours")
}

async fn echo(State(_): State<App>, Body(note): Body<Note>) -> Answer<Note> {
    Ok(ok(note))
}

async fn count(Query(counted): Query<Counted>) -> Answer<Counted> {
    Ok(ok(counted))
}

fn in_foreign_words(error: &base::Error) -> axum::response::Response {
    let code = if error.is(Kind::NotFound) { "ENDPOINT_NOT_FOUND" } else { "REFUSED" };
    (axum::http::StatusCode::from_u16(error.status()).unwrap(), axum::Json(json!({ "error_code": code })))
        .into_response()
}

fn client(world: &World) -> Client {
    world.client(routes)
}

#[test]
fn another_name_for_this_machine_gets_nothing() {
    each_world(|world| {
        let client = client(world);
        for host in ["evil.test", "localhost.evil.test:7117", "10.1.2.3"] {
            for path in ["/api/v1/setup", "/", "/foreign/secret", "/api/v1/nowhere"] {
                let refused = client.with("host", host).get(path);
                assert_eq!(
                    (refused.status, refused.header("content-type")),
                    (403, "application/problem+json"),
                    "{host}{path}"
                );
            }
            assert_eq!(client.with("host", host).get("/health").text(), "OK");
        }
        assert_eq!(client.without("host").get("/api/v1/setup").status, 403);
        assert_eq!(client.get("/api/v1/setup").json(), json!({ "needed": false }));
    });
}

#[test]
fn a_page_of_another_origin_changes_nothing() {
    each_world(|world| {
        let client = client(world);
        let sign_in = json!({ "email": email("Dana"), "password": PASSWORD });
        for origin in ["http://evil.test", "null", "http://localhost:3000", "https://localhost:7117.evil.test"] {
            assert_eq!(client.with("origin", origin).post("/api/v1/session", sign_in.clone()).status, 403, "{origin}");
        }
        let same = client.with("origin", "http://localhost:7117");
        assert_eq!(same.post("/api/v1/session", sign_in).status, 200);
        assert_eq!(client.with("origin", "http://evil.test").get("/api/v1/setup").status, 200, "looking is harmless");
    });
}

#[test]
fn a_browser_signs_in_writes_with_its_header_and_signs_out() {
    each_world(|world| {
        let client = client(world);
        let signed_in = client.post("/api/v1/session", json!({ "email": "DANA@slipway.test", "password": PASSWORD }));
        assert_eq!(signed_in.json()["user"]["name"], "Dana");
        let cookies: Vec<_> = signed_in.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap()).collect();
        assert!(cookies[0].starts_with("slipway=") && cookies[1].starts_with("slipway-device="), "{cookies:?}");
        assert!(cookies.iter().all(|c| c.contains("; Path=/; HttpOnly; SameSite=Strict; Max-Age=")), "{cookies:?}");

        let browser = client.with("cookie", &Client::cookies(&signed_in));
        assert_eq!(browser.get("/api/v1/me").json()["projects"][0]["key"], "CHURN");
        let token = json!({ "name": "notebook" });
        let refused = browser.post("/api/v1/tokens", token.clone());
        assert_eq!(
            (refused.status, refused.detail()),
            (403, "Changes with a session's cookie carry the header X-Slipway: 1.".to_owned())
        );
        let browser = browser.with("x-slipway", "1");
        assert_eq!(browser.post("/api/v1/tokens", token).status, 201);

        assert_eq!(browser.delete("/api/v1/session").status, 204);
        assert_eq!(browser.get("/api/v1/me").status, 401, "the old cookie is worth nothing");
    });
}

#[test]
fn scripts_come_with_tokens_or_passwords() {
    each_world(|world| {
        let client = client(world);
        let secret = world.token("Dana", Scope::Full, None);
        let me = |client: &Client| client.get("/api/v1/me").json()["user"]["name"].clone();
        assert_eq!(me(&client.bearer(&secret)), "Dana");
        assert_eq!(me(&client.with("authorization", &basic("anything", &secret))), "Dana");
        assert_eq!(me(&client.with("authorization", &basic(&email("Mei"), PASSWORD))), "Mei");
        for wrong in ["Bearer slp_0000", "Bearer", "Basic !!!", "Digest x", "", &basic(&email("Mei"), "wrong password")]
        {
            let refused = client.with("authorization", wrong).get("/api/v1/me");
            assert_eq!(refused.status, 401, "{wrong}");
            assert_eq!(refused.header("www-authenticate"), "Bearer realm=\"Slipway\"");
        }
        let cookie = client.with("cookie", "slipway=0000").bearer(&secret);
        assert_eq!(me(&cookie), "Dana", "a token counts before a cookie");
        assert_eq!(client.with("cookie", "slipway=0000").get("/api/v1/me").status, 401);
        assert_eq!(client.get("/api/v1/me").status, 401);
    });
}

fn basic(user: &str, password: &str) -> String {
    use base64::Engine;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}")))
}

#[test]
fn a_token_goes_as_far_as_its_scope_and_project() {
    each_world(|world| {
        let client = client(world);
        let read = client.bearer(&world.token("Sam", Scope::Read, None));
        assert_eq!(read.get("/api/v1/projects/CHURN").status, 200);
        let refused = read.post("/api/v1/tokens", json!({ "name": "more" }));
        assert_eq!((refused.status, refused.detail().contains("scope \"full\"")), (403, true));
        assert_eq!(
            read.put("/api/v1/projects/CHURN/members/ann@slipway.test", json!({ "role": "member" })).status,
            403
        );

        let bound = client.bearer(&world.token("Pavel", Scope::Full, Some("CHURN")));
        assert_eq!(bound.get("/api/v1/projects/CHURN").status, 200);
        assert_eq!(bound.get("/api/v1/projects/FRAUD").status, 404);
        assert_eq!(bound.post("/api/v1/projects", json!({ "key": "NEW", "name": "New" })).status, 403);
        assert_eq!(
            bound.get("/api/v1/me").json()["token"],
            json!({ "name": "story", "scope": "full", "project": "CHURN" })
        );
    });
}

#[test]
fn what_is_not_yours_reads_like_what_does_not_exist() {
    each_world(|world| {
        let rita = client(world).bearer(&world.token("Rita", Scope::Full, None));
        let foreign = rita.get("/api/v1/projects/CHURN");
        let absent = rita.get("/api/v1/projects/NOWHERE");
        assert_eq!((foreign.status, foreign.bytes), (404, absent.bytes));
    });
}

#[test]
fn a_body_has_a_limit_and_is_read_strictly() {
    each_world(|world| {
        let client = client(world).with("content-type", "application/json");
        let refused = client.post("/echo", json!({ "text": "x", "role": "admin" }));
        let why = "is no field here; there are `text`";
        assert_eq!((refused.status, refused.json()["fields"].clone()), (400, json!({ "role": why })));
        let large = client.post("/echo", json!({ "text": "x".repeat(200) }));
        let why = "The body is larger than the 100 bytes that this address takes.";
        assert_eq!((large.status, large.detail(), large.json()["limit"].clone()), (413, why.to_owned(), json!(100)));
        assert_eq!(large.header("content-type"), "application/problem+json");
        assert_eq!(client.raw(Method::POST, "/echo", vec![b'{', 0xff, b'}']).status, 400);
        assert_eq!(client.post("/echo", json!({ "text": "x" })).json(), json!({ "text": "x" }));
    });
}

#[test]
fn only_json_is_taken_for_json() {
    each_world(|world| {
        let client = client(world);
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "<script>",
            "application/json; charset=utf-16",
        ] {
            let refused = client.with("content-type", kind).raw(Method::POST, "/echo", r#"{"text": "x"}"#);
            assert_eq!((refused.status, refused.header("x-content-type-options")), (415, "nosniff"), "{kind}");
            assert!(!refused.text().contains("script"));
        }
        assert_eq!(client.raw(Method::POST, "/echo", "{}").status, 415);
        let charset = client.with("content-type", "application/json; charset=utf-8");
        assert_eq!(charset.raw(Method::POST, "/echo", r#"{"text": "x"}"#).status, 200);
    });
}

#[test]
fn unknown_addresses_are_problems_except_pages() {
    each_world(|world| {
        let client = client(world);
        for path in ["/api/v1/nowhere", "/api/", "/api", "/api/v1//me", "/api/v1/me/"] {
            let absent = client.get(path);
            assert_eq!((absent.status, &absent.json()["title"]), (404, &json!("Not found")), "{path}");
        }
        assert_eq!(client.get("/CHURN/experiments").text(), "<!doctype html>");
        assert_eq!(client.post("/CHURN/experiments", json!({})).status, 404);
        assert_eq!(client.get("/foreign/nowhere").json(), json!({ "error_code": "ENDPOINT_NOT_FOUND" }));
        assert_eq!(client.get("/foreign/secret").json(), json!({ "error_code": "REFUSED" }));

        let method = client.delete("/api/v1/me");
        assert_eq!((method.status, method.header("allow")), (405, "GET,HEAD,PATCH"));
        assert_eq!(method.json()["status"], 405);
        assert_eq!(client.send(Method::TRACE, "/api/v1/me", None).status, 405);
        assert_eq!(client.send(Method::POST, "/foreign/secret", None).status, 404);
    });
}

#[test]
fn every_answer_wears_the_headers() {
    each_world(|world| {
        let client = client(world);
        for path in ["/health", "/", "/api/v1/me", "/api/v1/nowhere", "/panics"] {
            let answered = client.get(path);
            assert_eq!(answered.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(answered.header("referrer-policy"), "same-origin");
            assert_eq!(answered.header("x-frame-options"), "DENY");
            assert_eq!(answered.header("cache-control"), "no-store");
            assert_eq!(answered.header("content-security-policy"), "default-src 'self'");
            assert_eq!(answered.header("strict-transport-security"), "");
        }
        let secured = App::new(world.db.db.clone(), Site::new(Some("https://slipway.example.org")).unwrap());
        let settings = Settings { content_policy: String::new() };
        let client = Client::new(routes(Door::new(secured)).into_router(settings));
        assert_eq!(client.get("/health").header("strict-transport-security"), "max-age=31536000");
        let outside = client.with("host", "slipway.example.org");
        let signed_in = outside.post("/api/v1/session", json!({ "email": email("Dana"), "password": PASSWORD }));
        let cookie = signed_in.header("set-cookie");
        assert!(cookie.starts_with("__Host-slipway=") && cookie.ends_with("; Secure"), "{cookie}");
    });
}

#[test]
fn a_panic_is_our_mistake_and_stays_ours() {
    each_world(|world| {
        let answered = client(world).get("/panics");
        assert_eq!(answered.status, 500);
        assert!(!answered.text().contains("mistake of ours"));
    });
}

#[test]
fn a_query_names_only_what_is_known() {
    each_world(|world| {
        let dana = client(world).bearer(&world.token("Dana", Scope::Read, None));
        assert_eq!(dana.get("/count?limit=3").json()["limit"], 3);
        for query in ["limt=3", "limit=x", "limit=1&limit=2"] {
            assert_eq!(dana.get(&format!("/count?{query}")).status, 400, "{query}");
        }
    });
}

#[test]
fn a_creation_with_a_key_happens_once() {
    each_world(|world| {
        let pavel = client(world).bearer(&world.token("Pavel", Scope::Full, None));
        let keyed = pavel.with("idempotency-key", "one-two-three");
        let new = json!({ "key": "PRICE", "name": "Pricing" });
        let first = keyed.post("/api/v1/projects", new.clone());
        let second = keyed.post("/api/v1/projects", new.clone());
        assert_eq!((first.status, &first.bytes), (201, &second.bytes));
        assert_eq!(keyed.post("/api/v1/projects", json!({ "key": "OTHER", "name": "x" })).status, 409);
        assert_eq!(pavel.post("/api/v1/projects", new.clone()).status, 409, "without the key it is a second one");
        assert_eq!(pavel.with("idempotency-key", "short").post("/api/v1/projects", new).status, 400);
        world.db.days_pass(2);
    });
}

#[test]
fn each_route_says_who_may() {
    each_world(|world| {
        let door = routes(Door::new(world.app.clone()));
        let described = openapi(door.routes());
        let of = |method: &str, path: &str| described["paths"][path][method]["x-policy"].clone();
        assert_eq!(
            of("put", "/api/v1/projects/{key}/members/{email}"),
            format!("{}", Policy::Project(Right::Administer))
        );
        assert_eq!(of("post", "/api/v1/session"), "public");
        let schemas = described["components"]["schemas"].as_object().unwrap();
        assert!(["Project", "Member", "Me", "Problem"].iter().all(|name| schemas.contains_key(*name)), "{schemas:?}");
        let references = described.to_string();
        let dangling: Vec<Value> = references
            .split("#/components/schemas/")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .filter(|name| !schemas.contains_key(*name))
            .map(Value::from)
            .collect();
        assert!(dangling.is_empty(), "{dangling:?}");
    });
}
