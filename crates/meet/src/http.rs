//! What the routes of this part share.

use base::{Limit, Result};
use schemars::JsonSchema;
use serde::Deserialize;

/// Which part of a list.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "MeetPart")]
pub struct Part {
    pub cursor: Option<String>,
    /// Between 1 and 100; 50 when absent.
    pub limit: Option<i64>,
}

impl Part {
    pub fn limit(&self) -> Result<Limit> {
        Limit::new(self.limit, 50, 100)
    }
}
