//! What the registry says of environments: only what a gate let through.

use base::{DeploymentId, RunId};
use lab::{
    artifact, experiment, model,
    registry::{alias, prompt, version},
    run::{self, Output},
};
use people::{Duty, door::IfMatch};
use serde_json::json;

use super::*;
use crate::{
    bundle::{self, tests::as_before},
    deployment::{self, store::DeploymentRow},
    promotion::{self, store::Closed},
    review,
    shelf::registered,
    story::{APPROVERS, Story, asked, each_story, refused, rule},
};

/// Reviewed anew, asked for, approved by all three and deployed.
fn deployed(story: &Story, run: &RunId, environment: &str) {
    story.pass_reviews();
    let (id, wanted) = (story.experiment, asked(run, json!({ "environment": environment })));
    let promotion = story.act("Dana", move |tx, dana| promotion::ask(tx, dana, id, &wanted)).unwrap();
    for (who, duty) in APPROVERS {
        story.approve(who, duty, &promotion.id).unwrap();
    }
    story.deploy("Tom", &promotion.id).unwrap();
}

#[test]
fn nobody_sets_what_a_gate_decides() {
    each_story(|story| {
        let churn = registered(story, "churn", vec![]);
        churn.add("s3://models/x", None).unwrap();
        for name in ["production", "Production", "PRODUCTION", "ｐroduction", "Ｐｒｏｄｕｃｔｉｏｎ", "pro𝐝uction"]
        {
            refused(churn.set(name, 1), 409, "Ask for a promotion");
            refused(churn.remove(name), 409, "Ask for a promotion");
            refused(churn.at(name), 404, "No version of churn is deployed");
        }
        for hidden in ["\u{3164}", "\u{115F}", "\u{1160}", "\u{FFA0}", "\u{345}"] {
            refused(churn.set(&format!("production{hidden}"), 1), 400, "cannot be seen");
        }
        churn.set("champion", 1).unwrap();
        assert_eq!(churn.at("champion").unwrap(), 1);
        assert_eq!(churn.at("latest").unwrap(), 1);
        let stranger = churn.model.clone();
        let refusal = story.act("Mara", move |tx, mara| set_alias(tx, mara, &stranger, "production", 1));
        refused(refusal, 403, "Viewers");
    });
}

#[test]
fn the_alias_is_what_was_approved_and_deployed() {
    each_story(|story| {
        let churn = registered(story, "churn", vec![]);
        story.put(&story.run, "model/MLmodel", 'a');
        story.put(&story.run, "model/data/trees.bin", 'b');
        story.put(&story.run, "notes.txt", 'c');
        let first = churn.add_of(&story.run);
        let id = story.approved().id;
        refused(churn.at("production"), 404, "No version");
        story.deploy("Tom", &id).unwrap();
        assert_eq!(churn.at("production").unwrap(), first);
        assert_eq!(churn.at("Production").unwrap(), first);
        refused(churn.set("production", first), 409, "Ask for a promotion");

        // Whoever names the run for other bytes gets nowhere, and so does who offers the same bytes later.
        churn.add("s3://elsewhere/model", Some(&story.run)).unwrap();
        let notes = format!("mlflow-artifacts:/{}/{}/artifacts/absent", story.experiment, story.run);
        churn.add(&notes, Some(&story.run)).unwrap();
        assert_eq!(churn.at("production").unwrap(), first);
        let later = churn.add_of(&story.run);
        assert_eq!(churn.at("production").unwrap(), first);
        assert_eq!(churn.shown(), format!("production={first} None:{later} Production:{first}"));

        // Bytes that are others by now, however that came about, are not those that were approved.
        story.put(&story.run, "model/MLmodel", 'd');
        refused(churn.at("production"), 404, "No version");
        story.put(&story.run, "model/MLmodel", 'a');
        assert_eq!(churn.at("production").unwrap(), first);
        story.put(&story.run, "model/added.py", 'e');
        refused(churn.at("production"), 404, "No version");
    });
}

#[test]
fn a_logged_model_of_the_run_counts_as_its_bytes() {
    each_story(|story| {
        let churn = registered(story, "churn", vec![]);
        let (experiment, id) = (story.experiment, story.run.clone());
        let logged = story
            .act("Mei", move |tx, mei| {
                let new = model::New { name: Some("trees".to_owned()), run: Some(id.clone()), ..Default::default() };
                let made = model::create(tx, mei, experiment, &new)?;
                run::log_outputs(tx, mei, &id, &[Output { model: made.id.clone(), step: 0 }])?;
                let file = blob::Written { sha256: "a".repeat(64), size: 3 };
                let root = artifact::Path::of_model(experiment, &made.id);
                artifact::put(tx, mei, &root.join("MLmodel")?, &file)?;
                model::set_status(tx, mei, &made.id, model::Status::Ready)?;
                Ok(made.id)
            })
            .unwrap();
        let (model, id) = (churn.model.clone(), logged.clone());
        story
            .act("Mei", move |tx, mei| {
                let source = format!("models:/{id}");
                let new = version::New { source, logged_model: Some(id.clone()), ..Default::default() };
                create_version(tx, mei, &model, &new)
            })
            .unwrap();
        let id = story.approved().id;
        story.deploy("Tom", &id).unwrap();
        assert_eq!(churn.at("production").unwrap(), 1);

        let copy = registered(story, "copy", vec![]);
        assert_eq!(copy.add("models:/churn@production", None).unwrap(), 1);
        assert_eq!(copy.add("models:/churn/Production", None).unwrap(), 2);
        refused(copy.add("models:/churn/Staging", None), 404, "model version");
        refused(copy.at("production"), 404, "No version of copy is deployed");
        deployed(story, &story.run, "production");
        assert_eq!((copy.at("production").unwrap(), churn.at("production").unwrap()), (2, 1));
    });
}

/// Of bytes in another store nobody knows digests, so the place must be the run's.
#[test]
fn what_clients_keep_themselves_counts_by_its_place() {
    each_story(|story| {
        let (project, new) = (
            story.world.churn.id.clone(),
            experiment::New {
                name: Some("Elsewhere".to_owned()),
                hypothesis: Some("It finds them too.".to_owned()),
                rule: Some(rule(0.8)),
                location: Some("s3://bucket/bets".to_owned()),
                ..Default::default()
            },
        );
        let experiment = story.act("Dana", move |tx, dana| experiment::propose(tx, dana, &project, &new)).unwrap().id;
        let mut there = Story { world: story.world, experiment, run: RunId::from("") };
        there.run = there.finished("Mei", &[("auc", 0.9), ("p95_ms", 10.0)]);
        let churn = registered(story, "churn", vec![]);
        let root = format!("s3://bucket/bets/{}/artifacts", there.run);
        let mine = churn.add(&format!("{root}/model"), Some(&there.run)).unwrap();
        for elsewhere in [format!("{root}-2/model"), "s3://bucket/bets/other/artifacts/model".to_owned()] {
            churn.add(&elsewhere, Some(&there.run)).unwrap();
        }
        let id = there.approved().id;
        there.deploy("Tom", &id).unwrap();
        assert_eq!(churn.at("production").unwrap(), mine);
    });
}

#[test]
fn what_is_deployed_is_not_deleted() {
    each_story(|story| {
        let churn = registered(story, "churn", vec![]);
        story.put(&story.run, "model/MLmodel", 'a');
        let (one, two) = (churn.add_of(&story.run), churn.add_of(&story.run));
        let id = story.approved().id;
        story.deploy("Tom", &id).unwrap();
        refused(churn.delete(two), 409, "Version 2 of churn is in production");
        let model = churn.model.clone();
        refused(story.act("Mei", move |tx, mei| unregister(tx, mei, &model)), 409, "is in production");
        churn.delete(one).unwrap();

        story.world.db.days_pass(1);
        let next = story.finished("Mei", &[("auc", 0.9), ("p95_ms", 50.0)]);
        story.put(&next, "model/MLmodel", 'b');
        let three = churn.add_of(&next);
        deployed(story, &next, "production");
        assert_eq!(churn.at("production").unwrap(), three);
        churn.delete(two).unwrap();
        refused(churn.delete(three), 409, "in production");
        assert_eq!(churn.shown(), "production=3 Production:3");
    });
}

#[test]
fn an_environment_governs_its_name_from_the_first_request_on() {
    each_story(|story| {
        let churn = registered(story, "churn", vec![]);
        story.put(&story.run, "model/MLmodel", 'a');
        churn.add("s3://models/x", None).unwrap();
        let two = churn.add_of(&story.run);
        churn.set("staging", 1).unwrap();
        churn.label(1, version::Stage::Staging).unwrap();
        assert_eq!(churn.shown(), "staging=1 None:2 Staging:1");

        let (id, wanted) = (story.experiment, asked(&story.run, json!({ "environment": "staging" })));
        let waiting = story.act("Dana", move |tx, dana| promotion::ask(tx, dana, id, &wanted)).unwrap().id;
        refused(churn.set("staging", 2), 409, "Ask for a promotion");
        refused(churn.label(2, version::Stage::Staging), 409, "Ask for a promotion");
        refused(churn.at("staging"), 404, "No version");
        assert_eq!(churn.shown(), "None:2");
        let closed = waiting.clone();
        story.act("Dana", move |tx, dana| promotion::cancel(tx, dana, &closed, &IfMatch::default(), None)).unwrap();
        assert_eq!(churn.shown(), "staging=1 None:2 Staging:1");

        deployed(story, &story.run, "staging");
        assert_eq!(churn.at("staging").unwrap(), two);
        assert_eq!(churn.shown(), "staging=2 Staging:2 None:1");
        refused(churn.label(two, version::Stage::Archived), 409, "is in staging");
        refused(churn.label(1, version::Stage::Production), 409, "Ask for a promotion");
        churn.label(1, version::Stage::Archived).unwrap();
        assert_eq!(churn.shown(), "staging=2 Staging:2 Archived:1");
        // Withdrawn approvals change nothing about what is live.
        assert!(story.withdraw("Sol", Duty::Security, &waiting).is_err());
        assert_eq!(churn.at("staging").unwrap(), two);
    });
}

/// Places the bundle as a program did that listed no versions.
fn deployed_before(story: &Story) {
    let promotion = story.approved();
    let then = as_before(&promotion.bundle);
    let (id, experiment) = (promotion.id, story.experiment);
    story
        .act("Tom", move |tx, tom| {
            bundle::keep(tx, &then)?;
            promotion::store::close(tx, &id, Closed::Deployed, Some(&tom.user), None)?;
            let request = review::store::current(tx, experiment)?.expect("reviews");
            let row = DeploymentRow {
                id: DeploymentId(tx.new_id()),
                promotion: id.clone(),
                experiment,
                environment: "production".to_owned(),
                digest: then.digest.clone(),
                review_request: request.id,
                deployed_by: tom.user.clone(),
                deployed_at: tx.now(),
                note: None,
                replaced_at: None,
            };
            deployment::store::add(tx, &row)
        })
        .unwrap();
}

#[test]
fn what_was_deployed_before_bundles_listed_versions_goes_on() {
    each_story(|story| {
        let churn = registered(story, "churn", vec![]);
        story.put(&story.run, "model/MLmodel", 'a');
        churn.add_of(&story.run);
        let second = churn.add_of(&story.run);
        deployed_before(story);
        assert_eq!(churn.at("production").unwrap(), second);
        story.world.db.days_pass(1);
        churn.add_of(&story.run);
        assert_eq!(churn.at("production").unwrap(), second, "what came after the deployment is not it");
        refused(churn.delete(second), 409, "in production");
        refused(churn.rename("old"), 409, "in production");
    });
}

#[test]
fn what_is_registered_late_waits_for_approvals_of_its_own() {
    each_story(|story| {
        let (churn, other) = (registered(story, "churn", vec![]), registered(story, "other", vec![]));
        story.put(&story.run, "model/MLmodel", 'a');
        story.put(&story.run, "checkpoint/MLmodel", 'b');
        let first = churn.add_of(&story.run);
        let id = story.approved().id;
        assert_eq!(story.see(&id).changed, [""; 0]);

        let late = format!("mlflow-artifacts:/{}/{}/artifacts/checkpoint", story.experiment, story.run);
        let second = churn.add(&late, Some(&story.run)).unwrap();
        other.add(&late, Some(&story.run)).unwrap();
        let now = story.see(&id);
        assert_eq!((now.state, now.missing.duties.len()), (promotion::State::Waiting, 3));
        let said = "was registered, and is what churn@production will name. Delete it if it is not meant to go out.";
        assert_eq!(now.changed[0], format!("Version {second} of churn {said}"));
        assert_eq!(now.changed.len(), 2);
        assert!(now.approvals.iter().all(|approval| !approval.valid && approval.changed == now.changed));
        refused(story.deploy("Tom", &id), 409, "approval by technical lead");

        // Who takes it away again has what was approved.
        other.delete(1).unwrap();
        churn.delete(second).unwrap();
        let now = story.see(&id);
        assert!(now.approved && now.changed.is_empty());
        story.deploy("Tom", &id).unwrap();
        assert_eq!(churn.at("production").unwrap(), first);
        refused(other.at("production"), 404, "No version of other is deployed");
    });
}

#[test]
fn of_several_versions_of_a_run_the_highest_goes_out() {
    each_story(|story| {
        let churn = registered(story, "churn", vec![]);
        story.put(&story.run, "model/MLmodel", 'a');
        story.put(&story.run, "checkpoint/MLmodel", 'b');
        let place = |folder: &str| format!("mlflow-artifacts:/{}/{}/artifacts/{folder}", story.experiment, story.run);
        churn.add(&place("checkpoint"), Some(&story.run)).unwrap();
        churn.add(&place("model"), Some(&story.run)).unwrap();
        let promotion = story.approved();
        let listed: Vec<_> =
            promotion.bundle.versions.unwrap().into_iter().map(|v| (v.name, v.number, v.aliased)).collect();
        assert_eq!(listed, [("churn".to_owned(), 1, false), ("churn".to_owned(), 2, true)]);
        story.deploy("Tom", &promotion.id).unwrap();
        assert_eq!(churn.at("production").unwrap(), 2);
        churn.delete(1).unwrap();
        refused(churn.delete(2), 409, "in production");
        // Its bytes once changed, nothing lower steps in.
        story.put(&story.run, "model/MLmodel", 'c');
        refused(churn.at("production"), 404, "No version");
    });
}

#[test]
fn a_name_under_which_something_is_live_stays() {
    each_story(|story| {
        let (churn, other) = (registered(story, "churn", vec![]), registered(story, "other", vec![]));
        story.put(&story.run, "model/MLmodel", 'a');
        churn.add_of(&story.run);
        let id = story.approved().id;
        churn.rename("churn 2").unwrap();
        assert_eq!(story.see(&id).changed, ["Version 1 of churn is one of churn 2 by now."]);
        refused(story.deploy("Tom", &id), 409, "Missing: approval");
        churn.rename("churn").unwrap();
        story.deploy("Tom", &id).unwrap();
        refused(churn.rename("old"), 409, "Version 1 of churn is in production");
        churn.rename("churn").unwrap();
        refused(other.rename("churn"), 409, "exists already");
        refused(churn.unregister(), 409, "in production");
    });
}

/// Whichever comes first, what is live is what three people approved.
#[test]
fn registering_races_with_approving_and_deploying() {
    each_story(|story| {
        let churn = registered(story, "churn", vec![]);
        for round in 0..3 {
            story.world.db.days_pass(1);
            let run = story.finished("Mei", &[("auc", 0.9), ("p95_ms", 50.0)]);
            story.put(&run, "model/MLmodel", 'a');
            churn.add_of(&run);
            story.pass_reviews();
            let id = story.ask_by("Dana", &run).unwrap().id;
            for (who, duty) in &APPROVERS[..2] {
                story.approve(who, *duty, &id).unwrap();
            }
            std::thread::scope(|scope| {
                scope.spawn(|| churn.add_of(&run));
                scope.spawn(|| story.approve("Sol", Duty::Security, &id));
                scope.spawn(|| (0..5).any(|_| story.deploy("Tom", &id).is_ok()));
            });
            let now = story.see(&id);
            match now.deployment {
                Some(_) => {
                    assert!(now.approvals.iter().all(|yes| yes.valid && yes.digest == now.bundle.digest), "{round}");
                    let listed = now.bundle.versions.unwrap();
                    let live = listed.iter().find(|version| version.aliased).map(|version| version.number);
                    assert_eq!(churn.at("production").ok(), live, "{round}");
                }
                None => assert!(!now.missing.nothing() || now.approved, "{round}"),
            }
        }
    });
}

#[test]
fn prompts_are_governed_by_no_gate() {
    each_story(|story| {
        let is_prompt = (prompt::IS_PROMPT.to_owned(), "true".to_owned());
        let greeting = registered(story, "greeting", vec![is_prompt.clone()]);
        let new = version::New { source: "dummy-source".to_owned(), tags: vec![is_prompt], ..Default::default() };
        let model = greeting.model.clone();
        story.act("Mei", move |tx, mei| create_version(tx, mei, &model, &new)).unwrap();
        greeting.set("production", 1).unwrap();
        assert_eq!(greeting.at("production").unwrap(), 1);
        assert_eq!(greeting.shown(), "production=1 None:1");
        greeting.remove("production").unwrap();
        let model = greeting.model.clone();
        assert_eq!(story.look("Mara", move |tx, _| alias::get(tx, &model, "production")).unwrap(), None);
        greeting.delete(1).unwrap();
    });
}

#[test]
fn a_version_from_elsewhere_is_no_older_than_its_arrival() {
    each_story(|story| {
        let churn = registered(story, "churn", vec![]);
        story.put(&story.run, "model/MLmodel", 'a');
        let id = story.approved().id;
        story.deploy("Tom", &id).unwrap();
        story.world.db.days_pass(1);
        let bring = |number: i64, stage: version::Stage| {
            let source = format!("runs:/{}/model", story.run);
            let new = version::New { source, run: Some(story.run.clone()), ..Default::default() };
            let (created_at, updated_at) = (base::Time(1), base::Time(1));
            let brought = version::Brought { number, new, stage, created_at, updated_at };
            let model = churn.model.clone();
            story.act("Mei", move |tx, mei| bring_version(tx, mei, &model, &brought))
        };
        refused(bring(1, version::Stage::Production), 409, "Ask for a promotion");
        assert_eq!(bring(1, version::Stage::Archived).unwrap().created_at, base::Time(1));
        refused(churn.at("production"), 404, "No version");
        assert_eq!(churn.shown(), "Archived:1");
    });
}
