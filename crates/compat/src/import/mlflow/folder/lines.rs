//! Lines of the file store's metrics: `TIMESTAMP VALUE [STEP]`, or `TIMESTAMP VALUE STEP DATASET DIGEST`;
//! those of models have the run's id after the step.

use base::{RunId, Time};
use lab::{metric::Point, model::Measurement};

pub fn point(line: &str) -> Option<Point> {
    let parts: Vec<&str> = line.split(' ').collect();
    // MLflow reads the step only of lines with three parts, but writes it into those with five.
    match parts[..] {
        [at, value] => read(at, value, "0"),
        [at, value, step] | [at, value, step, _, _] => read(at, value, step),
        _ => None,
    }
}

pub fn measurement(key: &str, line: &str) -> Option<Measurement> {
    let parts: Vec<&str> = line.split(' ').collect();
    let (point, run, dataset) = match parts[..] {
        [at, value, step, run] => (read(at, value, step)?, run, None),
        [at, value, step, run, name, digest] => {
            (read(at, value, step)?, run, Some((name.to_owned(), digest.to_owned())))
        }
        _ => return None,
    };
    Some(Measurement { key: key.to_owned(), point, run: RunId(run.to_owned()), dataset })
}

fn read(at: &str, value: &str, step: &str) -> Option<Point> {
    Some(Point { at: Time(at.parse().ok()?), step: step.parse().ok()?, value: value.parse().ok()? })
}
