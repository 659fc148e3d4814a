//! The UI, embedded with its compressed forms. Every address of a page is the same start page; the
//! rest of the UI finds out from the address what to show.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use base::{Error, Kind};
use base64::{Engine, engine::general_purpose::STANDARD};
use people::door::Problem;
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/build"]
#[allow_missing = true]
struct Ui;

const START: &str = "index.html";

const NOT_BUILT: &str = "<!doctype html><title>Slipway</title>
<h1>The server runs, but its pages have not been built.</h1>
<p>Run <code>make build</code> in the source folder, then start the server again. The API works meanwhile.</p>";

pub async fn show(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    match file(path, request.headers()) {
        Some(found) => found,
        None if is_misspelled(request.uri()) => {
            Problem::from(Error::new(Kind::NotFound, "There is no such address here.")).into_response()
        }
        None if is_page(request.uri()) => start_page(request.headers()),
        None => (StatusCode::NOT_FOUND, "There is no such file.").into_response(),
    }
}

/// An address of the interface, nearly: a program that asks for it is not answered with a page. The
/// pages of a project with the key API are none.
fn is_misspelled(uri: &Uri) -> bool {
    let path = uri.path().to_ascii_lowercase();
    path.contains("//") || ["/api/v1", "/api/2.0", "/api/3.0", "/ajax-api"].iter().any(|other| path.starts_with(other))
}

/// Names of files have an ending in their last segment, addresses of pages have none.
fn is_page(uri: &Uri) -> bool {
    let last = uri.path().rsplit('/').next().unwrap_or_default();
    !uri.path().starts_with("/_app/") && !last.contains('.')
}

fn start_page(headers: &HeaderMap) -> Response {
    let missing = || (StatusCode::SERVICE_UNAVAILABLE, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], NOT_BUILT);
    file(START, headers).unwrap_or_else(|| missing().into_response())
}

fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    if path.is_empty() {
        return file(START, headers);
    }
    let plain = Ui::get(path)?;
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let packed = |ending: &str, word: &'static str| {
        let wanted = accepted.split(',').any(|part| part.split(';').next().unwrap_or_default().trim() == word);
        wanted.then(|| Ui::get(&format!("{path}.{ending}"))).flatten().map(|file| (file, word))
    };
    let (found, encoding) = match packed("br", "br").or_else(|| packed("gz", "gzip")) {
        Some((file, word)) => (file, Some(word)),
        None => (plain, None),
    };
    Some(answer(path, found, encoding))
}

fn answer(path: &str, file: EmbeddedFile, encoding: Option<&'static str>) -> Response {
    // Names below _app/immutable hold a digest of their content; every page shows the icon several times.
    let keep = match path {
        "icon.svg" => "public, max-age=86400",
        _ if path.starts_with("_app/immutable/") => "public, max-age=31536000, immutable",
        _ => "no-cache",
    };
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let kind = if kind.type_() == "text" { format!("{kind}; charset=utf-8") } else { kind.to_string() };
    let mut response = file.data.into_response();
    let headers = response.headers_mut();
    headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_str(&kind).unwrap_or(HeaderValue::from_static("text/plain")));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(word) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(word));
    }
    response
}

/// Scripts come from this server only; the one script inside the start page is allowed by its digest.
pub fn content_policy() -> String {
    let page = Ui::get(START).map(|file| String::from_utf8_lossy(&file.data).into_owned()).unwrap_or_default();
    let inline: String =
        inline_scripts(&page).map(|script| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script)))).collect();
    format!(
        "default-src 'self'; script-src 'self'{inline}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
         connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (script, _) = rest.split_once("</script>")?;
        (!attributes.contains("src=")).then_some(script)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scripts_inside_the_page_need_a_digest() {
        let page = r#"<script src="/theme.js"></script><p><script type="module">start()</script>"#;
        assert_eq!(inline_scripts(page).collect::<Vec<_>>(), ["start()"]);
    }

    #[test]
    fn what_is_nearly_an_address_of_the_interface_is_no_page() {
        for address in ["//api/v1/me", "/API/V1/me", "/Api/2.0/mlflow", "/AJAX-API/2.0/x", "/CHURN//runs"] {
            assert!(is_misspelled(&Uri::from_static(address)), "{address}");
        }
        for page in ["/", "/API", "/API/experiments/1", "/CHURN/runs/1", "/p/CHURN/", "/settings"] {
            assert!(!is_misspelled(&Uri::from_static(page)), "{page}");
        }
    }

    #[test]
    fn addresses_of_pages_have_no_ending() {
        assert!(is_page(&Uri::from_static("/CHURN/experiments/12")));
        assert!(is_page(&Uri::from_static("/p/CHURN/")));
        assert!(!is_page(&Uri::from_static("/favicon.ico")));
        assert!(!is_page(&Uri::from_static("/_app/immutable/gone")));
    }
}
