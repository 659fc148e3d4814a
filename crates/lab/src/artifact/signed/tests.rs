//! What signed addresses open, and what becomes of those that were changed.

use axum::http::Method;
use base::{Kind, Time};
use blob::Blob;
use people::{
    Role,
    door::{Door, Settings},
    member::{self, Seat},
    testing::{Client, World, each_world, email},
    user,
};

use super::{Key, Pass, What, to_get, to_put};
use crate::{artifact::Path, metric::tests::a_run};

fn pass(what: What) -> Pass {
    let (path, user) = ("7/abc/artifacts/x".to_owned(), "dana".into());
    Pass { what, path, user, token: None, mark: None, project: None, until: 1_000 }
}

#[test]
fn only_what_was_sealed_with_the_key_opens() {
    let key = Key("secret".to_owned());
    let part = What::Part { upload: "u".into(), number: 3 };
    let address = key.address(&pass(part.clone()));
    let text = address.strip_prefix(super::http::BELOW).unwrap();
    assert_eq!(key.open(text, Time(999)).unwrap(), pass(part));
    assert!(key.open(text, Time(1_000)).unwrap_err().detail().contains("out of date"));
    assert!(Key("other".to_owned()).open(text, Time(0)).is_err());
    let (said, sealed) = text.split_once('.').unwrap();
    let other = key.address(&pass(What::Get));
    let (other, _) = other.strip_prefix(super::http::BELOW).unwrap().split_once('.').unwrap();
    for forged in [
        format!("{other}.{sealed}"),
        format!("{said}.{}", sealed.replace(&sealed[..1], if &sealed[..1] == "A" { "B" } else { "A" })),
        format!("{said}.{}", &sealed[..sealed.len() - 4]),
        format!("{said}."),
        said.to_owned(),
        format!(".{sealed}"),
        String::new(),
    ] {
        assert!(key.open(&forged, Time(0)).unwrap_err().is(Kind::Forbidden), "{forged}");
    }
}

fn client(world: &World, blob: &Blob) -> Client {
    let settings = Settings { content_policy: "default-src 'self'".to_owned() };
    Client::new(
        super::http::routes(Door::new(world.app.clone().share(blob.clone())), |_, _| Ok(())).into_router(settings),
    )
}

#[test]
fn an_address_takes_a_file_in_and_gives_it_out() {
    each_world(|world| {
        let folder = tempfile::tempdir().unwrap();
        let blob = Blob::folder(folder.path()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (client, db) = (client(world, &blob), &world.db.db);
        let dana = world.actor("Dana");
        let path = Path::of_run(&a_run(world, &dana)).join("card.txt").unwrap();
        for seconds in [0, -1, 604_801, i64::MAX] {
            assert!(runtime.block_on(to_put(db, &dana, &path, seconds)).unwrap_err().is(Kind::Invalid), "{seconds}");
        }
        assert!(runtime.block_on(to_put(db, &world.actor("Mara"), &path, 60)).unwrap_err().is(Kind::Forbidden));
        assert!(runtime.block_on(to_put(db, &world.actor("Rita"), &path, 60)).unwrap_err().is(Kind::NotFound));
        assert!(runtime.block_on(to_get(db, &dana, &path, 60)).unwrap_err().is(Kind::NotFound));

        let writes = runtime.block_on(to_put(db, &dana, &path, 60)).unwrap();
        assert_eq!(client.get(&writes).status, 403, "it takes in and gives nothing out");
        assert_eq!(client.raw(Method::PUT, &writes, "hello").status, 200);
        let (reads, file) = runtime.block_on(to_get(db, &world.actor("Mara"), &path, 60)).unwrap();
        assert_eq!(file.size, 5);
        assert_eq!(client.raw(Method::PUT, &reads, "changed").status, 403);
        let got = client.get(&reads);
        assert_eq!((got.status, got.text().as_str()), (200, "hello"));
        assert!(got.header("content-disposition").starts_with("attachment"));
        let part = client.with("range", "bytes=1-3").get(&reads);
        assert_eq!((part.status, part.text().as_str()), (206, "ell"));
        assert!(runtime.block_on(to_get(db, &world.actor("Rita"), &path, 60)).unwrap_err().is(Kind::NotFound));

        // Mara chooses another password: what she asked for before opens nothing more.
        let mara = world.actor("Mara").user;
        world.db.write_blocking(move |tx| user::set_password(tx, &mara, "another")).unwrap();
        assert!(client.get(&reads).detail().contains("another password"));
        let (reads, _) = runtime.block_on(to_get(db, &world.actor("Mara"), &path, 60)).unwrap();
        assert_eq!(client.get(&reads).text(), "hello");

        // Dana becomes a viewer: her address writes no more, Mara's still reads.
        let pavel = world.actor("Pavel");
        let seat = Seat { role: Role::Viewer, trades: vec![], duties: vec![] };
        world.db.write_blocking(move |tx| member::put(tx, &pavel, "CHURN", &email("Dana"), &seat).map(drop)).unwrap();
        assert_eq!(client.raw(Method::PUT, &writes, "changed").status, 403);
        assert_eq!(client.get(&reads).text(), "hello");
        world.db.days_pass(1);
        assert_eq!(client.get(&reads).status, 403, "it is out of date");
        let other = client.get("/api/v1/artifacts/signed/e30.AAAA");
        assert_eq!(other.status, 403);
    });
}
