//! What a request shows to be let in.

use axum::http::{HeaderMap, header};
use base::{Result, refuse::unauthenticated};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::Site;
use crate::{entrance::Credential, session::http::session_name, token};

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub credential: Credential,
    /// Browsers send cookies by themselves, so such a request need not be meant by its user.
    pub by_cookie: bool,
}

/// An `Authorization` header counts alone; without one, the session's cookie.
pub(super) fn shown(headers: &HeaderMap, site: &Site) -> Result<Option<Shown>> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let credential = authorization(value.to_str().unwrap_or_default())?;
        return Ok(Some(Shown { credential, by_cookie: false }));
    }
    let cookie = cookie(headers, session_name(site));
    Ok(cookie.map(|secret| Shown { credential: Credential::Cookie(secret), by_cookie: true }))
}

fn authorization(value: &str) -> Result<Credential> {
    let wrong = || unauthenticated("The header Authorization must be Bearer TOKEN or Basic USER:PASSWORD.");
    let (scheme, rest) = value.trim().split_once(' ').ok_or_else(wrong)?;
    match scheme.to_lowercase().as_str() {
        "bearer" => Ok(Credential::Token(rest.trim().to_owned())),
        "basic" => basic(rest.trim()).ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

/// Clients that only know names and passwords send a token as the password.
fn basic(encoded: &str) -> Option<Credential> {
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    if password.starts_with(token::PREFIX) {
        return Some(Credential::Token(password.to_owned()));
    }
    Some(Credential::Password { email: name.to_owned(), password: password.to_owned() })
}

pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
}
