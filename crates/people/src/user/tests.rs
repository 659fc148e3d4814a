use serde_json::json;

use super::*;
use crate::{
    Right, Scope,
    testing::{Client, PASSWORD, each_world, email},
};

#[test]
fn an_address_belongs_to_one_user() {
    each_world(|world| {
        let again = world.db.write_blocking(|tx| add(tx, " DANA@Slipway.test", "Another Dana", false, "hash"));
        assert_eq!(again.unwrap_err().detail(), "DANA@Slipway.test is a user already.");
        for wrong in
            ["", "dana", "@slipway.test", "dana@", "a@b@c", "da na@x", "da\nna@x", "<dana@x>", "dana@x/..", "d\0@x"]
        {
            let refused = world.db.write_blocking(move |tx| add(tx, wrong, "Dana", false, "hash"));
            assert_eq!(refused.unwrap_err().status(), 400, "{wrong:?}");
        }
        let long = format!("{}@slipway.test", "x".repeat(300));
        assert!(world.db.write_blocking(move |tx| add(tx, &long, "X", false, "hash")).is_err());
    });
}

#[test]
fn one_sees_the_people_of_ones_projects() {
    each_world(|world| {
        let seen_by = |name: &str| {
            let actor = world.actor(name);
            let users = world.db.read_blocking(move |tx| visible(tx, &actor)).unwrap();
            users.into_iter().map(|user| user.name).collect::<Vec<_>>()
        };
        assert_eq!(seen_by("Rita"), ["Pavel", "Rita"]);
        assert!(seen_by("Mara").contains(&"Dana".to_owned()) && !seen_by("Mara").contains(&"Rita".to_owned()));
        assert_eq!(seen_by("Pavel").len(), 12);

        let bound = Actor { project: Some(world.fraud.id.clone()), ..world.actor("Pavel") };
        let users = world.db.read_blocking(move |tx| visible(tx, &bound)).unwrap();
        assert_eq!(users.len(), 2, "through a token of FRAUD only its people");
    });
}

#[test]
fn whoever_is_shut_out_is_out_at_once() {
    each_world(|world| {
        let client = world.client(crate::routes);
        let signed_in = client.post("/api/v1/session", json!({ "email": email("Ben"), "password": PASSWORD }));
        let browser = client.with("cookie", &Client::cookies(&signed_in));
        let token = client.bearer(&world.token("Ben", Scope::Full, None));
        assert_eq!((browser.get("/api/v1/me").status, token.get("/api/v1/me").status), (200, 200));

        let pavel = client.bearer(&world.token("Pavel", Scope::Full, None));
        let ben = world.person("Ben").id;
        let shut = pavel.patch(&format!("/api/v1/users/{ben}"), json!({ "disabled": true }));
        assert_eq!((shut.status, &shut.json()["state"]), (200, &json!("disabled")));
        assert_eq!((browser.get("/api/v1/me").status, token.get("/api/v1/me").status), (401, 401));
        let again = client.post("/api/v1/session", json!({ "email": email("Ben"), "password": PASSWORD }));
        assert_eq!((again.status, again.detail()), (401, "The e-mail address or the password is wrong.".to_owned()));

        pavel.patch(&format!("/api/v1/users/{ben}"), json!({ "disabled": false }));
        assert_eq!(token.get("/api/v1/me").status, 200);
        assert_eq!(browser.get("/api/v1/me").status, 401, "an ended session stays ended");
    });
}

#[test]
fn somebody_can_always_administer_the_workspace() {
    each_world(|world| {
        let client = world.client(crate::routes);
        let pavel = client.bearer(&world.token("Pavel", Scope::Full, None));
        let (id, sams) = (world.person("Pavel").id, world.person("Sam").id);
        for change in [json!({ "admin": false }), json!({ "disabled": true })] {
            let refused = pavel.patch(&format!("/api/v1/users/{id}"), change);
            assert_eq!((refused.status, refused.detail().starts_with("This is the last administrator")), (409, true));
        }
        let sam = client.bearer(&world.token("Sam", Scope::Full, None));
        assert_eq!(
            sam.patch(&format!("/api/v1/users/{sams}"), json!({ "admin": true })).status,
            403,
            "nobody lifts himself"
        );
        assert_eq!(pavel.patch(&format!("/api/v1/users/{sams}"), json!({ "admin": true })).json()["admin"], true);
        let himself = pavel.patch(&format!("/api/v1/users/{id}"), json!({ "disabled": true }));
        assert_eq!((himself.status, himself.detail().starts_with("You cannot shut yourself out")), (409, true));
        assert_eq!(pavel.patch(&format!("/api/v1/users/{id}"), json!({ "admin": false })).status, 200);
        assert_eq!(
            pavel.patch(&format!("/api/v1/users/{sams}"), json!({ "admin": false })).status,
            403,
            "in the same second"
        );
    });
}

#[test]
fn a_new_password_ends_what_the_old_one_began() {
    each_world(|world| {
        let client = world.client(crate::routes);
        let sign_in =
            |password: &str| client.post("/api/v1/session", json!({ "email": email("Dana"), "password": password }));
        let browser = |cookies: &str| client.with("cookie", cookies).with("x-slipway", "1");
        let (here, there) = (Client::cookies(&sign_in(PASSWORD)), Client::cookies(&sign_in(PASSWORD)));
        let change = |current: &str, new: &str| {
            browser(&here).put("/api/v1/me/password", json!({ "current": current, "password": new }))
        };
        assert_eq!(
            change("not my password", "a pass phrase of Dana's").json()["fields"],
            json!({ "current": "is wrong" })
        );
        assert_eq!(change(PASSWORD, "short").status, 400);
        assert_eq!(change(PASSWORD, "dana@slipway.test").status, 400);

        let changed = change(PASSWORD, "a pass phrase of Dana's");
        assert_eq!(changed.status, 204);
        assert_eq!(browser(&there).get("/api/v1/me").status, 401);
        assert_eq!(browser(&here).get("/api/v1/me").status, 401);
        assert_eq!(browser(&Client::cookies(&changed)).get("/api/v1/me").status, 200);
        assert_eq!((sign_in(PASSWORD).status, sign_in("a pass phrase of Dana's").status), (401, 200));
    });
}

#[test]
fn one_chooses_ones_name() {
    each_world(|world| {
        let client = world.client(crate::routes);
        let mei = client.bearer(&world.token("Mei", Scope::Full, None));
        let renamed = mei.patch("/api/v1/me", json!({ "name": "  Mei the second " }));
        assert_eq!((renamed.status, &renamed.json()["user"]["name"]), (200, &json!("Mei the second")));
        assert_eq!(world.person("Mei").name, "Mei the second");
        let told = || world.events().iter().filter(|event| event.kind == "user.renamed").count();
        mei.patch("/api/v1/me", json!({ "name": "Mei the second" }));
        assert_eq!(told(), 1, "the same name is no change");
        for wrong in [json!({}), json!({ "name": " " }), json!({ "name": "a\nb" }), json!({ "name": "x".repeat(201) })]
        {
            assert_eq!(mei.patch("/api/v1/me", wrong.clone()).status, 400, "{wrong}");
        }
        assert_eq!(mei.patch("/api/v1/me", json!({ "name": "Mei", "email": "other@slipway.test" })).status, 400);
        for scope in [Scope::Read, Scope::Track] {
            let narrow = client.bearer(&world.token("Mei", scope, None));
            assert_eq!(narrow.patch("/api/v1/me", json!({ "name": "Eve" })).status, 403);
        }
        assert_eq!(client.patch("/api/v1/me", json!({ "name": "Eve" })).status, 401);
    });
}

#[test]
fn me_says_what_i_am_where() {
    each_world(|world| {
        let me = world.client(crate::routes).bearer(&world.token("Tom", Scope::Read, None)).get("/api/v1/me").json();
        assert_eq!(me["user"]["email"], "tom@slipway.test");
        assert_eq!(me["workspace"], json!({ "name": "Slipway" }));
        let churn = json!({ "key": "CHURN", "name": "Churn prevention", "workstream": "experimentation", "role": "member",
                            "trades": [], "duties": ["technical_lead"] });
        assert_eq!(me["projects"], json!([churn]));
    });
}

#[test]
fn rights_follow_role_and_scope() {
    use crate::Role::*;
    let rights = |scope, role| {
        let has = |right: &&Right| crate::refusal(scope, role, **right).is_none();
        Right::ALL.iter().filter(has).map(|right| right.as_str()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(rights(Scope::Full, Viewer), "read decide");
    assert_eq!(rights(Scope::Full, Member), "read decide track plan");
    assert_eq!(rights(Scope::Full, Admin), "read decide track plan overrule administer");
    assert_eq!(rights(Scope::Track, Admin), "read track");
    assert_eq!(rights(Scope::Track, Viewer), "read");
    assert_eq!(rights(Scope::Read, Admin), "read");
}
