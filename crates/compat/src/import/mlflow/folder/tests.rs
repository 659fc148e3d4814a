use std::{fs, os::unix::fs::symlink, path::Path};

use lab::run::Status;
use proptest::prelude::*;
use tempfile::TempDir;

use super::{
    super::{
        Row,
        shape::{Bytes, Files, Owner},
    },
    Folder, lines,
    yaml::{self, Node},
};

const RUN: &str = "0123456789abcdef0123456789abcdef";

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// An experiment with one run.
fn mlruns() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "7/meta.yaml", "experiment_id: '7'\nname: 'Churn: trees'\nlifecycle_stage: active\n");
    let meta = format!("run_id: {RUN}\nrun_name: 1e5\nstatus: 3\nstart_time: 5\nend_time: null\nuser_id: dana\n");
    write(root.path(), &format!("7/{RUN}/meta.yaml"), &meta);
    write(root.path(), &format!("7/{RUN}/params/a/b"), "two\nlines");
    write(root.path(), &format!("7/{RUN}/metrics/loss"), "1 0.5 0\n2 nan 1\n3 -inf 2\nhello\n4 1e400 3\n\n");
    root
}

fn open(root: &Path) -> Folder {
    Folder::at(root.to_str().unwrap()).unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn refused(root: &Path) -> String {
    Folder::at(root.to_str().unwrap()).err().unwrap().detail().to_owned()
}

#[test]
fn a_run_is_read_as_mlflow_wrote_it() {
    let root = mlruns();
    let folder = open(root.path());
    let experiments = folder.experiments().unwrap();
    assert!(experiments.broken.is_empty());
    let experiment = &experiments.items[0];
    assert_eq!((experiment.name.as_str(), experiment.deleted), ("Churn: trees", false));
    let page = folder.runs(experiment, None).unwrap();
    let run = &page.items[0];
    assert_eq!((run.name.as_str(), run.status, run.started_at, run.ended_at), ("1e5", Status::Finished, 5, None));
    assert_eq!(run.params, [("a/b".to_owned(), "two\nlines".to_owned())]);
    let history = folder.history(run, "loss").unwrap();
    let values: Vec<String> = history.points.iter().map(|point| point.value.to_string()).collect();
    assert_eq!(values, ["0.5", "NaN", "-inf", "inf"]);
    assert_eq!(history.broken, 1, "hello is no point");
}

#[test]
fn a_folder_that_is_none_is_refused_with_a_hint() {
    let root = tempfile::tempdir().unwrap();
    assert!(refused(root.path()).ends_with("no folder in it has the meta.yaml of an experiment"));
    fs::create_dir(root.path().join("mlruns")).unwrap();
    assert!(refused(root.path()).ends_with("/mlruns"), "the folder below is proposed");
    assert!(refused(&root.path().join("absent")).contains("cannot be opened"));
}

#[test]
fn links_are_not_followed() {
    let root = mlruns();
    let secret = tempfile::tempdir().unwrap();
    write(secret.path(), "password", "hush");
    let run = root.path().join("7").join(RUN);
    write(&run, "artifacts/fine.txt", "fine");
    symlink(secret.path().join("password"), run.join("artifacts/leak.txt")).unwrap();
    symlink(secret.path(), run.join("artifacts/leaks")).unwrap();
    symlink(secret.path().join("password"), run.join("params/leak")).unwrap();
    symlink(secret.path(), root.path().join("8")).unwrap();

    let folder = open(root.path());
    let experiments = folder.experiments().unwrap();
    assert_eq!(experiments.items.len(), 1);
    let page = folder.runs(&experiments.items[0], None).unwrap();
    let read = &page.items[0];
    assert_eq!(read.params.len(), 1);
    assert_eq!(read.broken, [(Row::Params, "it is a link, and links are not followed".to_owned())]);
    let Files::Here(files) = folder.files(Owner::Run(read)).unwrap() else { panic!("they are here") };
    assert_eq!(files.items.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["fine.txt"]);
    assert_eq!(files.broken.len(), 2);
    assert!(matches!(folder.bytes(Owner::Run(read), "leak.txt").unwrap(), Bytes::Gone(_)), "nor when asked for");
}

#[test]
fn artifacts_that_lie_elsewhere_are_not_opened() {
    let root = mlruns();
    let other = tempfile::tempdir().unwrap();
    write(other.path(), "model.bin", "weights");
    for location in ["s3://bucket/7".to_owned(), format!("file://{}", other.path().display())] {
        let meta = format!("run_id: {RUN}\nstatus: 3\nartifact_uri: {location}\n");
        write(root.path(), &format!("7/{RUN}/meta.yaml"), &meta);
        let folder = open(root.path());
        let page = folder.runs(&folder.experiments().unwrap().items[0], None).unwrap();
        let Files::Elsewhere(why) = folder.files(Owner::Run(&page.items[0])).unwrap() else { panic!("{location}") };
        assert!(why.contains(&location), "{why}");
    }

    // What was copied with its folder is here, although the original is still there.
    write(root.path(), &format!("7/{RUN}/artifacts/model.bin"), "weights");
    let folder = open(root.path());
    let page = folder.runs(&folder.experiments().unwrap().items[0], None).unwrap();
    assert!(matches!(folder.files(Owner::Run(&page.items[0])).unwrap(), Files::Here(_)));
}

#[test]
fn what_is_broken_is_named_and_the_rest_is_read() {
    let root = mlruns();
    write(root.path(), "8/meta.yaml", "experiment_id: '8'\nname: [\n");
    write(root.path(), "9/meta.yaml", "- a\n- list\n");
    for (id, meta) in [("a", "run_id: b\nstatus: 3\n"), ("b", "status: 9\n"), ("c", "status: *gone\n"), ("d", "")] {
        write(root.path(), &format!("7/{id}/meta.yaml"), meta);
    }
    fs::create_dir(root.path().join("7/e")).unwrap();
    fs::write(root.path().join("7").join(RUN).join("params/latin"), [0xe9]).unwrap();

    let folder = open(root.path());
    let experiments = folder.experiments().unwrap();
    assert_eq!((experiments.items.len(), experiments.broken.len()), (1, 2));
    let page = folder.runs(&experiments.items[0], None).unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.items[0].broken, [(Row::Params, "it is no UTF-8 text".to_owned())]);
    let reasons: Vec<&str> = page.broken.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(reasons.len(), 5, "{reasons:?}");
    assert_eq!(reasons[0], "7/a: meta.yaml calls the run \"b\", its folder says otherwise");
    assert_eq!(reasons[1], "7/b: meta.yaml has the unknown status \"9\"");
}

#[test]
fn pages_go_on_where_they_stopped() {
    let root = mlruns();
    for number in 0..120 {
        write(root.path(), &format!("7/run{number:03}/meta.yaml"), "status: 4\n");
    }
    let folder = open(root.path());
    let experiment = folder.experiments().unwrap().items.remove(0);
    let (mut ids, mut next) = (Vec::new(), None);
    loop {
        let page = folder.runs(&experiment, next.as_deref()).unwrap();
        ids.extend(page.items.into_iter().map(|run| run.id));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    ids.dedup();
    assert_eq!(ids.len(), 121);
}

#[test]
fn scalars_stay_the_text_that_they_are() {
    let meta = yaml::parse("a: 1e5\nb: no\nc: ~\nd: ''\ne: 'x\n\n  y'\nf: \"\\u00e9\"\ng:\n  k: v\nh: 0o17\n").unwrap();
    let text = |key: &str| meta.text(key);
    assert_eq!([text("a"), text("b"), text("c"), text("d")], [Some("1e5"), Some("no"), None, Some("")]);
    assert_eq!([text("e"), text("f"), text("h")], [Some("x\ny"), Some("é"), Some("0o17")]);
    assert_eq!(meta.pairs("g"), [("k".to_owned(), "v".to_owned())]);
    assert_eq!((meta.int("a"), meta.int("absent")), (None, None));
}

#[test]
fn a_little_yaml_never_becomes_a_lot() {
    let laughs = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n";
    assert!(yaml::parse(laughs).unwrap_err().contains("anchor"));
    assert!(yaml::parse(&format!("a: {}", "[".repeat(100_000))).is_err());
    for odd in ["", "just words", "? [a]\n: b\n", "a: 'open", "\t", "a: b: c", "%YAML 9.9\n---\n"] {
        assert!(yaml::parse(odd).is_err(), "{odd:?}");
    }
}

#[test]
fn lines_are_points_or_they_are_not() {
    let point = |line: &str| lines::point(line).map(|point| (point.at.ms(), point.value.to_string(), point.step));
    assert_eq!(point("17 0.5"), Some((17, "0.5".to_owned(), 0)));
    assert_eq!(point("17 0.5 3"), Some((17, "0.5".to_owned(), 3)));
    assert_eq!(point("17 0.5 3 wine d1"), Some((17, "0.5".to_owned(), 3)));
    assert_eq!(point("-1 -inf -3"), Some((-1, "-inf".to_owned(), -3)));
    for odd in ["", "17", "x 0.5 3", "17 x 3", "17 0.5 x", "17 0.5 3 wine", "99999999999999999999 1 1", "17  0.5 3"] {
        assert_eq!(point(odd), None, "{odd:?}");
    }
    let measured = lines::measurement("auc", "17 nan 3 abc wine d1").unwrap();
    assert_eq!((measured.run.as_str(), measured.dataset), ("abc", Some(("wine".to_owned(), "d1".to_owned()))));
    assert!(lines::measurement("auc", "17 nan 3").is_none());
}

proptest! {
    #[test]
    fn no_text_makes_the_readers_stumble(text in "\\PC{0,200}", bytes in "[-:&*?\\[\\]{}'\"|>!%@ \n\ta-c0-9~]{0,80}") {
        for text in [&text, &bytes] {
            if let Ok(node) = yaml::parse(text) {
                prop_assert!(matches!(node, Node::Map(_)));
            }
            drop((lines::point(text), lines::measurement("k", text)));
        }
    }
}
