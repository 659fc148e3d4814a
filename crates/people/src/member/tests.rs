use serde_json::{Value, json};

use super::*;
use crate::{
    Scope,
    testing::{Answered, PASSWORD, World, each_world, email},
};

fn seat_for(role: &str) -> Value {
    json!({ "role": role, "trades": ["data_scientist", "data_scientist"], "duties": ["security", "technical_lead", "security"] })
}

fn put_as(world: &World, who: &str, path: &str, seat: Value) -> Answered {
    world.client(crate::routes).bearer(&world.token(who, Scope::Full, None)).put(path, seat)
}

#[test]
fn a_member_has_a_role_trades_and_duties() {
    each_world(|world| {
        let path = format!("/api/v1/projects/CHURN/members/{}", email("Rita"));
        let put = put_as(world, "Sam", &path, seat_for("member"));
        assert_eq!((put.status, &put.json()["duties"]), (201, &json!(["technical_lead", "security"])));
        assert_eq!((&put.json()["trades"], &put.json()["invite_url"]), (&json!(["data_scientist"]), &Value::Null));
        assert_eq!(put_as(world, "Sam", &path, json!({ "role": "viewer" })).status, 200);

        let sam = world.client(crate::routes).bearer(&world.token("Sam", Scope::Full, None));
        let members = sam.get("/api/v1/projects/CHURN/members").json()["items"].clone();
        let rita = members.as_array().unwrap().iter().find(|member| member["user"]["name"] == "Rita").unwrap().clone();
        assert_eq!((&rita["role"], &rita["trades"], &rita["duties"]), (&json!("viewer"), &json!([]), &json!([])));
        assert_eq!(rita["user"]["state"], "active");

        assert_eq!(sam.delete(&path).status, 204);
        assert_eq!(sam.delete(&path).status, 404);
        let (churn, rita) = (world.churn.id.clone(), world.person("Rita").id);
        assert_eq!(world.db.read_blocking(move |tx| role(tx, &churn, &rita)).unwrap(), None);
    });
}

#[test]
fn who_may_not_administer_changes_no_seat() {
    each_world(|world| {
        let mine = |who: &str| format!("/api/v1/projects/CHURN/members/{}", email(who));
        for (who, status) in [("Dana", 403), ("Mara", 403), ("Pia", 403), ("Rita", 404)] {
            assert_eq!(put_as(world, who, &mine(who), json!({ "role": "admin" })).status, status, "{who}");
        }
        let lifted = put_as(world, "Sam", &mine("Sam"), json!({ "role": "admin", "admin": true }));
        assert_eq!((lifted.status, &lifted.json()["fields"]["admin"].is_string()), (400, &true));
        for wrong in [
            json!({}),
            json!({ "role": "owner" }),
            json!({ "role": "member", "duties": ["king"] }),
            json!({ "role": "member", "trades": [""] }),
            json!({ "role": "member", "trades": vec!["x"; 11] }),
        ] {
            assert_eq!(put_as(world, "Sam", &mine("Dana"), wrong.clone()).status, 400, "{wrong}");
        }
        assert_eq!(
            put_as(world, "Sam", "/api/v1/projects/CHURN/members/nobody", json!({ "role": "member" })).status,
            400
        );
    });
}

#[test]
fn a_project_keeps_an_admin() {
    each_world(|world| {
        let client = world.client(crate::routes);
        let sam = client.bearer(&world.token("Sam", Scope::Full, None));
        let path = |who: &str| format!("/api/v1/projects/CHURN/members/{}", email(who));
        assert_eq!(sam.delete(&path("Pavel")).status, 204, "Sam remains");
        for refused in [sam.delete(&path("Sam")), sam.put(&path("Sam"), json!({ "role": "member" }))] {
            assert_eq!((refused.status, refused.detail().starts_with("This is the project's last admin")), (409, true));
        }
        let invited = sam.put(&path("Ann"), json!({ "role": "admin" }));
        assert_eq!(invited.status, 201);
        assert_eq!(sam.delete(&path("Sam")).status, 409, "who has not come in yet does not count");
        assert_eq!(sam.put(&path("Dana"), json!({ "role": "admin" })).status, 200);
        assert_eq!(sam.delete(&path("Sam")).status, 204);
        assert_eq!(sam.get("/api/v1/projects/CHURN").status, 404);
    });
}

#[test]
fn someone_unknown_is_invited_once() {
    each_world(|world| {
        let client = world.client(crate::routes);
        let sam = client.bearer(&world.token("Sam", Scope::Full, None));
        let path = "/api/v1/projects/CHURN/members/ann@slipway.test";
        let invited = sam.put(path, json!({ "role": "member" }));
        let url = invited.json()["invite_url"].as_str().unwrap().to_owned();
        assert!(url.starts_with("http://localhost:7117/invite#"), "{url}");
        assert_eq!(invited.json()["user"]["state"], "invited");
        assert_eq!(sam.put(path, json!({ "role": "viewer" })).json()["invite_url"], Value::Null, "shown once");

        let secret = url.split('#').nth(1).unwrap();
        let take = |link: &str, password: &str| {
            client.post("/api/v1/invitation", json!({ "link": link, "name": "Ann", "password": password }))
        };
        let check = |link: &str| client.post("/api/v1/invitation/check", json!({ "link": link }));
        assert_eq!(check(&url).json()["email"], "ann@slipway.test");
        assert_eq!((check("not the link").status, check("").status), (403, 403));
        assert_eq!(take("not the link", PASSWORD).status, 403);
        assert_eq!(take(secret, "too short").status, 400);
        let taken = take(secret, PASSWORD);
        assert_eq!((taken.status, &taken.json()["name"]), (201, &json!("Ann")));
        assert!(taken.header("set-cookie").starts_with("slipway="), "Ann is signed in");
        assert_eq!(take(secret, PASSWORD).status, 403, "a link works once");
        let used = check(secret);
        assert_eq!(
            (used.status, used.detail().as_str()),
            (403, "This invitation does not work any more. Ask for a new one.")
        );
        assert_eq!(
            client.post("/api/v1/session", json!({ "email": "ann@slipway.test", "password": PASSWORD })).status,
            200
        );
    });
}

#[test]
fn an_invitation_opens_no_project_of_others() {
    each_world(|world| {
        let client = world.client(crate::routes);
        let as_ = |who: &str| client.bearer(&world.token(who, Scope::Full, None));
        let seat = json!({ "role": "member" });
        let invited = as_("Sam").put("/api/v1/projects/CHURN/members/ann@slipway.test", seat.clone());
        let url = invited.json()["invite_url"].as_str().unwrap().to_owned();
        let refused = as_("Rita").put("/api/v1/projects/FRAUD/members/ann@slipway.test", seat.clone());
        assert_eq!(
            (refused.status, refused.detail().starts_with("ann@slipway.test was invited by someone else")),
            (409, true)
        );

        assert_eq!(as_("Sam").delete("/api/v1/projects/CHURN/members/ann@slipway.test").status, 204);
        let take = json!({ "link": url, "password": PASSWORD });
        assert_eq!(client.post("/api/v1/invitation", take).status, 403, "the invitation ended with the last project");
        let again = as_("Rita").put("/api/v1/projects/FRAUD/members/ann@slipway.test", seat);
        assert!(again.json()["invite_url"].is_string());
    });
}

#[test]
fn duties_name_their_holders() {
    each_world(|world| {
        let churn = world.churn.id.clone();
        let named = world.db.read_blocking(move |tx| holders(tx, &churn, Duty::TechnicalLead)).unwrap();
        assert_eq!(named, [world.person("Tom")]);
        let (churn, tom) = (world.churn.id.clone(), world.person("Tom").id);
        assert_eq!(world.db.read_blocking(move |tx| duties(tx, &churn, &tom)).unwrap(), [Duty::TechnicalLead]);
        // Who is invited may hold the duty, and can decide nothing before they have joined.
        let (sam, churn) = (world.actor("Sam"), world.churn.id.clone());
        let seat = Seat { role: Role::Member, trades: vec![], duties: vec![Duty::TechnicalLead] };
        let invited = world.db.write_blocking(move |tx| put(tx, &sam, "CHURN", "ana@slipway.test", &seat)).unwrap();
        assert!(invited.invitation.is_some());
        let named = world.db.read_blocking(move |tx| holders(tx, &churn, Duty::TechnicalLead)).unwrap();
        assert_eq!(named, [world.person("Tom")]);
    });
}
