//! Stories about what is said of traces.

use base::{AssessmentId, Kind as Refused, Result, TraceId};
use people::testing::{World, each_world};
use serde_json::{Value, json};

use crate::{
    assessment::{self, Assessment, Change, Kind, New, Said},
    run::{
        self,
        tests::{act, pair},
    },
    trace::{
        self, Told,
        tests::{an_experiment, tell},
    },
};

fn trace_id() -> TraceId {
    TraceId("tr-1".to_owned())
}

fn said(kind: Kind, value: Value) -> Said {
    Said { kind, value, structured: false, error: None }
}

fn new(name: &str, value: Value) -> New {
    New {
        name: name.to_owned(),
        said: said(Kind::Feedback, value),
        source_type: "HUMAN".to_owned(),
        source_id: "dana".to_owned(),
        rationale: None,
        metadata: vec![],
        span: None,
        overrides: None,
        created_at: None,
        updated_at: None,
    }
}

fn create(world: &World, who: &str, new: New) -> Result<Assessment> {
    let actor = world.actor(who);
    act(world, move |tx| assessment::create(tx, &actor, &trace_id(), &new))
}

fn delete(world: &World, who: &str, id: &AssessmentId) -> Result<()> {
    let (actor, id) = (world.actor(who), id.clone());
    act(world, move |tx| assessment::delete(tx, &actor, &trace_id(), &id))
}

fn of(world: &World, who: &str) -> Vec<Assessment> {
    let actor = world.actor(who);
    let read = move |tx: &mut db::Tx| {
        let trace = trace::get(tx, &actor, &trace_id())?;
        assessment::of(tx, &[trace])
    };
    world.db.read_blocking(read).unwrap().remove(0)
}

#[test]
fn one_overrides_another_until_it_is_taken_back() {
    each_world(|world| {
        let experiment = an_experiment(world, "said");
        tell(world, "Dana", experiment, Told::of(trace_id())).unwrap();
        let first = create(world, "Dana", new("tone", json!("kind"))).unwrap();
        let over = New { overrides: Some(first.id.clone()), ..new("tone", json!("rude")) };
        let second = create(world, "Mei", over).unwrap();
        let valid = || of(world, "Mara").into_iter().map(|said| (said.said.value, said.valid)).collect::<Vec<_>>();
        assert_eq!(valid(), [(json!("kind"), false), (json!("rude"), true)]);
        let missing = New { overrides: Some(AssessmentId("a-none".into())), ..new("tone", json!(1)) };
        assert!(create(world, "Dana", missing).unwrap_err().is(Refused::NotFound));
        assert!(delete(world, "Mara", &second.id).unwrap_err().is(Refused::Forbidden));
        delete(world, "Dana", &second.id).unwrap();
        delete(world, "Dana", &second.id).unwrap();
        assert_eq!(valid(), [(json!("kind"), true)]);
        assert_eq!(world.events().iter().filter(|event| event.kind == "assessment.deleted").count(), 1);
    });
}

#[test]
fn what_was_said_changes_but_not_its_kind() {
    each_world(|world| {
        let experiment = an_experiment(world, "changes");
        tell(world, "Dana", experiment, Told::of(trace_id())).unwrap();
        let made =
            create(world, "Dana", New { metadata: vec![pair("a", "1"), pair("b", "2")], ..new("score", json!(1)) })
                .unwrap();
        let change = |who: &str, change: Change| {
            let (actor, id) = (world.actor(who), made.id.clone());
            act(world, move |tx| assessment::update(tx, &actor, &trace_id(), &id, &change))
        };
        let wanted = Change {
            said: Some(said(Kind::Feedback, json!({ "deep": [1, null] }))),
            rationale: Some("because".to_owned()),
            metadata: Some(vec![pair("b", "3"), pair("c", "4")]),
            ..Change::default()
        };
        let changed = change("Mei", wanted.clone()).unwrap();
        assert_eq!((changed.name.as_str(), &changed.said.value), ("score", &json!({ "deep": [1, null] })));
        assert_eq!(changed.metadata, [pair("a", "1"), pair("b", "3"), pair("c", "4")]);
        assert_eq!(of(world, "Dana"), [changed]);
        let other = Change { said: Some(said(Kind::Expectation, json!(1))), ..Change::default() };
        assert!(change("Dana", other).unwrap_err().is(Refused::Conflict));
        assert!(change("Mara", wanted.clone()).unwrap_err().is(Refused::Forbidden));
        assert!(change("Rita", wanted).unwrap_err().is(Refused::NotFound));
        assert!(change("Dana", Change { name: Some(String::new()), ..Change::default() }).is_err());
    });
}

#[test]
fn what_an_evaluation_said_goes_and_comes_with_its_run() {
    each_world(|world| {
        let experiment = an_experiment(world, "judged");
        tell(world, "Dana", experiment, Told::of(trace_id())).unwrap();
        let dana = world.actor("Dana");
        let by = dana.clone();
        let run = act(world, move |tx| run::create(tx, &by, experiment, &run::New::default())).unwrap().id;
        let metadata = vec![pair("mlflow.assessment.sourceRunId", run.as_str())];
        create(world, "Dana", New { metadata, ..new("judged", json!(true)) }).unwrap();
        let (by, id) = (dana.clone(), run.clone());
        act(world, move |tx| run::delete(tx, &by, &id)).unwrap();
        assert!(of(world, "Dana").is_empty());
        act(world, move |tx| run::restore(tx, &dana, &run)).unwrap();
        assert_eq!(of(world, "Dana").len(), 1);
    });
}

#[test]
fn what_is_told_with_a_trace_is_kept_once() {
    each_world(|world| {
        let experiment = an_experiment(world, "told");
        let told = tell(world, "Dana", experiment, Told::of(trace_id())).unwrap();
        let all = [new("a", json!("x")), new("a", json!("y"))];
        for _ in 0..3 {
            let (dana, told, all) = (world.actor("Dana"), told.clone(), all.clone());
            act(world, move |tx| assessment::tell(tx, &dana, &told, &all)).unwrap();
        }
        assert_eq!(of(world, "Dana").len(), 2);
    });
}

#[test]
fn what_comes_from_elsewhere_keeps_its_id_and_comes_once() {
    each_world(|world| {
        let experiment = an_experiment(world, "brought");
        let trace = tell(world, "Dana", experiment, Told::of(trace_id())).unwrap();
        let brought = |id: &str, valid: bool, overrides: Option<&str>| assessment::Brought {
            id: AssessmentId(id.to_owned()),
            new: New { overrides: overrides.map(|id| AssessmentId(id.to_owned())), ..new("score", json!(1)) },
            valid,
        };
        let bring = |who: &str, all: Vec<assessment::Brought>| {
            let (actor, trace) = (world.actor(who), trace.clone());
            act(world, move |tx| assessment::bring(tx, &actor, &trace, &all))
        };
        let both = || vec![brought("a-1", false, None), brought("a-2", true, Some("a-1"))];
        assert!(bring("Mara", both()).unwrap_err().is(Refused::Forbidden));
        assert!(bring("Dana", vec![brought("../a", true, None)]).unwrap_err().is(Refused::Invalid));
        bring("Dana", both()).unwrap();
        bring("Mei", both()).unwrap();
        let here: Vec<(String, bool)> = of(world, "Dana").into_iter().map(|one| (one.id.0, one.valid)).collect();
        assert_eq!(here, [("a-1".to_owned(), false), ("a-2".to_owned(), true)]);
    });
}
