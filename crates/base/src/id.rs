//! Ids as types, so that a run cannot be passed where a review is meant.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! text_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

text_ids! {
    UserId,
    ProjectId,
    TeamId,
    TokenId,
    /// 32 hexadecimal digits, as MLflow clients expect.
    RunId,
    /// `m-` and 32 hexadecimal digits, as MLflow clients expect.
    ModelId,
    /// `tr-` and 32 hexadecimal digits, chosen by the client.
    TraceId,
    AssessmentId,
    EvaluationDatasetId,
    ReviewRequestId,
    ReviewId,
    PromotionId,
    ApprovalId,
    DeploymentId,
    WebhookId,
    DeliveryId,
    /// 32 hexadecimal digits.
    UploadId,
}

macro_rules! number_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

number_ids! {
    /// A small integer, because MLflow clients require one. Serialised as a number.
    ExperimentId,
    /// A small integer. Clients know registered models by their names only.
    RegisteredModelId,
    BacklogId,
    /// People know items by their keys, like `CHURN-12`; the id stays when the key changes.
    ItemId,
    StatusId,
    LabelId,
    CommentId,
    AttachmentId,
    SprintId,
    SittingId,
    EstimateRoundId,
    EstimateNoteId,
    CheckpointId,
}
