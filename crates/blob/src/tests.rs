use std::{io, os::unix::fs::PermissionsExt, time::Duration};

use base::Kind;
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use crate::{Blob, Part, Reading};

const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

fn chunks(words: &[&'static str]) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send + use<> {
    stream::iter(words.iter().map(|word| Ok(Bytes::from_static(word.as_bytes()))).collect::<Vec<_>>())
}

async fn text(reading: Reading) -> String {
    let bytes: Vec<Bytes> = reading.chunks.map(|chunk| chunk.unwrap()).collect().await;
    String::from_utf8(bytes.concat()).unwrap()
}

fn files(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { 1 }).sum()
}

#[tokio::test]
async fn bytes_come_back_whole_and_in_part() {
    let folder = tempfile::tempdir().unwrap();
    let blob = Blob::folder(folder.path().join("deep/blobs")).unwrap();

    let written = blob.put(chunks(&["hel", "", "lo"])).await.unwrap();
    assert_eq!((written.sha256.as_str(), written.size), (HELLO, 5));

    let whole = blob.open(HELLO, None).await.unwrap();
    assert_eq!(whole.size, 5);
    assert_eq!(text(whole).await, "hello");
    let part = blob.open(HELLO, Some(Part { start: 1, length: 3 })).await.unwrap();
    assert_eq!(part.size, 5);
    assert_eq!(text(part).await, "ell");
    let beyond = blob.open(HELLO, Some(Part { start: 3, length: 100 })).await.unwrap();
    assert_eq!(text(beyond).await, "lo");

    let path = folder.path().join(format!("deep/blobs/2c/f2/{HELLO}"));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn the_same_bytes_lie_there_once() {
    let folder = tempfile::tempdir().unwrap();
    let blob = Blob::folder(folder.path()).unwrap();
    for _ in 0..3 {
        blob.put(chunks(&["hello"])).await.unwrap();
    }
    assert_eq!(files(folder.path()), 1);
}

#[tokio::test]
async fn a_broken_upload_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let blob = Blob::folder(folder.path()).unwrap();
    let broken = stream::iter([Ok(Bytes::from_static(b"half")), Err(io::Error::other("connection reset"))]);
    let refused = blob.put(broken).await.unwrap_err();
    assert_eq!(refused.detail(), "body: ended too early (connection reset); send it again");
    assert_eq!(files(folder.path()), 0);

    // A caller that goes away in the middle leaves nothing either.
    let endless = stream::once(async { io::Result::Ok(Bytes::from_static(b"half")) }).chain(stream::pending());
    assert!(tokio::time::timeout(Duration::from_millis(50), blob.put(endless)).await.is_err());
    assert_eq!(files(folder.path()), 0);
}

#[tokio::test]
async fn damage_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let blob = Blob::folder(folder.path()).unwrap();
    blob.put(chunks(&["hello"])).await.unwrap();
    assert!(blob.verify(HELLO).await.unwrap());
    std::fs::write(folder.path().join(format!("2c/f2/{HELLO}")), "hallo").unwrap();
    assert!(!blob.verify(HELLO).await.unwrap());
}

#[tokio::test]
async fn only_old_bytes_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let blob = Blob::folder(folder.path()).unwrap();
    blob.put(chunks(&["hello"])).await.unwrap();
    assert!(!blob.remove(HELLO, Duration::from_secs(3600)).await.unwrap());
    assert!(blob.remove(HELLO, Duration::ZERO).await.unwrap());
    assert!(!blob.remove(HELLO, Duration::ZERO).await.unwrap());
    assert!(blob.open(HELLO, None).await.unwrap_err().is(Kind::NotFound));
}

#[tokio::test]
async fn a_name_is_no_path() {
    let folder = tempfile::tempdir().unwrap();
    let blob = Blob::folder(folder.path()).unwrap();
    for name in ["", "../../etc/passwd", &"A".repeat(64), &"é".repeat(32)] {
        assert!(blob.open(name, None).await.unwrap_err().is(Kind::NotFound), "{name}");
    }
}

const UPLOAD: &str = "0123456789abcdef";

#[tokio::test]
async fn parts_become_content_once_all_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let blob = Blob::folder(folder.path()).unwrap();
    let second = blob.put_part(UPLOAD, 2, chunks(&["lo"])).await.unwrap();
    let wrong = blob.put_part(UPLOAD, 1, chunks(&["hal"])).await.unwrap();
    let first = blob.put_part(UPLOAD, 1, chunks(&["h", "el"])).await.unwrap();
    let digests = |parts: &[&crate::Written]| parts.iter().map(|part| part.sha256.clone()).collect::<Vec<_>>();

    let missing = blob.assemble(UPLOAD, &digests(&[&first, &second, &second])).await.unwrap_err();
    assert_eq!(missing.detail(), "parts: part 3 has not arrived; upload it, then complete again");
    let replaced = blob.assemble(UPLOAD, &digests(&[&wrong, &second])).await.unwrap_err();
    assert_eq!(replaced.detail(), "parts: part 1 is not the one that you name; upload it again, then complete");
    assert_eq!(files(&folder.path().join("tmp")), 0, "what was begun is gone");
    assert!(blob.open(HELLO, None).await.unwrap_err().is(Kind::NotFound));

    let whole = blob.assemble(UPLOAD, &digests(&[&first, &second])).await.unwrap();
    assert_eq!((whole.sha256.as_str(), whole.size), (HELLO, 5));
    assert_eq!(text(blob.open(HELLO, None).await.unwrap()).await, "hello");
    blob.drop_parts(UPLOAD).await.unwrap();
    blob.drop_parts(UPLOAD).await.unwrap();
    assert_eq!(files(folder.path()), 1);
    for name in ["", "../x", "..", "a/b"] {
        assert!(blob.put_part(name, 1, chunks(&["x"])).await.unwrap_err().is(Kind::NotFound), "{name}");
        assert!(blob.drop_parts(name).await.unwrap_err().is(Kind::NotFound), "{name}");
    }
}

#[tokio::test]
async fn parts_that_nobody_completes_go_at_a_later_start() {
    let folder = tempfile::tempdir().unwrap();
    let blob = Blob::folder(folder.path()).unwrap();
    blob.put_part(UPLOAD, 1, chunks(&["old"])).await.unwrap();
    blob.put_part("fedcba", 1, chunks(&["young"])).await.unwrap();
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(8 * 24 * 3600);
    std::fs::File::open(folder.path().join("parts").join(UPLOAD)).unwrap().set_modified(long_ago).unwrap();
    Blob::folder(folder.path()).unwrap();
    assert_eq!(files(&folder.path().join("parts")), 1);
}
