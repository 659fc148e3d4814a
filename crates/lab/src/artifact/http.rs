//! Artifacts on the wire. What comes back may have been made to attack whoever opens it, so it is
//! a download, or shown only when its bytes say that it is a harmless picture or plain text.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use base::{
    Result, RunId,
    refuse::{internal, invalid},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use blob::{Blob, Part, Reading};
use futures_util::StreamExt;
use people::{
    Right,
    door::{Answer, App, Caller, Door, Path as InPath, Policy, Problem, Query, Shared, get, ok},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Entry, File, Path, file, of_run_at};
use crate::run;

/// The SHA-256 that the sender says the body has, in hexadecimal digits: by RFC 9530, by RFC 3230, or as clients of
/// object stores say it. A digest of another kind cannot be checked here, so whoever sends one alone is told; MD5
/// (`Content-MD5`) is passed over, as any unknown header is.
pub fn claimed(headers: &HeaderMap) -> Result<Vec<String>> {
    let mut claims = Vec::new();
    for name in ["content-digest", "repr-digest", "digest", "x-amz-checksum-sha256"] {
        for value in headers.get_all(name) {
            let no_digest = || invalid(name, "must hold a SHA-256 digest in base64, as sha-256=:…:");
            let text = value.to_str().map_err(|_| no_digest())?;
            let before = claims.len();
            for claim in text.split(',').map(str::trim) {
                let claim = match claim.split_once('=') {
                    _ if name == "x-amz-checksum-sha256" => claim,
                    Some((kind, claim)) if kind.eq_ignore_ascii_case("sha-256") => claim.trim_matches(':'),
                    _ => continue,
                };
                let digest = STANDARD.decode(claim).ok().filter(|digest| digest.len() == 32);
                claims.push(hex::encode(digest.ok_or_else(no_digest)?));
            }
            if claims.len() == before {
                return Err(no_digest());
            }
        }
    }
    Ok(claims)
}

pub fn routes(door: Door) -> Door {
    door.route(
        get("/api/v1/runs/{id}/artifacts", Policy::Project(Right::Read))
            .summary("What a folder of a run's artifacts holds")
            .query::<Folder>()
            .gives::<Listing>()
            .to(index),
    )
    .route(
        get("/api/v1/runs/{id}/artifacts/content", Policy::Project(Right::Read))
            .summary("An artifact's bytes, whole or by Range; inline=1 shows pictures and text")
            .query::<Asked>()
            .to(content),
    )
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ArtifactFolder")]
struct Folder {
    /// Absent or empty: the run's artifacts from the top.
    path: Option<String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ArtifactList")]
struct Listing {
    files: Vec<Listed>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Artifact")]
struct Listed {
    /// From the top of the run's artifacts.
    path: String,
    name: String,
    is_dir: bool,
    /// Bytes; null for folders.
    size: Option<i64>,
    sha256: Option<String>,
}

async fn index(
    State(app): State<App>,
    caller: Caller,
    InPath(id): InPath<RunId>,
    Query(folder): Query<Folder>,
) -> Answer<Listing> {
    let below = folder.path.unwrap_or_default();
    let read = move |tx: &mut db::Tx| {
        let run = run::get(tx, &caller, &id)?;
        let entries = of_run_at(tx, &caller, &run, &below)?;
        Ok(Listing { files: entries.into_iter().map(|entry| listed(&below, entry)).collect() })
    };
    Ok(ok(app.db.read(read).await?))
}

fn listed(below: &str, entry: Entry) -> Listed {
    let path = if below.is_empty() { entry.name.clone() } else { format!("{below}/{}", entry.name) };
    let is_dir = entry.file.is_none();
    let (size, sha256) = entry.file.map(|file| (file.size, file.sha256)).unzip();
    Listed { path, name: entry.name, is_dir, size, sha256 }
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ArtifactQuery")]
struct Asked {
    path: String,
    /// `1` shows PNG, JPEG, GIF, WebP and text instead of downloading them.
    inline: Option<u8>,
}

async fn content(
    State(app): State<App>,
    Shared(blob): Shared<Blob>,
    caller: Caller,
    InPath(id): InPath<RunId>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let path = asked.path;
    let read = move |tx: &mut db::Tx| {
        let run = run::get(tx, &caller, &id)?;
        if path.is_empty() {
            return Err(invalid("path", "must name a file"));
        }
        file(tx, &caller, &Path::of_run(&run).join(&path)?)
    };
    let found = app.db.read(read).await?;
    match asked.inline {
        Some(1) => Ok(show(&blob, &found, &headers).await?),
        _ => Ok(download(&blob, &found, &headers).await?),
    }
}

/// Bytes of the blob store with the name under which they are offered.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'f> {
    pub name: &'f str,
    /// Bytes.
    pub size: i64,
    pub sha256: &'f str,
}

impl<'f> From<&'f File> for Offer<'f> {
    fn from(file: &'f File) -> Self {
        Self { name: file.path.rsplit('/').next().unwrap_or_default(), size: file.size, sha256: &file.sha256 }
    }
}

/// The file as an attachment, whole or the part that `Range` asks for.
pub async fn download(blob: &Blob, file: impl Into<Offer<'_>>, headers: &HeaderMap) -> Result<Response> {
    let file = file.into();
    let disposition = disposition("attachment", file.name);
    send(blob, file, headers, "application/octet-stream", &disposition).await
}

/// The file to be shown in place, when its bytes say that it is a picture or text.
pub async fn show(blob: &Blob, file: impl Into<Offer<'_>>, headers: &HeaderMap) -> Result<Response> {
    let file = file.into();
    let Some(kind) = sniff(&head(blob, file.sha256).await?) else {
        return Err(invalid("inline", "shows PNG, JPEG, GIF, WebP and plain text only; download this file instead"));
    };
    send(blob, file, headers, kind, &disposition("inline", file.name)).await
}

async fn send(blob: &Blob, file: Offer<'_>, headers: &HeaderMap, kind: &str, disposition: &str) -> Result<Response> {
    let size = u64::try_from(file.size).map_err(internal)?;
    let tag = format!("\"{}\"", file.sha256);
    let response = Response::builder()
        .header(header::CONTENT_TYPE, kind)
        .header(header::CONTENT_DISPOSITION, disposition)
        .header(header::ETAG, &tag)
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    let response = match asked_part(headers, &tag, size) {
        Range::Whole => {
            let Reading { chunks, .. } = blob.open(file.sha256, None).await?;
            response.header(header::CONTENT_LENGTH, size).body(Body::from_stream(chunks))
        }
        Range::Part(part) => {
            let Reading { chunks, .. } = blob.open(file.sha256, Some(part)).await?;
            let (first, last) = (part.start, part.start + part.length - 1);
            response
                .status(StatusCode::PARTIAL_CONTENT)
                .header(header::CONTENT_LENGTH, part.length)
                .header(header::CONTENT_RANGE, format!("bytes {first}-{last}/{size}"))
                .body(Body::from_stream(chunks))
        }
        Range::Beyond => response
            .status(StatusCode::RANGE_NOT_SATISFIABLE)
            .header(header::CONTENT_RANGE, format!("bytes */{size}"))
            .body(Body::empty()),
    };
    response.map_err(internal)
}

#[derive(Debug, PartialEq)]
enum Range {
    Whole,
    Part(Part),
    Beyond,
}

/// The part that the caller wants: of one range only (several are answered whole, as RFC 9110
/// allows), and only while `If-Range` names these bytes.
fn asked_part(headers: &HeaderMap, tag: &str, size: u64) -> Range {
    let same = |value: &HeaderValue| value.as_bytes() == tag.as_bytes();
    if !headers.get(header::IF_RANGE).is_none_or(same) {
        return Range::Whole;
    }
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    range.and_then(|range| part(range, size)).unwrap_or(Range::Whole)
}

/// None for what is no single range of bytes.
fn part(range: &str, size: u64) -> Option<Range> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (start, end) = match (first.trim(), last.trim()) {
        ("", last) => (size.saturating_sub(last.parse::<u64>().ok()?), size),
        (first, "") => (first.parse().ok()?, size),
        (first, last) => (first.parse().ok()?, last.parse::<u64>().ok()?.saturating_add(1).min(size)),
    };
    if start >= size {
        return Some(Range::Beyond);
    }
    (start < end).then(|| Range::Part(Part { start, length: end - start }))
}

/// So many bytes tell what a file is.
const HEAD: u64 = 4_096;

async fn head(blob: &Blob, sha256: &str) -> Result<Vec<u8>> {
    let Reading { mut chunks, .. } = blob.open(sha256, Some(Part { start: 0, length: HEAD })).await?;
    let mut head = Vec::new();
    while let Some(chunk) = chunks.next().await {
        head.extend_from_slice(&chunk.map_err(internal)?);
    }
    Ok(head)
}

/// What the bytes are, if it is harmless to show: the name is not asked.
fn sniff(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some("image/png");
    }
    if head.starts_with(b"\xff\xd8\xff") {
        return Some("image/jpeg");
    }
    if head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a") {
        return Some("image/gif");
    }
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        return Some("image/webp");
    }
    is_text(head).then_some("text/plain; charset=utf-8")
}

/// UTF-8 without control characters; the last character may be cut.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(e) if e.error_len().is_none() => std::str::from_utf8(&head[..e.valid_up_to()]).unwrap_or_default(),
        Err(_) => return false,
    };
    !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{1b}'))
}

/// What RFC 5987 lets stand as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~');

/// The name twice: in ASCII for everybody, and whole (RFC 5987) for those who read it.
fn disposition(way: &str, name: &str) -> String {
    let plain = |c: char| if c.is_ascii_graphic() && !"\"\\%;".contains(c) || c == ' ' { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    format!("{way}; filename=\"{ascii}\"; filename*=UTF-8''{}", utf8_percent_encode(name, PLAIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_at_the_end() {
        let of = |start, length| Some(Range::Part(Part { start, length }));
        assert_eq!(part("bytes=0-0", 10), of(0, 1));
        assert_eq!(part("bytes=5-", 10), of(5, 5));
        assert_eq!(part("bytes=5-99", 10), of(5, 5));
        assert_eq!(part("bytes=-3", 10), of(7, 3));
        assert_eq!(part("bytes=-99", 10), of(0, 10));
        assert_eq!(part("bytes=10-", 10), Some(Range::Beyond));
        assert_eq!(part("bytes=0-18446744073709551615", 10), of(0, 10));
        for none in ["bytes=5-2", "bytes=a-", "lines=1-2", "bytes=1-2,4-5", "bytes=", "bytes=99999999999999999999-"] {
            assert_eq!(part(none, 10), None, "{none}");
        }
    }

    #[test]
    fn names_do_not_break_the_header() {
        assert_eq!(
            disposition("attachment", "a b.txt"),
            "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt"
        );
        let odd = disposition("inline", "\"ä\r\n;.csv");
        assert_eq!(odd, "inline; filename=\"_____.csv\"; filename*=UTF-8''%22%C3%A4%0D%0A%3B.csv");
    }

    #[test]
    fn only_harmless_bytes_are_shown() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n...."), Some("image/png"));
        assert_eq!(sniff(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        // Markup is text here: it is shown as what it says, never run.
        assert_eq!(sniff(b"<svg onload=alert(1)>"), Some("text/plain; charset=utf-8"));
        assert_eq!(sniff("caf\u{e9}".as_bytes().split_last().unwrap().1), Some("text/plain; charset=utf-8"));
        assert_eq!(sniff(b"%PDF-1.7\n\xff\xfe"), None);
        assert_eq!(sniff(b"PK\x03\x04"), None);
        assert_eq!(sniff(b"a\0b"), None);
    }
}
