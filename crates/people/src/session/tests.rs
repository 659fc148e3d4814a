use serde_json::json;

use crate::testing::{Answered, Client, PASSWORD, World, each_world, email};

fn sign_in(client: &Client, email: &str, password: &str) -> Answered {
    client.post("/api/v1/session", json!({ "email": email, "password": password }))
}

fn browser(world: &World, who: &str) -> Client {
    let client = world.client(crate::routes);
    let signed_in = sign_in(&client, &email(who), PASSWORD);
    client.with("cookie", &Client::cookies(&signed_in)).with("x-slipway", "1")
}

#[test]
fn a_session_ends_unseen_or_old() {
    each_world(|world| {
        let (seen, unseen) = (browser(world, "Dana"), browser(world, "Mei"));
        for day in 1..=13 {
            world.db.days_pass(1);
            assert_eq!(seen.get("/api/v1/me").status, 200, "day {day}");
            settle(world);
        }
        world.db.days_pass(1);
        assert_eq!((seen.get("/api/v1/me").status, unseen.get("/api/v1/me").status), (200, 401));
        settle(world);
        for _ in 0..7 {
            world.db.days_pass(10);
            seen.get("/api/v1/me");
            settle(world);
        }
        assert_eq!(seen.get("/api/v1/me").status, 200, "day 84");
        world.db.days_pass(6);
        assert_eq!(seen.get("/api/v1/me").status, 401, "after ninety days");
    });
}

/// Waits for what the server notes beside the request.
fn settle(world: &World) {
    std::thread::sleep(std::time::Duration::from_millis(20));
    world.db.write_blocking(|_| Ok(())).unwrap();
}

#[test]
fn each_sign_in_is_a_new_session() {
    each_world(|world| {
        let first = browser(world, "Dana");
        let again = sign_in(&first, &email("Dana"), PASSWORD);
        assert_eq!(first.get("/api/v1/me").status, 401, "the old one ended");
        let second = first.with("cookie", &Client::cookies(&again));
        assert_eq!(second.get("/api/v1/me").status, 200);
        let fixed = first.with("cookie", "slipway=chosen-by-an-attacker");
        let signed_in = sign_in(&fixed, &email("Dana"), PASSWORD);
        assert!(!Client::cookies(&signed_in).contains("chosen-by-an-attacker"));
    });
}

#[test]
fn a_wrong_password_and_an_unknown_address_read_the_same() {
    each_world(|world| {
        let client = world.client(crate::routes);
        let wrong = sign_in(&client, &email("Dana"), "not the password");
        let unknown = sign_in(&client, "nobody@slipway.test", "not the password");
        assert_eq!((wrong.status, &wrong.bytes), (401, &unknown.bytes));
        let slow = |email: &str, password: &str| {
            let started = std::time::Instant::now();
            sign_in(&client, email, password);
            started.elapsed().as_secs_f64()
        };
        let (known, unknown) = (slow(&email("Mei"), "not the password"), slow("no@slipway.test", "not the password"));
        assert!((0.2..5.0).contains(&(known / unknown)), "{known} s and {unknown} s");
    });
}

#[test]
fn guessing_is_slowed_down_and_the_user_still_comes_in() {
    each_world(|world| {
        let dana = browser(world, "Dana");
        let client = world.client(crate::routes);
        let guesses = (0..40).map(|n| sign_in(&client, &email("Dana"), &format!("a wrong guess {n}")).status);
        let refused: Vec<u16> = guesses.collect();
        assert_eq!(refused.iter().filter(|status| **status == 401).count(), 5, "{refused:?}");
        let slower = sign_in(&client, &email("Dana"), "another wrong guess");
        assert_eq!((slower.status, slower.header("retry-after")), (429, "2"));
        assert_eq!(sign_in(&client, &email("Mei"), PASSWORD).status, 200, "another account is not concerned");
        assert_eq!(sign_in(&dana, &email("Dana"), PASSWORD).status, 200, "in a browser that she knows");
        world.db.clock.set(world.db.clock.now().plus_ms(2_000));
        assert_eq!(sign_in(&client, &email("Dana"), PASSWORD).status, 200, "and elsewhere after a wait");
    });
}

#[test]
fn signing_in_and_out_is_in_the_log() {
    each_world(|world| {
        let dana = browser(world, "Dana");
        assert_eq!(dana.delete("/api/v1/session").status, 204);
        let events = world.events();
        let kinds: Vec<_> =
            events.iter().map(|event| &event.kind).filter(|kind| kind.starts_with("session.")).collect();
        assert_eq!(kinds, ["session.started", "session.ended"]);
    });
}
