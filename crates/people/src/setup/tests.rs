use db::testing::each_engine;
use serde_json::{Value, json};

use super::*;
use crate::{
    door::{App, Door, Settings, Site},
    testing::{Client, PASSWORD},
};

fn first(link: &str) -> Value {
    json!({ "link": link, "name": "Sam", "email": "sam@slipway.test", "password": PASSWORD, "workspace": "Harbour" })
}

#[test]
fn a_fresh_store_is_set_up_once_with_its_link() {
    each_engine(|db| {
        let app = App::new(db.db.clone(), Site::default());
        let client = Client::new(crate::routes(Door::new(app)).into_router(Settings { content_policy: String::new() }));
        let stale = db.write_blocking(link).unwrap().unwrap();
        let link_ = db.write_blocking(link).unwrap().unwrap();
        assert_eq!(client.get("/api/v1/setup").json(), json!({ "needed": true }));
        assert_eq!(client.post("/api/v1/setup", first("")).status, 403);
        assert_eq!(client.post("/api/v1/setup", first(&stale)).status, 403, "only the link of the last start");
        let mut weak = first(&link_);
        weak["password"] = json!("password1234");
        assert_eq!(client.post("/api/v1/setup", weak).status, 400);
        assert_eq!(client.post("/api/v1/session", json!({ "email": "admin", "password": "admin" })).status, 401);

        let done = client.post("/api/v1/setup", first(&link_));
        assert_eq!((done.status, &done.json()["name"]), (201, &json!("Sam")));
        let me = client.with("cookie", &Client::cookies(&done)).get("/api/v1/me").json();
        assert_eq!(
            (&me["user"]["admin"], &me["workspace"]["name"]),
            (&json!(true), &json!("Harbour")),
            "and signed in"
        );
        assert_eq!(client.post("/api/v1/setup", first(&link_)).status, 409);
        assert_eq!(client.get("/api/v1/setup").json(), json!({ "needed": false }));
        assert_eq!(db.write_blocking(link).unwrap(), None);

        let again = client.post("/api/v1/session", json!({ "email": "sam@slipway.test", "password": PASSWORD }));
        assert_eq!(again.status, 200, "the password works, too");
    });
}

#[test]
fn a_user_from_the_command_line_makes_the_link_useless() {
    each_engine(|db| {
        let secret = db.write_blocking(link).unwrap().unwrap();
        db.write_blocking(|tx| user::add(tx, "sam@slipway.test", "Sam", true, "hash")).unwrap();
        let refused = db.write_blocking(move |tx| take(tx, &secret, "eve@slipway.test", "Eve", "hash", None));
        assert_eq!(refused.unwrap_err().status(), 409);
    });
}

#[test]
fn a_link_may_be_given_whole_and_ends_after_a_while() {
    each_engine(|db| {
        let secret = db.write_blocking(link).unwrap().unwrap();
        let whole = format!("http://localhost:7117/setup#{secret}");
        db.days_pass(15);
        let late = whole.clone();
        assert_eq!(db.read_blocking(move |tx| check(tx, &late)).unwrap_err().status(), 403);
        let secret = db.write_blocking(link).unwrap().unwrap();
        let whole = format!("http://localhost:7117/setup#{secret}");
        db.read_blocking(move |tx| check(tx, &whole)).unwrap();
    });
}
