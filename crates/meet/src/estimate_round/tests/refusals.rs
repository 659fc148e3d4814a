//! What is refused, and in which words.

use people::testing::{Client, each_world, email};
use serde_json::json;

use super::{ESTIMATES, Table, done, estimate_of, item, refused, signed_in};

#[test]
fn what_cannot_be_said_is_refused() {
    each_world(|world| {
        let [sam, dana, mei, rita, mara] = ["Sam", "Dana", "Mei", "Rita", "Mara"].map(|name| signed_in(world, name));
        assert_eq!(refused(mara.post(ESTIMATES, json!({}))).0, 403);
        assert_eq!(refused(rita.post(ESTIMATES, json!({}))).0, 404);
        for (new, why) in [
            (json!({ "name": " " }), "name: must not be empty"),
            (json!({ "timer": 5 }), "timer: must be 10 to 3600 seconds"),
            (json!({ "deck": "own" }), "cards: must be 2 to 20, from the smallest"),
            (json!({ "cards": ["8", "5"] }), "cards[1]: must be greater than the number before it"),
            (
                json!({ "deck": "t_shirt", "cards": ["1", "2"] }),
                "cards: are for a deck of your own; choose the deck `own`",
            ),
        ] {
            assert_eq!(refused(sam.post(ESTIMATES, new)), (400, why.to_owned()));
        }
        let table = Table::new(&sam, json!({}));
        assert_eq!(rita.get(&table.sitting).status, 404);
        let (first, second) = (item(&sam, json!({ "title": "First" })), item(&sam, json!({ "title": "Second" })));
        let foreign = done(rita.post("/api/v1/projects/FRAUD/items", json!({ "title": "Theirs" })));
        let pavel = signed_in(world, "Pavel");
        let own = Table::new(&pavel, json!({}));
        let opens = |client: &Client, table: &Table, key: &str| {
            refused(client.post(&format!("{}/rounds", table.sitting), json!({ "item": key })))
        };
        assert_eq!(
            opens(&pavel, &own, "FRAUD-1"),
            (400, "item: must be an item of CHURN; FRAUD-1 is in another project".to_owned())
        );
        assert_eq!(foreign["key"], "FRAUD-1");
        assert!(opens(&sam, &table, "FRAUD-1").1.contains("not yours to see"));
        sam.delete(&format!("/api/v1/items/{second}"));
        assert_eq!(opens(&sam, &table, &second), (409, format!("{second} lies in the trash. Restore it first.")));
        assert_eq!(
            opens(&dana, &table, &first),
            (403, "Sam moderates here. Ask them, or take over as an admin of the project.".to_owned())
        );
        table.open(&sam, &first);
        let open = opens(&sam, &table, &first);
        assert_eq!(
            open,
            (409, format!("{first} is being estimated here. Accept a size, vote again, or set it aside first."))
        );

        assert_eq!(
            refused(table.does(&sam, "reveal", json!({}))),
            (409, "Nobody has voted yet. There is nothing to reveal.".to_owned())
        );
        let (status, why) = refused(table.vote(&dana, "4"));
        assert_eq!((status, &why[..40]), (400, "card: must be a card of this deck: 0, ½"));
        assert_eq!(refused(table.does(&sam, "notes", json!({ "text": "Early" }))).0, 409);
        assert_eq!(
            refused(table.does(&sam, "accept", json!({ "card": "8" }))),
            (409, format!("Round 1 of {first} is not revealed yet."))
        );
        table.votes(&[(&dana, "coffee")]);
        done(table.does(&sam, "reveal", json!({})));
        assert_eq!(refused(table.does(&sam, "accept", json!({}))), (409, "Nobody gave a size. Vote again.".to_owned()));
        done(table.does(&sam, "repeat", json!({})));
        table.votes(&[(&dana, "5"), (&mei, "8")]);
        let earlier = table.round(&mei);
        done(table.does(&sam, "reveal", json!({})));
        assert_eq!(
            refused(table.vote(&mei, "5")),
            (409, format!("Round 2 of {first} is revealed. Wait for the next round to vote again."))
        );
        assert_eq!(refused(table.does(&sam, "reveal", json!({}))).0, 409);
        for (accept, why) in [
            (json!({ "card": "?" }), "card: must be a size; ? is none"),
            (json!({ "card": "coffee" }), "card: must be a size; coffee is none"),
            (json!({ "card": "many" }), "card: must be a card of this deck"),
        ] {
            let (status, said) = refused(table.does(&sam, "accept", accept));
            assert_eq!((status, said.starts_with(why)), (400, true), "{said}");
        }
        assert_eq!(table.does(&sam, "accept", json!({ "estimate": "eight" })).status, 400);
        let missing = table.does(&sam, "accept", json!({ "card": "13" })).json();
        assert_eq!(missing["missing"], json!(["consent"]), "nobody chose 13");
        assert_eq!(refused(mei.put(&format!("{earlier}/consent"), json!({ "of": email("Dana") }))).0, 403);
        let sams = sam.put(&format!("{earlier}/consent"), json!({ "card": "8" }));
        assert_eq!(
            refused(sams),
            (409, "Consent is asked of those who gave another size. There is none here.".to_owned())
        );
        done(sam.put(&format!("{earlier}/consent"), json!({ "of": email("Dana"), "card": "8" })));
        let given = table.last(&mara)["votes"][0]["consent"].clone();
        assert_eq!(
            (&given["card"], &given["by"]["name"]),
            (&json!("8"), &json!("Sam")),
            "said to Sam, who wrote it down"
        );
        assert_eq!(
            refused(table.does(&sam, "accept", json!({ "estimate": 7.0 }))),
            (400, "estimate: must be 8, as the card says".to_owned())
        );

        sam.delete(&format!("/api/v1/items/{first}"));
        assert_eq!(
            refused(table.does(&sam, "accept", json!({}))),
            (409, format!("{first} lies in the trash. Restore it first."))
        );
        done(sam.post(&format!("/api/v1/items/{first}/restoration"), json!({})));
        done(table.does(&sam, "accept", json!({})));
        assert_eq!(refused(mei.put(&format!("{earlier}/vote"), json!({ "card": "5" }))).0, 409);
        assert_eq!(sam.put(&format!("{}/rounds/99/vote", own.sitting), json!({ "card": "5" })).status, 404);
        assert_eq!(
            refused(pavel.post(&format!("{}/reveal", earlier.replace(&table.sitting, &own.sitting)), json!({}))).0,
            404
        );
        assert_eq!(estimate_of(&mara, &first), 8.0);
    });
}
