//! Stories about estimating together, told on each engine.

mod consent;
mod list;
mod refusals;

use people::{
    Scope,
    testing::{Answered, Client, World, each_world, email},
};
use serde_json::{Value, json};

const ESTIMATES: &str = "/api/v1/projects/CHURN/estimates";

fn signed_in(world: &World, name: &str) -> Client {
    world.client(|door| crate::routes(plan::routes(people::routes(door)))).bearer(&world.token(name, Scope::Full, None))
}

fn done(answered: Answered) -> Value {
    assert!((200..300).contains(&answered.status), "{} {}", answered.status, answered.text());
    answered.json()
}

/// The status of a refusal and what it says.
fn refused(answered: Answered) -> (u16, String) {
    (answered.status, answered.detail())
}

fn item(client: &Client, new: Value) -> String {
    done(client.post("/api/v1/projects/CHURN/items", new))["key"].as_str().unwrap().to_owned()
}

fn estimate_of(client: &Client, key: &str) -> Value {
    done(client.get(&format!("/api/v1/items/{key}")))["estimate"].clone()
}

/// A sitting, and where its open round is.
struct Table {
    sitting: String,
}

impl Table {
    fn new(moderator: &Client, new: Value) -> Self {
        let sitting = done(moderator.post(ESTIMATES, new));
        Self { sitting: format!("/api/v1/estimates/{}", sitting["id"]) }
    }

    fn seen(&self, client: &Client) -> Value {
        done(client.get(&self.sitting))
    }

    fn open(&self, moderator: &Client, key: &str) {
        done(moderator.post(&format!("{}/rounds", self.sitting), json!({ "item": key })));
    }

    fn round(&self, client: &Client) -> String {
        format!("{}/rounds/{}", self.sitting, self.seen(client)["round"])
    }

    fn vote(&self, client: &Client, card: &str) -> Answered {
        client.put(&format!("{}/vote", self.round(client)), json!({ "card": card }))
    }

    fn votes(&self, votes: &[(&Client, &str)]) {
        for (client, card) in votes {
            done(self.vote(client, card));
        }
    }

    fn does(&self, client: &Client, verb: &str, body: Value) -> Answered {
        client.post(&format!("{}/{verb}", self.round(client)), body)
    }

    /// The latest round of the item that came up last.
    fn last(&self, client: &Client) -> Value {
        let seen = self.seen(client);
        let item = seen["items"].as_array().unwrap().last().unwrap().clone();
        item["rounds"].as_array().unwrap().last().unwrap().clone()
    }
}

fn names(people: &Value) -> Vec<String> {
    people.as_array().unwrap().iter().map(|person| person["name"].as_str().unwrap().to_owned()).collect()
}

fn cards(round: &Value) -> Vec<String> {
    round["votes"].as_array().unwrap().iter().map(|vote| vote["card"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_team_estimates_the_components_of_a_story() {
    each_world(|world| {
        let [sam, pia, dana, mei, ben, mara] =
            ["Sam", "Pia", "Dana", "Mei", "Ben", "Mara"].map(|name| signed_in(world, name));
        let story = json!({ "who": "marketing analyst", "want": "to see a risk score", "benefit": "I can intervene" });
        item(&pia, json!({ "kind": "story", "title": "Risk score", "story": story }));
        done(sam.post("/api/v1/items/CHURN-1/split", json!({})));
        let team = done(sam.post("/api/v1/projects/CHURN/teams", json!({ "name": "Data engineering", "members": [] })));

        let table = Table::new(&sam, json!({ "name": "Planning, week 10" }));
        table.open(&sam, "CHURN-2");
        for client in [&dana, &mei, &ben] {
            done(client.put(&format!("{}/presence", table.sitting), json!({})));
        }
        table.votes(&[(&dana, "5"), (&mei, "5")]);
        let seen = table.seen(&mara);
        let round = seen["items"][0]["rounds"][0].clone();
        assert_eq!((names(&round["voted"]), &round["votes"]), (vec!["Dana".into(), "Mei".into()], &json!([])));
        assert_eq!((names(&seen["waiting"]), &round["result"]), (vec!["Ben".into()], &Value::Null));

        let (status, why) = refused(table.vote(&mara, "5"));
        assert_eq!(status, 403);
        assert!(why.starts_with("Viewers look"), "{why}");
        assert_eq!(
            refused(table.vote(&sam, "5")).1,
            "Whoever moderates has no vote. Hand over to somebody else to vote yourself."
        );
        let (status, why) = refused(table.vote(&pia, "5"));
        assert_eq!((status, &why[..48]), (403, "Product owners explain the item and have no vote"));
        assert_eq!(refused(dana.post(&format!("{}/reveal", table.round(&dana)), json!({}))).0, 403);

        done(table.vote(&ben, "13"));
        assert_eq!(table.seen(&ben)["voted"], true);
        assert_eq!(names(&table.seen(&sam)["waiting"]), Vec::<String>::new());
        done(table.does(&sam, "reveal", json!({})));
        for client in [&sam, &pia, &dana, &mei, &ben, &mara] {
            assert_eq!(cards(&table.last(client)), ["13", "5", "5"]);
        }
        let result = table.last(&sam)["result"].clone();
        assert_eq!(
            (&result["standing"], &result["steps"], &result["needs_note"]),
            (&json!("apart"), &json!(2), &json!(true))
        );
        assert_eq!((&result["lowest"], &result["highest"]), (&json!("5"), &json!("13")));

        let again = table.does(&sam, "repeat", json!({}));
        assert_eq!((again.status, &again.json()["missing"]), (409, &json!(["note"])), "{}", again.text());
        assert_eq!(table.does(&sam, "accept", json!({})).json()["missing"], json!(["note"]));
        done(table.does(&ben, "notes", json!({ "text": "needs customer-id join from the CRM export" })));
        let note = table.last(&ben)["notes"][0]["id"].clone();
        let noted = format!("{}/notes/{note}/item", table.sitting);
        done(ben.post(&noted, json!({ "kind": "data", "team": team["id"] })));
        let made = table.last(&ben)["notes"][0]["item"].clone();
        assert_eq!(
            (&made["key"], &made["title"]),
            (&json!("CHURN-5"), &json!("needs customer-id join from the CRM export"))
        );
        assert_eq!(done(ben.get("/api/v1/items/CHURN-5"))["team"], team["id"]);
        let waits = done(ben.get("/api/v1/items/CHURN-2/relations"));
        let blocked =
            waits["items"].as_array().unwrap().iter().find(|relation| relation["kind"] == "blocked_by").unwrap();
        assert_eq!(blocked["item"]["key"], "CHURN-5");
        assert_eq!(refused(ben.post(&noted, json!({}))), (409, "This note has become CHURN-5 already.".to_owned()));

        done(table.does(&sam, "repeat", json!({})));
        table.votes(&[(&dana, "8"), (&mei, "8"), (&ben, "8")]);
        done(table.does(&sam, "reveal", json!({})));
        done(table.does(&sam, "accept", json!({})));
        assert_eq!(estimate_of(&mara, "CHURN-2"), 8.0);

        table.open(&sam, "CHURN-3");
        table.votes(&[(&dana, "8"), (&mei, "8"), (&ben, "?")]);
        done(table.does(&sam, "reveal", json!({})));
        let (status, why) = refused(table.does(&sam, "accept", json!({ "card": "8" })));
        assert_eq!((status, &why[..22]), (409, "Somebody has no idea, "), "{why}");
        done(table.does(&sam, "repeat", json!({})));
        table.votes(&[(&dana, "5"), (&mei, "8"), (&ben, "8")]);
        done(table.does(&sam, "reveal", json!({})));
        let early = table.does(&sam, "accept", json!({}));
        assert_eq!(early.json()["missing"], json!(["consent"]));
        assert!(early.detail().starts_with("Dana chose another size and has not consented."), "{}", early.detail());
        assert_eq!(names(&table.last(&sam)["result"]["dissent"]), ["Dana"]);
        let round = table.round(&dana);
        done(dana.put(&format!("{round}/consent"), json!({})));
        done(table.does(&sam, "accept", json!({ "card": "8" })));
        let given = table.last(&sam)["votes"][1]["consent"].clone();
        assert_eq!(table.last(&sam)["votes"][1]["person"]["name"], "Dana");
        assert_eq!((&given["card"], &given["by"]["name"]), (&json!("8"), &json!("Dana")));
        assert_eq!(estimate_of(&mara, "CHURN-3"), 8.0);

        table.open(&sam, "CHURN-4");
        table.votes(&[(&dana, "3"), (&mei, "3"), (&ben, "3")]);
        done(table.does(&sam, "reveal", json!({})));
        assert_eq!(table.last(&sam)["result"]["standing"], "consensus");
        done(table.does(&sam, "accept", json!({})));

        done(sam.post(&format!("{}/close", table.sitting), json!({})));
        let export = done(mara.get(&format!("{}/export", table.sitting)));
        let totals = json!({ "items": 3, "rounds": 5, "votes": 15, "discussed": 2, "points": 19.0, "estimated": 3, "unestimated": 0 });
        assert_eq!(export["totals"], totals);
        assert_eq!(done(mara.get(ESTIMATES))["items"][0]["totals"], totals);
        let csv = mara.get(&format!("{}/export.csv", table.sitting));
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
        let table = csv.text();
        assert_eq!(table.lines().count(), 16, "{table}");
        let line = table
            .lines()
            .find(|line| line.starts_with("CHURN-3") && line.contains(",2,settled,") && line.contains("dana"))
            .unwrap();
        assert!(line.ends_with(",dana@slipway.test,5,5,8,dana@slipway.test,,8"), "{line}");
    });
}

#[test]
fn no_card_leaves_the_server_before_the_reveal() {
    each_world(|world| {
        let everybody = ["Sam", "Pia", "Dana", "Mei", "Ben", "Mara"].map(|name| signed_in(world, name));
        let [sam, _, dana, mei, ben, _] = &everybody;
        let key = item(sam, json!({ "title": "Join" }));
        let sizes = ["almandine", "beryl", "citrine"];
        let table = Table::new(sam, json!({ "cards": sizes }));
        table.open(sam, &key);
        let round = table.round(sam);
        let mut bytes = Vec::new();
        // Everything that anybody can read of it, and every answer of those who vote.
        let mut read = |more: Vec<Answered>| {
            let addresses = [
                table.sitting.clone(),
                format!("{}/export", table.sitting),
                format!("{}/export.csv", table.sitting),
                ESTIMATES.to_owned(),
                format!("/api/v1/items/{key}"),
                format!("/api/v1/items/{key}/history"),
            ];
            let asked = everybody.iter().flat_map(|client| addresses.iter().map(|address| client.get(address)));
            for mut answered in asked.chain(more) {
                let mut said = answered.json();
                if let Some(fields) = said.as_object_mut() {
                    // The deck is no secret.
                    fields.remove("cards");
                    answered.bytes = said.to_string().into_bytes();
                }
                bytes.extend(answered.bytes);
                bytes.extend(format!("{:?}", answered.headers).into_bytes());
            }
        };
        read(vec![table.vote(dana, "beryl"), table.vote(mei, "almandine"), table.vote(mei, "citrine")]);
        read(vec![table.vote(ben, "beryl"), ben.delete(&format!("{round}/vote")), table.vote(ben, "citrine")]);
        read(vec![table.does(sam, "accept", json!({})), table.does(sam, "repeat", json!({}))]);
        read(vec![dana.put(&format!("{round}/consent"), json!({}))]);
        let told = String::from_utf8(bytes).unwrap();
        for card in sizes {
            assert!(!told.contains(card), "{card} was told");
        }
        let events: Vec<_> = world.events().into_iter().filter(|event| event.kind != "estimate.started").collect();
        let said = events.iter().map(|event| format!("{event:?}")).collect::<String>();
        assert!(!sizes.iter().any(|card| said.contains(card)), "the log tells a card: {said}");
        assert_eq!(events.iter().filter(|event| event.kind == "estimate.voted").count(), 5);
        assert_eq!(events.iter().filter(|event| event.kind == "estimate.vote_taken_back").count(), 1);

        done(table.does(sam, "reveal", json!({})));
        assert_eq!(cards(&table.last(ben)), ["citrine", "beryl", "citrine"]);
        let revealed = world.events().into_iter().find(|event| event.kind == "estimate.revealed").unwrap();
        assert_eq!(revealed.data["votes"].as_array().unwrap().len(), 3);
    });
}

#[test]
fn a_round_that_is_set_aside_keeps_its_cards_to_itself() {
    each_world(|world| {
        let (sam, dana) = (signed_in(world, "Sam"), signed_in(world, "Dana"));
        let table = Table::new(&sam, json!({ "timer": 90 }));
        assert_eq!(refused(sam.post(&format!("{}/rounds", table.sitting), json!({ "item": "CHURN-9" }))).0, 400);
        let key = item(&sam, json!({ "title": "Join" }));
        table.open(&sam, &key);
        let round = table.last(&dana);
        assert_eq!(
            (&round["opened_at"], &round["ends_at"]),
            (&json!("2026-03-02T09:00:00.000Z"), &json!("2026-03-02T09:01:30.000Z"))
        );
        done(table.vote(&dana, "40"));
        done(table.does(&sam, "set-aside", json!({})));
        let round = table.last(&dana);
        assert_eq!(
            (&round["state"], &round["votes"], names(&round["voted"])),
            (&json!("set_aside"), &json!([]), vec!["Dana".into()])
        );
        assert_eq!(estimate_of(&dana, &key), Value::Null);
        table.open(&sam, &key);
        assert_eq!(table.last(&dana)["number"], 2);
        done(sam.post(&format!("{}/close", table.sitting), json!({})));
        assert_eq!((&table.last(&dana)["state"], &table.seen(&dana)["round"]), (&json!("set_aside"), &Value::Null));
        let (status, why) = refused(sam.post(&format!("{}/rounds", table.sitting), json!({ "item": key })));
        assert_eq!(
            (status, why.as_str()),
            (409, "Planning poker 1 is closed; what was said in it stays. Start another.")
        );
        assert_eq!(refused(sam.post(&format!("{}/close", table.sitting), json!({}))).0, 409);
        assert_eq!(refused(dana.put(&format!("{}/presence", table.sitting), json!({}))).0, 409);
    });
}

#[test]
fn an_estimate_is_a_change_like_any_other() {
    each_world(|world| {
        let [sam, dana] = ["Sam", "Dana"].map(|name| signed_in(world, name));
        let key = item(&sam, json!({ "title": "Join", "estimate": 3 }));
        let table = Table::new(&sam, json!({ "deck": "t_shirt" }));
        table.open(&sam, &key);
        done(table.vote(&dana, "M"));
        done(table.does(&sam, "reveal", json!({})));
        let unsaid = refused(table.does(&sam, "accept", json!({})));
        assert_eq!(unsaid, (400, "estimate: must be a number: say which estimate M stands for".to_owned()));
        assert_eq!(refused(table.does(&sam, "accept", json!({ "estimate": -1 }))).0, 400);
        done(table.does(&sam, "accept", json!({ "estimate": 5 })));
        let kinds: Vec<String> = world.events().into_iter().rev().take(2).map(|event| event.kind).collect();
        assert_eq!(kinds, ["estimate.accepted", "item.changed"]);
        let history = done(dana.get(&format!("/api/v1/items/{key}/history")));
        let change = &history["items"][0];
        assert_eq!(
            (&change["body"]["before"]["estimate"], &change["body"]["after"]["estimate"]),
            (&json!(3), &json!(5))
        );
        done(sam.post(&format!("/api/v1/items/{key}/undo"), json!({})));
        assert_eq!(estimate_of(&dana, &key), 3.0);
        assert_eq!(table.last(&dana)["estimate"], 5.0, "what was agreed on is kept");
        assert_eq!(table.seen(&dana)["totals"]["points"], 5.0);
    });
}

#[test]
fn who_takes_over_loses_the_vote() {
    each_world(|world| {
        let [sam, dana, mei, pavel] = ["Sam", "Dana", "Mei", "Pavel"].map(|name| signed_in(world, name));
        let key = item(&sam, json!({ "title": "Join" }));
        let table = Table::new(&dana, json!({}));
        table.open(&dana, &key);
        table.votes(&[(&mei, "5"), (&sam, "13")]);
        let change = |client: &Client, change: Value| client.with("if-match", "\"1\"").patch(&table.sitting, change);
        assert_eq!(refused(change(&mei, json!({ "moderator": "me" }))).0, 403);
        assert_eq!(change(&dana, json!({ "moderator": email("Mara") })).status, 400);
        assert_eq!(table.seen(&sam)["can"]["take_over"], true);
        done(change(&sam, json!({ "moderator": "me" })));
        assert_eq!(refused(change(&sam, json!({ "name": "Late" }))).0, 412);
        assert_eq!(names(&table.last(&mei)["voted"]), ["Mei"], "Sam's card is gone");
        assert_eq!(refused(table.vote(&sam, "13")).0, 403);
        done(table.vote(&dana, "5"));
        assert_eq!(refused(table.does(&dana, "reveal", json!({}))).0, 403);
        done(table.does(&sam, "reveal", json!({})));
        assert_eq!(cards(&table.last(&pavel)), ["5", "5"]);
    });
}

#[test]
fn what_is_asked_for_twice_happens_once() {
    each_world(|world| {
        let [sam, dana] = ["Sam", "Dana"].map(|name| signed_in(world, name));
        let key = item(&sam, json!({ "title": "Join" }));
        let keyed = |client: &Client, name: &str| client.with("idempotency-key", name);
        let start = || done(keyed(&sam, "start-once").post(ESTIMATES, json!({})))["id"].clone();
        assert_eq!(start(), start());
        let table = Table { sitting: format!("/api/v1/estimates/{}", start()) };
        let open = || done(keyed(&sam, "open-once").post(&format!("{}/rounds", table.sitting), json!({ "item": key })));
        assert_eq!(open()["round"], open()["round"]);
        let before = world.events().len();
        done(table.vote(&dana, "5"));
        done(table.vote(&dana, "5"));
        assert_eq!(world.events().len(), before + 1, "the same card again is no news");
        done(table.does(&sam, "reveal", json!({})));
        let note = || {
            done(keyed(&dana, "note-once").post(&format!("{}/notes", table.round(&dana)), json!({ "text": "=1+1" })))
        };
        let id = note()["items"][0]["rounds"][0]["notes"][0]["id"].clone();
        note();
        assert_eq!(table.last(&sam)["notes"].as_array().unwrap().len(), 1);
        let csv = sam.get(&format!("{}/export.csv", table.sitting)).text();
        assert!(csv.contains(",'=1+1,"), "a note never computes: {csv}");
        let plan = || {
            done(
                keyed(&dana, "plan-once")
                    .post(&format!("{}/notes/{id}/item", table.sitting), json!({ "blocks": false })),
            )
        };
        plan();
        plan();
        let items = done(sam.get("/api/v1/projects/CHURN/items"));
        assert_eq!(items["items"].as_array().unwrap().len(), 2);
        assert_eq!(done(sam.get(&format!("/api/v1/items/{key}/relations")))["items"], json!([]));
    });
}
