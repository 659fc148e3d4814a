//! Which fields the records of a dataset have, and of which types.

use serde_json::{Map, Value, json};

use super::Record;

/// Fields that are remembered; a dataset with more is none that a person reads.
const MOST_FIELDS: usize = 1_000;

/// The shape, extended by what the records bring. A field keeps the type it had first.
pub fn extended(known: Option<&str>, records: &[Record]) -> Value {
    let parsed = known.and_then(|known| serde_json::from_str(known).ok());
    let mut shape =
        parsed.unwrap_or_else(|| json!({ "inputs": {}, "outputs": {}, "expectations": {}, "version": "1.0" }));
    for record in records {
        extend(&mut shape["inputs"], record.inputs.as_object());
        extend(&mut shape["expectations"], record.expectations.as_ref().and_then(Value::as_object));
        match &record.outputs {
            None | Some(Value::Null) => {}
            Some(Value::Object(outputs)) => extend(&mut shape["outputs"], Some(outputs)),
            Some(other) if shape["outputs"].as_object().is_some_and(Map::is_empty) => {
                shape["outputs"] = kind(other).into()
            }
            Some(_) => {}
        }
    }
    shape
}

fn extend(fields: &mut Value, members: Option<&Map<String, Value>>) {
    let (Some(fields), Some(members)) = (fields.as_object_mut(), members) else { return };
    for (name, value) in members {
        if fields.len() < MOST_FIELDS && !fields.contains_key(name) {
            fields.insert(name.clone(), kind(value).into());
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
