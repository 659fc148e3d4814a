//! Stories about boards and their limits, told on each engine.

use people::{
    Duty, Role,
    member::{self, Seat},
    testing::{Answered, Client, World, each_world, email},
};
use serde_json::{Value, json};

use crate::item::{
    self,
    tests::{keys, made, signed_in},
};

const BOARD: &str = "/api/v1/projects/CHURN/board";

fn column(client: &Client, name: &str) -> Value {
    let board = client.get(BOARD).json();
    let found = board["columns"].as_array().unwrap().iter().find(|column| column["status"]["name"] == name);
    found.unwrap_or_else(|| panic!("{name} in {board}")).clone()
}

fn limited(sam: &Client, name: &str, change: Value) -> Answered {
    sam.put(&format!("{BOARD}/{}", column(sam, name)["status"]["id"]), change)
}

fn moved(client: &Client, number: i64, to: &str) -> Answered {
    client.post(&format!("/api/v1/items/CHURN-{number}/move"), json!({ "status": to }))
}

/// So many items that are ready, with their limit on what is in progress.
fn ready(world: &World, count: i64, limit: i64) -> (Client, Client) {
    let (sam, dana) = (signed_in(world, "Sam"), signed_in(world, "Dana"));
    let lines = (1..=count).map(|number| format!("Train {number}\n")).collect::<String>();
    let pasted = dana.post("/api/v1/projects/CHURN/items/batch", json!({ "lines": lines, "status": "Ready" }));
    assert_eq!(pasted.status, 201, "{}", pasted.text());
    assert_eq!(limited(&sam, "In progress", json!({ "limit": limit })).status, 200);
    (sam, dana)
}

#[test]
fn a_full_column_says_who_is_in_it_and_who_is_next() {
    each_world(|world| {
        let (_, dana) = ready(world, 6, 3);
        for number in [2, 4, 5] {
            assert_eq!(moved(&dana, number, "In progress").status, 200);
        }
        let refused = moved(&dana, 6, "In progress");
        assert_eq!(refused.status, 409);
        assert_eq!(
            refused.detail(),
            "In progress of CHURN is full: 3 of 3 (CHURN-2, CHURN-4, CHURN-5). Help to finish one of them. \
             CHURN-6 is number 3 in the queue."
        );
        let said = refused.json();
        assert_eq!((&said["limit"], &said["count"], &said["queue"]), (&json!(3), &json!(3), &json!(3)));
        let inside: Vec<_> = said["occupants"].as_array().unwrap().iter().map(|item| item["key"].clone()).collect();
        assert_eq!(inside, [json!("CHURN-2"), json!("CHURN-4"), json!("CHURN-5")]);
        assert_eq!(dana.get("/api/v1/items/CHURN-6").json()["status"]["name"], "Ready", "it is where it was");
        let first = json!({ "status": "In progress", "to": "first" });
        let jumped = dana.post("/api/v1/items/CHURN-6/move", first);
        assert_eq!(jumped.json()["queue"], 3, "where it would like to be does not count");

        assert_eq!(moved(&dana, 2, "In review").status, 200);
        assert_eq!(moved(&dana, 6, "In progress").status, 200, "a place became free");
        let shown = column(&signed_in(world, "Mara"), "In progress");
        assert_eq!((&shown["limit"], &shown["count"]), (&json!(3), &json!(3)));
    });
}

#[test]
fn of_two_hundred_who_want_one_free_place_exactly_one_gets_it() {
    each_world(|world| {
        let (_, dana) = ready(world, 203, 3);
        for number in [1, 2] {
            assert_eq!(moved(&dana, number, "In progress").status, 200);
        }
        let actor = world.actor("Dana");
        let outcomes: Vec<bool> = std::thread::scope(|scope| {
            let wish = |number: i64| {
                let actor = actor.clone();
                scope.spawn(move || {
                    let wanted = item::Move { status: Some("In progress".to_owned()), ..item::Move::default() };
                    let key = format!("CHURN-{number}");
                    world.db.write_blocking(move |tx| item::r#move(tx, &actor, &key, &wanted)).is_ok()
                })
            };
            let wishes: Vec<_> = (3..203).map(wish).collect();
            wishes.into_iter().map(|wish| wish.join().unwrap()).collect()
        });
        assert_eq!((outcomes.len(), outcomes.iter().filter(|won| **won).count()), (200, 1));
        assert_eq!(column(&dana, "In progress")["count"], 3);
        assert_eq!(most_at_once(world, "In progress"), 3);
    });
}

/// The most items that were in a status at any instant, as the log tells it.
fn most_at_once(world: &World, status: &str) -> i64 {
    let (mut inside, mut most) = (0, 0);
    for event in world.events() {
        let names = |side: &str| event.data[side]["name"] == status;
        inside += i64::from(names("to")) - i64::from(names("from"));
        most = most.max(inside);
    }
    most
}

#[test]
fn no_path_leads_around_a_limit() {
    each_world(|world| {
        let (sam, dana) = ready(world, 3, 1);
        let pavel = signed_in(world, "Pavel");
        assert_eq!(moved(&dana, 1, "In progress").status, 200);
        let full = |answered: Answered, what: &str| {
            assert_eq!((answered.status, &answered.json()["limit"]), (409, &json!(1)), "{what}: {}", answered.text());
        };
        let items = "/api/v1/projects/CHURN/items";
        full(dana.post(items, json!({ "title": "New", "status": "In progress" })), "making one");
        full(
            dana.post(&format!("{items}/batch"), json!({ "lines": "a\nb", "status": "In progress" })),
            "pasting several",
        );
        assert_eq!(keys(&dana, ""), "1 2 3", "none of the lines was made");
        full(crate::item::tests::changed(&dana, "CHURN-2", json!({ "status": "In progress" })), "changing one");
        full(moved(&dana, 2, "In progress"), "moving one");

        assert_eq!(dana.delete("/api/v1/items/CHURN-1").status, 204);
        assert_eq!(moved(&dana, 2, "In progress").status, 200, "what lies in the trash takes no place");
        let restored = dana.post("/api/v1/items/CHURN-1/restoration", json!({})).json();
        assert_eq!(
            (&restored["status"]["name"], &restored["full"]),
            (&json!("Backlog"), &json!("In progress")),
            "what is restored comes where room is"
        );

        assert_eq!(moved(&dana, 2, "Ready").status, 200);
        assert_eq!(moved(&dana, 3, "In progress").status, 200);
        full(dana.post("/api/v1/items/CHURN-2/undo", json!({})), "taking a move back");

        let there = json!({ "title": "Theirs", "status": "In progress" });
        made(&pavel, "FRAUD", there);
        full(pavel.post("/api/v1/items/FRAUD-1/transfer", json!({ "project": "CHURN" })), "bringing one over");
        assert_eq!(limited(&sam, "In progress", json!({})).json()["limit"], json!(null));
        assert_eq!(pavel.post("/api/v1/items/FRAUD-1/transfer", json!({ "project": "CHURN" })).status, 200);
    });
}

#[test]
fn whoever_may_overrule_says_why() {
    each_world(|world| {
        let (sam, dana) = ready(world, 5, 3);
        for number in 1..=3 {
            assert_eq!(moved(&dana, number, "In progress").status, 200);
        }
        let over = |client: &Client, reason: &str| {
            client.post("/api/v1/items/CHURN-4/move", json!({ "status": "In progress", "overrule": reason }))
        };
        assert_eq!(over(&dana, "I am quick").status, 403);
        assert_eq!(over(&sam, " ").status, 400);
        let why = "Only a scrum master or an admin of the project may overrule a limit. Ask one of them.";
        assert_eq!(over(&dana, "I am quick").detail(), why);
        assert_eq!(dana.get(BOARD).json()["can"]["overrule"], why);
        assert_eq!(sam.get(BOARD).json()["can"]["overrule"], true);
        assert_eq!(over(&sam, "The customer is down").status, 200);
        let shown = column(&dana, "In progress");
        assert_eq!((&shown["count"], &shown["limit"]), (&json!(4), &json!(3)));
        let told = world.events().into_iter().find(|event| event.kind == "limit.overruled").unwrap();
        assert_eq!(
            told.data,
            json!({ "key": "CHURN-4", "status": "In progress", "limit": 3, "count": 4, "reason": "The customer is down" })
        );

        assert_eq!(moved(&dana, 1, "Done").status, 200);
        assert_eq!(moved(&dana, 5, "In progress").status, 409, "three are in it again");
    });
}

#[test]
fn scrum_masters_overrule_without_being_admins() {
    each_world(|world| {
        let (_, dana) = ready(world, 3, 1);
        let mara = signed_in(world, "Mara");
        assert_eq!(moved(&dana, 1, "In progress").status, 200);
        let over = |client: &Client, number: i64| {
            let wanted = json!({ "status": "In progress", "overrule": "The customer is down" });
            client.post(&format!("/api/v1/items/CHURN-{number}/move"), wanted).status
        };
        assert_eq!(over(&dana, 2), 403);
        let answer_for = |name: &str, role: Role| {
            let seat = Seat { role, trades: Vec::new(), duties: vec![Duty::ScrumMaster] };
            let (by, email) = (world.actor("Sam"), email(name));
            world.db.write_blocking(move |tx| member::put(tx, &by, "CHURN", &email, &seat)).unwrap();
        };
        answer_for("Dana", Role::Member);
        assert_eq!(dana.get(BOARD).json()["can"]["overrule"], true);
        assert_eq!(over(&dana, 2), 200);
        let told = world.events().into_iter().find(|event| event.kind == "limit.overruled").unwrap();
        assert_eq!(
            (told.actor, &told.data["reason"]),
            (world.actor("Dana").user.as_str().to_owned(), &json!("The customer is down"))
        );
        assert_eq!(limited(&dana, "In progress", json!({ "limit": 9 })).status, 403, "the limit itself is not theirs");

        answer_for("Mara", Role::Viewer);
        assert!(mara.get(BOARD).json()["can"]["overrule"].is_string(), "viewers change nothing");
        assert_eq!(over(&mara, 3), 403);
    });
}

#[test]
fn a_lower_limit_expels_nobody() {
    each_world(|world| {
        let (sam, dana) = ready(world, 5, 3);
        for number in 1..=3 {
            assert_eq!(moved(&dana, number, "In progress").status, 200);
        }
        assert_eq!(limited(&sam, "In progress", json!({ "limit": 2, "policy": "One a person." })).status, 200);
        let shown = column(&dana, "In progress");
        assert_eq!(
            (&shown["count"], &shown["limit"], &shown["policy"]),
            (&json!(3), &json!(2), &json!("One a person."))
        );
        for (number, status) in [(1, 409), (2, 409), (3, 200)] {
            assert_eq!(moved(&dana, 4, "In progress").status, status);
            if number < 3 {
                assert_eq!(moved(&dana, number, "Done").status, 200);
            }
        }
        assert_eq!(
            crate::item::tests::changed(&dana, "CHURN-3", json!({ "blocked": "The cluster is down" })).status,
            200,
            "what is blocked keeps its place"
        );
        assert_eq!(moved(&dana, 5, "In progress").status, 409);
    });
}

#[test]
fn only_admins_set_limits_and_nonsense_is_refused() {
    each_world(|world| {
        let (sam, dana) = (signed_in(world, "Sam"), signed_in(world, "Dana"));
        made(&dana, "CHURN", json!({ "title": "Train" }));
        assert_eq!(limited(&dana, "In progress", json!({ "limit": 3 })).status, 403);
        for (change, why) in [
            (json!({ "limit": 0 }), "limit: must be between 1 and 1000"),
            (json!({ "limit": 1_001 }), "limit: must be between 1 and 1000"),
            (json!({ "policy": "x".repeat(2_001) }), "policy: must have at most 2000 characters"),
        ] {
            let refused = limited(&sam, "In progress", change);
            assert!(refused.status == 400 && refused.detail().starts_with(why), "{}", refused.text());
        }
        assert_eq!(limited(&sam, "In progress", json!({ "most": 3 })).status, 400);
        assert_eq!(sam.put(&format!("{BOARD}/9999"), json!({ "limit": 3 })).status, 404);
        assert_eq!(signed_in(world, "Rita").get(BOARD).status, 404);
    });
}

#[test]
fn the_next_is_offered_the_free_place() {
    each_world(|world| {
        let (sam, dana) = ready(world, 4, 1);
        let next = || column(&dana, "In progress")["next"]["key"].clone();
        assert_eq!(next(), "CHURN-1");
        assert_eq!(crate::item::tests::changed(&dana, "CHURN-1", json!({ "blocked": "No data yet" })).status, 200);
        assert_eq!(next(), "CHURN-2", "who is blocked is passed over");
        assert_eq!(moved(&dana, 2, "In progress").status, 200);
        assert_eq!(next(), json!(null), "there is no free place");
        assert_eq!(moved(&dana, 2, "Done").status, 200);
        assert_eq!(next(), "CHURN-3");
        assert_eq!(column(&dana, "In review")["next"], json!(null), "without a limit nobody waits for a place");

        let limits =
            json!({ "limits": [{ "name": "Work of one person", "per": "person", "most": 1, "statuses": [] }] });
        assert_eq!(sam.put("/api/v1/projects/CHURN/limits", limits).status, 200);
        let mine = |key: &str| crate::item::tests::changed(&dana, key, json!({ "assignee": "me" })).status;
        assert_eq!((mine("CHURN-4"), moved(&dana, 4, "In review").status, mine("CHURN-3")), (200, 200, 200));
        assert_eq!(next(), json!(null), "she has all that one person may have");
        assert_eq!(moved(&dana, 4, "Done").status, 200);
        assert_eq!(next(), "CHURN-3");
    });
}

#[test]
fn the_board_says_how_long_things_take() {
    each_world(|world| {
        let (_, dana) = ready(world, 6, 10);
        let pace = || dana.get(BOARD).json()["pace"].clone();
        for number in 1..=6 {
            assert_eq!(moved(&dana, number, "In progress").status, 200);
        }
        for (number, days) in [(1, 0), (2, 1), (3, 1), (4, 3)] {
            world.db.days_pass(days);
            assert_eq!(moved(&dana, number, "Done").status, 200);
        }
        assert_eq!(pace(), json!(null), "four say too little");
        world.db.days_pass(5);
        assert_eq!(moved(&dana, 5, "Done").status, 200);
        assert_eq!(pace(), json!({ "half_days": 3, "most_days": 11, "items": 5 }), "1, 2, 3, 6 and 11 days");
        assert_eq!(moved(&dana, 5, "In progress").status, 200, "it was not done after all");
        assert_eq!(pace(), json!(null));
        assert_eq!(moved(&dana, 5, "Cancelled").status, 200);
        assert_eq!(pace(), json!(null), "what is given up is not done");
    });
}

#[test]
fn what_is_done_waits_in_the_second_half_and_keeps_its_place() {
    each_world(|world| {
        let (sam, dana) = ready(world, 5, 2);
        let second = json!({ "second_half": true, "policy": "Whoever reviews pulls." });
        assert_eq!(limited(&dana, "In review", second.clone()).status, 403);
        let half = limited(&sam, "In review", second.clone());
        assert_eq!(
            (half.status, &half.json()["second_half"], &half.json()["limit"]),
            (200, &json!(true), &json!(null))
        );
        assert_eq!(column(&dana, "In review")["status"]["waiting"], true, "and says so of its status");
        for number in [1, 2] {
            assert_eq!(moved(&dana, number, "In progress").status, 200);
        }
        assert_eq!(moved(&dana, 1, "In review").status, 200, "from half to half nothing is asked");
        let (first, waiting) = (column(&dana, "In progress"), column(&dana, "In review"));
        assert_eq!((&first["count"], &first["held"], &first["next"]), (&json!(1), &json!(2), &json!(null)));
        assert_eq!((&waiting["count"], &waiting["held"]), (&json!(1), &json!(2)));

        for half in ["In progress", "In review"] {
            let refused = moved(&dana, 3, half);
            assert_eq!(refused.status, 409);
            let why = format!(
                "{half} of CHURN is full: 2 of 2 (CHURN-2, CHURN-1). Help to finish one of them. CHURN-3 is number 1 in the queue."
            );
            assert_eq!(refused.detail(), why);
        }
        assert_eq!(moved(&dana, 1, "In progress").status, 200, "it was not done after all");
        assert_eq!(moved(&dana, 1, "In review").status, 200);
        assert_eq!(moved(&dana, 1, "Done").status, 200, "somebody pulled it on");
        assert_eq!(column(&dana, "In progress")["next"]["key"], "CHURN-3");
        assert_eq!(moved(&dana, 3, "In review").status, 200, "the free place may be taken from either side");
        assert_eq!(moved(&dana, 4, "In progress").status, 409);
    });
}

#[test]
fn only_what_follows_work_can_be_a_second_half() {
    each_world(|world| {
        let (sam, _) = ready(world, 1, 2);
        let second = || json!({ "second_half": true });
        for (name, change, status, why) in [
            ("Done", second(), 400, "second_half: needs a status in which work is done, right after another one"),
            (
                "In progress",
                second(),
                400,
                "second_half: needs a status in which work is done, right after another one",
            ),
            (
                "In review",
                json!({ "second_half": true, "limit": 2 }),
                400,
                "limit: is that of the first half, which holds for both; leave it away here",
            ),
        ] {
            let refused = limited(&sam, name, change);
            assert_eq!((refused.status, refused.detail()), (status, why.to_owned()), "{name}");
        }
        let workflow = "/api/v1/projects/CHURN/workflow";
        let set = |places: &[usize], more: Option<Value>| {
            let statuses = sam.get(workflow).json()["statuses"].as_array().unwrap().clone();
            let mut wanted: Vec<Value> = places.iter().map(|place| statuses[*place].clone()).collect();
            wanted.extend(more);
            sam.put(workflow, json!({ "statuses": wanted }))
        };
        let trial = json!({ "name": "On trial", "category": "doing" });
        assert_eq!(set(&[0, 1, 2, 3, 4, 5], Some(trial)).status, 200);
        assert_eq!(set(&[0, 1, 2, 3, 6, 4, 5], None).status, 200);
        assert_eq!(limited(&sam, "In review", second()).status, 200);
        assert_eq!(limited(&sam, "On trial", second()).detail(), "In review is a second half itself.");
        let taken = limited(&sam, "In progress", json!({ "limit": 1 }));
        assert_eq!(taken.status, 200, "the first half keeps its limit to itself");

        let kinds = |kind: &str| world.events().iter().filter(|event| event.kind == kind).count();
        let before = kinds("column.set");
        assert_eq!(set(&[0, 3, 1, 2, 4, 5, 6], None).status, 200);
        let alone = column(&sam, "In review");
        assert_eq!((&alone["second_half"], &alone["held"]), (&json!(false), &json!(0)), "it follows no work any more");
        assert_eq!(alone["status"]["waiting"], false, "and nothing waits in it");
        assert_eq!(kinds("column.set"), before + 1, "and the log tells");
    });
}

#[test]
fn a_status_that_waits_anyway_does_so_before_and_after_it_is_a_half() {
    each_world(|world| {
        let (sam, _) = ready(world, 1, 2);
        let workflow = || sam.get("/api/v1/projects/CHURN/workflow").json();
        let set = |wanted: &Value| sam.put("/api/v1/projects/CHURN/workflow", wanted.clone());
        let mut marked = workflow();
        marked["statuses"][3]["waiting"] = true.into();
        let wanted = |statuses: &Value, was: &Value| json!({ "statuses": statuses, "was": was });
        assert_eq!(set(&wanted(&marked["statuses"], &workflow())).status, 200);
        let read = workflow();
        assert_eq!(limited(&sam, "In review", json!({ "second_half": true })).status, 200);
        let mut other = read["statuses"].clone();
        other.as_array_mut().unwrap().swap(2, 3);
        let refused = set(&wanted(&other, &read));
        assert_eq!(refused.status, 412, "the columns are others than were read: {}", refused.text());
        assert_eq!(workflow()["second_halves"], json!([read["statuses"][3]["id"]]));
        assert_eq!(limited(&sam, "In review", json!({})).json()["status"]["waiting"], true, "as it was before");
        assert_eq!(limited(&sam, "In review", json!({ "second_half": true })).status, 200);
        assert_eq!(set(&wanted(&other, &workflow())).status, 200);
        let alone = column(&sam, "In review");
        assert_eq!((&alone["second_half"], &alone["status"]["waiting"]), (&json!(false), &json!(true)));
    });
}
