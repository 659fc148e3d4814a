//! What clients ask before they begin.

use axum::http::header;
use serde_json::{Value, json};

use super::answer::{Answer, json as answer};

/// The version of MLflow whose protocol this is. The client leaves things out for less than 3.4.
const SPOKEN: &str = "3.17.2";

pub async fn version() -> ([(header::HeaderName, &'static str); 1], &'static str) {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], SPOKEN)
}

pub async fn health() -> &'static str {
    "OK"
}

/// Large files may come and go in parts.
pub async fn server_info() -> Answer<Value> {
    Ok(answer(json!({
        "store_type": "SqlStore",
        "workspaces_enabled": false,
        "trace_archival_enabled": false,
        "multipart_uploads_enabled": true,
        "multipart_downloads_enabled": true,
        "presigned_upload_run_id_supported": true,
        "presigned_upload_model_id_supported": true,
        "features_enabled": { "gateway": false },
    })))
}
