//! JSON bodies, read strictly: unknown fields (types say `deny_unknown_fields`), duplicates, wrong
//! types and numbers beyond a double are refused with the path of the field.

use std::{borrow::Cow, collections::HashSet, fmt};

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use base::{
    Result as Rule,
    refuse::{invalid, too_large},
};
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{App, Problem, named::Named};

/// The JSON body as a `T`.
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let detail = "Send JSON in UTF-8, with the header Content-Type: application/json.";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type", detail));
        }
        let bytes = bytes(request, app).await?;
        Ok(Self(read(&bytes)?))
    }
}

/// The most bytes that a body may have where it goes.
#[derive(Clone, Copy)]
pub(super) struct Most(pub usize);

/// The whole body, within the route's limit.
pub(super) async fn bytes(request: Request, app: &App) -> Rule<Bytes> {
    let most = request.extensions().get::<Most>().copied();
    Bytes::from_request(request, app).await.map_err(|refusal| match (refusal.status(), most) {
        (StatusCode::PAYLOAD_TOO_LARGE, Some(Most(most))) => {
            let why = format!("The body is larger than the {} that this address takes.", size(most));
            too_large(why).with("limit", most)
        }
        _ => invalid("body", "did not arrive completely"),
    })
}

fn size(bytes: usize) -> String {
    match bytes {
        whole if whole % (1024 * 1024) == 0 => format!("{} MiB", whole / 1024 / 1024),
        whole if whole % 1024 == 0 => format!("{} KiB", whole / 1024),
        bytes => format!("{bytes} bytes"),
    }
}

/// Tells null from absent, for fields that say `#[serde(default, deserialize_with = "present")]`.
pub fn present<'de, T: de::Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    de::Deserialize::deserialize(from).map(Some)
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) else { return false };
    let name = kind.split(';').next().unwrap_or_default().trim().to_lowercase();
    let json = name == "application/json" || (name.starts_with("application/") && name.ends_with("+json"));
    json && is_utf8(kind)
}

/// Whether a `Content-Type` names no charset, or one whose bytes are UTF-8: as anything else they
/// would be read wrongly.
pub fn is_utf8(kind: &str) -> bool {
    let parameters = kind.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let mut charsets = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    charsets.all(|(_, charset)| {
        let charset = charset.trim().trim_matches('"');
        ["utf-8", "utf8", "us-ascii"].iter().any(|known| charset.eq_ignore_ascii_case(known))
    })
}

/// Reads a value strictly; refusals carry the path of the field.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Rule<T> {
    let mut from = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize::<_, Once>(&mut from).map_err(explain)?;
    from.end().map_err(|e| invalid("body", format!("is not valid JSON: {e}")))?;
    let value = serde_json::from_slice(bytes).map_err(|e| invalid("body", format!("is not valid JSON: {e}")))?;
    serde_path_to_error::deserialize(Named(value)).map_err(explain)
}

fn explain(error: serde_path_to_error::Error<serde_json::Error>) -> base::Error {
    let inner = error.inner();
    if !inner.is_data() {
        return invalid("body", format!("is not valid JSON: {inner}"));
    }
    let message = inner.to_string();
    let why = message.rsplit_once(" at line ").map_or(message.as_str(), |(why, _)| why);
    let path = error.path().to_string();
    invalid(if path == "." { "body" } else { &path }, plainly(why))
}

/// What serde says of a wrong type, in words that need no Rust.
pub(super) fn plainly(why: &str) -> Cow<'_, str> {
    let number = match why {
        "invalid digit found in string" | "cannot parse integer from empty string" => "must be a whole number",
        "number too large to fit in target type" => "is too large",
        "number too small to fit in target type" => "is too small",
        "invalid float literal" => "must be a number",
        "provided string was not `true` or `false`" => "must be true or false",
        _ => "",
    };
    if !number.is_empty() {
        return number.into();
    }
    if let Some((got, known)) = unknown(why, "unknown variant ") {
        return format!("must be {known}, not {got}").into();
    }
    if let Some((_, known)) = unknown(why, "unknown field ") {
        let known = known.trim_start_matches("one of ").replace(" or ", ", ");
        return format!("is no field here; there are {known}").into();
    }
    let wrong = ["invalid type: ", "invalid value: "].iter().find_map(|start| why.strip_prefix(start));
    let Some((got, wanted)) = wrong.and_then(|rest| rest.rsplit_once(", expected ")) else { return why.into() };
    let wanted = match wanted {
        "f64" | "f32" => "a number",
        "i64" | "i32" => "a whole number",
        "u64" | "u32" | "u16" | "u8" | "usize" => "a whole number that is not negative",
        "a sequence" => "a list",
        "a boolean" => "true or false",
        "a string" => "text",
        wanted if wanted == "a map" || wanted.starts_with("struct ") => "an object with named fields",
        wanted => wanted,
    };
    format!("must be {wanted}, not {got}").into()
}

/// What was given and what could have been, of a name that is none of those there are.
fn unknown<'a>(why: &'a str, start: &str) -> Option<(&'a str, &'a str)> {
    why.strip_prefix(start)?.rsplit_once(", expected ")
}

/// Any JSON in which no object names a field twice.
struct Once;

impl<'de> de::Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Once)
    }
}

impl<'de> DeserializeSeed<'de> for Once {
    type Value = Once;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Once, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once {
    type Value = Once;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_str<E>(self, _: &str) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_unit<E>(self) -> Result<Once, E> {
        Ok(Once)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Once, A::Error> {
        while items.next_element_seed(Once)?.is_some() {}
        Ok(Once)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Once, A::Error> {
        let mut seen = HashSet::new();
        while let Some(name) = fields.next_key::<String>()? {
            fields.next_value_seed(Once)?;
            if seen.contains(&name) {
                return Err(de::Error::custom(format!("names the field `{name}` twice")));
            }
            seen.insert(name);
        }
        Ok(Once)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "what is read counts")]
    struct Note {
        text: String,
        #[serde(default)]
        weights: Vec<f64>,
        #[serde(default)]
        tags: BTreeMap<String, String>,
    }

    #[test]
    fn a_refusal_names_the_field() {
        for (body, field, why) in [
            (r#"{"text": 1}"#, "text", "must be text, not integer `1`"),
            (r#"{"text": "x", "weights": [1, "a"]}"#, "weights[1]", "must be a number, not string \"a\""),
            (r#"{"text": "x", "role": 1}"#, "role", "is no field here; there are `text`, `weights`, `tags`"),
            (r#"{"text": "x", "text": "y"}"#, "body", "names the field `text` twice"),
            (r#"{"text": "x", "tags": {"a": "1", "a": "2"}}"#, "tags", "names the field `a` twice"),
            ("{}", "body", "missing field `text`"),
            (r#"["x", [1], {}]"#, "body", "must be an object with named fields, not list"),
        ] {
            let refused = read::<Note>(body.as_bytes()).unwrap_err();
            assert_eq!((refused.status(), &refused.members()["fields"]), (400, &json!({ field: why })), "{body}");
        }
    }

    #[test]
    fn only_utf8_is_read_as_utf8() {
        let kind = |kind: &str| HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]);
        for good in [
            "application/json",
            "application/json; charset=utf-8",
            "Application/JSON;Charset=\"UTF-8\"",
            "application/problem+json; profile=x; charset=us-ascii",
            "application/json; charset",
        ] {
            assert!(is_json(&kind(good)), "{good}");
        }
        for wrong in [
            "application/json; charset=utf-16",
            "application/json;charset=\"ISO-8859-1\"",
            "application/json; charset=utf-8; CHARSET=utf-7",
            "application/json; charset=",
            "text/plain; charset=utf-8",
        ] {
            assert!(!is_json(&kind(wrong)), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused() {
        let deep = "[".repeat(100_000);
        for body in
            ["", "{", r#"{"text": NaN}"#, r#"{"text":"x","weights":[1e999]}"#, r#"{"text":"x"} x"#, "\u{feff}{}", &deep]
        {
            assert_eq!(read::<Note>(body.as_bytes()).unwrap_err().status(), 400, "{body:.20}");
        }
        assert!(read::<Note>(br#"{"text": "x", "weights": [1, -2.5e300, 18446744073709551616]}"#).is_ok());
    }
}
