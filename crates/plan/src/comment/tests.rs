//! Stories about comments, told on each engine.

use people::testing::each_world;
use serde_json::json;

use crate::item::tests::{made, signed_in};

const COMMENTS: &str = "/api/v1/items/CHURN-1/comments";

#[test]
fn people_talk_about_an_item() {
    each_world(|world| {
        let (dana, mara, sam) = (signed_in(world, "Dana"), signed_in(world, "Mara"), signed_in(world, "Sam"));
        made(&dana, "CHURN", json!({ "title": "Join the exports" }));
        let said = mara.post(COMMENTS, json!({ "body": "Which export, @dana@slipway.test? See @mei@slipway.test's." }));
        assert_eq!(said.status, 400, "{}", said.text());
        let said = mara.post(COMMENTS, json!({ "body": "Which export, @dana@slipway.test? Ask @Mei@slipway.test." }));
        assert_eq!(said.status, 201, "{}", said.text());
        let names: Vec<_> = said.json()["mentions"].as_array().unwrap().iter().map(|p| p["name"].clone()).collect();
        assert!(names.contains(&json!("Dana")) && names.contains(&json!("Mei")), "{names:?}");
        assert_eq!(
            signed_in(world, "Mei").get("/api/v1/items/CHURN-1").json()["watching"],
            true,
            "who is named watches"
        );

        let refused = dana.post(COMMENTS, json!({ "body": "Tell @rita@slipway.test and @nobody@slipway.test" }));
        assert_eq!(refused.status, 400);
        assert_eq!(refused.json()["mentions"], json!(["rita@slipway.test", "nobody@slipway.test"]));
        assert!(
            refused.detail().starts_with("body: names rita@slipway.test, nobody@slipway.test, who cannot see CHURN")
        );
        assert_eq!(signed_in(world, "Rita").post(COMMENTS, json!({ "body": "x" })).status, 404);
        assert_eq!(dana.post(COMMENTS, json!({ "body": " " })).detail(), "body: must not be empty");
        assert_eq!(dana.post(COMMENTS, json!({ "body": "x".repeat(100_001) })).status, 400);

        let one = format!("{COMMENTS}/{}", said.json()["id"]);
        assert_eq!(
            dana.with("if-match", "\"1\"").patch(&one, json!({ "body": "x" })).detail(),
            "Only its author may change a comment."
        );
        let edited = mara.with("if-match", "\"1\"").patch(&one, json!({ "body": "The CRM export?" })).json();
        assert_eq!(
            (&edited["body"], &edited["version"], &edited["mentions"]),
            (&json!("The CRM export?"), &json!(2), &json!([]))
        );
        let stale = mara.with("if-match", "\"1\"").patch(&one, json!({ "body": "Mine" }));
        assert_eq!((stale.status, &stale.json()["current"]["body"]), (412, &json!("The CRM export?")));

        dana.put(&format!("{one}/reactions/agree"), json!({}));
        let agreed = sam.put(&format!("{one}/reactions/agree"), json!({})).json();
        assert_eq!(agreed["reactions"]["agree"].as_array().unwrap().len(), 2);
        assert_eq!(dana.put(&format!("{one}/reactions/wink"), json!({})).status, 404);
        assert_eq!(sam.delete(&format!("{one}/reactions/agree")).json()["reactions"]["agree"][0]["name"], "Dana");

        assert_eq!(dana.delete(&one).detail(), "Only its author and admins of the project may delete a comment.");
        assert_eq!(sam.delete(&one).status, 204);
        assert_eq!(sam.delete(&one).detail(), "This comment was deleted.");
        let listed = dana.get(COMMENTS).json()["items"][0].clone();
        assert_eq!((&listed["body"], &listed["deleted"], &listed["reactions"]), (&json!(""), &json!(true), &json!({})));
        let told: Vec<_> = world.events().into_iter().filter(|e| e.kind.starts_with("comment.")).collect();
        assert!(told.len() == 3 && told.iter().all(|event| !event.data.to_string().contains("export")), "{told:?}");
    });
}

#[test]
fn a_short_name_means_the_one_member_whom_it_fits() {
    each_world(|world| {
        let (dana, sam) = (signed_in(world, "Dana"), signed_in(world, "Sam"));
        made(&dana, "CHURN", json!({ "title": "Join the exports" }));
        let named = |body: &str| {
            let said = sam.post(COMMENTS, json!({ "body": body }));
            assert_eq!(said.status, 201, "{}", said.text());
            let names = said.json()["mentions"].as_array().unwrap().clone();
            names.iter().map(|person| person["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(named("Which one, @dana? (@DANA knows.)"), "Dana");
        assert_eq!(named("See @property, @rita and mail@dana"), "", "no member is called so");
        assert_eq!(named("@dana, and @dana@slipway.test"), "Dana");
        let mei = world.actor("Mei");
        world.db.write_blocking(move |tx| people::user::rename(tx, &mei, "Dana")).unwrap();
        assert_eq!(named("@dana, please"), "", "two are meant, so nobody is told");
        assert_eq!(named("@mei, please"), "Dana", "what stands before the @ of her address fits her alone");
    });
}

#[test]
fn long_talk_is_read_in_pages() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        made(&dana, "CHURN", json!({ "title": "Talk" }));
        for number in 0..5 {
            dana.post(COMMENTS, json!({ "body": number.to_string() }));
        }
        let first = dana.get(&format!("{COMMENTS}?limit=3")).json();
        let rest = dana.get(&format!("{COMMENTS}?limit=3&cursor={}", first["next"].as_str().unwrap())).json();
        let bodies = |page: &serde_json::Value| {
            page["items"].as_array().unwrap().iter().map(|c| c["body"].as_str().unwrap().to_owned()).collect::<String>()
        };
        assert_eq!((bodies(&first), bodies(&rest), &rest["next"]), ("012".to_owned(), "34".to_owned(), &json!(null)));
    });
}
