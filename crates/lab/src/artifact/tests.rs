//! Which paths are refused, and what becomes of those that are not.

use base::{ExperimentId, Kind, Result};
use blob::Blob;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use people::{
    Scope,
    testing::{World, each_world},
};
use proptest::prelude::*;

use super::{File, Owner, Path, upload};
use crate::{
    artifact, experiment,
    metric::tests::a_run,
    model,
    run::{self, Status},
};

#[test]
fn paths_cannot_leave_the_tree() {
    for good in [
        "1/r/artifacts/model.pkl",
        "1/r/artifacts/a b+c&d=e,f:g.txt",
        "1/r/artifacts/....",
        "1/r/artifacts/.hidden",
        "1/r/artifacts/überraschung.txt",
        "1/r/artifacts/100%",
        "1/r/artifacts/%41",
    ] {
        assert_eq!(Path::parse(good).unwrap().as_str(), good);
    }
    for wrong in [
        "1/../2",
        "..",
        "1/r/..",
        "1/./r",
        "/etc/passwd",
        "//x",
        "1//r",
        "1/r/",
        "",
        "1/r#x",
        "1/a\0b",
        "1/%2e%2e/2",
        "1/%2E./2",
        "1/%252e%252e/2",
        "1/%25252e%25252e/2",
        "%2fetc",
        "1/r%23x",
        "1/r%2523",
        "1/x%00",
        "1/%2f/x",
        "1/a%2f..%2fb",
        "1/r/artifacts/back\\slash\\..\\x",
        "1/r/artifacts/back%5cslash",
        "1/r/artifacts/a;b",
        "1/r/artifacts/a%3Bb",
        "1/r/artifacts/a\nb",
        "1/r/artifacts/C:/x",
    ] {
        assert!(Path::parse(wrong).unwrap_err().is(Kind::Invalid), "{wrong}");
    }
    for experiment in ["x", "-1x", "+1", "01", "001", "1x", "99999999999999999999", "%31", " 1", "\u{661}"] {
        let nowhere = format!("{experiment}/r/artifacts/x");
        assert!(Path::parse(&nowhere).unwrap_err().is(Kind::NotFound), "{nowhere}");
    }
    for nowhere in [
        "1",
        "1/r",
        "1/r/x",
        "1/r/Artifacts/x",
        "1/r/artifacts%2fx",
        "1/models",
        "1/models/m-1",
        "1/models/m-1/x",
        "1/models/artifacts/x",
        "1/traces/t-1",
        "1/traces/artifacts/x",
    ] {
        assert!(Path::parse(nowhere).unwrap_err().is(Kind::NotFound), "{nowhere}");
    }
    let run = Path::of_model(ExperimentId(7), &"m-1".into());
    assert_eq!(run.join("a/b").unwrap().as_str(), "7/models/m-1/artifacts/a/b");
    assert!(run.join("../x").is_err());
    assert_eq!(run.owner(), &Owner::Model("m-1".into()));
    let file = Path::parse("7/abc/artifacts/x").unwrap();
    assert_eq!((file.owner(), file.is_root()), (&Owner::Run("abc".into()), false));
    assert!(Path::parse("7/abc/artifacts").unwrap().is_root());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is accepted stays below its root, however often somebody decodes it.
    #[test]
    fn what_is_accepted_stays_below(text in r"1/r/artifacts(/|%2f|%2e|%25|\.|\.\.|#|%23|a|\\|%){0,12}") {
        if let Ok(path) = Path::parse(&text) {
            let mut text = path.as_str().to_owned();
            for _ in 0..20 {
                prop_assert!(!text.starts_with('/') && !text.contains('#') && !text.contains('\0'));
                prop_assert!(text.split('/').all(|segment| !matches!(segment, "" | "." | "..")), "{text}");
                text = percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned();
            }
        }
    }
}

struct Kept {
    runtime: tokio::runtime::Runtime,
    blob: Blob,
    _folder: tempfile::TempDir,
}

fn kept() -> Kept {
    let folder = tempfile::tempdir().unwrap();
    let blob = Blob::folder(folder.path()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    Kept { runtime, blob, _folder: folder }
}

impl Kept {
    fn upload(&self, world: &World, name: &str, path: &str, bytes: &'static [u8]) -> Result<File> {
        let path = Path::parse(path)?;
        let bytes = stream::iter([std::io::Result::Ok(Bytes::from_static(bytes))]);
        self.runtime.block_on(upload(&world.db.db, &self.blob, &world.actor(name), &path, bytes, &[], |_, _| Ok(())))
    }

    fn text(&self, file: &File) -> Vec<u8> {
        self.runtime.block_on(async {
            let reading = self.blob.open(&file.sha256, None).await.unwrap();
            let chunks: Vec<Bytes> = reading.chunks.map(|chunk| chunk.unwrap()).collect().await;
            chunks.concat()
        })
    }
}

fn names(world: &World, folder: &str) -> Vec<String> {
    let (dana, folder) = (world.actor("Dana"), Path::parse(folder).unwrap());
    let entries = world.db.read_blocking(move |tx| artifact::list(tx, &dana, &folder)).unwrap();
    entries.into_iter().map(|entry| if entry.file.is_some() { entry.name } else { entry.name + "/" }).collect()
}

#[test]
fn files_are_put_listed_replaced_and_deleted() {
    each_world(|world| {
        let store = kept();
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        let root = Path::of_run(&run).as_str().to_owned();
        let model = store.upload(world, "Dana", &format!("{root}/model/a.bin"), b"one").unwrap();
        assert_eq!((model.size, store.text(&model).as_slice()), (3, &b"one"[..]));
        store.upload(world, "Dana", &format!("{root}/model/b.bin"), b"two").unwrap();
        store.upload(world, "Dana", &format!("{root}/model0"), b"no folder").unwrap();
        assert_eq!(names(world, &root), ["model/", "model0"]);
        assert_eq!(names(world, &format!("{root}/model")), ["a.bin", "b.bin"]);
        assert_eq!(names(world, &format!("{root}/model0")), [""; 0], "a file holds nothing");

        let again = store.upload(world, "Dana", &format!("{root}/model/a.bin"), b"three").unwrap();
        assert_eq!(store.text(&again), b"three");
        let below = store.upload(world, "Dana", &format!("{root}/model/a.bin/x"), b"").unwrap_err();
        assert_eq!(below.detail(), "path: lies below a file; choose another folder");
        let onto = store.upload(world, "Dana", &format!("{root}/model"), b"").unwrap_err();
        assert_eq!(onto.detail(), "path: is a folder; choose the name of a file");

        assert!(store.upload(world, "Mara", &format!("{root}/x"), b"").unwrap_err().is(Kind::Forbidden));
        let strange = store.upload(world, "Rita", &format!("{root}/x"), b"").unwrap_err();
        assert_eq!(strange.detail(), "No such artifact, or it is not yours to see.");

        let files = {
            let run = run.clone();
            world.db.read_blocking(move |tx| artifact::of_run(tx, &run)).unwrap()
        };
        assert_eq!(files.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), ["model/a.bin", "model/b.bin", "model0"]);

        let tree = Path::parse(&format!("{root}/model")).unwrap();
        let delete = {
            let (dana, tree) = (dana.clone(), tree.clone());
            move |tx: &mut db::Tx| artifact::delete(tx, &dana, &tree)
        };
        assert_eq!(world.db.write_blocking(delete.clone()).unwrap(), 2);
        assert_eq!(world.db.write_blocking(delete).unwrap(), 0);
        assert_eq!(names(world, &root), ["model0"]);

        // Bytes go once nothing refers to them and they are old; these are young.
        let job = serde_json::json!({ "sha256": [again.sha256.clone()] });
        store.runtime.block_on(artifact::sweep(&world.db.db, &store.blob, &job)).unwrap();
        assert_eq!(store.text(&again), b"three");

        let id = run.id.clone();
        let by = dana.clone();
        world.db.write_blocking(move |tx| run::delete(tx, &by, &id)).unwrap();
        assert!(store.upload(world, "Dana", &format!("{root}/late"), b"").unwrap_err().is(Kind::Conflict));
        assert_eq!(names(world, &root), ["model0"], "reading a deleted run works");
        world.db.write_blocking(move |tx| experiment::delete(tx, &dana, run.experiment)).unwrap();
        assert!(store.upload(world, "Dana", &format!("{root}/later"), b"").unwrap_err().is(Kind::Conflict));
    });
}

/// While the bytes arrive, their run goes.
#[test]
fn bytes_that_get_no_path_are_swept() {
    each_world(|world| {
        let store = kept();
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        let path = Path::of_run(&run).join("late.bin").unwrap();
        let (db, by) = (world.db.db.clone(), dana.clone());
        let bytes = stream::once(async move {
            db.write(move |tx| run::delete(tx, &by, &run.id)).await.unwrap();
            std::io::Result::Ok(Bytes::from_static(b"late"))
        });
        let late = store.runtime.block_on(upload(&world.db.db, &store.blob, &dana, &path, bytes, &[], |_, _| Ok(())));
        assert!(late.unwrap_err().is(Kind::Conflict));
        world.db.days_pass(2);
        let job =
            world.db.write_blocking(|tx| db::job::claim(tx, db::job::Lane::Only(artifact::SWEEP))).unwrap().unwrap();
        let sha256 = job.body["sha256"][0].as_str().unwrap().to_owned();
        assert!(store.runtime.block_on(store.blob.open(&sha256, None)).is_ok(), "it names what arrived");
    });
}

fn set(world: &World, run: &run::Run, status: Status) {
    let (dana, id) = (world.actor("Dana"), run.id.clone());
    let update = run::Update { status: Some(status), ..run::Update::default() };
    world.db.write_blocking(move |tx| run::update(tx, &dana, &id, &update)).unwrap();
}

/// What a run has when it ends is what was judged.
#[test]
fn files_of_a_run_that_has_ended_stay() {
    each_world(|world| {
        let store = kept();
        let run = a_run(world, &world.actor("Dana"));
        let root = Path::of_run(&run).as_str().to_owned();
        let report = format!("{root}/report.txt");
        store.upload(world, "Dana", &report, b"first").unwrap();
        for ended in [Status::Finished, Status::Failed, Status::Killed] {
            set(world, &run, ended);
            let refused = store.upload(world, "Dana", &report, b"other").unwrap_err();
            assert!(refused.is(Kind::Conflict) && refused.members()["kept"] == report, "{ended:?}: {refused}");
            assert!(refused.detail().contains("Take the run up again to write it over"), "{refused}");
            let again = store.upload(world, "Dana", &report, b"first").unwrap();
            assert_eq!(store.text(&again), b"first", "what is repeated changes nothing");
            store.upload(world, "Dana", &format!("{root}/after {ended:?}.txt"), b"new").unwrap();

            set(world, &run, Status::Running);
            store.upload(world, "Dana", &report, b"taken up").unwrap();
            store.upload(world, "Dana", &report, b"first").unwrap();
        }
        assert_eq!(names(world, &root), ["after Failed.txt", "after Finished.txt", "after Killed.txt", "report.txt"]);
    });
}

/// While the bytes arrive, the run ends; it is asked again when the path is given.
#[test]
fn a_run_that_ends_meanwhile_keeps_its_file() {
    each_world(|world| {
        let store = kept();
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        let path = Path::of_run(&run).join("report.txt").unwrap();
        let first = store.upload(world, "Dana", path.as_str(), b"first").unwrap();
        let (db, by) = (world.db.db.clone(), dana.clone());
        let bytes = stream::once(async move {
            let update = run::Update { status: Some(Status::Finished), ..run::Update::default() };
            db.write(move |tx| run::update(tx, &by, &run.id, &update)).await.unwrap();
            std::io::Result::Ok(Bytes::from_static(b"late"))
        });
        let late = store.runtime.block_on(upload(&world.db.db, &store.blob, &dana, &path, bytes, &[], |_, _| Ok(())));
        assert!(late.unwrap_err().is(Kind::Conflict));
        let kept = world.db.read_blocking(move |tx| artifact::file(tx, &dana, &path)).unwrap();
        assert_eq!(kept.sha256, first.sha256);
    });
}

/// What lies beside the folder of a run or a model would be part of no bundle.
#[test]
fn an_artifact_belongs_to_one_run_or_one_model() {
    each_world(|world| {
        let store = kept();
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        let (id, experiment) = (run.id.as_str(), run.experiment);
        let (actor, project) = (dana.clone(), world.churn.id.clone());
        let other = world
            .db
            .write_blocking(move |tx| Ok(experiment::propose(tx, &actor, &project, &experiment::New::default())?.id))
            .unwrap();
        let actor = dana.clone();
        let model = world
            .db
            .write_blocking(move |tx| Ok(model::create(tx, &actor, experiment, &model::New::default())?.id))
            .unwrap();
        store.upload(world, "Dana", &format!("{experiment}/{id}/artifacts/a"), b"a").unwrap();
        store.upload(world, "Dana", &format!("{experiment}/models/{model}/artifacts/MLmodel"), b"m").unwrap();

        let upper = id.to_uppercase();
        assert_ne!(upper, id, "an id without letters proves nothing");
        for beside in [
            format!("0{experiment}/{id}/artifacts/x"),
            format!("{experiment}/{upper}/artifacts/x"),
            format!("{experiment}/{id}0/artifacts/x"),
            format!("{experiment}/{}/artifacts/x", "0".repeat(32)),
            format!("{experiment}/models/{id}/artifacts/x"),
            format!("{experiment}/{model}/artifacts/x"),
            format!("{experiment}/models/{}/artifacts/x", model.as_str().to_uppercase()),
            format!("{other}/{id}/artifacts/x"),
            format!("{other}/models/{model}/artifacts/x"),
            format!("{experiment}/{id}/x"),
            format!("{experiment}/x"),
        ] {
            let refused = store.upload(world, "Dana", &beside, b"x").unwrap_err();
            assert!(refused.is(Kind::NotFound), "{beside}: {refused}");
            let Ok(path) = Path::parse(&beside) else { continue };
            let actor = dana.clone();
            let read = world.db.read_blocking(move |tx| artifact::list(tx, &actor, &path).map(drop)).unwrap_err();
            assert!(read.is(Kind::NotFound), "{beside}: {read}");
        }
        let root = store.upload(world, "Dana", &format!("{experiment}/{id}/artifacts"), b"x").unwrap_err();
        assert_eq!(root.detail(), "path: is where all artifacts lie; name a file below it");

        let (actor, gone) = (dana.clone(), model.clone());
        world.db.write_blocking(move |tx| model::delete(tx, &actor, &gone)).unwrap();
        let late = store.upload(world, "Dana", &format!("{experiment}/models/{model}/artifacts/x"), b"x").unwrap_err();
        assert_eq!(late.detail(), format!("The model {model} is deleted. Log another one."));
        assert_eq!(names(world, &format!("{experiment}/models/{model}/artifacts")), ["MLmodel"]);
    });
}

#[test]
fn artifacts_are_downloads_unless_harmless() {
    each_world(|world| {
        let store = kept();
        let dana = world.actor("Dana");
        let run = a_run(world, &dana);
        let root = Path::of_run(&run).as_str().to_owned();
        store.upload(world, "Dana", &format!("{root}/plots/ä.html"), b"<script>alert(1)</script>").unwrap();
        store.upload(world, "Dana", &format!("{root}/m.pkl"), b"\x80\x04\x95\0\0").unwrap();

        let app = world.app.clone().share(store.blob.clone());
        let world = World { app, db: world.db, churn: world.churn.clone(), fraud: world.fraud.clone() };
        let client = world.client(crate::routes).bearer(&world.token("Dana", Scope::Read, None));
        let base = format!("/api/v1/runs/{}/artifacts", run.id);

        let top = client.get(&base).json();
        assert_eq!(top["files"][0]["path"], "m.pkl");
        assert_eq!(top["files"][0]["size"], 5);
        assert_eq!(
            top["files"][1],
            serde_json::json!({"path": "plots", "name": "plots", "is_dir": true, "size": null, "sha256": null})
        );
        assert_eq!(client.get(&format!("{base}?path=plots")).json()["files"][0]["path"], "plots/ä.html");

        let html = format!("{base}/content?path=plots%2F%C3%A4.html");
        let download = client.get(&html);
        assert_eq!(download.header("content-type"), "application/octet-stream");
        assert_eq!(
            download.header("content-disposition"),
            "attachment; filename=\"_.html\"; filename*=UTF-8''%C3%A4.html"
        );
        let shown = client.get(&format!("{html}&inline=1"));
        assert_eq!(shown.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(shown.header("content-security-policy"), "default-src 'none'; sandbox");
        assert_eq!(shown.header("x-content-type-options"), "nosniff");

        let part = client.with("range", "bytes=1-6").get(&html);
        assert_eq!((part.status, part.text().as_str(), part.header("content-range")), (206, "script", "bytes 1-6/25"));
        let stale = client.with("range", "bytes=1-6").with("if-range", "\"other\"").get(&html);
        assert_eq!((stale.status, stale.bytes.len()), (200, 25));
        let beyond = client.with("range", "bytes=25-").get(&html);
        assert_eq!((beyond.status, beyond.header("content-range")), (416, "bytes */25"));

        assert_eq!(client.get(&format!("{base}/content?path=m.pkl&inline=1")).status, 400);
        assert_eq!(client.get(&format!("{base}/content?path=plots")).detail(), "path: is a folder; name a file in it");
        for (path, status) in [("..%2F..", 400), ("%252e%252e", 400), ("absent", 404), ("", 400), ("a%2523", 400)] {
            assert_eq!(client.get(&format!("{base}/content?path={path}")).status, status, "{path}");
        }
        let stranger = client.bearer(&world.token("Rita", Scope::Full, None)).get(&base);
        assert_eq!((stranger.status, stranger.detail().as_str()), (404, "No such run, or it is not yours to see."));
    });
}
