//! Artifacts that arrive in parts, through the addresses that their sender was given.

use axum::http::Method;
use base::{Kind, Result};
use blob::Blob;
use db::job::{self, Lane};
use people::{
    Scope,
    door::{Door, Settings},
    testing::{Answered, Client, World, each_world},
};

use super::{EXPIRE, Upload, abort, complete, expire, start};
use crate::{
    artifact::{self, File, Path},
    metric::tests::a_run,
    run::{self, Run},
};

struct Story<'w, 't> {
    world: &'w World<'t>,
    runtime: tokio::runtime::Runtime,
    blob: Blob,
    folder: tempfile::TempDir,
    client: Client,
    run: Run,
}

fn each_story(story: impl Fn(&Story)) {
    each_world(|world| {
        let folder = tempfile::tempdir().unwrap();
        let blob = Blob::folder(folder.path()).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let settings = Settings { content_policy: "default-src 'self'".to_owned() };
        let app = world.app.clone().share(blob.clone());
        let client = Client::new(artifact::signed::http::routes(Door::new(app), |_, _| Ok(())).into_router(settings));
        let run = a_run(world, &world.actor("Dana"));
        story(&Story { world, runtime, blob, folder, client, run });
    });
}

impl Story<'_, '_> {
    fn path(&self, name: &str) -> Path {
        Path::of_run(&self.run).join(name).unwrap()
    }

    fn start(&self, who: &str, name: &str, parts: u32) -> Result<(Upload, Vec<String>)> {
        let actor = self.world.actor(who);
        self.runtime.block_on(start(&self.world.db.db, &actor, &self.path(name), parts, |_, _| Ok(())))
    }

    /// As a client does, which has nothing but the address; answers the part's tag.
    fn send(&self, address: &str, bytes: &str) -> Answered {
        self.client.raw(Method::PUT, address, bytes)
    }

    fn sent(&self, address: &str, bytes: &str) -> String {
        let answer = self.send(address, bytes);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.header("etag").trim_matches('"').to_owned()
    }

    fn complete(&self, who: &str, name: &str, upload: &Upload, digests: &[String]) -> Result<()> {
        let (db, actor, path) = (&self.world.db.db, self.world.actor(who), self.path(name));
        self.runtime.block_on(complete(db, &self.blob, &actor, &path, &upload.id, digests.to_vec(), |_, _| Ok(())))
    }

    fn abort(&self, who: &str, name: &str, upload: &Upload) -> Result<()> {
        let (db, actor, path) = (&self.world.db.db, self.world.actor(who), self.path(name));
        self.runtime.block_on(abort(db, &self.blob, &actor, &path, &upload.id))
    }

    fn file(&self, name: &str) -> Result<File> {
        let (dana, path) = (self.world.actor("Dana"), self.path(name));
        self.world.db.read_blocking(move |tx| artifact::file(tx, &dana, &path))
    }

    /// Parts that lie in the store.
    fn lying(&self) -> usize {
        let uploads = std::fs::read_dir(self.folder.path().join("parts")).into_iter().flatten().flatten();
        uploads.map(|upload| std::fs::read_dir(upload.path()).unwrap().count()).sum()
    }
}

const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

#[test]
fn parts_become_an_artifact_when_all_are_there() {
    each_story(|story| {
        let (upload, addresses) = story.start("Dana", "model/weights.bin", 2).unwrap();
        assert_eq!(addresses.len(), 2);
        let second = story.sent(&addresses[1], "lo");
        story.sent(&addresses[0], "hal");
        let first = story.sent(&addresses[0], "hel");
        assert!(story.file("model/weights.bin").unwrap_err().is(Kind::NotFound), "nothing is visible before");
        let name = "model/weights.bin";
        let short = story.complete("Dana", name, &upload, std::slice::from_ref(&first)).unwrap_err();
        assert_eq!(short.detail(), "parts: must be all 2 that the upload was started with; 1 came");
        let mixed = story.complete("Dana", name, &upload, &[second.clone(), first.clone()]).unwrap_err();
        assert_eq!(mixed.detail(), "parts: part 1 is not the one that you name; upload it again, then complete");
        assert!(story.file(name).unwrap_err().is(Kind::NotFound));

        story.complete("Dana", name, &upload, &[first.clone(), second.clone()]).unwrap();
        let file = story.file(name).unwrap();
        assert_eq!((file.sha256.as_str(), file.size), (HELLO, 5));
        assert_eq!(story.lying(), 0);
        story.complete("Dana", name, &upload, &[first, second]).unwrap();
        assert_eq!(story.send(&addresses[0], "late").status, 404, "it is done");
        story.abort("Dana", name, &upload).unwrap();
        assert_eq!(story.file(name).unwrap().sha256, HELLO, "what became an artifact stays one");
    });
}

#[test]
fn an_upload_belongs_to_whoever_started_it() {
    each_story(|story| {
        assert!(story.start("Mara", "x", 1).unwrap_err().is(Kind::Forbidden));
        assert!(story.start("Rita", "x", 1).unwrap_err().is(Kind::NotFound));
        let (upload, addresses) = story.start("Dana", "x", 1).unwrap();
        let digests = [story.sent(&addresses[0], "hello")];
        for (who, kind) in
            [("Mei", Kind::NotFound), ("Sam", Kind::NotFound), ("Mara", Kind::Forbidden), ("Rita", Kind::NotFound)]
        {
            assert!(story.complete(who, "x", &upload, &digests).unwrap_err().is(kind), "{who} completes");
            assert!(story.abort(who, "x", &upload).unwrap_err().is(kind), "{who} aborts");
        }
        let elsewhere = story.complete("Dana", "y", &upload, &digests).unwrap_err();
        assert!(elsewhere.is(Kind::NotFound), "it was started for another path");
        story.complete("Dana", "x", &upload, &digests).unwrap();
    });
}

#[test]
fn what_is_not_completed_is_forgotten() {
    each_story(|story| {
        let (given_up, addresses) = story.start("Dana", "given up", 2).unwrap();
        story.sent(&addresses[0], "half");
        story.abort("Dana", "given up", &given_up).unwrap();
        assert_eq!(story.lying(), 0);
        assert_eq!(story.send(&addresses[1], "other half").status, 404);
        assert!(story.abort("Dana", "given up", &given_up).unwrap_err().is(Kind::NotFound));

        let (slow, addresses) = story.start("Dana", "slow", 2).unwrap();
        let first = story.sent(&addresses[0], "half");
        story.world.db.days_pass(1);
        assert_eq!(story.send(&addresses[1], "other half").status, 403, "the address is out of date");
        assert!(story.complete("Dana", "slow", &slow, &[first.clone(), first]).unwrap_err().is(Kind::NotFound));
        while let Some(due) = story.world.db.write_blocking(|tx| job::claim(tx, Lane::Only(EXPIRE))).unwrap() {
            story.runtime.block_on(expire(&story.world.db.db, &story.blob, &due.body)).unwrap();
            story.world.db.write_blocking(move |tx| job::done(tx, &due)).unwrap();
        }
        assert_eq!(story.lying(), 0);
    });
}

#[test]
fn an_upload_goes_only_where_a_file_may_be_put() {
    each_story(|story| {
        for parts in [0, 10_001, u32::MAX] {
            assert!(story.start("Dana", "x", parts).unwrap_err().is(Kind::Invalid), "{parts}");
        }
        let (upload, addresses) = story.start("Dana", "x", 1).unwrap();
        let digests = [story.sent(&addresses[0], "hello")];
        let (dana, id) = (story.world.actor("Dana"), story.run.id.clone());
        story.world.db.write_blocking(move |tx| run::delete(tx, &dana, &id)).unwrap();
        assert_eq!(story.send(&addresses[0], "hello").status, 409);
        assert!(story.complete("Dana", "x", &upload, &digests).unwrap_err().is(Kind::Conflict));
        assert!(story.file("x").unwrap_err().is(Kind::NotFound));
    });
}

/// An address opens no more than whoever asked for it may do now.
#[test]
fn an_address_ends_with_the_token_that_asked_for_it() {
    each_story(|story| {
        let token = story.world.token("Dana", Scope::Track, None);
        let by_token = story.client.bearer(&token);
        let mine = by_token.get("/api/v1/runs/none");
        assert_eq!(mine.status, 404, "the token works");
        let id = {
            let dana = story.world.actor("Dana");
            story.world.db.read_blocking(move |tx| people::token::list(tx, &dana)).unwrap()[0].id.clone()
        };
        let actor = people::Actor { token: Some(id.clone()), scope: Scope::Track, ..story.world.actor("Dana") };
        let path = story.path("x");
        let (_, addresses) =
            story.runtime.block_on(start(&story.world.db.db, &actor, &path, 1, |_, _| Ok(()))).unwrap();
        assert_eq!(story.send(&addresses[0], "one").status, 200);
        let dana = story.world.actor("Dana");
        story.world.db.write_blocking(move |tx| people::token::revoke(tx, &dana, &id)).unwrap();
        assert_eq!(story.send(&addresses[0], "two").status, 403);
    });
}
