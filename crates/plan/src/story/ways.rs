//! Whatever way leads to a status: random ways, on each engine.

use std::collections::{BTreeMap, HashSet};

use base::{BacklogId, ItemId, Result};
use db::Tx;
use people::{
    Actor, Right,
    testing::{World, each_world},
};
use proptest::prelude::*;

use super::{Part, Split, split};
use crate::{
    item::{self, Change, DoneProfile, Item, Kind, Move, New},
    status::{self, Category, NewStep, NewWorkflow},
};

/// The only steps of stories here.
const STEPS: [(&str, &str); 7] = [
    ("Backlog", "Ready"),
    ("Ready", "Backlog"),
    ("Ready", "In progress"),
    ("In progress", "Backlog"),
    ("In progress", "Done"),
    ("Done", "In progress"),
    ("Backlog", "Cancelled"),
];
const STATUSES: [&str; 6] = ["Backlog", "Ready", "In progress", "In review", "Done", "Cancelled"];
const KINDS: [Kind; 4] = [Kind::Story, Kind::Data, Kind::Task, Kind::Feature];
/// What people have made before: CHURN-1, a begun story with two components, another story and a task.
const FIRST: usize = 5;

fn with_set_steps(tx: &mut Tx, sam: &Actor, key: &str) -> Result<()> {
    item::create(tx, sam, key, &New { title: "First".to_owned(), ..New::default() })?;
    let now = serde_json::to_value(status::show(tx, sam, key)?.statuses).unwrap();
    let steps = STEPS.map(|(from, to)| NewStep { from: from.to_owned(), to: to.to_owned() });
    let transitions = BTreeMap::from([(Kind::Story, steps.to_vec())]);
    let wanted = NewWorkflow { statuses: serde_json::from_value(now).unwrap(), transitions, was: None };
    status::set(tx, sam, key, &wanted).map(drop)
}

fn part(knows: bool) -> Part {
    Part {
        title: None,
        kind: Kind::Data,
        trade: None,
        done_profile: knows.then_some(DoneProfile::Data),
        assignee: knows.then(|| "me".to_owned()),
        estimate: knows.then_some(1.0),
        waits_for: Vec::new(),
        waits_for_contract: Vec::new(),
    }
}

fn settled(tx: &mut Tx, pavel: &Actor) -> Result<()> {
    let new = |kind| New { title: "x".to_owned(), kind: Some(kind), ..New::default() };
    item::create(tx, pavel, "CHURN", &new(Kind::Story))?;
    split(tx, pavel, "CHURN-1", &Split { parts: Some(vec![part(true), part(true)]) })?;
    item::create(tx, pavel, "CHURN", &new(Kind::Story))?;
    with_set_steps(tx, pavel, "CHURN")?;
    with_set_steps(tx, pavel, "FRAUD")?;
    for to in ["Ready", "In progress"] {
        item::r#move(tx, pavel, "CHURN-1", &Move { status: Some(to.to_owned()), ..Move::default() })?;
    }
    Ok(())
}

/// What somebody tries: what, with which item, and two choices more.
type Try = (usize, usize, usize, usize);

/// The keys that are made by it.
fn tried(tx: &mut Tx, pavel: &Actor, keys: &[String], (what, which, one, other): Try) -> Result<Vec<String>> {
    let key = keys[which % keys.len()].as_str();
    let status = || Some(STATUSES[one % 6].to_owned());
    let kind = Some(KINDS[other % 4]);
    let change = match what {
        0 => Change { status: status(), ..Change::default() },
        1 => Change { kind, ..Change::default() },
        2 => Change { kind, status: status(), ..Change::default() },
        3 => Change { estimate: Some((one % 2 == 0).then_some(2.0)), ..Change::default() },
        4 => Change { assignee: Some((one % 2 == 0).then(|| "me".to_owned())), ..Change::default() },
        5 => Change { done_profile: Some((one % 2 == 0).then_some(DoneProfile::Data)), ..Change::default() },
        6 => Change { parent: Some((one % 3 > 0).then(|| keys[other % FIRST].clone())), ..Change::default() },
        7 => return item::r#move(tx, pavel, key, &Move { status: status(), ..Move::default() }).map(|_| vec![]),
        8 => return item::delete(tx, pavel, key).map(|()| vec![]),
        9 => return item::restore(tx, pavel, key).map(|_| vec![]),
        10 => return item::undo(tx, pavel, key).map(|_| vec![]),
        11 => {
            let parts = Some(vec![part(one % 2 == 0), part(other % 2 == 0)]);
            return Ok(split(tx, pavel, key, &Split { parts })?.into_iter().map(|item| item.key).collect());
        }
        12 => {
            let new = New { title: "x".to_owned(), kind, status: status(), ..New::default() };
            return Ok(vec![item::create(tx, pavel, "CHURN", &new)?.key]);
        }
        _ => {
            let to = ["CHURN", "FRAUD"][one % 2];
            return item::transfer(tx, pavel, key, to).map(|_| vec![]);
        }
    };
    let version = item::find(tx, pavel, Right::Read, key)?.version;
    item::change(tx, pavel, key, version, &change).map(|_| vec![])
}

/// What an item is, where it is, and whether it is in the trash.
type Stand = (Kind, BacklogId, String, bool);

fn stands(world: &World, pavel: &Actor, keys: &[String]) -> BTreeMap<ItemId, (Item, Stand, Category)> {
    let (pavel, keys) = (pavel.clone(), keys.to_vec());
    let read = move |tx: &mut Tx| {
        let mut all = BTreeMap::new();
        for key in &keys {
            let item = item::find(tx, &pavel, Right::Read, key)?;
            let status = status::get(tx, item.face.status)?;
            let category = if status.ready { Category::Doing } else { status.category };
            let stand = (item.face.kind, item.backlog, status.name, item.deleted_at.is_some());
            all.insert(item.id, (item, stand, category));
        }
        Ok(all)
    };
    world.db.read_blocking(read).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    /// Whatever people try in whatever order: a story comes into each status by its steps, and whole.
    #[test]
    fn no_way_leads_round_what_a_story_asks(
        tries in prop::collection::vec((0..14_usize, 0..8_usize, 0..12_usize, 0..8_usize), 30..90),
    ) {
        each_world(|world| {
            let pavel = world.actor("Pavel");
            let admin = pavel.clone();
            world.db.write_blocking(move |tx| settled(tx, &admin)).unwrap();
            let mut keys: Vec<String> = (1..=FIRST).map(|number| format!("CHURN-{number}")).collect();
            let mut before = stands(world, &pavel, &keys);
            // CHURN-1 came through Ready.
            let came = before.iter().filter(|(_, (item, ..))| item.key == "CHURN-1");
            let mut seen: HashSet<(ItemId, Kind, BacklogId, String)> =
                came.map(|(id, (_, stand, _))| (*id, stand.0, stand.1, "Ready".to_owned())).collect();
            for &attempt in &tries {
                for (id, (_, (kind, backlog, status, _), _)) in &before {
                    seen.insert((*id, *kind, *backlog, status.clone()));
                }
                let (actor, known) = (pavel.clone(), keys.clone());
                let made = world.db.write_blocking(move |tx| tried(tx, &actor, &known, attempt));
                keys.extend(made.unwrap_or_default());
                let after = stands(world, &pavel, &keys);
                for (id, (story, (kind, backlog, status, trashed), category)) in &after {
                    if *kind != Kind::Story || *trashed {
                        continue;
                    }
                    let was = before.get(id).map(|(_, stand, _)| (stand.0, stand.1, stand.2.as_str(), stand.3));
                    let undone = attempt.0 == 10 && seen.contains(&(*id, *kind, *backlog, status.clone()));
                    let may = status == "Backlog" || undone || match was {
                        Some((Kind::Story, from, step, false)) if from == *backlog => {
                            step == status || STEPS.contains(&(step, status))
                        }
                        Some((_, from, step, false)) if from == *backlog => {
                            step == "Backlog" && STEPS.contains(&(step, status))
                        }
                        Some((Kind::Story, from, step, true)) => from == *backlog && step == status,
                        // The steps of both projects are set, so what has ended in one has ended in the other.
                        Some((Kind::Story, _, step, false)) => {
                            attempt.0 == 13 && step == status && ["Done", "Cancelled"].contains(&step)
                        }
                        _ => false,
                    };
                    assert!(may, "{attempt:?} brought {} from {was:?} into {status}", story.key);
                    if !matches!(category, Category::Doing | Category::Done) {
                        continue;
                    }
                    for (part, (_, _, _, trashed), _) in after.values() {
                        let face = &part.face;
                        let is_part = face.component_of == Some(*id) && face.parent == Some(*id) && part.backlog == story.backlog;
                        if *trashed || !is_part {
                            continue;
                        }
                        let whole = face.assignee.is_some() && face.estimate.is_some() && face.done_profile.is_some();
                        assert!(whole, "{attempt:?} left {} in {status} with {face:?}", story.key);
                    }
                }
                before = after;
            }
        });
    }
}
