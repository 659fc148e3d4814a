use base::Number;
use lab::{
    artifact, experiment, metric, model,
    run::{Output, Status},
};
use serde_json::json;

use super::*;
use crate::{
    rollout,
    shelf::registered,
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
        let hypothesis = Some(Some("Any tree is enough".to_owned()));
        story.change(experiment::Change { hypothesis, ..Default::default() });
        changed("the hypothesis");
        assert_eq!(bundle(story).hypothesis.as_deref(), Some("Any tree is enough"));
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
        assert_eq!((after.artifacts[0].path.as_str(), &after.artifacts[0].model), ("MLmodel", &Some(made.clone())));

        // A file of the run that is called like one of the model is another file.
        story.put(&story.run, &format!("models/{made}/MLmodel"), 'd');
        let both = bundle(story);
        let files: Vec<_> = both.artifacts.iter().map(|file| (file.model.is_some(), file.sha256.as_str())).collect();
        assert_eq!(files, [(false, "d".repeat(64).as_str()), (true, "c".repeat(64).as_str())]);
    });
}

#[test]
fn registered_versions_belong_to_it() {
    each_story(|story| {
        let churn = registered(story, "churn", vec![]);
        let bare = bundle(story).digest;
        story.put(&story.run, "model/MLmodel", 'a');
        let before = bundle(story);
        assert_eq!(before.versions, Some(vec![]));
        let number = churn.add_of(&story.run);
        let listed = bundle(story);
        assert_ne!(listed.digest, before.digest);
        let versions = listed.versions.clone().unwrap();
        let location = format!("mlflow-artifacts:/{}/{}/artifacts/model", story.experiment, story.run);
        let name = "churn".to_owned();
        assert_eq!(versions, [Version { model: churn.model.id, name, number, location, aliased: true }]);

        // What only names the run offers nothing of it.
        let second = churn.add("s3://elsewhere/model", Some(&story.run)).unwrap();
        assert_eq!(bundle(story), listed);
        churn.delete(second).unwrap();
        churn.delete(number).unwrap();
        assert_eq!(bundle(story), before);
        assert_ne!(before.digest, bare);
    });
}

/// As it would have been kept before versions were listed.
pub(crate) fn as_before(now: &Bundle) -> Bundle {
    let mut then = Bundle { versions: None, ..now.clone() };
    for file in &mut then.artifacts {
        if let Some(model) = file.model.take() {
            file.path = format!("models/{model}/{}", file.path);
        }
    }
    let text = body(&then).unwrap();
    assert!(!text.contains("versions"), "as it was written then");
    Bundle { digest: super::digest(&text), ..then }
}

#[test]
fn a_bundle_that_was_kept_before_versions_were_listed_still_reads() {
    each_story(|story| {
        let now = bundle(story);
        let model = Model { id: "m-1".into(), status: "ready".to_owned(), params: BTreeMap::new() };
        let file = |path: &str| Artifact { model: None, path: path.to_owned(), sha256: "a".repeat(64), size: 1 };
        let artifacts = vec![file("models/m-1/MLmodel"), file("models/m-2/MLmodel"), file("notes.txt")];
        let then = as_before(&Bundle { models: vec![model], artifacts, ..now.clone() });
        let (keep_it, digest) = (then.clone(), then.digest.clone());
        story.act("Mei", move |tx, _| keep(tx, &keep_it)).unwrap();
        let back = story.look("Mara", move |tx, _| kept(tx, &digest)).unwrap();
        assert_eq!((&back.digest, &back.versions), (&then.digest, &None));
        let files: Vec<_> = back.artifacts.iter().map(|file| (file.model.clone(), file.path.as_str())).collect();
        assert_eq!(files, [(Some("m-1".into()), "MLmodel"), (None, "models/m-2/MLmodel"), (None, "notes.txt")]);
        assert!(change::changes(&back, &now)[0].starts_with("Bundles name the registered versions by now"));
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
