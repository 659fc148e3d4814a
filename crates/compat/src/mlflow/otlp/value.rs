//! Values of attributes: as clients read them, and as plain JSON.

use base::Number;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value as Json, json};

use super::wire::{AnyValue, KeyValue, Value};

/// The form of the answers: `{"string_value": "…"}` and so on, each with its key.
pub fn shaped(attributes: &[KeyValue]) -> Json {
    attributes
        .iter()
        .map(|pair| json!({ "key": pair.key, "value": pair.value.as_ref().map_or(json!({}), tagged) }))
        .collect()
}

fn tagged(value: &AnyValue) -> Json {
    match &value.value {
        None => json!({}),
        Some(Value::String(text)) => json!({ "string_value": text }),
        Some(Value::Bool(flag)) => json!({ "bool_value": flag }),
        Some(Value::Int(int)) => json!({ "int_value": int }),
        Some(Value::Double(double)) => json!({ "double_value": Number(*double) }),
        Some(Value::Array(array)) => {
            json!({ "array_value": { "values": array.values.iter().map(tagged).collect::<Json>() } })
        }
        Some(Value::Kvlist(list)) => json!({ "kvlist_value": { "values": shaped(&list.values) } }),
        Some(Value::Bytes(bytes)) => json!({ "bytes_value": STANDARD.encode(bytes) }),
    }
}

/// What the application meant: texts, numbers, lists and objects.
pub fn plain(value: &AnyValue) -> Json {
    match &value.value {
        None => Json::Null,
        Some(Value::String(text)) => json!(text),
        Some(Value::Bool(flag)) => json!(flag),
        Some(Value::Int(int)) => json!(int),
        Some(Value::Double(double)) => json!(Number(*double)),
        Some(Value::Array(array)) => array.values.iter().map(plain).collect(),
        Some(Value::Kvlist(list)) => Json::Object(members(&list.values)),
        Some(Value::Bytes(bytes)) => json!(STANDARD.encode(bytes)),
    }
}

fn members(pairs: &[KeyValue]) -> Map<String, Json> {
    pairs.iter().map(|pair| (pair.key.clone(), pair.value.as_ref().map_or(Json::Null, plain))).collect()
}

/// A text as it is, all else as JSON.
pub fn text(value: &AnyValue) -> String {
    match &value.value {
        Some(Value::String(text)) => text.clone(),
        _ => plain(value).to_string(),
    }
}
