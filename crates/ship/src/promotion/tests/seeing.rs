//! `If-Match`: who acts on a promotion acts on what they saw.

use lab::run::Status;
use people::{
    Duty, Scope,
    testing::{Answered, Client},
};
use serde_json::json;

use crate::story::{APPROVERS, Story, each_story};

fn client(story: &Story, who: &str) -> Client {
    story.world.client(crate::routes).bearer(&story.world.token(who, Scope::Full, None))
}

fn withdraw(client: &Client, path: &str, duty: Duty) -> Answered {
    let body = json!({ "duty": duty }).to_string();
    client.with("content-type", "application/json").raw("DELETE".parse().unwrap(), path, body)
}

#[test]
fn an_approval_of_something_else_than_what_was_seen_is_refused() {
    each_story(|story| {
        story.pass_reviews();
        let path = format!("/api/v1/promotions/{}", story.ask().id);
        let approval = format!("{path}/approval");
        let sol = client(story, "Sol");
        let seen = sol.get(&path);
        let tag = seen.header("etag").to_owned();
        assert_eq!(tag, format!("{}", seen.json()["version"]), "the body's version, in quotes");
        let latest = sol.get(&format!("/api/v1/experiments/{}/promotion", story.experiment));
        assert_eq!((sol.get(&path).header("etag"), latest.header("etag")), (tag.as_str(), tag.as_str()));
        let security = json!({ "duty": "security" });

        story.log(&story.run, "auc", 0.88);
        let refused = sol.with("if-match", &tag).put(&approval, security.clone());
        assert_eq!(refused.status, 412);
        let current = &refused.json()["current"];
        assert_eq!(current["bundle"]["run"]["metrics"]["auc"], 0.88);
        assert!(story.see(&current["id"].as_str().unwrap().into()).approvals.is_empty());
        let now = format!("\"{}\"", current["version"].as_str().unwrap());
        assert_ne!(now, tag);

        for never in ["\"1\"", "", "\"", "nonsense"] {
            assert_eq!(sol.with("if-match", never).put(&approval, security.clone()).status, 412, "{never}");
        }
        let mara = client(story, "Mara").with("if-match", "\"1\"");
        assert_eq!(mara.put(&approval, security.clone()).status, 403, "who may not at all is told so");
        let given = sol.with("if-match", &format!("{tag}, W/{now}")).put(&approval, security.clone());
        assert_eq!(given.status, 200, "{}", given.text());
        let after = given.header("etag").to_owned();
        assert!(after != now && after != tag);

        assert_eq!(withdraw(&sol.with("if-match", &now), &approval, Duty::Security).status, 412);
        let back = withdraw(&sol.with("if-match", &after), &approval, Duty::Security);
        assert_eq!((back.status, &back.json()["approvals"][0]["valid"]), (200, &json!(false)));
        assert_eq!(sol.with("if-match", "*").put(&approval, security).status, 200);
    });
}

#[test]
fn what_is_deployed_or_closed_is_what_was_seen() {
    each_story(|story| {
        let path = format!("/api/v1/promotions/{}", story.approved().id);
        let (tom, dana) = (client(story, "Tom"), client(story, "Dana"));
        let before = tom.get(&path).header("etag").to_owned();
        let sol = withdraw(&client(story, "Sol"), &format!("{path}/approval"), Duty::Security);
        assert_eq!(sol.status, 200);
        let given = client(story, "Sol").put(&format!("{path}/approval"), json!({ "duty": "security" }));
        assert_eq!(given.json()["approved"], true);

        let deployment = format!("{path}/deployment");
        let stale = tom.with("if-match", &before).post(&deployment, json!({}));
        assert_eq!((stale.status, &stale.json()["current"]["state"]), (412, &json!("approved")));
        assert_eq!(dana.with("if-match", &before).delete(&path).status, 412);
        let bare = tom.with("if-match", given.header("etag")).raw("POST".parse().unwrap(), &deployment, String::new());
        assert_eq!(bare.status, 201, "{}", bare.text());
        assert_eq!(bare.header("etag"), tom.get(&path).header("etag"));
    });
}

/// Whatever may change what one decides about is another version; looking is none.
#[test]
fn a_version_changes_with_all_that_counts() {
    each_story(|story| {
        let id = story.ask().id;
        let mut seen = vec![story.see(&id).version];
        let mut changed = |what: &str| {
            let version = story.see(&id).version;
            assert!(!seen.contains(&version), "{what}");
            assert_eq!(story.see(&id).version, version);
            seen.push(version);
        };
        story.ask_reviews();
        changed("reviews");
        story.accept("Lev", crate::review::Kind::Ethics).unwrap();
        changed("a decision");
        for (who, duty) in APPROVERS {
            story.approve(who, duty, &id).unwrap();
            changed("an approval");
        }
        story.withdraw("Pia", Duty::ProductOwner, &id).unwrap();
        changed("a withdrawal");
        story.set_status(&story.run, Status::Failed);
        changed("the run");
        story.world.db.days_pass(14);
        changed("the end of its time");
    });
}
