use serde_json::json;

use super::*;
use crate::testing::each_world;

#[test]
fn a_secret_is_shown_once_and_kept_as_a_hash() {
    each_world(|world| {
        let client = world.client(crate::routes);
        let dana = client.bearer(&world.token("Dana", Scope::Full, None));
        let made = dana
            .post("/api/v1/tokens", json!({ "name": "notebook", "scope": "track", "project": "CHURN", "days": 7 }))
            .json();
        let secret = made["secret"].as_str().unwrap().to_owned();
        assert!(secret.starts_with(PREFIX) && secret.len() == PREFIX.len() + 64);
        assert_eq!(
            (&made["scope"], &made["project"], &made["expires_at"]),
            (&json!("track"), &json!("CHURN"), &json!("2026-03-09T09:00:00.000Z"))
        );
        let listed = dana.get("/api/v1/tokens");
        assert!(!listed.text().contains("secret") && !listed.text().contains(&secret));
        assert_eq!(listed.json()["items"][0]["name"], "notebook");

        let stored = world.db.read_blocking(crate::testing::store::token_hashes).unwrap();
        assert!(stored.contains(&secret::hash(&secret)) && !stored.contains(&secret));
        assert!(world.events().iter().all(|event| !event.data.to_string().contains(&secret)));
    });
}

#[test]
fn what_a_token_may_be_is_limited() {
    each_world(|world| {
        let dana = world.client(crate::routes).bearer(&world.token("Dana", Scope::Full, None));
        for (status, wrong) in [
            (400, json!({ "name": "" })),
            (400, json!({ "name": "x", "scope": "everything" })),
            (400, json!({ "name": "x", "days": 0 })),
            (400, json!({ "name": "x", "days": 731 })),
            (400, json!({ "name": "x", "days": 1e300 })),
            (404, json!({ "name": "x", "project": "FRAUD" })),
            (400, json!({ "name": "x", "user": "Sam" })),
            (400, json!({ "name": "x".repeat(101) })),
        ] {
            assert_eq!(dana.post("/api/v1/tokens", wrong.clone()).status, status, "{wrong}");
        }
    });
}

#[test]
fn a_token_ends_when_it_is_revoked_or_expires() {
    each_world(|world| {
        let client = world.client(crate::routes);
        let dana = client.bearer(&world.token("Dana", Scope::Full, None));
        let made = dana.post("/api/v1/tokens", json!({ "name": "short", "days": 1 })).json();
        let short = client.bearer(made["secret"].as_str().unwrap());
        assert_eq!(short.get("/api/v1/me").status, 200);
        let path = format!("/api/v1/tokens/{}", made["id"].as_str().unwrap());
        let mei = client.bearer(&world.token("Mei", Scope::Full, None));
        assert_eq!(mei.delete(&path).status, 404, "nobody else's business");
        assert_eq!(dana.delete(&path).status, 204);
        assert_eq!(short.get("/api/v1/me").status, 401, "at once");
        assert_eq!(dana.delete(&path).status, 404);

        let expiring = dana.post("/api/v1/tokens", json!({ "name": "expiring", "days": 1 })).json();
        world.db.days_pass(1);
        assert_eq!(client.bearer(expiring["secret"].as_str().unwrap()).get("/api/v1/me").status, 401);
        assert_eq!(dana.get("/api/v1/me").status, 200);
    });
}

#[test]
fn a_token_makes_none_that_opens_more_or_lives_longer() {
    each_world(|world| {
        let client = world.client(crate::routes);
        let bound = client.bearer(&world.token("Pavel", Scope::Full, Some("CHURN")));
        assert_eq!(bound.post("/api/v1/tokens", json!({ "name": "wide" })).status, 403);
        assert_eq!(bound.post("/api/v1/tokens", json!({ "name": "other", "project": "FRAUD" })).status, 404);
        let made = bound.post("/api/v1/tokens", json!({ "name": "same", "project": "CHURN", "days": 700 }));
        assert_eq!(
            (made.status, &made.json()["expires_at"]),
            (201, &json!("2026-05-31T09:00:00.000Z")),
            "as long as its maker"
        );
        let track = client.bearer(&world.token("Pavel", Scope::Track, None));
        assert_eq!(track.post("/api/v1/tokens", json!({ "name": "more" })).status, 403);
        assert_eq!(
            bound.get("/api/v1/tokens").json()["items"].as_array().unwrap().len(),
            2,
            "only those of its project"
        );
    });
}

#[test]
fn use_is_noted_every_few_minutes() {
    each_world(|world| {
        let secret = world.token("Dana", Scope::Full, None);
        let client = world.client(crate::routes).bearer(&secret);
        let dana = world.actor("Dana");
        let used_at = || {
            let dana = dana.clone();
            world.db.write_blocking(move |tx| list(tx, &dana)).unwrap()[0].used_at
        };
        assert_eq!(used_at(), None);
        client.get("/api/v1/me");
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert_eq!(used_at(), Some(world.db.clock.now()));
    });
}
