//! Points lie in blocks or loose, and nobody who logs or reads can tell.

use std::collections::BTreeMap;

use base::Time;
use db::{Tx, params};
use people::testing::{World, each_world};
use proptest::{prelude::*, test_runner::TestRunner};

use super::{
    After, Kept, Point, Window, block, history, series,
    tests::{a_run, counted, last, log, logged, point, words},
};
use crate::run::Run;

/// A whole history, page by page.
fn all(world: &World, run: &Run, key: &str, page: usize) -> Vec<Point> {
    let (num, key) = (run.num, key.to_owned());
    let read = move |tx: &mut Tx| {
        let (mut all, mut after): (_, Option<After>) = (Vec::new(), None);
        loop {
            let (points, next) = history(tx, num, &key, page, after)?;
            assert!(points.len() == page || next.is_none(), "a page is full, or the last");
            all.extend(points);
            after = next;
            if after.is_none() {
                return Ok(all);
            }
        }
    };
    world.db.read_blocking(read).unwrap()
}

/// How many points of the series are loose and in blocks. Sees that the store is sound: blocks do not
/// overlap, say of themselves what they hold, and hold no point that is loose too.
fn tiers(world: &World, run: &Run, key: &str) -> (usize, usize) {
    let (num, key) = (run.num, key.to_owned());
    let read = move |tx: &mut Tx| {
        let sql = "SELECT id, loose FROM metric WHERE run = $1 AND key = $2";
        let (metric, loose): (i64, i64) = tx.one(sql, params![num, &key], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let rows = super::store::loose(tx, metric, usize::MAX, None)?;
        assert_eq!(rows.len() as i64, loose, "loose points are counted");
        let mut in_blocks: Vec<Kept> = Vec::new();
        for found in block::store::some(tx, metric, None, (i64::MIN, i64::MAX), 100_000)? {
            let points = found.points()?;
            assert_eq!(points.last(), Some(&found.last));
            in_blocks.extend(points);
        }
        assert!(in_blocks.is_sorted_by(|a, b| a.order(b).is_lt()), "blocks do not overlap");
        assert_eq!(block::missing(tx, metric, &rows)?, rows, "no point lies in both");
        Ok((rows.len(), in_blocks.len()))
    };
    world.db.read_blocking(read).unwrap()
}

fn steps(points: &[Point]) -> Vec<i64> {
    points.iter().map(|point| point.step).collect()
}

#[test]
fn many_points_at_once_make_a_block_and_few_wait() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        let train = |from: i64, to: i64| {
            let new = (from..to).map(|n| logged("loss", point(n, n * 10, n as f64))).collect();
            log(world, &dana, &run.id, new).unwrap();
        };
        train(0, 100);
        assert_eq!(tiers(world, &run, "loss"), (0, 100));
        train(100, 131);
        assert_eq!(tiers(world, &run, "loss"), (31, 100));
        train(90, 120);
        assert_eq!(tiers(world, &run, "loss"), (31, 100), "they were there already");
        train(110, 210);
        assert_eq!((tiers(world, &run, "loss"), counted(world, &run, "loss")), ((0, 210), 210), "too many to wait");
        train(210, 1_210);
        assert_eq!(tiers(world, &run, "loss"), (0, 1_210));
        (1_210..1_600).for_each(|n| train(n, n + 1));
        let (loose, in_blocks) = tiers(world, &run, "loss");
        assert!(loose < 64 && loose + in_blocks == 1_600, "{loose} points wait");
        for page in [1, 99, 100, 101, 1_000, 5_000] {
            assert_eq!(steps(&all(world, &run, "loss", page)), (0..1_600).collect::<Vec<_>>(), "in pages of {page}");
        }
        assert_eq!(
            (counted(world, &run, "loss"), last(world, &run, "loss")),
            (1_600, Some(point(1_599, 15_990, 1_599.0)))
        );
    });
}

/// A training that is resumed from an earlier step, and a machine whose clock is behind.
#[test]
fn what_comes_late_finds_its_place() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        let train = |steps: std::ops::Range<i64>, start: i64| {
            let new = steps.map(|n| logged("loss", point(n, start + n * 10, n as f64))).collect();
            log(world, &dana, &run.id, new).unwrap();
        };
        train(0..500, 0);
        train(300..400, 10_000);
        assert_eq!(last(world, &run, "loss"), Some(point(499, 4_990, 499.0)), "the greatest step is the latest");
        assert_eq!(tiers(world, &run, "loss"), (0, 600), "later moments are beyond the end");
        train(500..1_000, -3_000);
        assert_eq!((tiers(world, &run, "loss").1, counted(world, &run, "loss")), (1_100, 1_100));
        assert_eq!(last(world, &run, "loss"), Some(point(999, 6_990, 999.0)));
        let read = all(world, &run, "loss", 250);
        assert!(read.is_sorted_by_key(|point| (point.at, point.step)) && read.len() == 1_100);
    });
}

/// Charts read both tiers, whatever steps they show.
#[test]
fn a_window_counts_its_points_wherever_they_lie() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        let train = |from: i64, to: i64| {
            let new = (from..to).map(|n| logged("loss", point(n, 7, n as f64))).collect();
            log(world, &dana, &run.id, new).unwrap();
        };
        train(0, 1_000);
        train(1_000, 2_000);
        train(2_000, 2_020);
        let num = run.num;
        for (window, total) in [
            ((i64::MIN, i64::MAX), 2_020),
            ((150, 1_849), 1_700),
            ((1_990, 2_009), 20),
            ((2_010, 9_999), 10),
            ((777, 777), 1),
            ((5_000, 6_000), 0),
        ] {
            for points in [10, 5_000] {
                let window = Window { steps: window, points };
                let drawn = world.db.read_blocking(move |tx| series(tx, num, "loss", window)).unwrap();
                assert_eq!((drawn.total, drawn.points.len()), (total, points.min(total as usize)), "{window:?}");
                let ends = drawn.points.first().zip(drawn.points.last()).map(|(first, last)| (first.min.0, last.max.0));
                let wanted = (window.steps.0.max(0) as f64, window.steps.1.min(2_019) as f64);
                assert_eq!(ends, (total > 0).then_some(wanted), "{window:?}");
            }
        }
    });
}

/// What an update of the store does for points that were written before there were blocks.
#[test]
fn old_points_stay_and_are_folded_as_their_series_grows() {
    let migration = include_str!("../../../../migrations/0013_block.sql");
    let start = migration.rfind("UPDATE metric").unwrap();
    let update = migration[start..].trim_end().trim_end_matches(';');
    each_world(|world| {
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        log(world, &dana, &run.id, vec![logged("loss", point(0, 0, 0.5))]).unwrap();
        let num = run.num;
        let age = move |tx: &mut Tx| {
            let metric: i64 = tx.one("SELECT id FROM metric WHERE run = $1", params![num], |row| row.get(0))?;
            let rows: Vec<_> = (1..5_000).map(|n| (metric, Kept::new(point(n, n, 0.5)))).collect();
            super::store::add(tx, &rows)?;
            let sql = "UPDATE metric SET step = 4999, at = 4999, points = 5000, loose = 0 WHERE id = $1";
            tx.run(sql, params![metric])?;
            tx.run(update, &[]).map(drop)
        };
        world.db.write_blocking(age).unwrap();
        assert_eq!(tiers(world, &run, "loss"), (5_000, 0));
        log(world, &dana, &run.id, (4_990..5_010).map(|n| logged("loss", point(n, n, 0.5))).collect()).unwrap();
        assert_eq!((tiers(world, &run, "loss"), counted(world, &run, "loss")), ((3_986, 1_024), 5_010));
        for n in 5_010..5_020 {
            log(world, &dana, &run.id, vec![logged("loss", point(n, n, 0.5))]).unwrap();
        }
        let (loose, in_blocks) = tiers(world, &run, "loss");
        assert!(loose < 64 && loose + in_blocks == 5_020, "{loose} points wait");
        assert_eq!(steps(&all(world, &run, "loss", 999)), (0..5_020).collect::<Vec<_>>());
    });
}

#[test]
fn a_broken_block_is_an_error_of_the_server_and_no_panic() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        let new: Vec<_> = (0..100).map(|n| logged("loss", point(n, n, 0.5))).collect();
        log(world, &dana, &run.id, new.clone()).unwrap();
        let damage = |tx: &mut Tx| tx.run("UPDATE point_block SET body = $1", params![vec![1, 200, 200, 200, 7]]);
        world.db.write_blocking(damage).unwrap();
        let num = run.num;
        let read = world.db.read_blocking(move |tx| history(tx, num, "loss", 10, None));
        assert!(read.unwrap_err().is(base::Kind::Internal));
        assert!(log(world, &dana, &run.id, new).unwrap_err().is(base::Kind::Internal));
        log(world, &dana, &run.id, vec![logged("loss", point(100, 100, 0.5))]).unwrap();
    });
}

/// Several at once, each repeating a part of what it sent, into the same series.
#[test]
fn side_by_side_nothing_is_lost_or_counted_twice() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        std::thread::scope(|scope| {
            for writer in 0..6 {
                let (dana, run) = (&dana, &run);
                scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                    for part in 0..8 {
                        let (from, count) = (writer * 50 + part * 60, if part % 2 == 0 { 90 } else { 25 });
                        let metrics = (from..from + count)
                            .flat_map(|n| ["a", "b"].map(|key| logged(key, point(n, n, n as f64))))
                            .collect();
                        let batch = crate::run::Batch { metrics, ..Default::default() };
                        let (dana, id) = (dana.clone(), run.id.clone());
                        let append = move |tx: &mut Tx| crate::run::log_batch(tx, &dana, &id, &batch);
                        runtime.block_on(world.db.append(append)).unwrap();
                    }
                });
            }
        });
        let sent: std::collections::BTreeSet<i64> = (0..6)
            .flat_map(|writer| (0..8).map(move |part| (writer * 50 + part * 60, if part % 2 == 0 { 90 } else { 25 })))
            .flat_map(|(from, count)| from..from + count)
            .collect();
        for key in ["a", "b"] {
            let (loose, in_blocks) = tiers(world, &run, key);
            assert_eq!((loose + in_blocks, counted(world, &run, key)), (sent.len(), sent.len() as i64));
            assert!(steps(&all(world, &run, key, 77)).into_iter().eq(sent.iter().copied()));
        }
    });
}

/// What a client may do with a series whose points are numbered.
#[derive(Clone, Debug)]
enum Act {
    /// Goes on where the last one stopped, so many at once.
    GoOn(i64),
    /// The same, but a request each.
    Singly(i64),
    /// From anywhere, every so many, and as which of several points with the same moment and step.
    Late(i64, i64, i64, usize),
    /// As the last request, once more.
    Again,
}

fn any_act() -> impl Strategy<Value = Act> {
    let late = |most: i64| (0i64..3_000, 1..most, 1i64..5, 0usize..3);
    prop_oneof![
        3 => (1i64..600).prop_map(Act::GoOn),
        3 => (1i64..32).prop_map(Act::GoOn),
        1 => (1i64..40).prop_map(Act::Singly),
        2 => late(32).prop_map(|(from, count, by, which)| Act::Late(from, count, by, which)),
        2 => late(500).prop_map(|(from, count, by, which)| Act::Late(from, count, by, which)),
        1 => Just(Act::Again),
    ]
}

/// The point of a number: moments repeat, steps run backwards now and then, values may be odd.
fn numbered(n: i64, which: usize) -> Point {
    let values = [[n as f64 * 0.37, 0.5, 0.0], [f64::NAN, -0.0, 0.0], [f64::INFINITY, 1e300, f64::NEG_INFINITY]];
    let kind = match n % 97 {
        0 => 1,
        1 => 2,
        _ => 0,
    };
    point(if n % 50 < 5 { n - 20 } else { n }, n / 3 * 10, values[kind][which])
}

/// However points come, the store holds what a plain set would.
#[test]
fn a_series_is_a_set_of_points() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let config = ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() };
        let stories = (prop::collection::vec(any_act(), 1..40), 1usize..700);
        let story = |(acts, page): (Vec<Act>, usize)| {
            let run = a_run(world, &dana);
            let (mut set, mut next, mut request) = (BTreeMap::new(), 0, Vec::new());
            for act in acts {
                let mut requests: Vec<Vec<Point>> = match act {
                    Act::GoOn(count) => vec![(next..next + count).map(|n| numbered(n, 0)).collect()],
                    Act::Singly(count) => (next..next + count).map(|n| vec![numbered(n, 0)]).collect(),
                    Act::Late(from, count, by, which) => {
                        vec![(0..count).map(|n| numbered(from + n * by, which)).collect()]
                    }
                    Act::Again => vec![request.clone()],
                };
                if let Act::GoOn(count) | Act::Singly(count) = act {
                    next += count;
                }
                for points in &requests {
                    let new = points.iter().map(|point| logged("m", *point)).collect();
                    log(world, &dana, &run.id, new).unwrap();
                    for kept in points.iter().map(|point| Kept::new(*point)) {
                        let bits = kept.value.to_bits() as i64;
                        let value = if bits < 0 { bits ^ i64::MAX } else { bits };
                        set.insert((kept.at, kept.step, value, kept.odd), kept);
                    }
                }
                request = requests.pop().unwrap_or_default();
            }
            if set.is_empty() {
                return Ok(());
            }
            let wanted: Vec<Point> = set.values().map(|kept| kept.point()).collect();
            prop_assert_eq!(words(&all(world, &run, "m", page)), words(&wanted));
            let (loose, in_blocks) = tiers(world, &run, "m");
            prop_assert_eq!((loose + in_blocks, counted(world, &run, "m")), (set.len(), set.len() as i64));
            let rank = |kept: &Kept| (kept.step, kept.at, kept.value);
            let greatest = set.values().max_by(|a, b| rank(a).partial_cmp(&rank(b)).unwrap()).unwrap();
            prop_assert_eq!(rank(&Kept::new(last(world, &run, "m").unwrap())), rank(greatest));
            let (num, from) = (run.num, greatest.step / 2);
            let window = Window { steps: (from, i64::MAX), points: 50 };
            let drawn = world.db.read_blocking(move |tx| series(tx, num, "m", window)).unwrap();
            prop_assert_eq!(drawn.total, set.values().filter(|kept| kept.step >= from).count() as i64);
            Ok(())
        };
        TestRunner::new(config).run(&stories, story).unwrap();
    });
}

/// A client that keeps repeating the end of a long series does not pay for all of it.
#[test]
fn late_points_are_looked_for_where_they_belong_only() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        for part in 0..10 {
            let new = (part * 1_000..part * 1_000 + 1_000).map(|n| logged("loss", point(n, n, 0.5))).collect();
            log(world, &dana, &run.id, new).unwrap();
        }
        // Whoever read these would fail.
        let damage = |tx: &mut Tx| tx.run("UPDATE point_block SET body = $1 WHERE last_at < 9000", params![vec![0]]);
        world.db.write_blocking(damage).unwrap();
        let window = |from: i64| (from..from + 500).map(|n| logged("loss", point(n, n, 0.5))).collect();
        (9_000..10_000).step_by(100).for_each(|from| log(world, &dana, &run.id, window(from)).unwrap());
        assert_eq!(
            (counted(world, &run, "loss"), last(world, &run, "loss")),
            (10_400, Some(point(10_399, 10_399, 0.5)))
        );
        let late = Point { at: Time(8_500), step: 1, value: 0.5 };
        assert!(log(world, &dana, &run.id, vec![logged("loss", late)]).is_err(), "there it is looked up");
    });
}
