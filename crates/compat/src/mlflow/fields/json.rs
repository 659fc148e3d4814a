//! JSON as MLflow clients send it, read strictly: one value, each member once, no NaN and no
//! number beyond a double, and no more values than any honest request holds.

use std::{cell::Cell, collections::HashSet, fmt};

use serde::{
    Serialize, Serializer,
    de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor},
    ser::{SerializeMap, SerializeSeq},
};

#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    List(Vec<Json>),
    Object(Members),
}

/// The members of an object in the order they were sent.
pub type Members = Vec<(String, Json)>;

/// The largest batch has about 10,000 values; a request with more than this is no request.
pub const MOST_VALUES: usize = 100_000;

/// Up to this many members, looking at each pair is quicker than hashing.
const FEW: usize = 16;

/// Reads one JSON value that holds at most so many. The error is a sentence that says what is wrong and where.
pub fn parse(bytes: &[u8], most: usize) -> Result<Json, String> {
    let left = Cell::new(most);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Seed(&left, most).deserialize(&mut reader).map_err(|error| error.to_string())?;
    reader.end().map_err(|error| error.to_string())?;
    Ok(value)
}

/// Counts down the values that may still come, of so many.
#[derive(Clone, Copy)]
struct Seed<'c>(&'c Cell<usize>, usize);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Json, D::Error> {
        let Some(left) = self.0.get().checked_sub(1) else {
            return Err(D::Error::custom(format!("more than {} values", self.1)));
        };
        self.0.set(left);
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(i64::try_from(value).map_or(Json::Double(value as f64), Json::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Double(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Json, A::Error> {
        let mut members = Members::new();
        while let Some(name) = from.next_key::<String>()? {
            members.push((name, from.next_value_seed(self)?));
        }
        match repeated(&members) {
            Some(name) => Err(A::Error::custom(format!("the member {name:?} is given twice"))),
            None => Ok(Json::Object(members)),
        }
    }
}

fn repeated(members: &Members) -> Option<&str> {
    let before = |at: usize, name: &str| members[..at].iter().any(|(earlier, _)| earlier == name);
    if members.len() <= FEW {
        return members
            .iter()
            .enumerate()
            .find(|(at, (name, _))| before(*at, name))
            .map(|(_, (name, _))| name.as_str());
    }
    let mut seen = HashSet::with_capacity(members.len());
    members.iter().map(|(name, _)| name.as_str()).find(|name| !seen.insert(*name))
}

impl Json {
    /// As people call what they sent.
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "bool",
            Json::Int(_) => "int",
            Json::Double(_) => "float",
            Json::Text(_) => "str",
            Json::List(_) => "list",
            Json::Object(_) => "dict",
        }
    }

    /// The value as JSON, cut where a person has seen enough.
    pub fn shown(&self) -> String {
        const ENOUGH: usize = 200;
        let text = serde_json::to_string(self).unwrap_or_default();
        match text.char_indices().nth(ENOUGH) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => to.serialize_unit(),
            Json::Bool(value) => to.serialize_bool(*value),
            Json::Int(value) => to.serialize_i64(*value),
            Json::Double(value) => to.serialize_f64(*value),
            Json::Text(value) => to.serialize_str(value),
            Json::List(items) => {
                let mut list = to.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Json::Object(members) => {
                let mut object = to.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    object.serialize_entry(name, value)?;
                }
                object.end()
            }
        }
    }
}
