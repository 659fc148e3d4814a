use base::{Kind, Time};
use people::testing::{World, each_world};

use super::{Line, Of, Place, csv, part};
use crate::{
    metric::{New, Point},
    run::{self, Batch, Run},
};

fn log(world: &World, run: &Run, key: &str, values: &[f64]) {
    let (dana, id) = (world.actor("Dana"), run.id.clone());
    let point = |(step, value): (usize, &f64)| Point { at: Time(step as i64 * 10), step: step as i64, value: *value };
    let new = |point| New { key: key.into(), point, model: None };
    let metrics = values.iter().enumerate().map(point).map(new).collect();
    let batch = Batch { metrics, ..Batch::default() };
    world.db.write_blocking(move |tx| run::log_batch(tx, &dana, &id, &batch)).unwrap();
}

/// All lines, asked for in parts of `most`, as `run key step value`.
fn all(world: &World, of: &Of, most: usize) -> Vec<String> {
    let (mut told, mut place) = (Vec::new(), Some(Place::default()));
    while let Some(here) = place {
        let (dana, of) = (world.actor("Dana"), of.clone());
        let read = world.db.read_blocking(move |tx| part(tx, &dana, &of, here.clone(), most));
        let (lines, next) = read.unwrap();
        assert!(lines.len() <= most);
        told.extend(
            lines.iter().map(|Line { run, key, point }| format!("{} {key} {} {:?}", run.id, point.step, point.value)),
        );
        place = next;
    }
    told
}

#[test]
fn every_point_comes_once_whatever_the_parts() {
    each_world(|world| {
        let dana = world.actor("Dana");
        let [first, empty, gone, last] = [0; 4].map(|_| super::super::tests::a_run(world, &dana));
        log(world, &first, "b", &[0.5, f64::NAN, f64::INFINITY]);
        log(world, &first, "a", &[1.0]);
        log(world, &gone, "a", &[7.0]);
        log(world, &last, "a/b", &[2.0, 3.0, 4.0, 5.0, 6.0]);
        let id = gone.id.clone();
        world.db.write_blocking(move |tx| run::delete(tx, &dana, &id)).unwrap();

        let (f, l) = (&first.id, &last.id);
        let mut wanted =
            vec![format!("{f} a 0 1.0"), format!("{f} b 0 0.5"), format!("{f} b 1 NaN"), format!("{f} b 2 inf")];
        wanted.extend((0..5).map(|step| format!("{l} a/b {step} {}.0", step + 2)));
        for most in [1, 2, 3, 4, 9, 100] {
            assert_eq!(all(world, &Of::Experiment(first.experiment), most), wanted, "in parts of {most}");
        }
        assert_eq!(all(world, &Of::Run(first.id.clone()), 2), wanted[..4]);
        assert_eq!(all(world, &Of::Run(gone.id.clone()), 2).len(), 1, "a deleted run can still be read");
        assert!(all(world, &Of::Run(empty.id.clone()), 2).is_empty());
    });
}

#[test]
fn outsiders_see_no_metrics() {
    each_world(|world| {
        let run = super::super::tests::a_run(world, &world.actor("Dana"));
        for of in [Of::Run(run.id.clone()), Of::Experiment(run.experiment), Of::Run("absent".into())] {
            let rita = world.actor("Rita");
            let read = world.db.read_blocking(move |tx| part(tx, &rita, &of, Place::default(), 10));
            assert!(read.unwrap_err().is(Kind::NotFound));
        }
    });
}

#[test]
fn a_cell_never_computes() {
    let run = super::Named { num: 1, id: "r1".into(), name: "=cmd(\"x\"), y".to_owned() };
    let point = |value| Point { at: Time(5), step: -2, value };
    let line = |value| Line { run: run.clone().into(), key: "-a b".into(), point: point(value) };
    let mut table = String::new();
    csv::push(&mut table, &[line(-0.1), line(f64::NEG_INFINITY), line(1e308)]);
    let lines: Vec<&str> = table.split("\r\n").collect();
    assert_eq!(lines[0], "r1,\"'=cmd(\"\"x\"\"), y\",'-a b,-2,5,-0.1");
    assert!(lines[1].ends_with(",5,-Infinity") && lines[2].ends_with(",5,1e308") && lines[3].is_empty());
}
