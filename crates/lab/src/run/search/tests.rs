//! What is found, and in which order.

use base::{ExperimentId, Time};
use people::testing::{World, each_world};

use super::{Attribute, DatasetField, Field};
use crate::{
    dataset::{Dataset, Input},
    experiment::{self, tests::value},
    run::{
        self, Batch, New, Run, Status, Update,
        tests::{act, pair},
    },
    search::{Condition, NumberOperator, Order, Search, Test, TextOperator, View},
};

/// Three runs: `a` (auc 0.9, lr 0.1, team x, dataset iris), `b` (auc NaN, lr 0.01), `c` (nothing).
fn three(world: &World) -> (ExperimentId, Vec<Run>) {
    let dana = world.actor("Dana");
    let project = world.churn.id.clone();
    let make = move |tx: &mut db::Tx| {
        let experiment = experiment::default_of(tx, &dana, &project)?.id;
        let mut runs = Vec::new();
        for (place, name) in ["a", "b", "c"].into_iter().enumerate() {
            let started_at = Some(Time(1_000 * place as i64));
            let new =
                New { name: Some(name.to_owned()), user_name: "Dana_100%".to_owned(), started_at, ..New::default() };
            runs.push(run::create(tx, &dana, experiment, &new)?);
        }
        let first =
            Batch { metrics: vec![value("auc", 0.9)], params: vec![pair("lr", "0.1")], tags: vec![pair("team", "x")] };
        run::log_batch(tx, &dana, &runs[0].id, &first)?;
        let second = Batch { metrics: vec![value("auc", f64::NAN)], params: vec![pair("lr", "0.01")], tags: vec![] };
        run::log_batch(tx, &dana, &runs[1].id, &second)?;
        let dataset = Dataset {
            name: "iris".into(),
            digest: "d1".into(),
            source_type: "local".into(),
            source: "x".into(),
            ..Dataset::default()
        };
        let input = Input { dataset, tags: vec![pair("mlflow.data.context", "training")] };
        run::log_inputs(tx, &dana, &runs[0].id, &[input], &[])?;
        run::update(tx, &dana, &runs[0].id, &Update { status: Some(Status::Finished), ..Update::default() })?;
        Ok((experiment, runs))
    };
    act(world, make).unwrap()
}

fn found(world: &World, name: &str, experiment: ExperimentId, search: Search<Field>) -> Vec<String> {
    let actor = world.actor(name);
    let found = world.db.read_blocking(move |tx| run::search(tx, &actor, &[experiment, ExperimentId(404)], &search));
    found.unwrap().items.into_iter().map(|run| run.name).collect()
}

#[test]
fn runs_are_found_by_what_they_hold() {
    each_world(|world| {
        let (experiment, runs) = three(world);
        let by = |field: Field, test: Test| {
            let conditions = vec![Condition { field, test }];
            found(world, "Dana", experiment, Search { conditions, ..Search::default() }).concat()
        };
        let (auc, lr) = (|| Field::Metric("auc".to_owned()), || Field::Param("lr".to_owned()));
        let (tag, attribute) = (|key: &str| Field::Tag(key.to_owned()), Field::Attribute);
        let text = |operator, text: &str| Test::Text(operator, text.to_owned());
        let number = Test::Number;
        use {NumberOperator as N, TextOperator as T};
        let told = [
            (by(auc(), number(N::Above, 0.5)), "a"),
            (by(auc(), number(N::NotEqual, 0.5)), "ba"),
            (by(auc(), number(N::AtMost, 0.5)), ""),
            (by(Field::Metric("none".to_owned()), number(N::NotEqual, 0.5)), ""),
            (by(lr(), text(T::Equal, "0.1")), "a"),
            (by(lr(), text(T::NotEqual, "0.1")), "b"),
            (by(lr(), text(T::Like, "0.%")), "ba"),
            (by(lr(), Test::Null), "c"),
            (by(lr(), Test::NotNull), "ba"),
            (by(tag("team"), text(T::ILike, "X")), "a"),
            (by(tag("team"), text(T::Like, "X")), ""),
            (by(tag("team"), Test::Null), "cb"),
            (by(attribute(Attribute::Status), text(T::Equal, "FINISHED")), "a"),
            (by(attribute(Attribute::StartedAt), number(N::AtLeast, 1_000.0)), "cb"),
            (by(attribute(Attribute::StartedAt), number(N::Less, 999.5)), "a"),
            (by(attribute(Attribute::EndedAt), number(N::Above, 0.0)), "a"),
            (by(attribute(Attribute::UserName), text(T::Like, "Dana\\_100%")), ""),
            (by(attribute(Attribute::UserName), text(T::Contains, "NA_100%")), "cba"),
            (by(attribute(Attribute::ArtifactUri), text(T::Equal, &runs[1].artifact_uri())), "b"),
            (by(attribute(Attribute::Id), Test::In(vec![runs[0].id.0.clone(), runs[2].id.0.clone()])), "ca"),
            (by(attribute(Attribute::Id), Test::NotIn(vec![runs[0].id.0.clone()])), "cb"),
            (by(Field::Dataset(DatasetField::Name), text(T::Equal, "iris")), "a"),
            (by(Field::Dataset(DatasetField::Context), Test::In(vec!["training".to_owned()])), "a"),
            (by(Field::Dataset(DatasetField::Digest), text(T::NotEqual, "d1")), ""),
        ];
        for (place, (found, expected)) in told.iter().enumerate() {
            assert_eq!(found, expected, "number {place}");
        }
    });
}

#[test]
fn what_lacks_a_key_comes_last_in_both_directions() {
    each_world(|world| {
        let (experiment, runs) = three(world);
        let ordered = |field: Field, descending| {
            let order = vec![Order { field, descending }];
            found(world, "Dana", experiment, Search { order, ..Search::default() }).concat()
        };
        for descending in [false, true] {
            assert_eq!(ordered(Field::Metric("auc".to_owned()), descending), "abc", "numbers, not-a-number, none");
            assert_eq!(ordered(Field::Tag("team".to_owned()), descending), "acb");
            assert_eq!(ordered(Field::Attribute(Attribute::EndedAt), descending), "acb");
        }
        assert_eq!(ordered(Field::Param("lr".to_owned()), false), "bac");
        assert_eq!(ordered(Field::Param("lr".to_owned()), true), "abc");
        assert_eq!(ordered(Field::Attribute(Attribute::Name), true), "cba");
        assert_eq!(found(world, "Dana", experiment, Search::default()).concat(), "cba");
        assert_eq!(found(world, "Mara", experiment, Search::default()).concat(), "cba");
        assert_eq!(found(world, "Rita", experiment, Search::default()).concat(), "", "not hers");

        let page = |after| {
            let dana = world.actor("Dana");
            let search = Search { limit: 2, after, ..Search::default() };
            world.db.read_blocking(move |tx| run::search(tx, &dana, &[experiment], &search)).unwrap()
        };
        assert_eq!((page(0).items.len(), page(0).next, page(2).items.len(), page(2).next), (2, Some(2), 1, None));

        let (dana, id) = (world.actor("Dana"), runs[1].id.clone());
        act(world, move |tx| run::delete(tx, &dana, &id)).unwrap();
        let view = |view| found(world, "Dana", experiment, Search { view, ..Search::default() }).concat();
        assert_eq!((view(View::Active), view(View::Deleted), view(View::All)), ("ca".into(), "b".into(), "cba".into()));
    });
}
