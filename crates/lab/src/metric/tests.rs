//! What a series is, whatever the order in which its points arrive.

use std::collections::BTreeMap;

use base::{Result, RunId, Time};
use db::Tx;
use people::{
    Actor,
    testing::{World, each_world},
};
use proptest::{prelude::*, test_runner::TestRunner};

use super::{Kept, Latest, New, Point, Window, history, series};
use crate::{
    experiment,
    run::{self, Batch, Run},
};

pub fn point(step: i64, at: i64, value: f64) -> Point {
    Point { at: Time(at), step, value }
}

pub fn logged(key: &str, point: Point) -> New {
    New { key: key.into(), point, model: None }
}

pub fn a_run(world: &World, actor: &Actor) -> Run {
    let (actor, project) = (actor.clone(), world.churn.id.clone());
    let make = move |tx: &mut Tx| {
        let experiment = experiment::default_of(tx, &actor, &project)?;
        run::create(tx, &actor, experiment.id, &run::New::default())
    };
    world.db.write_blocking(make).unwrap()
}

pub fn log(world: &World, actor: &Actor, run: &RunId, metrics: Vec<New>) -> Result<()> {
    let (actor, run) = (actor.clone(), run.clone());
    let batch = Batch { metrics, ..Batch::default() };
    world.db.write_blocking(move |tx| run::log_batch(tx, &actor, &run, &batch))
}

/// As text, since not-a-number equals nothing.
pub fn words(points: &[Point]) -> Vec<String> {
    points.iter().map(|p| format!("{} {} {:?}", p.step, p.at.ms(), p.value)).collect()
}

fn all(world: &World, run: &Run, key: &str) -> Vec<Point> {
    let (num, key) = (run.num, key.to_owned());
    world.db.read_blocking(move |tx| history(tx, num, &key, 1_000, None)).unwrap().0
}

fn latest(world: &World, run: &Run) -> Vec<Latest> {
    let run = run.clone();
    let content = world.db.read_blocking(move |tx| run::content(tx, std::slice::from_ref(&run))).unwrap();
    content.into_iter().flat_map(|content| content.metrics).collect()
}

pub fn last(world: &World, run: &Run, key: &str) -> Option<Point> {
    let latest = latest(world, run);
    latest.into_iter().find(|latest| latest.key == key).map(|latest| latest.point)
}

/// How many points the series says that it has.
pub fn counted(world: &World, run: &Run, key: &str) -> i64 {
    let latest = latest(world, run);
    latest.into_iter().find(|latest| latest.key == key).unwrap().points
}

#[test]
fn a_repeated_point_is_stored_once_and_the_latest_is_the_greatest() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        let points = [point(2, 10, 0.5), point(1, 99, 0.9), point(2, 10, 0.5), point(2, 10, 0.4), point(-3, 0, -0.0)];
        for point in points {
            log(world, &dana, &run.id, vec![logged("auc", point)]).unwrap();
        }
        assert_eq!(words(&all(world, &run, "auc")), ["-3 0 0.0", "2 10 0.4", "2 10 0.5", "1 99 0.9"]);
        assert_eq!(last(world, &run, "auc"), Some(point(2, 10, 0.5)));
        assert_eq!(words(&all(world, &run, "other")), [""; 0]);
    });
}

/// Clients that repeat a part of what they sent, several at once, in several series.
#[test]
fn a_series_counts_its_points_however_they_come() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        std::thread::scope(|scope| {
            for start in 0..8 {
                let (dana, run) = (&dana, &run);
                scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                    for part in 0..5 {
                        let steps = start * 10 + part * 7..start * 10 + part * 7 + 20;
                        let metrics =
                            steps.flat_map(|n| ["a", "b"].map(|key| logged(key, point(n, 0, n as f64)))).collect();
                        let (dana, id, batch) = (dana.clone(), run.id.clone(), Batch { metrics, ..Batch::default() });
                        runtime.block_on(world.db.append(move |tx| run::log_batch(tx, &dana, &id, &batch))).unwrap();
                    }
                });
            }
        });
        for key in ["a", "b"] {
            let stored = all(world, &run, key).len();
            assert_eq!((stored, counted(world, &run, key)), (118, 118));
        }
        log(world, &dana, &run.id, vec![logged("a", point(7, 0, 7.0)), logged("b", point(7, 1, 7.0))]).unwrap();
        assert_eq!((counted(world, &run, "a"), counted(world, &run, "b")), (118, 119));
    });
}

#[test]
fn odd_values_come_back_as_they_are() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE, 0.0, -1.5];
        let points = odd.into_iter().map(|value| logged("odd", point(i64::MIN, i64::MAX, value))).collect();
        log(world, &dana, &run.id, points).unwrap();
        let edge = |value: &str| format!("{} {} {value}", i64::MIN, i64::MAX);
        let stored = ["-inf", "-1.5", "0.0", "NaN", "2.2250738585072014e-308", "1.7976931348623157e308", "inf"];
        assert_eq!(words(&all(world, &run, "odd")), stored.map(edge));
        // Not-a-number counts as 0, so it is later than what is negative.
        log(world, &dana, &run.id, vec![logged("low", point(0, 0, -1.0)), logged("low", point(0, 0, f64::NAN))])
            .unwrap();
        assert!(last(world, &run, "low").unwrap().value.is_nan());
    });
}

#[test]
fn history_is_read_in_pages() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        log(world, &dana, &run.id, (0..250).map(|n| logged("loss", point(n, 0, n as f64))).collect()).unwrap();
        let num = run.num;
        let read = move |tx: &mut Tx| {
            let (mut after, mut pages) = (None, Vec::new());
            loop {
                let (points, next) = history(tx, num, "loss", 100, after)?;
                pages.push(points);
                after = next;
                if after.is_none() {
                    return Ok(pages);
                }
            }
        };
        let pages = world.db.read_blocking(read).unwrap();
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [100, 100, 50]);
        let steps: Vec<i64> = pages.concat().iter().map(|point| point.step).collect();
        assert_eq!(steps, (0..250).collect::<Vec<_>>());
    });
}

#[test]
fn a_chart_keeps_every_spike() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        for part in 0..5 {
            let value = |n: i64| {
                if n == 3_333 {
                    1e9
                } else if n == 1_234 {
                    f64::NAN
                } else {
                    n as f64
                }
            };
            let points = (part * 1_000..part * 1_000 + 1_000).map(|n| logged("loss", point(n, 7, value(n)))).collect();
            log(world, &dana, &run.id, points).unwrap();
        }
        let num = run.num;
        let draw = |window| world.db.read_blocking(move |tx| series(tx, num, "loss", window)).unwrap();
        let whole = draw(Window { steps: (i64::MIN, i64::MAX), points: 50 });
        assert_eq!((whole.total, whole.points.len()), (5_000, 50));
        let (first, spike) = (&whole.points[0], &whole.points[33]);
        assert_eq!((first.step, first.min.0, first.max.0, first.value.0), (99, 0.0, 99.0, 99.0));
        assert_eq!((spike.max.0, spike.min.0), (1e9, 3_300.0));
        assert_eq!((whole.points[12].min.0, whole.points[12].max.0), (1_200.0, 1_299.0), "not-a-number is passed over");

        let part = draw(Window { steps: (3_330, 3_339), points: 50 });
        assert_eq!(part.points.iter().map(|p| p.step).collect::<Vec<_>>(), (3_330..3_340).collect::<Vec<_>>());
    });
}

#[test]
fn points_of_one_step_are_drawn_by_their_moments() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        log(world, &dana, &run.id, (0..1_000).map(|n| logged("cpu", point(0, n * 10, n as f64))).collect()).unwrap();
        let num = run.num;
        let window = Window { steps: (i64::MIN, i64::MAX), points: 10 };
        let drawn = world.db.read_blocking(move |tx| series(tx, num, "cpu", window)).unwrap();
        assert_eq!(
            drawn.points.iter().map(|p| p.max.0).collect::<Vec<_>>(),
            [99., 199., 299., 399., 499., 599., 699., 799., 899., 999.]
        );
    });
}

fn any_point() -> impl Strategy<Value = Point> {
    let value =
        prop_oneof![-2.0..2.0, Just(0.0), Just(-0.0), Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY)];
    (-2i64..3, 0i64..3, value).prop_map(|(step, at, value)| point(step, at, value))
}

/// However points are split into requests and in whatever order these arrive, the history holds
/// each once and the latest is the greatest by (step, moment, value).
#[test]
fn arrival_order_does_not_matter() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let config = ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() };
        let batches = prop::collection::vec(prop::collection::vec(any_point(), 1..6), 1..12);
        let story = |batches: Vec<Vec<Point>>| {
            let run = a_run(world, &dana);
            for batch in &batches {
                log(world, &dana, &run.id, batch.iter().map(|point| logged("m", *point)).collect()).unwrap();
            }
            let mut distinct = BTreeMap::new();
            for point in batches.iter().flatten() {
                let kept = Kept::new(*point);
                distinct.insert((kept.at, kept.step, kept.value.to_bits(), kept.odd), kept);
            }
            prop_assert_eq!(all(world, &run, "m").len(), distinct.len());
            prop_assert_eq!(counted(world, &run, "m"), distinct.len() as i64);
            let rank = |kept: &Kept| (kept.step, kept.at, kept.value);
            let greatest = distinct.values().max_by(|a, b| rank(a).partial_cmp(&rank(b)).unwrap()).unwrap();
            prop_assert_eq!(rank(&Kept::new(last(world, &run, "m").unwrap())), rank(greatest));
            Ok(())
        };
        TestRunner::new(config).run(&batches, story).unwrap();
    });
}
