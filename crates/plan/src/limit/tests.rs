//! Stories about limits on lanes, people and resources, told on each engine.

use people::testing::{Answered, Client, World, each_world, email};
use serde_json::{Value, json};

use crate::item::{
    self,
    tests::{changed, made, signed_in},
};

const LIMITS: &str = "/api/v1/projects/CHURN/limits";
const ITEMS: &str = "/api/v1/projects/CHURN/items";

/// The id of a status.
fn status(client: &Client, name: &str) -> Value {
    let workflow = client.get("/api/v1/projects/CHURN/workflow").json();
    let found = workflow["statuses"].as_array().unwrap().iter().find(|status| status["name"] == name);
    found.unwrap_or_else(|| panic!("{name} in {workflow}"))["id"].clone()
}

fn set(sam: &Client, limits: Value) -> Answered {
    sam.put(LIMITS, json!({ "limits": limits }))
}

fn moved(client: &Client, number: i64, to: &str) -> Answered {
    client.post(&format!("/api/v1/items/CHURN-{number}/move"), json!({ "status": to }))
}

/// So many items that are ready.
fn ready(world: &World, count: i64) -> (Client, Client) {
    let (sam, dana) = (signed_in(world, "Sam"), signed_in(world, "Dana"));
    let lines = (1..=count).map(|number| format!("Train {number}\n")).collect::<String>();
    let pasted = dana.post(&format!("{ITEMS}/batch"), json!({ "lines": lines, "status": "Ready" }));
    assert_eq!(pasted.status, 201, "{}", pasted.text());
    (sam, dana)
}

fn full(answered: &Answered, why: &str) {
    assert_eq!((answered.status, answered.detail()), (409, why.to_owned()), "{}", answered.text());
}

#[test]
fn an_item_comes_into_another_lane_in_one_step() {
    each_world(|world| {
        let (sam, dana) = ready(world, 3);
        let doing = status(&dana, "In progress");
        assert_eq!(set(&sam, json!([{ "name": "Each", "per": "person", "most": 1, "statuses": [doing] }])).status, 200);
        let goes = |client: &Client, number: i64, more: Value| {
            let mut wanted = json!({ "status": "In progress", "to": "first", "change": { "assignee": email("Mei") } });
            wanted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            client.post(&format!("/api/v1/items/CHURN-{number}/move"), wanted)
        };
        let twice = goes(&dana, 1, json!({ "change": { "status": "Done" } }));
        assert_eq!((twice.status, twice.detail()), (400, "change.status: is said in `status`".to_owned()));
        assert_eq!(goes(&dana, 2, json!({})).json()["assignee"]["name"], "Mei");

        let refused = goes(&sam, 3, json!({}));
        full(
            &refused,
            "Each of Mei in CHURN is full: 1 of 1 (CHURN-2). Help to finish one of them. CHURN-3 is number 1 in the queue.",
        );
        let before = sam.get("/api/v1/items/CHURN-3").json();
        assert_eq!((&before["assignee"], &before["status"]["name"]), (&json!(null), &json!("Ready")), "nothing of it");
        assert_eq!(goes(&dana, 3, json!({ "overrule": "Mei asked" })).status, 403);
        let over = goes(&sam, 3, json!({ "overrule": "Mei asked" })).json();
        assert_eq!((&over["assignee"]["name"], &over["status"]["name"]), (&json!("Mei"), &json!("In progress")));
        let told = world.events().into_iter().find(|event| event.kind == "limit.overruled").unwrap();
        assert_eq!(told.data["reason"], "Mei asked");

        let undone = sam.post("/api/v1/items/CHURN-3/undo", json!({})).json();
        assert_eq!((&undone["assignee"], &undone["status"]["name"]), (&json!(null), &json!("Ready")));
        assert_eq!(undone["rank"], before["rank"], "all of it is undone at once");
        let given = json!({ "change": { "assignee": email("Mei") }, "overrule": "As before" });
        assert_eq!(sam.post("/api/v1/items/CHURN-1/move", json!({ "status": "In progress" })).status, 200);
        assert_eq!(sam.post("/api/v1/items/CHURN-1/move", given).json()["assignee"]["name"], "Mei");
    });
}

#[test]
fn three_gpus_are_three() {
    each_world(|world| {
        let (sam, dana) = ready(world, 6);
        let training = status(&dana, "In progress");
        let pool = json!([{ "name": "GPUs", "per": "pool", "most": 3, "statuses": [training] }]);
        assert_eq!(set(&dana, pool.clone()).status, 403, "limits are for admins to set");
        let kept = set(&sam, pool).json()["items"][0].clone();
        assert_eq!((&kept["name"], &kept["most"], &kept["occupants"]), (&json!("GPUs"), &json!(3), &json!([])));
        for number in [2, 4, 5] {
            assert_eq!(moved(&dana, number, "In progress").status, 200);
        }
        let refused = moved(&dana, 6, "In progress");
        full(
            &refused,
            "GPUs of CHURN is full: 3 of 3 (CHURN-2, CHURN-4, CHURN-5). Help to finish one of them. \
             CHURN-6 is number 3 in the queue.",
        );
        let said = refused.json();
        assert_eq!((&said["limit"], &said["count"], &said["name"]), (&json!(3), &json!(3), &json!("GPUs")));
        assert_eq!(said["occupants"].as_array().unwrap().len(), 3);
        assert_eq!(changed(&dana, "CHURN-4", json!({ "blocked": "The driver" })).status, 200, "it keeps its place");
        assert_eq!(moved(&dana, 5, "In review").status, 200, "that takes no GPU");
        assert_eq!(moved(&dana, 6, "In progress").status, 200, "one was free");

        let lower = json!([{ "id": kept["id"], "name": "GPUs", "per": "pool", "most": 2, "statuses": [training] }]);
        let lowered = set(&sam, lower).json()["items"][0].clone();
        assert_eq!(lowered["occupants"].as_array().unwrap().len(), 3, "nobody is expelled");
        assert_eq!(moved(&dana, 2, "Done").status, 200);
        assert_eq!(moved(&dana, 1, "In progress").status, 409, "two are still in it");
        let over = json!({ "status": "In progress", "overrule": "The customer is down" });
        assert_eq!(dana.post("/api/v1/items/CHURN-1/move", over.clone()).status, 403);
        assert_eq!(sam.post("/api/v1/items/CHURN-1/move", over).status, 200);
        let told = world.events().into_iter().find(|event| event.kind == "limit.overruled").unwrap();
        let said =
            json!({ "key": "CHURN-1", "name": "GPUs", "limit": 2, "count": 3, "reason": "The customer is down" });
        assert_eq!(told.data, said);

        let workflow = dana.get("/api/v1/projects/CHURN/workflow").json();
        let without: Vec<&Value> =
            workflow["statuses"].as_array().unwrap().iter().filter(|status| status["id"] != training).collect();
        for number in [1, 4, 6] {
            assert_eq!(moved(&dana, number, "Done").status, 200);
        }
        let gone = sam.put("/api/v1/projects/CHURN/workflow", json!({ "statuses": without }));
        full(&gone, "The limit GPUs counts what is in In progress. Change the limit first.");
        assert_eq!(set(&sam, json!([])).json()["items"], json!([]));
    });
}

#[test]
fn each_person_has_two_things_at_once() {
    each_world(|world| {
        let (sam, dana) = ready(world, 5);
        assert_eq!(set(&sam, json!([{ "name": "Work in progress", "per": "person", "most": 2 }])).status, 200);
        for number in 1..=3 {
            assert_eq!(changed(&dana, &format!("CHURN-{number}"), json!({ "assignee": "me" })).status, 200);
        }
        assert_eq!(moved(&dana, 1, "In progress").status, 200);
        assert_eq!(moved(&dana, 2, "In review").status, 200);
        full(
            &moved(&dana, 3, "In progress"),
            "Work in progress of Dana in CHURN is full: 2 of 2 (CHURN-1, CHURN-2). Help to finish one of them. \
             CHURN-3 is number 1 in the queue.",
        );
        assert_eq!(moved(&dana, 4, "In progress").status, 200, "nobody has it");
        let given = changed(&sam, "CHURN-4", json!({ "assignee": email("Dana") }));
        assert_eq!(given.status, 409, "whoever gives it to them: {}", given.text());
        assert_eq!(changed(&sam, "CHURN-4", json!({ "assignee": email("Mei") })).status, 200);
        assert_eq!(moved(&dana, 2, "In progress").status, 200, "it was counted already");
        let shown = dana.get(LIMITS).json()["items"][0].clone();
        let held: Vec<_> = shown["people"]
            .as_array()
            .unwrap()
            .iter()
            .map(|held| (held["person"]["name"].clone(), held["count"].clone()))
            .collect();
        assert_eq!(held, [(json!("Dana"), json!(2)), (json!("Mei"), json!(1))]);
    });
}

#[test]
fn no_path_leads_around_a_lane() {
    each_world(|world| {
        let (sam, dana) = ready(world, 4);
        let pavel = signed_in(world, "Pavel");
        let lanes = json!([
            { "name": "Expedite", "per": "lane", "field": "label", "value": "Expedite", "most": 1 },
            { "name": "Bugs", "per": "lane", "field": "kind", "value": "bug", "most": 1 },
            { "name": "Training", "per": "lane", "field": "trade", "value": "ml_engineer", "most": 1 },
        ]);
        assert_eq!(set(&sam, lanes).status, 200);
        let began = json!({ "title": "Now", "labels": ["expedite"], "status": "In progress" });
        made(&dana, "CHURN", began.clone());
        let full = |answered: Answered, what: &str| {
            assert_eq!((answered.status, &answered.json()["limit"]), (409, &json!(1)), "{what}: {}", answered.text());
        };
        full(dana.post(ITEMS, began), "making one");
        assert_eq!(changed(&dana, "CHURN-1", json!({ "labels": ["expedite"] })).status, 200, "it has not begun");
        full(moved(&dana, 1, "In progress"), "moving one");
        assert_eq!(moved(&dana, 2, "In progress").status, 200);
        full(changed(&dana, "CHURN-2", json!({ "labels": ["EXPEDITE", "x"] })), "labelling one");
        full(changed(&dana, "CHURN-1", json!({ "status": "In review" })), "changing one");

        assert_eq!(changed(&dana, "CHURN-3", json!({ "trade": "ml_engineer", "status": "In review" })).status, 200);
        full(changed(&dana, "CHURN-2", json!({ "trade": "ML_engineer" })), "giving it to the same trade");

        made(&dana, "CHURN", json!({ "title": "Bug", "kind": "bug", "status": "In review" }));
        full(changed(&dana, "CHURN-2", json!({ "kind": "bug" })), "making it one of the kind");
        assert_eq!(dana.delete("/api/v1/items/CHURN-6").status, 204);
        assert_eq!(changed(&dana, "CHURN-2", json!({ "kind": "bug" })).status, 200, "the trash takes no place");
        let restored = dana.post("/api/v1/items/CHURN-6/restoration", json!({})).json();
        assert_eq!((&restored["status"]["name"], &restored["full"]), (&json!("Backlog"), &json!("In review")));
        full(moved(&dana, 6, "In review"), "moving what was restored");
        assert_eq!(changed(&dana, "CHURN-2", json!({ "kind": "task" })).status, 200);
        assert_eq!(moved(&dana, 6, "In review").status, 200);
        full(dana.post("/api/v1/items/CHURN-2/undo", json!({})), "taking a change back");

        made(&pavel, "FRAUD", json!({ "title": "Theirs", "kind": "bug", "status": "In progress" }));
        full(pavel.post("/api/v1/items/FRAUD-1/transfer", json!({ "project": "CHURN" })), "bringing one over");
    });
}

#[test]
fn of_two_hundred_who_want_the_last_place_exactly_one_gets_it() {
    each_world(|world| {
        let (sam, dana) = ready(world, 202);
        let pool = json!([{ "name": "GPUs", "per": "pool", "most": 3 }]);
        assert_eq!(set(&sam, pool).status, 200);
        for number in [1, 2] {
            assert_eq!(moved(&dana, number, "In progress").status, 200);
        }
        let actor = world.actor("Dana");
        let outcomes: Vec<bool> = std::thread::scope(|scope| {
            let wish = |number: i64| {
                let actor = actor.clone();
                scope.spawn(move || {
                    let to = if number % 2 == 0 { "In progress" } else { "In review" };
                    let wanted = item::Move { status: Some(to.to_owned()), ..item::Move::default() };
                    let key = format!("CHURN-{number}");
                    world.db.write_blocking(move |tx| item::r#move(tx, &actor, &key, &wanted)).is_ok()
                })
            };
            let wishes: Vec<_> = (3..203).map(wish).collect();
            wishes.into_iter().map(|wish| wish.join().unwrap()).collect()
        });
        assert_eq!((outcomes.len(), outcomes.iter().filter(|won| **won).count()), (200, 1));
        assert_eq!(dana.get(LIMITS).json()["items"][0]["occupants"].as_array().unwrap().len(), 3);
    });
}

#[test]
fn nonsense_is_no_limit() {
    each_world(|world| {
        let (sam, _) = ready(world, 1);
        let limit = |part: Value| {
            let mut limit = json!({ "name": "GPUs", "per": "pool", "most": 3 });
            limit.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
            limit
        };
        for (limits, why) in [
            (json!([limit(json!({ "most": 0 }))]), "limits[0].most: must be between 1 and 1000"),
            (json!([limit(json!({ "name": " " }))]), "limits[0].name"),
            (json!([limit(json!({})), limit(json!({}))]), "limits[1].name: is there twice"),
            (json!([limit(json!({ "id": 9 }))]), "limits[0].id: is no limit here"),
            (json!([limit(json!({ "statuses": [9999] }))]), "limits[0].statuses: hold 9999"),
            (json!([limit(json!({ "statuses": [1, 1] }))]), "limits[0].statuses: hold 1 twice"),
            (json!([limit(json!({ "per": "lane" }))]), "limits[0].field: and value are needed"),
            (json!([limit(json!({ "field": "kind", "value": "bug" }))]), "limits[0].field: and value belong"),
            (
                json!([limit(json!({ "per": "lane", "field": "kind", "value": "cat" }))]),
                "limits[0].value: must be one of",
            ),
            (
                json!([limit(json!({ "per": "lane", "field": "assignee", "value": email("Mara") }))]),
                "limits[0].value: is a viewer",
            ),
            (
                json!([limit(json!({ "per": "lane", "field": "parent", "value": "FRAUD-1" }))]),
                "limits[0].value: must be the key",
            ),
            (json!([limit(json!({ "per": "team" }))]), "limits[0].per"),
        ] {
            let refused = set(&sam, limits.clone());
            assert!(refused.status == 400 && refused.detail().starts_with(why), "{limits}: {}", refused.text());
        }
        let many: Vec<Value> = (0..51).map(|number| limit(json!({ "name": format!("n{number}") }))).collect();
        assert_eq!(set(&sam, json!(many)).status, 400);
        assert_eq!(sam.get(LIMITS).json()["items"], json!([]), "nothing of it was kept");
        assert_eq!(signed_in(world, "Rita").get(LIMITS).status, 404);
    });
}

#[test]
fn a_lane_outlives_the_item_it_is_under() {
    each_world(|world| {
        let (sam, dana) = ready(world, 2);
        let lane = json!([{ "name": "Story", "per": "lane", "field": "parent", "value": "CHURN-1", "most": 1 }]);
        assert_eq!(set(&sam, lane).json()["items"][0]["value"], "CHURN-1");
        let id = dana.get("/api/v1/items/CHURN-1").json()["id"].as_i64().unwrap();
        assert_eq!(dana.delete("/api/v1/items/CHURN-1").status, 204);
        world.db.days_pass(31);
        world.db.write_blocking(move |tx| item::empty(tx, base::ItemId(id))).unwrap();
        let shown = dana.get(LIMITS).json()["items"][0].clone();
        assert_eq!((&shown["name"], &shown["value"]), (&json!("Story"), &Value::Null));
        let same = json!([{ "id": shown["id"], "name": "Under it", "per": "lane", "field": "parent", "most": 2 }]);
        assert_eq!(set(&sam, same).json()["items"][0]["name"], "Under it", "it can still be changed, or taken away");
    });
}
