//! People who are asked to decide and then cannot, and who decides in their place.

use people::testing::{Answered, Client, World, each_world, email};
use serde_json::{Value, json};

use super::super::{New, create, draft};
use super::{CHECKPOINTS, done, hypothesis, made, refused, signed_in, status_of};

fn shut_out(world: &World, name: &str, disabled: bool) {
    let pavel = signed_in(world, "Pavel");
    let id = world.person(name).id;
    done(pavel.patch(&format!("/api/v1/users/{id}"), json!({ "disabled": disabled })));
}

fn leaves(world: &World, name: &str) {
    let sam = signed_in(world, "Sam");
    assert_eq!(sam.delete(&format!("/api/v1/projects/CHURN/members/{}", email(name))).status, 204);
}

fn ask(client: &Client, path: &str, names: &[&str]) -> Answered {
    let asked: Vec<String> = names.iter().map(|name| email(name)).collect();
    client.put(&format!("{path}/asked"), json!({ "asked": asked }))
}

fn decide(client: &Client, path: &str, key: &str, choice: &str) -> Answered {
    client.put(&format!("{path}/decisions/{key}"), json!({ "choice": choice, "reason": "It costs too much" }))
}

/// Each with what became of them.
fn asked(shown: &Value) -> Vec<(&str, Option<&str>)> {
    let asked = shown["asked"].as_array().unwrap().iter();
    asked.map(|who| (who["name"].as_str().unwrap(), who["gone"].as_str())).collect()
}

#[test]
fn who_cannot_sign_in_is_not_asked() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        hypothesis(&sam, "Device graphs", "Device graphs find more fraud.");
        let new = New { asked: Some(vec![email("Omar")]), ..New::default() };
        let (actor, wanted) = (world.actor("Sam"), new.clone());
        let before = world.db.read_blocking(move |tx| draft(tx, &actor, "CHURN", &wanted)).unwrap();
        shut_out(world, "Omar", true);
        let why = "asked[0]: cannot sign in any more; ask somebody else";
        assert_eq!(refused(sam.post(CHECKPOINTS, json!({ "asked": [email("Omar")] }))), (400, why.to_owned()));
        let actor = world.actor("Sam");
        let refusal = world.db.write_blocking(move |tx| create(tx, &actor, "CHURN", &new, &before)).unwrap_err();
        assert_eq!(refusal.detail(), why, "shut out while the pack was read");

        let (path, first) = made(&sam, json!({}));
        assert_eq!(asked(&first), [("Pia", None)]);
        assert_eq!(refused(ask(&sam, &path, &["Pia", "Omar"])), (400, why.replace("[0]", "[1]")));
        shut_out(world, "Pia", true);
        let (_, second) = made(&sam, json!({}));
        assert_eq!(asked(&second), [("Sam", None)], "no product owner can sign in");
        shut_out(world, "Omar", false);
        done(ask(&sam, &path, &["Omar"]));
    });
}

#[test]
fn somebody_else_decides_for_who_has_left() {
    each_world(|world| {
        let [sam, dana, omar, mara] = ["Sam", "Dana", "Omar", "Mara"].map(|name| signed_in(world, name));
        hypothesis(&dana, "Device graphs", "Device graphs find more fraud.");
        hypothesis(&dana, "Longer history", "A longer history finds more fraud.");
        let (path, _) = made(&sam, json!({ "title": "Week 10", "asked": [email("Omar"), email("Pia")] }));
        done(decide(&omar, &path, "CHURN-1", "stop"));
        let why = "Omar decided CHURN-1 here and may decide it otherwise. Leave them among those who are asked.";
        assert_eq!(refused(ask(&sam, &path, &["Mara"])), (409, why.to_owned()));

        leaves(world, "Omar");
        shut_out(world, "Pia", true);
        let seen = done(mara.get(&path));
        assert_eq!(asked(&seen), [("Omar", Some("left")), ("Pia", Some("disabled"))]);
        assert_eq!(asked(&done(mara.get(CHECKPOINTS))["items"][0]), asked(&seen));
        let nobody =
            "Nobody who is asked here can decide any more. Whoever plans in this project can ask somebody else.";
        assert_eq!(seen["can"]["decide"], nobody);
        assert_eq!(refused(decide(&mara, &path, "CHURN-1", "continue")), (403, nobody.to_owned()));

        assert_eq!(ask(&mara, &path, &["Mara"]).status, 403);
        assert_eq!(done(dana.get(&path))["can"]["ask"], true);
        assert_eq!(asked(&done(ask(&dana, &path, &["Mara"]))), [("Mara", None)]);
        done(ask(&dana, &path, &["Mara"]));
        let told: Vec<_> = world.events().into_iter().filter(|event| event.kind == "checkpoint.asked").collect();
        assert_eq!(told.len(), 1, "the same again is no news");
        let who = |name: &str| json!(world.person(name).id);
        assert_eq!((&told[0].data["asked"], &told[0].data["title"]), (&json!([who("Mara")]), &json!("Week 10")));
        assert!(told[0].data["before"].as_array().unwrap().contains(&who("Omar")));

        assert_eq!(status_of(&dana, "CHURN-1"), "Cancelled");
        let seen = done(decide(&mara, &path, "CHURN-1", "continue"));
        assert_eq!(status_of(&dana, "CHURN-1"), "Backlog", "it goes back to where it stood");
        let by: Vec<&str> =
            seen["decisions"].as_array().unwrap().iter().map(|made| made["by"]["name"].as_str().unwrap()).collect();
        assert_eq!(by, ["Omar", "Mara"], "what was decided before is kept");
        done(decide(&mara, &path, "CHURN-2", "stop"));

        done(sam.post(&format!("{path}/close"), json!({})));
        let closed = "Week 10 is closed; what was decided stays. Make another checkpoint.";
        assert_eq!(refused(ask(&sam, &path, &["Mara", "Sam"])), (409, closed.to_owned()));
        assert_eq!(done(sam.get(&path))["can"]["ask"], closed);
    });
}
