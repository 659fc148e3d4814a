//! How long names and values may be, and how they may be spelled. The numbers are those that the
//! MLflow client and its server agree on, so every way in keeps to them.

use std::{collections::BTreeMap, fmt::Display};

use base::{Error, Kind, Result, refuse::invalid, text};
use serde_json::json;

/// Characters of a metric's, param's or tag's key.
pub const KEY: usize = 250;
/// Characters of a param's value; longer ones are cut.
pub const PARAM_VALUE: usize = 6_000;
/// Characters of a run's or logged model's tag value; longer ones are cut.
pub const TAG_VALUE: usize = 8_000;
/// Characters of an experiment's name.
pub const EXPERIMENT_NAME: usize = 500;
/// Characters of an experiment's tag value.
pub const EXPERIMENT_TAG_VALUE: usize = 20_000;
/// Characters of an artifact location that a client chooses.
pub const LOCATION: usize = 2_048;
/// Characters of a hypothesis.
pub const HYPOTHESIS: usize = 10_000;
/// Characters of a run's or logged model's name.
pub const NAME: usize = 1_000;
/// Characters of a registered model's or prompt's name.
pub const REGISTERED_NAME: usize = 256;
/// Characters of a tag value of a registered model or a version; a prompt's text is one.
pub const REGISTRY_TAG_VALUE: usize = 100_000;
/// Characters of the description of a registered model or a version.
pub const DESCRIPTION: usize = 100_000;
/// Characters of an alias.
pub const ALIAS: usize = 255;
/// Metrics, params and tags of one batch, together and each.
pub const BATCH: usize = 1_000;
pub const BATCH_METRICS: usize = 1_000;
pub const BATCH_PARAMS: usize = 100;
pub const BATCH_TAGS: usize = 100;

/// Params are written once: those that came must read as they are stored with this run or model.
pub fn check_unchanged(
    what: &str,
    id: impl Display,
    stored: Vec<(String, String)>,
    came: &[(&str, &str)],
) -> Result<()> {
    let stored: BTreeMap<String, String> = stored.into_iter().collect();
    let mut known = came.iter().filter_map(|(key, value)| Some((key, stored.get(*key)?, value)));
    let Some((key, old, value)) = known.find(|(_, old, value)| old != *value) else { return Ok(()) };
    let why = format!(
        "Changing param values is not allowed. The {what} {id} has {key:?} with the value {old:?}; {value:?} came now. \
         Start another {what} for another value."
    );
    Err(Error::new(Kind::Invalid, why).with("fields", json!({ "params": "must not change" })))
}

/// A key reads like a relative path: letters and digits of any script, `_ - . : /` and spaces, no
/// empty, `.` or `..` segment.
pub fn check_key(field: &str, key: &str) -> Result<()> {
    check_length(field, key, KEY)?;
    if key.is_empty() {
        return Err(invalid(field, "must not be empty"));
    }
    if let Some(odd) = key.chars().find(|c| !is_key_character(*c)) {
        let why = format!("contains {odd:?}; use letters, digits, spaces and _ - . : /");
        return Err(invalid(field, why));
    }
    if key.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err(invalid(field, "must read like a relative path, without empty, . or .. segments"));
    }
    Ok(())
}

fn is_key_character(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | ':' | '/')
}

/// The id of a run or a model: a letter or digit, then up to 255 letters, digits, `_` and `-`.
pub fn check_id(field: &str, id: &str) -> Result<()> {
    let mut characters = id.chars();
    let first = characters.next().is_some_and(char::is_alphanumeric);
    let rest = characters.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    if first && rest && id.chars().count() <= 256 {
        return Ok(());
    }
    Err(invalid(field, "must be an id: a letter or digit, then up to 255 letters, digits, _ and -"))
}

/// At most `most` characters.
pub fn check_length(field: &str, text: &str, most: usize) -> Result<()> {
    check_storable(field, text)?;
    if text.len() > most && text.chars().count() > most {
        return Err(invalid(field, format!("must have at most {most} characters")));
    }
    Ok(())
}

/// A name that a client chose: at most `most` characters, and people can read it.
pub fn check_name(field: &str, name: &str, most: usize) -> Result<()> {
    check_length(field, name, most)?;
    text::check_readable(field, name)
}

/// PostgreSQL cannot store U+0000 in text, so nobody may send it.
pub fn check_storable(field: &str, text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(invalid(field, "contains the control character U+0000"));
    }
    Ok(())
}

/// The first `most` characters.
pub fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    match text.char_indices().nth(most) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// A batch is refused as a whole when it holds too much.
pub fn check_batch(metrics: usize, params: usize, tags: usize) -> Result<()> {
    let all = metrics + params + tags;
    for (what, count, most) in [
        ("metrics", metrics, BATCH_METRICS),
        ("params", params, BATCH_PARAMS),
        ("tags", tags, BATCH_TAGS),
        ("metrics, params and tags together", all, BATCH),
    ] {
        if count > most {
            return Err(invalid(
                what,
                format!("must hold at most {most} in one batch, and this one holds {count}; send it in parts"),
            ));
        }
    }
    Ok(())
}
