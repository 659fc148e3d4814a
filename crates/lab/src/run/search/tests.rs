//! What is found, and in which order.

use base::{ExperimentId, RunId, Time};
use people::testing::{World, each_world};

use super::{Among, Attribute, DatasetField, Field, among, store};
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

/// Forty runs with many ties: some go on, some failed, one in seven is deleted; `auc` is missing, not
/// a number or infinite here and there, `lr` is missing or longer than what the index holds.
fn forty(world: &World) -> [ExperimentId; 2] {
    let dana = world.actor("Dana");
    let project = world.churn.id.clone();
    let make = move |tx: &mut db::Tx| {
        let first = experiment::default_of(tx, &dana, &project)?.id;
        let new = experiment::New { name: Some("second".to_owned()), ..experiment::New::default() };
        let second = experiment::propose(tx, &dana, &project, &new)?.id;
        for place in 0..40_i64 {
            let started_at = Some(Time(1_000 * (place * 7 % 5)));
            let new = New { name: Some(format!("run-{}", place % 4)), started_at, ..New::default() };
            let run = run::create(tx, &dana, if place % 3 == 0 { second } else { first }, &new)?;
            let auc = match place % 9 {
                0 => None,
                1 => Some(f64::NAN),
                2 => Some(f64::NEG_INFINITY),
                other => Some((other % 4) as f64),
            };
            let lr = match place % 6 {
                0 => None,
                1 => Some(format!("{}{place}", "x".repeat(70))),
                other => Some(format!("0.{}", other / 2)),
            };
            let batch = Batch {
                metrics: auc.map(|auc| value("auc", auc)).into_iter().collect(),
                params: lr.map(|lr| pair("lr", &lr)).into_iter().collect(),
                tags: vec![pair("team", ["x", "y"][place as usize % 2])],
            };
            run::log_batch(tx, &dana, &run.id, &batch)?;
            if place % 4 != 0 {
                let status = Some(if place % 4 == 1 { Status::Failed } else { Status::Finished });
                run::update(tx, &dana, &run.id, &Update { status, ..Update::default() })?;
            }
            if place % 10 == 3 {
                let mut later = value("auc", place as f64 / 10.0);
                later.point.step = 1;
                run::log_metric(tx, &dana, &run.id, &later)?;
            }
            if place % 7 == 0 {
                run::delete(tx, &dana, &run.id)?;
            }
        }
        Ok([first, second])
    };
    act(world, make).unwrap()
}

fn filters() -> Vec<Vec<Condition<Field>>> {
    let text = |field, operator, text: &str| Condition { field, test: Test::Text(operator, text.to_owned()) };
    let number = |operator, number| Condition { field: auc(), test: Test::Number(operator, number) };
    let name = || Field::Attribute(Attribute::Name);
    let long = "x".repeat(70);
    vec![
        vec![],
        vec![number(NumberOperator::AtLeast, 2.0), text(tag("team"), TextOperator::Equal, "x")],
        vec![number(NumberOperator::Less, 1.0)],
        vec![text(lr(), TextOperator::Equal, &format!("{long}7"))],
        vec![text(lr(), TextOperator::Like, &format!("{long}%1"))],
        vec![text(lr(), TextOperator::Like, "0._")],
        vec![text(Field::Attribute(Attribute::Status), TextOperator::Equal, "FAILED")],
        vec![text(name(), TextOperator::Like, "run-_"), text(name(), TextOperator::Equal, "run-1")],
    ]
}

fn orders() -> Vec<Vec<Order<Field>>> {
    let order = |field, descending| Order { field, descending };
    let mut orders = vec![vec![], vec![order(auc(), true), order(lr(), false)]];
    for descending in [false, true] {
        let started_at = Field::Attribute(Attribute::StartedAt);
        let fields = [auc(), lr(), tag("team"), Field::Metric("none".to_owned()), started_at];
        orders.extend(fields.map(|field| vec![order(field, descending)]));
    }
    orders
}

fn auc() -> Field {
    Field::Metric("auc".to_owned())
}

fn lr() -> Field {
    Field::Param("lr".to_owned())
}

fn tag(key: &str) -> Field {
    Field::Tag(key.to_owned())
}

#[test]
fn every_way_to_a_page_leads_to_the_same_page() {
    each_world(|world| {
        let both = forty(world);
        let compare = move |tx: &mut db::Tx| {
            for (conditions, order) in every() {
                for (experiments, after) in [(&both[..1], 5), (&both[..], 0), (&both[..], 30)] {
                    let (conditions, order) = (conditions.clone(), order.clone());
                    let search = Search { conditions, order, limit: 6, after, view: View::Active };
                    let mut found = |among| Ok::<_, base::Error>(ids(&store::search(tx, experiments, &search, among)?));
                    let all = found(Among::All)?;
                    let first = found(Among::First)?;
                    assert!(first == all || first.len() <= search.limit, "{search:?}");
                    assert_eq!(found(Among::FirstOrLacking)?, all, "{search:?}");
                    for place in 0..search.conditions.len() {
                        assert_eq!(found(Among::Rare(place))?, all, "{search:?}");
                    }
                    assert_eq!(ids(&among::page(tx, experiments, &search)?), all, "{search:?}");
                }
            }
            Ok(())
        };
        world.db.read_blocking(compare).unwrap();
    });
}

fn every() -> impl Iterator<Item = (Vec<Condition<Field>>, Vec<Order<Field>>)> {
    filters().into_iter().flat_map(|filter| orders().into_iter().map(move |order| (filter.clone(), order)))
}

fn ids(runs: &[Run]) -> Vec<RunId> {
    runs.iter().map(|run| run.id.clone()).collect()
}

#[test]
fn a_page_is_found_by_indexes() {
    each_world(|world| {
        let [experiment, _] = forty(world);
        let engine = world.db.engine();
        let plan = move |conditions: Vec<Condition<Field>>, order: Vec<Order<Field>>, among| {
            let search = Search { conditions, order, ..Search::default() };
            let read = move |tx: &mut db::Tx| store::plan(tx, engine, &[experiment], &search, among);
            let plan = world.db.read_blocking(read).unwrap();
            let full = ["SCAN run", "SCAN metric", "SCAN param", "SCAN run_tag", "SCAN o0", "Seq Scan on run"];
            assert!(!full.iter().any(|full| plan.lines().any(|line| line.trim() == *full)), "{plan}");
            assert!(!plan.contains("Gather"), "by one process alone: {plan}");
            plan
        };
        let by = |field| vec![Order { field, descending: true }];
        let latest = plan(vec![], vec![], Among::All);
        assert!(latest.contains("run_age"), "{latest}");
        // Those that another table's index found are fetched by their small key, not looked for among all.
        let fetched = if engine == "sqlite" { "SEARCH run USING INTEGER PRIMARY KEY" } else { "using run_pkey on run" };
        let searched = ["SEARCH run USING INDEX", "using run_age", "using run_status"];
        let first = [
            (plan(vec![], by(auc()), Among::First), "metric_settled"),
            (plan(vec![], by(lr()), Among::First), "param_value"),
            (plan(vec![], by(tag("team")), Among::First), "run_tag_value"),
        ];
        for (plan, index) in first {
            assert!(plan.contains(index), "{plan}");
            // Those whose metric moves are named besides.
            let times = if index == "metric_settled" { 3 } else { 2 };
            assert_eq!(plan.matches(fetched).count(), times, "{plan}");
            assert!(!searched.iter().any(|searched| plan.contains(searched)), "{plan}");
        }
        let rare =
            ["metric_settled", "metric_settled", "param_value", "param_value", "param_value", "run_status", "run_name"];
        for (conditions, index) in filters().into_iter().skip(1).zip(rare) {
            let plan = plan(conditions, vec![], Among::Rare(0));
            assert!(plan.contains(index), "{plan}");
            assert!(index.starts_with("run") || plan.contains(fetched), "{plan}");
        }
    });
}

#[test]
fn many_experiments_are_counted_with_many_conditions() {
    each_world(|world| {
        let (experiment, _) = three(world);
        let auc =
            |least| Condition { field: Field::Metric("auc".into()), test: Test::Number(NumberOperator::Above, least) };
        let conditions: Vec<_> = [0.5, 0.8, 0.95].map(auc).into();
        let experiments: Vec<_> = std::iter::once(experiment).chain((1_000..11_000).map(ExperimentId)).collect();
        let counted =
            world.db.read_blocking(move |tx| store::count(tx, &experiments[..10_000], &conditions, 100)).unwrap();
        assert_eq!(counted.0, 3);
        assert_eq!(counted.1.len(), 3);
        assert!(counted.1.iter().all(|count| count.is_some_and(|count| count <= 3)), "{counted:?}");
    });
}
