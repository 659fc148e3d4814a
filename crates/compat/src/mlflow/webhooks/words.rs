//! What can happen, as MLflow names it: an entity and an action, `prompt_version.created`.

use base::Result;

use crate::mlflow::fields::Fields;

pub const MODEL_CREATED: &str = "registered_model.created";
pub const VERSION_CREATED: &str = "model_version.created";
pub const VERSION_TAG_SET: &str = "model_version_tag.set";
pub const VERSION_TAG_DELETED: &str = "model_version_tag.deleted";
pub const ALIAS_CREATED: &str = "model_version_alias.created";
pub const ALIAS_DELETED: &str = "model_version_alias.deleted";
pub const PROMPT_CREATED: &str = "prompt.created";
pub const PROMPT_VERSION_CREATED: &str = "prompt_version.created";
pub const PROMPT_TAG_SET: &str = "prompt_tag.set";
pub const PROMPT_TAG_DELETED: &str = "prompt_tag.deleted";
pub const PROMPT_VERSION_TAG_SET: &str = "prompt_version_tag.set";
pub const PROMPT_VERSION_TAG_DELETED: &str = "prompt_version_tag.deleted";
pub const PROMPT_ALIAS_CREATED: &str = "prompt_alias.created";
pub const PROMPT_ALIAS_DELETED: &str = "prompt_alias.deleted";

/// All but `budget_policy.exceeded`: there is no gateway whose budget could be.
pub const ALL: &[&str] = &[
    MODEL_CREATED,
    VERSION_CREATED,
    VERSION_TAG_SET,
    VERSION_TAG_DELETED,
    ALIAS_CREATED,
    ALIAS_DELETED,
    PROMPT_CREATED,
    PROMPT_VERSION_CREATED,
    PROMPT_TAG_SET,
    PROMPT_TAG_DELETED,
    PROMPT_VERSION_TAG_SET,
    PROMPT_VERSION_TAG_DELETED,
    PROMPT_ALIAS_CREATED,
    PROMPT_ALIAS_DELETED,
];

const ENTITIES: [(&str, i64, &str); 10] = [
    ("REGISTERED_MODEL", 1, "registered_model"),
    ("MODEL_VERSION", 2, "model_version"),
    ("MODEL_VERSION_TAG", 3, "model_version_tag"),
    ("MODEL_VERSION_ALIAS", 4, "model_version_alias"),
    ("PROMPT", 5, "prompt"),
    ("PROMPT_VERSION", 6, "prompt_version"),
    ("PROMPT_TAG", 7, "prompt_tag"),
    ("PROMPT_VERSION_TAG", 8, "prompt_version_tag"),
    ("PROMPT_ALIAS", 9, "prompt_alias"),
    ("BUDGET_POLICY", 10, "budget_policy"),
];

const ACTIONS: [(&str, i64, &str); 5] = [
    ("CREATED", 1, "created"),
    ("UPDATED", 2, "updated"),
    ("DELETED", 3, "deleted"),
    ("SET", 4, "set"),
    ("EXCEEDED", 5, "exceeded"),
];

/// An event as a request names it; whether there is such a one is asked elsewhere.
pub fn read(mut event: Fields) -> Result<String> {
    let entity = event.need_choice("entity", &ENTITIES)?;
    let action = event.need_choice("action", &ACTIONS)?;
    Ok(format!("{entity}.{action}"))
}

/// The two halves of a word.
pub fn halves(word: &str) -> (&str, &str) {
    word.split_once('.').unwrap_or((word, ""))
}
