//! Whose consent is waited for.

use people::testing::{each_world, email};
use serde_json::json;

use super::{Table, cards, done, estimate_of, item, names, refused, signed_in};

#[test]
fn a_step_that_is_sent_again_is_taken_once() {
    each_world(|world| {
        let [sam, dana] = ["Sam", "Dana"].map(|name| signed_in(world, name));
        let key = item(&sam, json!({ "title": "Join" }));
        let table = Table::new(&sam, json!({}));
        table.open(&sam, &key);
        table.votes(&[(&dana, "8")]);
        let twice = |step: &str| {
            let keyed = sam.with("idempotency-key", &format!("step-{step}"));
            let at = format!("{}/{step}", table.round(&sam));
            let first = keyed.post(&at, json!({}));
            let again = keyed.post(&at, json!({}));
            assert_eq!((first.status, first.text()), (200, again.text()), "{step}");
            assert_eq!(first.header("etag"), again.header("etag"));
        };
        twice("reveal");
        twice("repeat");
        assert_eq!(table.seen(&sam)["totals"]["rounds"], 2, "not a third");
        table.votes(&[(&dana, "5")]);
        twice("set-aside");
        assert_eq!(table.seen(&sam)["totals"]["unestimated"], 1);
    });
}

#[test]
fn nobody_waits_for_the_consent_of_who_has_no_vote_any_more() {
    each_world(|world| {
        let [sam, dana, mei, ben, tom, sol] =
            ["Sam", "Dana", "Mei", "Ben", "Tom", "Sol"].map(|name| signed_in(world, name));
        let key = item(&sam, json!({ "title": "Join" }));
        let table = Table::new(&sam, json!({}));
        let member = |name: &str| format!("/api/v1/projects/CHURN/members/{}", email(name));
        let waits_for = |expected: &[&str]| {
            assert_eq!(names(&table.last(&sam)["result"]["dissent"]), expected);
            let early = table.does(&sam, "accept", json!({}));
            assert_eq!((early.status, &early.json()["missing"]), (409, &json!(["consent"])), "{}", early.text());
            let who = expected.join(", ");
            assert!(early.detail().starts_with(&format!("{who} chose")), "{}", early.detail());
        };
        table.open(&sam, &key);
        table.votes(&[(&dana, "8"), (&mei, "8"), (&ben, "5"), (&tom, "5"), (&sol, "5")]);
        done(table.does(&sam, "reveal", json!({})));
        waits_for(&["Dana", "Mei"]);

        done(sam.put(&member("Dana"), json!({ "role": "viewer" })));
        waits_for(&["Mei"]);
        assert_eq!(refused(dana.put(&format!("{}/consent", table.round(&sam)), json!({}))).0, 403);
        assert_eq!(sam.delete(&member("Mei")).status, 204);
        assert_eq!(names(&table.last(&sam)["result"]["dissent"]), Vec::<String>::new());
        done(table.does(&sam, "accept", json!({})));
        assert_eq!(estimate_of(&sam, &key), 5.0);
        let round = table.last(&sam);
        assert_eq!(cards(&round), ["5", "8", "8", "5", "5"], "what they chose is kept");
        assert_eq!(names(&round["result"]["dissent"]), ["Dana", "Mei"], "and that they had not consented");
    });
}

#[test]
fn a_round_waits_for_nobody_who_cannot_vote_any_more() {
    each_world(|world| {
        let [sam, dana, mei, ben] = ["Sam", "Dana", "Mei", "Ben"].map(|name| signed_in(world, name));
        let key = item(&sam, json!({ "title": "Join" }));
        let table = Table::new(&sam, json!({}));
        table.open(&sam, &key);
        for client in [&dana, &mei, &ben] {
            done(client.put(&format!("{}/presence", table.sitting), json!({})));
        }
        table.votes(&[(&ben, "5")]);
        assert_eq!(names(&table.seen(&sam)["waiting"]), ["Dana", "Mei"]);
        let member = |name: &str| format!("/api/v1/projects/CHURN/members/{}", email(name));
        done(sam.put(&member("Dana"), json!({ "role": "viewer" })));
        assert_eq!(sam.delete(&member("Mei")).status, 204);
        let seen = table.seen(&sam);
        assert_eq!((names(&seen["waiting"]), names(&seen["present"])), (Vec::new(), vec!["Ben".to_owned()]));
    });
}
