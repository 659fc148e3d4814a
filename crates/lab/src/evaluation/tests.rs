//! Stories about evaluation datasets.

use base::{EvaluationDatasetId, Kind, Result, Time};
use people::testing::{World, each_world};
use serde_json::{Value, json};

use crate::{
    evaluation::{self, Dataset, Merged, New, Record, search::Field},
    run::tests::{act, pair},
    search::{Condition, Found, Search, Test, TextOperator},
    trace::tests::an_experiment,
};

fn create(world: &World, who: &str, new: New) -> Result<Dataset> {
    let (actor, project) = (world.actor(who), world.churn.id.clone());
    act(world, move |tx| evaluation::create(tx, &actor, &project, &new))
}

fn named(name: &str) -> New {
    New { name: name.to_owned(), ..New::default() }
}

fn record(inputs: Value, expectations: Value) -> Record {
    Record { inputs, expectations: Some(expectations), ..Record::default() }
}

fn put(world: &World, who: &str, id: &EvaluationDatasetId, records: Vec<Record>) -> Result<Merged> {
    let (actor, id) = (world.actor(who), id.clone());
    act(world, move |tx| evaluation::put_records(tx, &actor, &id, &records))
}

fn records(world: &World, id: &EvaluationDatasetId) -> Vec<Record> {
    let (actor, id) = (world.actor("Mara"), id.clone());
    world.db.read_blocking(move |tx| evaluation::records(tx, &actor, &id, 100, None)).unwrap().0
}

#[test]
fn records_with_the_same_inputs_are_one() {
    each_world(|world| {
        let made = create(world, "Dana", named("golden")).unwrap();
        let first = vec![
            record(json!({ "a": 1, "b": { "c": [1, 2] } }), json!({ "answer": "x" })),
            record(json!({ "a": 2 }), json!({})),
        ];
        assert_eq!(put(world, "Dana", &made.id, first).unwrap(), Merged { inserted: 2, updated: 0 });
        let again = Record {
            outputs: Some(json!("out")),
            tags: Some(json!({ "mlflow.user": "mei" })),
            ..record(json!({ "b": { "c": [1, 2] }, "a": 1 }), json!({ "tone": "kind" }))
        };
        let twice = vec![again.clone(), again, record(json!({ "a": 3 }), json!({}))];
        assert_eq!(put(world, "Mei", &made.id, twice).unwrap(), Merged { inserted: 1, updated: 2 });
        let kept = records(world, &made.id);
        assert_eq!(kept.len(), 3);
        assert_eq!(kept[0].expectations, Some(json!({ "answer": "x", "tone": "kind" })));
        assert_eq!((kept[0].outputs.clone(), kept[0].updated_by.as_deref()), (Some(json!("out")), Some("mei")));
        let (dana, id) = (world.actor("Dana"), made.id.clone());
        let found = world.db.read_blocking(move |tx| evaluation::get(tx, &dana, &id)).unwrap();
        assert_eq!((found.records, found.updated_by.as_deref()), (3, Some("mei")));
        assert_ne!(found.digest, made.digest);
        let shape: Value = serde_json::from_str(&found.shape.unwrap()).unwrap();
        assert_eq!(shape["inputs"], json!({ "a": "integer", "b": "object" }));
        assert_eq!(shape["outputs"], json!("string"));
        let (dana, id, gone) = (world.actor("Dana"), made.id.clone(), vec![kept[0].id.clone(), "dr-none".to_owned()]);
        assert_eq!(act(world, move |tx| evaluation::delete_records(tx, &dana, &id, &gone)).unwrap(), 1);
        assert_eq!(records(world, &made.id).len(), 2);
    });
}

#[test]
fn one_bad_record_and_none_stays() {
    each_world(|world| {
        let made = create(world, "Dana", named("bad")).unwrap();
        let good = || record(json!({ "a": 1 }), json!({}));
        for wrong in [
            record(json!([]), json!({})),
            record(Value::Null, json!({})),
            record(json!({}), json!([])),
            Record { tags: Some(json!("t")), ..good() },
            record(json!({ "a": "x".repeat(5 * 1024 * 1024) }), json!({})),
        ] {
            let refused = put(world, "Dana", &made.id, vec![good(), wrong]).unwrap_err();
            assert!(refused.detail().starts_with("records[1]."), "{}", refused.detail());
        }
        assert!(records(world, &made.id).is_empty());
        for (who, kind) in [("Mara", Kind::Forbidden), ("Rita", Kind::NotFound)] {
            assert!(put(world, who, &made.id, vec![good()]).unwrap_err().is(kind));
            assert!(create(world, who, named("no")).unwrap_err().is(kind), "{who}");
        }
        assert!(create(world, "Dana", named(" ")).unwrap_err().is(Kind::Invalid));
    });
}

#[test]
fn datasets_are_found_and_deleted() {
    each_world(|world| {
        let experiment = an_experiment(world, "with a dataset");
        let a =
            create(world, "Dana", New { experiments: vec![experiment], tags: vec![pair("team", "x")], ..named("a") })
                .unwrap();
        create(world, "Dana", named("b")).unwrap();
        assert!(
            create(world, "Dana", New { experiments: vec![base::ExperimentId(404)], ..named("c") })
                .unwrap_err()
                .is(Kind::NotFound)
        );
        let find = |within: Option<Vec<_>>, conditions: Vec<Condition<Field>>| {
            let (actor, project) = (world.actor("Mara"), world.churn.id.clone());
            let search = Search { conditions, ..Search::default() };
            let read = move |tx: &mut db::Tx| {
                let Found { items, .. } =
                    evaluation::search(tx, &actor, std::slice::from_ref(&project), within.as_deref(), &search)?;
                Ok(items.into_iter().map(|dataset| dataset.name).collect::<String>())
            };
            world.db.read_blocking(read).unwrap()
        };
        let tag = |text: &str| {
            vec![Condition {
                field: Field::Tag("team".to_owned()),
                test: Test::Text(TextOperator::Equal, text.to_owned()),
            }]
        };
        assert_eq!((find(None, vec![]), find(Some(vec![experiment]), vec![])), ("ba".to_owned(), "a".to_owned()));
        assert_eq!((find(None, tag("x")), find(None, tag("y"))), ("a".to_owned(), String::new()));
        let delete = |who: &str| {
            let (actor, id) = (world.actor(who), a.id.clone());
            act(world, move |tx| evaluation::delete(tx, &actor, &id))
        };
        assert!(delete("Mara").unwrap_err().is(Kind::Forbidden));
        delete("Rita").unwrap();
        assert_eq!(find(None, vec![]), "ba", "not hers to delete");
        delete("Dana").unwrap();
        delete("Dana").unwrap();
        assert_eq!(find(None, vec![]), "b");
    });
}

#[test]
fn what_comes_from_elsewhere_keeps_its_ids() {
    each_world(|world| {
        let id = EvaluationDatasetId("d-1".to_owned());
        let bring = |who: &str, tags: Vec<(String, String)>| {
            let new = New { name: "questions".to_owned(), tags, ..New::default() };
            let (created_at, updated_at) = (Time(5), Time(7));
            let brought = evaluation::Brought { id: id.clone(), new, updated_by: None, created_at, updated_at };
            let (actor, project) = (world.actor(who), world.churn.id.clone());
            act(world, move |tx| evaluation::bring(tx, &actor, &project, &brought))
        };
        assert!(bring("Mara", vec![]).unwrap_err().is(Kind::Forbidden));
        assert!(bring("Rita", vec![]).unwrap_err().is(Kind::NotFound));
        bring("Dana", vec![pair("level", "easy")]).unwrap();
        bring("Mei", vec![pair("level", "hard"), pair("new", "1")]).unwrap();
        let record = |id: &str, inputs: Value| Record {
            id: id.to_owned(),
            inputs,
            times: Some((Time(1), Time(2))),
            ..Record::default()
        };
        let come = |who: &str, records: Vec<Record>| {
            let (actor, id) = (world.actor(who), id.clone());
            act(world, move |tx| evaluation::bring_records(tx, &actor, &id, &records))
        };
        assert!(come("Mara", vec![record("dr-1", json!({ "n": 1 }))]).unwrap_err().is(Kind::Forbidden));
        assert!(come("Dana", vec![record("../1", json!({ "n": 1 }))]).is_err());
        assert!(come("Dana", vec![record("dr-1", json!([1]))]).is_err());
        come("Dana", vec![record("dr-1", json!({ "n": 1, "q": "?" }))]).unwrap();
        come("Dana", vec![record("dr-9", json!({ "q": "?", "n": 1 })), record("dr-2", json!({ "n": 2 }))]).unwrap();
        let (mara, dataset) = (world.actor("Mara"), id.clone());
        let (dataset, tags, records) = world
            .db
            .read_blocking(move |tx| {
                let found = evaluation::get(tx, &mara, &dataset)?;
                let tags = evaluation::tags(tx, std::slice::from_ref(&found))?.remove(0);
                Ok((found, tags, evaluation::records(tx, &mara, &dataset, 10, None)?.0))
            })
            .unwrap();
        assert_eq!((dataset.created_at, dataset.updated_at, dataset.records), (Time(5), Time(7), 2));
        assert_eq!(tags, [pair("level", "easy"), pair("new", "1")]);
        assert_eq!(records.iter().map(|record| record.id.as_str()).collect::<Vec<_>>(), ["dr-1", "dr-2"]);
        assert_eq!(records[0].times, Some((Time(1), Time(2))));
    });
}
