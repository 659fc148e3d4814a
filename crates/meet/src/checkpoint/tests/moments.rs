//! What happens between the moment at which a pack is read and the one at which it is stored.

use base::{CheckpointId, Result};
use people::{
    Role,
    member::{self, Seat},
    testing::{World, each_world, email},
};
use serde_json::json;

use super::super::{Checkpoint, Draft, New, create, draft, draft_pack, rebuild};
use super::{CHECKPOINTS, done, hypothesis, item, made, refused, signed_in};

fn drafted(world: &World, name: &str, new: &New) -> Result<Draft> {
    let (actor, new) = (world.actor(name), new.clone());
    world.db.read_blocking(move |tx| draft(tx, &actor, "CHURN", &new))
}

fn stored(world: &World, name: &str, new: &New, draft: &Draft) -> Result<Checkpoint> {
    let (actor, new, draft) = (world.actor(name), new.clone(), draft.clone());
    world.db.write_blocking(move |tx| create(tx, &actor, "CHURN", &new, &draft))
}

fn seated(world: &World, name: &'static str, role: Role) {
    let sam = world.actor("Sam");
    let seat = Seat { role, trades: vec![], duties: vec![] };
    world.db.write_blocking(move |tx| member::put(tx, &sam, "CHURN", &email(name), &seat)).unwrap();
}

fn told(world: &World, kind: &str) -> usize {
    world.events().iter().filter(|event| event.kind == kind).count()
}

#[test]
fn days_that_are_left_are_those_of_the_calendar() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        let spike = json!({ "question": "Is a week enough?", "days": 3 });
        item(&dana, json!({ "title": "Weeks", "kind": "spike", "spike": spike }));
        let says = || {
            let draft = drafted(world, "Dana", &New::default()).unwrap();
            let checkpoint = stored(world, "Dana", &New::default(), &draft).unwrap();
            let at = format!("/api/v1/checkpoints/{}", checkpoint.id);
            let question = done(dana.get(&at))["pack"]["questions"][0].clone();
            assert_eq!(dana.delete(&at).status, 204);
            (question["days_left"].clone(), question["options"][0]["says"].as_str().unwrap().to_owned())
        };
        let told =
            |days: i64, left: &str| (json!(days), format!("It goes on as planned until 5 March 2026; {left} left."));
        assert_eq!(says(), told(3, "3 days are"));
        world.db.clock.set(world.db.clock.now().plus_ms(3_600_000));
        assert_eq!(says(), told(3, "3 days are"), "later on the same day");
        world.db.days_pass(2);
        assert_eq!(says(), told(1, "1 day is"));
        world.db.clock.set(world.db.clock.now().plus_ms(20 * 3_600_000));
        assert_eq!(says(), told(0, "less than a day is"));
    });
}

#[test]
fn a_pack_that_is_built_twice_with_one_key_is_built_once() {
    each_world(|world| {
        let dana = signed_in(world, "Dana");
        hypothesis(&dana, "Device graphs", "Device graphs find more fraud.");
        let checkpoint = done(dana.post(CHECKPOINTS, json!({})));
        let at = format!("/api/v1/checkpoints/{}", checkpoint["id"]);
        let twice = |key: &str, verb: &str| {
            let keyed = dana.with("idempotency-key", key);
            let post = || done(keyed.post(&format!("{at}/{verb}"), json!({})));
            let first = post();
            assert_eq!(post(), first, "{verb}");
        };
        twice("built-again", "pack");
        twice("closed-now", "close");
        let told = ["checkpoint.rebuilt", "checkpoint.closed"].map(|kind| told(world, kind));
        assert_eq!(told, [1, 1]);
    });
}

#[test]
fn a_pack_tells_of_the_moment_at_which_it_was_read() {
    each_world(|world| {
        let [dana, mara] = ["Dana", "Mara"].map(|name| signed_in(world, name));
        hypothesis(&dana, "Device graphs", "Device graphs find more fraud.");
        let new = New::default();
        let draft = drafted(world, "Dana", &new).unwrap();
        hypothesis(&dana, "Longer history", "A longer history finds more fraud.");
        world.db.clock.set(world.db.clock.now().plus_ms(5_000));
        let checkpoint = stored(world, "Dana", &new, &draft).unwrap();
        let seen = done(mara.get(&format!("/api/v1/checkpoints/{}", checkpoint.id)));
        assert_eq!(seen["pack"]["summary"][0], "1 question: 1 still open.");
        assert_eq!(
            (&seen["pack"]["built_at"], &seen["created_at"]),
            (&json!("2026-03-02T09:00:00.000Z"), &json!("2026-03-02T09:00:05.000Z"))
        );
    });
}

#[test]
fn who_may_not_plan_any_more_makes_no_checkpoint() {
    each_world(|world| {
        let [sam, dana] = ["Sam", "Dana"].map(|name| signed_in(world, name));
        hypothesis(&dana, "Device graphs", "Device graphs find more fraud.");
        let goal = json!({ "mode": "experiment", "goal": "Do devices tell?" });
        let sprint = done(sam.post("/api/v1/projects/CHURN/sprints", goal))["id"].as_i64().unwrap();
        let new = New { sprint: Some(base::SprintId(sprint)), ..New::default() };
        let draft = drafted(world, "Dana", &new).unwrap();

        seated(world, "Dana", Role::Viewer);
        let refusal = stored(world, "Dana", &new, &draft).unwrap_err();
        assert!(refusal.detail().starts_with("Viewers look"), "{}", refusal.detail());
        seated(world, "Dana", Role::Member);
        assert_eq!(sam.delete(&format!("/api/v1/sprints/{sprint}")).status, 204);
        let refusal = stored(world, "Dana", &new, &draft).unwrap_err();
        assert_eq!(refusal.detail(), "sprint: must be the id of a sprint of this project");
        assert_eq!(done(sam.get(CHECKPOINTS))["items"], json!([]));
        assert_eq!(told(world, "checkpoint.created"), 0);
    });
}

#[test]
fn the_first_checkpoint_of_a_project_without_items_can_be_made() {
    each_world(|world| {
        let new = New::default();
        let draft = drafted(world, "Sam", &new).unwrap();
        let dana = signed_in(world, "Dana");
        hypothesis(&dana, "Device graphs", "Device graphs find more fraud.");
        let checkpoint = stored(world, "Sam", &new, &draft).unwrap();
        assert_eq!(checkpoint.pack.questions.len(), 1, "there was nothing to read before, so it is read now");
    });
}

#[test]
fn what_was_decided_meanwhile_is_not_shown_anew() {
    each_world(|world| {
        let [sam, dana, omar] = ["Sam", "Dana", "Omar"].map(|name| signed_in(world, name));
        hypothesis(&dana, "Device graphs", "Device graphs find more fraud.");
        let (path, first) = made(&sam, json!({ "title": "Week 10", "asked": ["omar@slipway.test"] }));
        let id = CheckpointId(first["id"].as_i64().unwrap());
        let read = || {
            let actor = world.actor("Sam");
            world.db.read_blocking(move |tx| draft_pack(tx, &actor, id)).unwrap()
        };
        let shown = |pack: &super::super::Pack| {
            let (actor, pack) = (world.actor("Sam"), pack.clone());
            world.db.write_blocking(move |tx| rebuild(tx, &actor, id, &pack))
        };

        let early = read();
        world.db.clock.set(world.db.clock.now().plus_ms(5_000));
        hypothesis(&dana, "Longer history", "A longer history finds more fraud.");
        let late = read();
        shown(&late).unwrap();
        assert_eq!(shown(&early).unwrap().pack, late, "the later of two that were read at once stays");
        assert_eq!(done(omar.get(&path))["pack"]["summary"][0], "2 questions: 2 still open.");
        assert_eq!(told(world, "checkpoint.rebuilt"), 1);

        let next = read();
        done(omar.put(&format!("{path}/decisions/CHURN-1"), json!({ "choice": "continue" })));
        let refusal = shown(&next).unwrap_err();
        assert_eq!(refusal.kind(), base::Kind::Conflict);
        assert!(refusal.detail().starts_with("Something was decided on what Week 10 shows."), "{}", refusal.detail());
        assert_eq!(refused(sam.post(&format!("{path}/pack"), json!({}))).0, 409);
    });
}

#[test]
fn a_checkpoint_that_is_asked_for_twice_is_made_once() {
    each_world(|world| {
        let sam = signed_in(world, "Sam");
        let goal = json!({ "mode": "experiment", "goal": "Do devices tell?" });
        let sprint = done(sam.post("/api/v1/projects/CHURN/sprints", goal))["id"].clone();
        let make = || sam.with("idempotency-key", "checkpoint-once").post(CHECKPOINTS, json!({ "sprint": sprint }));
        let first = done(make());
        assert_eq!(sam.delete(&format!("/api/v1/sprints/{sprint}")).status, 204);
        assert_eq!(done(make()), first, "what would be refused by now was answered before");
        assert_eq!(told(world, "checkpoint.created"), 1);
    });
}
