use base::{Kind, TeamId};
use serde_json::json;

use crate::{
    Scope,
    testing::{each_world, email},
};

#[test]
fn a_team_is_members_of_its_project() {
    each_world(|world| {
        let client = world.client(crate::routes);
        let sam = client.bearer(&world.token("Sam", Scope::Full, None));
        let teams = "/api/v1/projects/CHURN/teams";
        let made =
            sam.post(teams, json!({ "name": "Modelling", "members": [email("Mei"), email("Dana"), email("MEI")] }));
        assert_eq!(made.status, 201);
        let names: Vec<_> = made.json()["members"].as_array().unwrap().iter().map(|p| p["name"].clone()).collect();
        assert_eq!(json!(names), json!(["Dana", "Mei"]));
        assert_eq!(sam.post(teams, json!({ "name": "Modelling" })).detail(), "There is a team Modelling already.");
        let outsider = sam.post(teams, json!({ "name": "Other", "members": [email("Rita")] }));
        assert_eq!(outsider.json()["fields"], json!({ "members[0]": "is no member of the project; add them first" }));

        let path = format!("{teams}/{}", made.json()["id"].as_str().unwrap());
        assert_eq!(sam.put(&path, json!({ "name": "Models", "members": [email("Ben")] })).json()["name"], "Models");
        assert_eq!(sam.delete("/api/v1/projects/CHURN/members/ben@slipway.test").status, 204);
        let left = sam.get(teams).json()["items"].clone();
        assert_eq!((&left[0]["name"], &left[0]["members"]), (&json!("Models"), &json!([])));

        let was = json!({ "name": "Models", "members": [email("Mei"), email("Dana")] });
        let both = json!({ "name": "Models", "members": [email("Dana"), email("Mei")], "was": { "name": "Models" } });
        assert_eq!(sam.put(&path, both).status, 200);
        let seen = json!({ "name": "Modelling", "members": [email("Mei")], "was": was });
        assert_eq!(sam.put(&path, seen.clone()).status, 200, "as it was, in any order");
        let late = sam.put(&path, seen);
        assert_eq!((late.status, &late.json()["current"]["name"]), (412, &json!("Modelling")));
        assert_eq!(late.json()["current"]["members"][0]["name"], "Mei");
        assert_eq!(sam.put(&path, json!({ "name": "Models" })).status, 200, "who says nothing sets it whole");

        let dana = client.bearer(&world.token("Dana", Scope::Full, None));
        let renamed = json!({ "name": "Data" });
        assert_eq!((dana.get(teams).status, dana.put(&path, renamed.clone()).status), (200, 403));
        let pavel = client.bearer(&world.token("Pavel", Scope::Full, None));
        let elsewhere = path.replace("CHURN", "FRAUD");
        assert_eq!(pavel.put(&elsewhere, renamed).status, 404, "not a team of that project");

        let id = TeamId::from(made.json()["id"].as_str().unwrap());
        let end = |name: &str, project: &'static str| {
            let (actor, id) = (world.actor(name), id.clone());
            world.db.write_blocking(move |tx| super::delete(tx, &actor, project, &id)).map_err(|e| e.kind())
        };
        assert_eq!((end("Dana", "CHURN"), end("Pavel", "FRAUD")), (Err(Kind::Forbidden), Err(Kind::NotFound)));
        assert_eq!((end("Sam", "CHURN"), end("Sam", "CHURN")), (Ok(()), Err(Kind::NotFound)));
    });
}
