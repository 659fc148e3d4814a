//! Stories about teams that end, told on each engine.

use people::{
    Actor,
    team::{self, NewTeam},
    testing::{World, each_world},
};
use serde_json::json;

use crate::item::tests::{changed, keys, made, signed_in};

fn team(world: &World, admin: &str, project: &'static str, name: &str) -> String {
    let (actor, new): (Actor, _) = (world.actor(admin), NewTeam { name: name.to_owned(), members: Vec::new() });
    let made = world.db.write_blocking(move |tx| team::create(tx, &actor, project, &new));
    made.unwrap().id.to_string()
}

#[test]
fn items_lose_a_team_that_ends() {
    each_world(|world| {
        let (sam, dana) = (signed_in(world, "Sam"), signed_in(world, "Dana"));
        let (models, data) = (team(world, "Sam", "CHURN", "Models"), team(world, "Sam", "CHURN", "Data"));
        let spike = json!({ "question": "Does it help?", "days": 1 });
        made(&dana, "CHURN", json!({ "title": "Train", "team": models }));
        made(&dana, "CHURN", json!({ "title": "Trained", "team": models, "status": "Done" }));
        made(&dana, "CHURN", json!({ "title": "Thrown away", "team": models }));
        made(&dana, "CHURN", json!({ "title": "Look", "kind": "spike", "spike": spike, "team": models }));
        made(&dana, "CHURN", json!({ "title": "Join", "team": data }));
        assert_eq!(dana.delete("/api/v1/items/CHURN-3").status, 204);
        world.db.days_pass(2);
        assert_eq!(changed(&dana, "CHURN-4", json!({ "team": null })).status, 409, "its time box has ended");

        let path = format!("/api/v1/projects/CHURN/teams/{models}");
        assert_eq!((dana.delete(&path).status, signed_in(world, "Rita").delete(&path).status), (403, 404));
        assert_eq!(signed_in(world, "Pavel").delete(&path.replace("CHURN", "FRAUD")).status, 404);
        assert_eq!(dana.get("/api/v1/items/CHURN-1").json()["team"], json!(models), "nothing happened yet");
        assert_eq!((sam.delete(&path).status, sam.delete(&path).status), (204, 404));

        assert_eq!(dana.post("/api/v1/items/CHURN-3/restoration", json!({})).status, 200);
        for key in ["CHURN-1", "CHURN-2", "CHURN-3", "CHURN-4"] {
            assert_eq!(dana.get(&format!("/api/v1/items/{key}")).json()["team"], json!(null), "{key}");
        }
        assert_eq!(dana.get("/api/v1/items/CHURN-5").json()["team"], json!(data));
        assert_eq!(keys(&dana, "?category=done"), "2", "it stays where it is");
        let told: Vec<_> = world
            .events()
            .into_iter()
            .filter(|event| event.kind == "item.changed")
            .map(|event| (event.data["key"].clone(), event.data["before"].clone(), event.data["after"].clone()))
            .collect();
        let lost = |key: &str| (json!(key), json!({ "team": models }), json!({ "team": null }));
        assert_eq!(told, ["CHURN-1", "CHURN-2", "CHURN-3", "CHURN-4"].map(lost));
        let undone = sam.post("/api/v1/items/CHURN-1/undo", json!({}));
        let gone = "The team that CHURN-1 had before does not exist any more. Give it another one instead.";
        assert_eq!((undone.status, undone.detail()), (409, gone.to_owned()), "it does not come back so");
        assert_eq!(sam.get("/api/v1/items/CHURN-1").json()["undo"], json!(gone));
        assert_eq!(changed(&dana, "CHURN-1", json!({ "team": data, "title": "Train it" })).status, 200);
    });
}
