//! What the pages of models show.

use base::RunId;
use serde_json::json;

use crate::{shelf::registered, story::each_story};

#[test]
fn over_http() {
    each_story(|story| {
        let churn = registered(story, "churn", vec![("team".to_owned(), "growth".to_owned())]);
        registered(story, "uplift", vec![]);
        story.world.db.days_pass(1);
        story.put(&story.run, "model/MLmodel", 'a');
        churn.add("s3://models/x", Some(&RunId::from("unknown"))).unwrap();
        churn.add_of(&story.run);
        churn.set("champion", 1).unwrap();
        let id = story.approved().id;
        story.deploy("Tom", &id).unwrap();

        let client = |who| story.world.client(crate::routes).bearer(&story.world.token(who, people::Scope::Read, None));
        let mara = client("Mara");
        let first = mara.get("/api/v1/projects/CHURN/models?limit=1").json();
        assert_eq!(first["items"][0]["name"], "churn");
        let next = first["next"].as_str().unwrap();
        let rest = mara.get(&format!("/api/v1/projects/CHURN/models?limit=1&cursor={next}")).json();
        assert_eq!((&rest["items"][0]["name"], &rest["next"]), (&json!("uplift"), &json!(null)));
        assert_eq!(mara.get("/api/v1/projects/CHURN/models?q=URN").json()["items"].as_array().unwrap().len(), 1);
        assert_eq!(mara.get("/api/v1/projects/CHURN/models?prompts=true").json()["items"], json!([]));

        let path = format!("/api/v1/models/{}", churn.model.id);
        let shown = mara.get(&path).json();
        assert_eq!((&shown["project"], &shown["latest_version"]), (&json!("CHURN"), &json!(2)));
        assert_eq!(shown["version_count"], 2);
        assert_eq!((&shown["tags"], shown["can"]["edit"].is_string()), (&json!({ "team": "growth" }), true));
        let champion = json!({ "alias": "champion", "version": 1, "governed": false, "promotion": null });
        let production = json!({ "alias": "production", "version": 2, "governed": true, "promotion": id });
        assert_eq!(shown["aliases"], json!([champion, production]));
        let two = &shown["versions"]["items"][0];
        assert_eq!((&two["number"], &two["stage"]), (&json!(2), &json!("Production")));
        assert_eq!((&two["run"]["id"], &two["run"]["experiment"]), (&json!(story.run), &json!(story.experiment)));
        assert_eq!((&two["created_by"]["name"], &two["aliases"]), (&json!("Mei"), &json!(["production"])));
        assert_eq!(shown["versions"]["items"][1]["run"], json!(null));
        let part = mara.get(&format!("{path}?limit=1")).json();
        let next = part["versions"]["next"].as_str().unwrap();
        let rest = mara.get(&format!("{path}?limit=1&cursor={next}")).json();
        assert_eq!((&rest["versions"]["items"][0]["number"], &rest["versions"]["next"]), (&json!(1), &json!(null)));

        assert_eq!(client("Rita").get(&path).status, 404);
        assert_eq!(client("Rita").get("/api/v1/projects/CHURN/models").status, 404);
        for wrong in [format!("{path}?limit=0"), format!("{path}?cursor=x")] {
            assert_eq!(mara.get(&wrong).status, 400, "{wrong}");
        }
        for unknown in ["999", "x"] {
            assert_eq!(mara.get(&format!("/api/v1/models/{unknown}")).status, 404);
        }
        assert_eq!(mara.get("/api/v1/projects/CHURN/models?cursor=x").status, 400);
    });
}
