//! The description of the interface, made from the door's list of routes.

use std::collections::BTreeSet;

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{Policy, RouteInfo, route::SchemaOf};

const SCHEMAS: &str = "#/components/schemas/";

/// An OpenAPI 3.1 document of these routes.
pub fn openapi(routes: &[RouteInfo]) -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for route in routes {
        let operation = schemas.operation(route);
        let path = paths.entry(route.path.replace("{*", "{")).or_insert_with(|| json!({}));
        path[route.method.as_str().to_lowercase()] = operation;
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Slipway", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "password": { "type": "http", "scheme": "basic" },
                "session": { "type": "apiKey", "in": "cookie", "name": "slipway" }
            }
        }
    });
    schemas.finish(&mut document);
    document
}

/// Bodies are described as they are read, answers as they are written: a field with a default may
/// be left out of one and is always in the other.
struct Schemas {
    read: SchemaGenerator,
    written: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let usual = || SchemaSettings::draft2020_12().with(|s| s.definitions_path = "/components/schemas".into());
        let (read, written) = (usual().for_deserialize(), usual().for_serialize());
        Self { read: read.into_generator(), written: written.into_generator() }
    }

    fn operation(&mut self, route: &RouteInfo) -> Value {
        let mut operation = json!({
            "summary": route.summary,
            "x-policy": route.policy.to_string(),
            "parameters": self.parameters(route),
            "responses": { "2XX": self.answer(route), "default": { "description": "A problem", "content": {
                "application/problem+json": { "schema": { "$ref": format!("{SCHEMAS}Problem") } }
            }}}
        });
        if let Some(takes) = route.takes {
            let schema = self.as_read(takes);
            operation["requestBody"] =
                json!({ "required": true, "content": { "application/json": { "schema": schema } } });
        }
        operation["security"] = match route.policy {
            Policy::Public => json!([]),
            _ => json!([{ "token": [] }, { "password": [] }, { "session": [] }]),
        };
        operation
    }

    fn answer(&mut self, route: &RouteInfo) -> Value {
        let Some(gives) = route.gives else { return json!({ "description": "Done" }) };
        let schema = gives(&mut self.written);
        json!({ "description": "Done", "content": { "application/json": { "schema": schema } } })
    }

    fn parameters(&mut self, route: &RouteInfo) -> Vec<Value> {
        let named = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let mut parameters: Vec<Value> = named
            .map(|name| name.trim_start_matches('*'))
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
            .collect();
        if let Some(query) = route.query {
            parameters.extend(self.query(query));
        }
        parameters
    }

    /// Each property of the type is a parameter.
    fn query(&mut self, query: SchemaOf) -> Vec<Value> {
        let mut schema = query(&mut self.read).to_value();
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix(SCHEMAS)) {
            schema = self.read.definitions().get(name).cloned().unwrap_or_default();
        }
        mark(&mut schema);
        let required: BTreeSet<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let properties = schema["properties"].as_object().into_iter().flatten();
        properties
            .map(|(name, schema)| {
                json!({ "name": name, "in": "query", "required": required.contains(name.as_str()), "schema": schema })
            })
            .collect()
    }

    fn as_read(&mut self, takes: SchemaOf) -> Value {
        let mut schema = takes(&mut self.read).to_value();
        mark(&mut schema);
        schema
    }

    /// Adds the named schemas. One that is written otherwise than read gets a second name.
    fn finish(mut self, document: &mut Value) {
        let mut schemas = self.written.take_definitions(true);
        let mut read = self.read.take_definitions(true);
        let split = differing(&read, &schemas);
        for schema in read.values_mut() {
            mark(schema);
        }
        for (name, schema) in read {
            let name = if split.contains(&name) { format!("{name}Input") } else { name };
            schemas.entry(name).or_insert(schema);
        }
        schemas.insert("Problem".to_owned(), problem().to_value());
        document["components"]["schemas"] = Value::Object(schemas);
        settle(document, &split);
    }
}

/// Set before the name of a schema that is read, until it is known whether it needs a second name.
const READ: &str = "read:";

fn mark(schema: &mut Value) {
    each_ref(schema, &|name| Some(format!("{READ}{name}")));
}

fn settle(document: &mut Value, split: &BTreeSet<String>) {
    each_ref(document, &|name| {
        let name = name.strip_prefix(READ)?;
        Some(if split.contains(name) { format!("{name}Input") } else { name.to_owned() })
    });
}

/// The names whose schemas differ, or that refer to such names.
fn differing(read: &Map<String, Value>, written: &Map<String, Value>) -> BTreeSet<String> {
    let differs = |(name, schema): &(&String, &Value)| written.get(*name).is_some_and(|other| other != *schema);
    let mut split: BTreeSet<String> = read.iter().filter(differs).map(|(name, _)| name.clone()).collect();
    loop {
        let refers =
            |schema: &Value| split.iter().any(|name| schema.to_string().contains(&format!("\"{SCHEMAS}{name}\"")));
        let is_new = |(name, schema): &(&String, &Value)| {
            written.contains_key(*name) && !split.contains(*name) && refers(schema)
        };
        let more: Vec<String> = read.iter().filter(is_new).map(|(name, _)| name.clone()).collect();
        if more.is_empty() {
            return split;
        }
        split.extend(more);
    }
}

/// Lets `rename` change the name in each reference.
fn each_ref(value: &mut Value, rename: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                let name = value.as_str().filter(|_| key == "$ref").and_then(|path| path.strip_prefix(SCHEMAS));
                match name.and_then(rename) {
                    Some(name) => *value = format!("{SCHEMAS}{name}").into(),
                    None => each_ref(value, rename),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_ref(item, rename)),
        _ => {}
    }
}

fn problem() -> Schema {
    schemars::json_schema!({
        "description": "A refusal (RFC 9457). Members like `missing`, `fields` or `current` say more.",
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" }
        }
    })
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::{
        Right,
        door::{get, ok, put},
    };

    /// Read and written otherwise.
    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Rule {
        #[serde(default)]
        constraints: Vec<String>,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "its schema is what counts")]
    struct New {
        rule: Rule,
    }

    #[derive(Serialize, JsonSchema)]
    struct Made {
        rule: Rule,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "its schema is what counts")]
    struct Filter {
        status: String,
        cursor: Option<String>,
    }

    #[test]
    fn routes_are_described_with_what_they_read_and_write() {
        let change = put("/api/v1/projects/{key}/rule", Policy::Project(Right::Plan)).takes::<New>().gives::<Made>();
        let list = get("/api/v1/rules", Policy::Public).summary("All rules").query::<Filter>();
        let nothing = || async { ok(()) };
        let document = openapi(&[change.to(nothing).info, list.to(nothing).info]);

        let change = &document["paths"]["/api/v1/projects/{key}/rule"]["put"];
        assert_eq!(change["requestBody"]["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/New");
        assert_eq!(change["parameters"][0]["name"], "key");
        assert_eq!(change["x-policy"], "project: plan");
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["New"]["properties"]["rule"]["$ref"], "#/components/schemas/RuleInput");
        assert_eq!(schemas["Made"]["properties"]["rule"]["$ref"], "#/components/schemas/Rule");
        assert_eq!(schemas["Rule"]["required"], json!(["constraints"]));
        assert!(schemas["RuleInput"].get("required").is_none());

        let list = &document["paths"]["/api/v1/rules"]["get"];
        assert_eq!(list["security"], json!([]));
        let required: Vec<_> =
            list["parameters"].as_array().unwrap().iter().map(|p| (&p["name"], &p["required"])).collect();
        assert_eq!(json!(required), json!([["cursor", false], ["status", true]]));
        assert!(!document.to_string().contains(READ));
    }
}
