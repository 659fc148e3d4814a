//! Stories about attachments, told on each engine.

use axum::http::Method;
use blob::Blob;
use people::{
    Scope,
    testing::{Client, each_world},
};
use serde_json::json;

use crate::item::tests::made;

const FILES: &str = "/api/v1/items/CHURN-1/attachments";

#[test]
fn a_file_lies_with_its_item() {
    each_world(|world| {
        let folder = tempfile::tempdir().unwrap();
        let blob = Blob::folder(folder.path()).unwrap();
        let door = people::door::Door::new(world.app.clone().share(blob.clone()));
        let settings = people::door::Settings { content_policy: String::new() };
        let client = Client::new(crate::routes(door).into_router(settings));
        let as_who = |name: &str| client.bearer(&world.token(name, Scope::Full, None));
        let (dana, mara) = (as_who("Dana"), as_who("Mara"));
        made(&dana, "CHURN", json!({ "title": "Look at this" }));
        let put = |client: &Client, name: &str, bytes: &[u8]| {
            client.raw(Method::POST, &format!("{FILES}?name={name}"), bytes)
        };
        let added = put(&dana, "note.txt", b"<b>hello</b>");
        assert_eq!(added.status, 201, "{}", added.text());
        assert_eq!((&added.json()["size"], &added.json()["by"]["name"]), (&json!(12), &json!("Dana")));
        let one = format!("{FILES}/{}", added.json()["id"]);
        let read = mara.get(&one);
        assert_eq!((read.text().as_str(), read.header("content-type")), ("<b>hello</b>", "application/octet-stream"));
        assert!(read.header("content-disposition").starts_with("attachment; filename=\"note.txt\""));
        assert_eq!(
            mara.get(&format!("{one}?inline=1")).header("content-type"),
            "text/plain; charset=utf-8",
            "never as HTML"
        );
        let keyed = dana.with("idempotency-key", "the-answer-was-lost");
        let other = put(&keyed, "data.csv", b"1,2");
        assert_eq!(put(&keyed, "data.csv", b"1,2").json(), other.json());
        assert_eq!(put(&keyed, "data.csv", b"1,3").status, 409, "other bytes are another file");
        assert_eq!(dana.get(FILES).json()["items"].as_array().unwrap().len(), 2);
        assert_eq!(dana.delete(&format!("{FILES}/{}", other.json()["id"])).status, 204);
        assert_eq!(put(&mara, "x", b"x").status, 403);
        assert_eq!(as_who("Rita").get(&one).status, 404);
        for name in ["..", "a%2Fb", "", "a%00b"] {
            assert_eq!(put(&dana, name, b"x").status, 400, "{name}");
        }

        // Bytes that an attachment refers to outlive the artifact that shared them.
        let sha256 = added.json()["sha256"].as_str().unwrap().to_owned();
        let sweep = || {
            let (db, blob, body) = (world.db.db.clone(), blob.clone(), json!({ "sha256": [sha256] }));
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move { lab::artifact::sweep(&db, &blob, &body).await }).unwrap();
        };
        let path = folder.path().join(&sha256[..2]).join(&sha256[2..4]).join(&sha256);
        let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3 * 24 * 3600);
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
        sweep();
        assert!(path.exists());
        assert_eq!(dana.delete(&one).status, 204);
        assert_eq!(dana.get(FILES).json()["items"], json!([]));
        sweep();
        assert!(!path.exists(), "nothing refers to them any more");
    });
}
