use base::Time;
use lab::metric::Point;
use serde_json::json;

use super::{
    Credentials, Row, Source, Tally,
    points::series,
    server::read,
    shape::{History, foreign_scheme},
    sift,
};

fn point(at: i64, step: i64, value: f64) -> Point {
    Point { at: Time(at), step, value }
}

#[test]
fn a_series_has_each_point_once() {
    let nan = f64::NAN;
    let points = vec![point(2, 1, 0.5), point(1, 0, nan), point(2, 1, 0.5), point(1, 0, -nan), point(-1, 0, 1.0)];
    let series = series(History { points, broken: 2 });
    assert_eq!((series.in_source, series.repeated, series.broken, series.early), (7, 2, 2, 1));
    assert_eq!(series.points.len(), 2);
    let zeros = vec![point(1, 0, -0.0), point(1, 0, 0.0), point(1, 0, f64::INFINITY), point(1, 0, f64::MAX)];
    assert_eq!(super::points::series(History { points: zeros, broken: 0 }).points.len(), 3, "both zeros are one point");
}

#[test]
fn counts_that_do_not_agree_are_told() {
    let mut tally = Tally::default();
    tally.source.add(Row::Params, 1_234_567);
    tally.before.add(Row::Params, 1_000_000);
    tally.after.add(Row::Params, 1_234_000);
    tally.leave_out(Row::Params, 500, "its key is empty");
    assert!(!tally.reconciles());
    let table = tally.to_string();
    assert!(
        table.contains("params                     1,234,567         1,000,000         234,000         500"),
        "{table}"
    );
    assert!(table.contains("params (500): its key is empty"), "{table}");
    assert!(table.contains("The counts of params do not agree: 67 are missing."), "{table}");
    tally.after.add(Row::Params, 67);
    assert!(tally.reconciles());
}

#[test]
fn what_breaks_a_rule_is_left_out_with_the_rule() {
    let pair = |key: &str, value: &str| json!({ "key": key, "value": value });
    let input = |name: &str| json!({ "dataset": { "name": name, "digest": "d", "source": "s", "source_type": "t" } });
    let answer = json!({
        "info": { "run_id": "r1", "run_name": "", "start_time": "17", "end_time": null, "lifecycle_stage": "deleted" },
        "data": {
            "params": [pair("lr", "1"), pair("../up", "1"), pair("a\u{0}b", "1"), pair("lr", "2"), pair("nul", "\u{0}")],
            "tags": [pair("any;key", "1"), pair("", "1"), pair(&"k".repeat(251), "1"), pair("long", &"v".repeat(9_000))],
        },
        "inputs": { "dataset_inputs": [input("wine"), input("wine"), input("")], "model_inputs": [{ "model_id": "../m" }] },
        "outputs": { "model_outputs": [{ "model_id": "m-1", "step": "3" }, {}] },
    });
    let run = read::run(&answer, false).unwrap();
    assert_eq!((run.started_at, run.ended_at, run.deleted), (17, None, true));
    let mut tally = Tally::default();
    let wanted = sift::run(&run, &mut tally);
    assert_eq!(wanted.name, "r1");
    assert_eq!(wanted.params, [("lr".to_owned(), "1".to_owned())]);
    assert_eq!(wanted.tags.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["any;key", "long"]);
    assert_eq!((wanted.inputs.len(), wanted.read.len(), wanted.made.len()), (1, 0, 1));
    assert_eq!(wanted.made[0].step, 3);
    for (row, there, left_out) in [(Row::Params, 5, 4), (Row::Tags, 4, 2), (Row::Inputs, 5, 3)] {
        assert_eq!((tally.source.of(row), tally.left_out.of(row)), (there, left_out), "{row:?}");
    }
    let told = tally.to_string();
    assert!(told.contains("1 × tags: cut to 8000 characters"), "{told}");
    assert!(told.contains("without empty, . or .. segments"), "{told}");
    assert!(sift::refusal("models").is_some() && sift::refusal("../r").is_some() && sift::refusal("r1").is_none());
}

#[test]
fn answers_are_read_leniently_and_never_stumbled_over() {
    for odd in [json!(null), json!({}), json!([]), json!({ "info": [], "data": 3 }), json!({ "info": { "run_id": 7 } })]
    {
        assert!(read::experiment(&odd).is_none() && read::run(&odd, false).is_err() && read::model(&odd).is_err());
    }
    let value = |value: serde_json::Value| read::point(&json!({ "value": value, "timestamp": "5" })).map(|p| p.value);
    assert_eq!(value(json!(1)), Some(1.0));
    assert_eq!(value(json!("-Infinity")), Some(f64::NEG_INFINITY));
    assert!(value(json!("NaN")).is_some_and(f64::is_nan));
    assert_eq!(value(json!(null)), Some(0.0));
    assert_eq!((value(json!("x")), value(json!([1]))), (None, None));
}

#[test]
fn locations_and_sources_are_told_apart() {
    let schemes = ["s3://b/x", "dbfs:/x", "mlflow-artifacts:/1", "file:///x", "/x", "C:/x", ""].map(foreign_scheme);
    assert_eq!(schemes, [Some("s3"), Some("dbfs"), None, None, None, None, None]);
    let refused = |text: &str| Source::open(text, Credentials::default()).err().map(|e| e.detail().to_owned());
    assert!(refused("sqlite:///mlflow.db").is_some_and(|why| why.contains("mlflow server")));
    assert!(refused("http://").is_some() && refused("http://a/?b").is_some());
    assert!(refused("http://me:secret@a").is_some_and(|why| !why.contains("secret")));
    assert_eq!(Source::open("https://a/mlflow/", Credentials::default()).ok().unwrap().id(), "https://a/mlflow");
}
