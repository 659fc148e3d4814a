//! What is live stays as it was approved.

use lab::run::Output;
use people::Scope;

use super::*;
use crate::{
    promotion::State,
    shelf::registered,
    story::{Story, each_story, refused},
};

fn written(digit: char) -> blob::Written {
    blob::Written { sha256: String::from(digit).repeat(64), size: 5 }
}

/// As somebody uploads, with the guard.
fn put(story: &Story, path: &Path, digit: char) -> Result<()> {
    let path = path.clone();
    story.act("Mei", move |tx, mei| {
        check_files(tx, &path)?;
        artifact::put(tx, mei, &path, &written(digit)).map(drop)
    })
}

fn delete(story: &Story, who: &str, path: &Path) -> Result<usize> {
    let path = path.clone();
    story.act(who, move |tx, actor| delete_files(tx, actor, &path))
}

fn root(story: &Story, run: &RunId) -> Path {
    Path::run_root(story.experiment, run)
}

/// A model that the run made, whole.
fn made(story: &Story, run: &RunId) -> (ModelId, Path) {
    let (experiment, run) = (story.experiment, run.clone());
    story
        .act("Mei", move |tx, mei| {
            let id = model::create(tx, mei, experiment, &model::New::default())?.id;
            run::log_outputs(tx, mei, &run, &[Output { model: id.clone(), step: 0 }])?;
            let root = Path::of_model(experiment, &id);
            artifact::put(tx, mei, &root.join("MLmodel")?, &written('m'))?;
            model::set_status(tx, mei, &id, model::Status::Ready)?;
            Ok((id, root))
        })
        .unwrap()
}

#[test]
fn files_of_what_is_live_stay() {
    each_story(|story| {
        story.put(&story.run, "model/MLmodel", 'a');
        let (_, model) = made(story, &story.run);
        let run = root(story, &story.run);
        let places = [run.join("model/MLmodel").unwrap(), run.join("new.txt").unwrap(), model.join("MLmodel").unwrap()];
        let id = story.approved().id;
        story.taken_up(&story.run, || {
            for place in &places {
                put(story, place, 'x').unwrap();
            }
        });
        assert!(!story.see(&id).approved, "until it is deployed its approvals fall, and nothing else");
        let again = story.approved().id;
        story.deploy("Tom", &again).unwrap();
        for place in &places {
            refused(put(story, place, 'y'), 409, "what is live in production");
            refused(delete(story, "Mei", place), 409, "Log to another run");
        }
        for folder in [&run, &model, &run.join("model").unwrap()] {
            refused(delete(story, "Mei", folder), 409, "what is live in production");
        }
        refused(delete(story, "Mara", &run), 403, "Viewers");
        refused(delete(story, "Rita", &run), 404, "No such artifact");
        assert_eq!(story.see(&again).state, State::InProduction);

        // Another run is free, and so is this one once the other took its place.
        story.world.db.days_pass(1);
        let next = story.finished("Mei", &[("auc", 0.9), ("p95_ms", 50.0)]);
        put(story, &root(story, &next).join("model/MLmodel").unwrap(), 'b').unwrap();
        let there = Story { world: story.world, experiment: story.experiment, run: next };
        let id = there.approved().id;
        there.deploy("Tom", &id).unwrap();
        assert_eq!(delete(story, "Mei", &model).unwrap(), 1);
        assert_eq!(delete(story, "Mei", &run).unwrap(), 2);
        refused(delete(story, "Mei", &root(story, &there.run)), 409, "live in production");
    });
}

#[test]
fn what_is_live_is_not_deleted() {
    each_story(|story| {
        let (model, _) = made(story, &story.run);
        let other = story.finished("Mei", &[("auc", 0.9)]);
        let id = story.approved().id;
        story.deploy("Tom", &id).unwrap();

        let (run, experiment) = (story.run.clone(), story.experiment);
        refused(story.act("Mei", move |tx, mei| delete_run(tx, mei, &run)), 409, "is what is live in production");
        refused(
            story.act("Dana", move |tx, dana| delete_experiment(tx, dana, experiment)),
            409,
            "A run or a model of this experiment",
        );
        let made = model.clone();
        refused(story.act("Mei", move |tx, mei| delete_model(tx, mei, &made)), 409, "is what is live in production");
        let run = story.run.clone();
        refused(story.act("Mara", move |tx, mara| delete_run(tx, mara, &run)), 403, "Viewers");
        refused(story.act("Rita", move |tx, rita| delete_model(tx, rita, &model)), 404, "No such model");
        story.act("Mei", move |tx, mei| delete_run(tx, mei, &other)).unwrap();
    });
}

#[test]
fn what_is_live_is_not_called_a_failure() {
    each_story(|story| {
        let (model, _) = made(story, &story.run);
        let id = story.approved().id;
        story.deploy("Tom", &id).unwrap();
        let say = |who: &str, status| {
            let (run, update) = (story.run.clone(), run::Update { status: Some(status), ..Default::default() });
            story.act(who, move |tx, actor| update_run(tx, actor, &run, &update).map(drop))
        };
        for status in [run::Status::Failed, run::Status::Killed, run::Status::Running, run::Status::Scheduled] {
            refused(say("Mei", status), 409, "is what is live in production");
        }
        refused(say("Mara", run::Status::Failed), 403, "Viewers");
        refused(say("Rita", run::Status::Failed), 404, "No such run");
        // As clients end a run, perhaps a second time.
        say("Mei", run::Status::Finished).unwrap();
        let say = |status| {
            let model = model.clone();
            story.act("Mei", move |tx, mei| set_model_status(tx, mei, &model, status).map(drop))
        };
        for status in [model::Status::Failed, model::Status::Pending] {
            refused(say(status), 409, "is what is live in production");
        }
        say(model::Status::Ready).unwrap();
    });
}

/// A run may make its models wherever its author may track.
#[test]
fn an_experiment_that_holds_a_live_model_stays() {
    each_story(|story| {
        let shelf = story.bet("Shelf", None);
        let run = story.run.clone();
        story
            .act("Mei", move |tx, mei| {
                let id = model::create(tx, mei, shelf, &model::New::default())?.id;
                run::log_outputs(tx, mei, &run, &[Output { model: id.clone(), step: 0 }])?;
                artifact::put(tx, mei, &Path::of_model(shelf, &id).join("MLmodel")?, &written('m'))?;
                model::set_status(tx, mei, &id, model::Status::Ready).map(drop)
            })
            .unwrap();
        let id = story.approved().id;
        story.deploy("Tom", &id).unwrap();
        let delete = move |tx: &mut Tx, dana: &Actor| delete_experiment(tx, dana, shelf);
        refused(story.act("Dana", delete), 409, "A run or a model of this experiment is what is live in production");

        story.world.db.days_pass(1);
        let run = story.finished("Mei", &[("auc", 0.9), ("p95_ms", 50.0)]);
        let there = Story { world: story.world, experiment: story.experiment, run };
        let id = there.approved().id;
        there.deploy("Tom", &id).unwrap();
        story.act("Dana", delete).unwrap();
    });
}

#[test]
fn an_experiment_that_is_work_stays() {
    each_story(|story| {
        let rule = lab::rule::New {
            metric: "auc".to_owned(),
            comparator: lab::rule::Comparator::AtLeast,
            threshold: 0.8,
            constraints: vec![],
            dataset: Some("customers".to_owned()),
            time_box_days: Some(5),
        };
        let id = story.bet("Those who leave", Some(rule));
        let bet = hypothesis::New { experiment: Some(id), ..hypothesis::New::default() };
        let new = plan::item::New {
            title: "Those who leave".to_owned(),
            kind: Some(plan::item::Kind::Hypothesis),
            hypothesis: Some(bet),
            ..plan::item::New::default()
        };
        let key = story.act("Dana", move |tx, dana| plan::item::create(tx, dana, "CHURN", &new)).unwrap().key;
        let delete = move |tx: &mut Tx, actor: &Actor| delete_experiment(tx, actor, id);
        refused(story.act("Dana", delete), 409, &format!("This experiment is {key}. Put {key} into the trash first."));
        refused(story.act("Rita", delete), 404, "No such experiment");
        story.act("Dana", move |tx, dana| plan::item::delete(tx, dana, &key)).unwrap();
        story.act("Dana", delete).unwrap();
    });
}

/// Whoever could write to the run can say that it made any model; only the bundle says what is live.
#[test]
fn a_model_that_is_claimed_later_is_not_live() {
    each_story(|story| {
        let id = story.approved().id;
        story.deploy("Tom", &id).unwrap();
        let (model, root) = made(story, &story.run);
        put(story, &root.join("MLmodel").unwrap(), 'b').unwrap();
        story.act("Mei", move |tx, mei| delete_model(tx, mei, &model)).unwrap();
    });
}

#[test]
fn what_the_run_logs_later_changes_nothing_of_what_was_agreed() {
    each_story(|story| {
        let churn = registered(story, "churn", vec![]);
        story.put(&story.run, "model/MLmodel", 'a');
        churn.add_of(&story.run);
        let id = story.approved().id;
        let live = story.deploy("Tom", &id).unwrap();
        story.log(&story.run, "auc", 0.4);
        story.set_status(&story.run, run::Status::Running);
        let now = story.see(&id);
        assert_eq!((now.state, &now.bundle, &now.changed), (State::InProduction, &live.bundle, &vec![]));
        assert_eq!(churn.at("production").unwrap(), 1);
    });
}

#[test]
fn over_http() {
    each_story(|story| {
        let id = story.approved().id;
        story.deploy("Tom", &id).unwrap();
        let client = story.world.client(crate::routes).bearer(&story.world.token("Mei", Scope::Track, None));
        for path in [format!("/api/v1/runs/{}", story.run), format!("/api/v1/experiments/{}", story.experiment)] {
            let refused = client.delete(&path);
            assert_eq!(
                (refused.status, refused.detail().contains("what is live in production")),
                (409, true),
                "{path}"
            );
        }
        let path = format!("/api/v1/runs/{}", story.finished("Mei", &[]));
        for (who, scope, status) in [
            ("Dana", Scope::Read, 403),
            ("Mara", Scope::Full, 403),
            ("Rita", Scope::Full, 404),
            ("Mei", Scope::Track, 204),
        ] {
            assert_eq!(client.bearer(&story.world.token(who, scope, None)).delete(&path).status, status, "{who}");
        }
        let other = story.bet("Another", None);
        assert_eq!(client.delete(&format!("/api/v1/experiments/{other}")).status, 204);
    });
}

/// Whichever comes first, the alias answers the bytes that were approved.
#[test]
fn overwriting_races_with_deploying() {
    each_story(|story| {
        let churn = registered(story, "churn", vec![]);
        for round in 0..3 {
            story.world.db.days_pass(1);
            let run = story.finished("Mei", &[("auc", 0.9), ("p95_ms", 50.0)]);
            story.put(&run, "model/MLmodel", 'a');
            let number = churn.add_of(&run);
            let there = Story { world: story.world, experiment: story.experiment, run: run.clone() };
            let id = there.approved().id;
            let file = root(story, &run).join("model/MLmodel").unwrap();
            std::thread::scope(|scope| {
                scope.spawn(|| put(story, &file, 'x'));
                scope.spawn(|| there.deploy("Tom", &id));
            });
            match story.see(&id).deployment {
                Some(_) => assert_eq!(churn.at("production").unwrap(), number, "{round}"),
                None => refused(story.deploy("Tom", &id), 409, "Missing: approval"),
            }
        }
    });
}
