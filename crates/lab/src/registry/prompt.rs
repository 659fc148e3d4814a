//! What makes a prompt of a registered model: tags that clients reserve for it. Which of the two
//! something is, is decided when its name is registered.

use base::{
    Result,
    refuse::{conflict, invalid},
};

use super::Model;
use crate::limit;

/// `true` on each prompt and each of its versions.
pub const IS_PROMPT: &str = "mlflow.prompt.is_prompt";
/// The text of a prompt's version.
pub const TEXT: &str = "mlflow.prompt.text";

/// A version must have a source, and a prompt's has none: clients write one of these.
pub const PLACEHOLDERS: [&str; 2] = ["dummy-source", "prompt-template"];

/// Of a repeated key the last counts.
pub(super) fn is_prompt(tags: &[(String, String)]) -> bool {
    tags.iter().rev().find(|(key, _)| key == IS_PROMPT).is_some_and(|(_, value)| says_prompt(value))
}

fn says_prompt(value: &str) -> bool {
    value.eq_ignore_ascii_case("true")
}

/// A prompt has prompts as versions, a model has models.
pub(super) fn check_version(model: &Model, source: &str, tags: &[(String, String)]) -> Result<()> {
    if is_prompt(tags) != model.prompt {
        return Err(conflict(match model.prompt {
            true => format!("{:?} is a prompt, not a model. Choose another name for the model.", model.name),
            false => format!("{:?} is a model, not a prompt. Choose another name for the prompt.", model.name),
        }));
    }
    if model.prompt && !PLACEHOLDERS.contains(&source) {
        let why = format!("names a place, but a prompt has none; write {}", PLACEHOLDERS[0]);
        return Err(invalid("source", why));
    }
    Ok(())
}

/// What something is cannot be changed by its tags.
pub(super) fn check_tag(model: &Model, key: &str, value: &str) -> Result<()> {
    if key == IS_PROMPT && says_prompt(value) != model.prompt {
        return Err(invalid("key", "says whether this is a prompt, which cannot be changed"));
    }
    Ok(())
}

pub(super) fn check_tag_deletion(model: &Model, key: &str) -> Result<()> {
    if key == IS_PROMPT && model.prompt {
        return Err(invalid("key", "says that this is a prompt, which cannot be changed"));
    }
    Ok(())
}

/// A key as all keys, a value of limited length; a prompt's text says so in its own words.
pub(super) fn check_pair(place: &str, key: &str, value: &str) -> Result<()> {
    limit::check_key(&format!("{place}key"), key)?;
    if key == TEXT && value.chars().count() > limit::REGISTRY_TAG_VALUE {
        return Err(invalid(
            &format!("{place}value"),
            "is a prompt's text, which must have at most 100,000 characters",
        ));
    }
    limit::check_length(&format!("{place}value"), value, limit::REGISTRY_TAG_VALUE)
}

/// Checked pairs; of a repeated key the last counts.
pub(super) fn checked(tags: &[(String, String)]) -> Result<Vec<(&str, &str)>> {
    let mut checked = std::collections::BTreeMap::new();
    for (place, (key, value)) in tags.iter().enumerate() {
        check_pair(&format!("tags[{place}]."), key, value)?;
        checked.insert(key.as_str(), value.as_str());
    }
    Ok(checked.into_iter().collect())
}
