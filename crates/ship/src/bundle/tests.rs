use base::Number;
use lab::{
    artifact, experiment, metric, model,
    run::{Output, Status},
};
use serde_json::json;

use super::*;
use crate::{
    rollout,
    story::{Story, each_story, rule},
};

fn plan() -> Plan {
    let asked = json!({ "environment": "production", "rollback_to": "1.4.2" });
    rollout::plan(&serde_json::from_value(asked).unwrap()).unwrap()
}

fn bundle(story: &Story) -> Bundle {
    let (id, plan) = (story.run.clone(), plan());
    story
        .look("Mara", move |tx, mara| {
            let run = run::get(tx, mara, &id)?;
            of(tx, &run, &plan)
        })
        .unwrap()
}

#[test]
fn the_same_evidence_has_the_same_digest() {
    each_story(|story| {
        let first = bundle(story);
        story.world.db.days_pass(3);
        assert_eq!(bundle(story), first);
        assert_eq!(first.digest.len(), 64);
        assert_eq!(first.run.params["depth"], "3");
        assert_eq!(first.run.metrics["auc"], Number(0.871));
        assert_eq!(first.rule.unwrap().asks.threshold, 0.86);
        assert_eq!(first.code, None);
    });
}

#[test]
fn whatever_changes_makes_another_digest() {
    each_story(|story| {
        let mut seen = vec![bundle(story).digest];
        let mut changed = |what: &str| {
            let digest = bundle(story).digest;
            assert!(!seen.contains(&digest), "{what}");
            seen.push(digest);
        };
        story.log(&story.run, "auc", 0.88);
        changed("a metric");
        story.log(&story.run, "f1", f64::NAN);
        changed("another metric");
        story.put(&story.run, "model/weights", 'a');
        changed("an artifact");
        story.put(&story.run, "model/weights", 'b');
        changed("its bytes");
        story.set_rule(rule(0.85));
        changed("the rule");
        story.world.db.days_pass(1);
        story.set_rule(rule(0.86));
        changed("the rule, set back");
        story.set_status(&story.run, Status::Running);
        changed("the status");
        let id = story.run.clone();
        let tag = "mlflow.source.git.commit";
        story.act("Mei", move |tx, mei| run::set_tag(tx, mei, &id, tag, "3f1c2a9")).unwrap();
        changed("the code");
        let code = bundle(story).code.unwrap();
        assert_eq!((code.commit.as_deref(), code.source), (Some("3f1c2a9"), None));
    });
}

/// The latest value tells nothing of a spike before it.
#[test]
fn a_point_of_the_past_makes_another_digest_and_a_repeated_one_does_not() {
    each_story(|story| {
        let mut points: Vec<metric::New> = Vec::new();
        let mut log = |step: i64, value: f64| {
            let point = metric::Point { at: base::Time(7), step, value };
            points.push(metric::New { key: "auc".into(), point, model: None });
            let (id, batch) = (story.run.clone(), run::Batch { metrics: points.clone(), ..Default::default() });
            story.act("Mei", move |tx, mei| run::log_batch(tx, mei, &id, &batch)).unwrap();
            bundle(story)
        };
        let latest = log(9, 0.9);
        assert_eq!(latest.run.points["auc"], 2);
        let earlier = log(-3, 0.2);
        assert_eq!((earlier.run.metrics["auc"], earlier.run.points["auc"]), (latest.run.metrics["auc"], 3));
        assert_ne!(earlier.digest, latest.digest);
        assert_eq!(log(-3, 0.2), earlier, "all of it was there");
        assert_eq!(earlier.run.points["p95_ms"], 1);
    });
}

#[test]
fn names_and_notes_do_not_matter() {
    each_story(|story| {
        let before = bundle(story).digest;
        let id = story.run.clone();
        story.act("Mei", move |tx, mei| run::set_tag(tx, mei, &id, "mood", "good")).unwrap();
        let name = experiment::Change { name: Some("Another name".to_owned()), ..Default::default() };
        story.change(name);
        assert_eq!(bundle(story).digest, before);
    });
}

/// Clients keep the bytes of a trained model beside the run, not below it.
#[test]
fn the_models_that_a_run_made_belong_to_it() {
    each_story(|story| {
        let (id, experiment) = (story.run.clone(), story.experiment);
        let made = story
            .act("Mei", move |tx, mei| {
                let new = model::New { name: Some("scorer".to_owned()), ..Default::default() };
                let made = model::create(tx, mei, experiment, &new)?.id;
                run::log_outputs(tx, mei, &id, &[Output { model: made.clone(), step: 0 }])?;
                Ok(made)
            })
            .unwrap();
        let before = bundle(story).digest;
        let model = made.clone();
        story
            .act("Mei", move |tx, mei| {
                let path = artifact::Path::of_model(experiment, &model).join("MLmodel")?;
                artifact::put(tx, mei, &path, &blob::Written { sha256: "c".repeat(64), size: 9 })
            })
            .unwrap();
        let after = bundle(story);
        assert_ne!(after.digest, before);
        assert_eq!(after.artifacts[0].path, format!("models/{made}/MLmodel"));
    });
}

#[test]
fn a_kept_bundle_reads_back_word_for_word() {
    each_story(|story| {
        story.log(&story.run, "odd", f64::NEG_INFINITY);
        story.log(&story.run, "tiny", 5e-324);
        let bundle = bundle(story);
        let keep_it = bundle.clone();
        story.act("Mei", move |tx, _| keep(tx, &keep_it)).unwrap();
        let keep_it = bundle.clone();
        story.act("Mei", move |tx, _| keep(tx, &keep_it)).unwrap();
        let digest = bundle.digest.clone();
        let (back, text) =
            story.look("Mara", move |tx, _| Ok((kept(tx, &digest)?, store::body(tx, &digest)?))).unwrap();
        assert_eq!(back, bundle);
        assert_eq!(super::digest(&text), bundle.digest);
        assert_eq!(body(&back).unwrap(), text);
    });
}
