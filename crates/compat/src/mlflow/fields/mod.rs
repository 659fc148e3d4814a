//! The fields of a request, by name.
//!
//! A body may spell a name in snake_case or camelCase, never both; unknown members are ignored;
//! `null` means absent. Whole numbers may come as numbers or as text, doubles also as the words
//! `NaN`, `Infinity` and `-Infinity`; text must be text. A query string knows snake_case only, its
//! lists are repeated keys, its booleans the words `true` and `false`.

mod json;
#[cfg(test)]
mod tests;
mod value;

use base::{Error, Kind, Result};
use json::Members;
pub use json::{Json, MOST_VALUES, parse};

/// As many as the largest batch has; each is looked at in the one thread that writes.
const MOST_OBJECTS: usize = 1_000;

/// An object that was sent. Reading a field takes it out.
#[derive(Debug, Default)]
pub struct Fields {
    members: Members,
    /// What stands before a name in messages: `metrics[3].`
    place: String,
    query: bool,
}

impl Fields {
    /// No bytes are an object without members.
    pub fn from_body(body: &[u8]) -> Result<Self> {
        Self::from_body_of(body, MOST_VALUES)
    }

    /// [`Fields::from_body`] for what holds more values than others.
    pub fn from_body_of(body: &[u8], most: usize) -> Result<Self> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        match json::parse(body, most) {
            Ok(Json::Object(members)) => Ok(Self { members, ..Self::default() }),
            Ok(other) => Err(refused(format!("The body must be a JSON object, not a {}.", other.kind()))),
            Err(why) => Err(refused(format!(
                "The body is not the JSON that is expected here: {why}. (Not-a-number and the infinities are written \
                 as the words \"NaN\", \"Infinity\" and \"-Infinity\".)"
            ))),
        }
    }

    /// Decoded pairs of a query string; a repeated key is a list.
    pub fn from_query(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut members = Members::new();
        for (name, text) in pairs {
            let value = Json::Text(text);
            match members.iter_mut().find(|(known, _)| *known == name) {
                None => members.push((name, value)),
                Some((_, Json::List(items))) => items.push(value),
                Some((_, first)) => *first = Json::List(vec![std::mem::replace(first, Json::Null), value]),
            }
        }
        Self { members, place: String::new(), query: true }
    }

    pub fn text(&mut self, name: &str) -> Result<Option<String>> {
        self.scalar(name, value::text)
    }

    /// Refuses the empty text too, as MLflow does for required fields.
    pub fn need_text(&mut self, name: &str) -> Result<String> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| self.missing(name))
    }

    pub fn int(&mut self, name: &str) -> Result<Option<i64>> {
        self.scalar(name, value::int)
    }

    pub fn need_int(&mut self, name: &str) -> Result<i64> {
        self.int(name)?.ok_or_else(|| self.missing(name))
    }

    pub fn double(&mut self, name: &str) -> Result<Option<f64>> {
        self.scalar(name, value::double)
    }

    pub fn need_double(&mut self, name: &str) -> Result<f64> {
        self.double(name)?.ok_or_else(|| self.missing(name))
    }

    pub fn flag(&mut self, name: &str) -> Result<Option<bool>> {
        let read = if self.query { value::word_flag } else { value::flag };
        self.scalar(name, read)
    }

    /// One of `choices`, given by name or by number.
    pub fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, i64, T)]) -> Result<Option<T>> {
        self.scalar(name, |value| value::choice(value, choices))
    }

    pub fn need_choice<T: Copy>(&mut self, name: &str, choices: &[(&str, i64, T)]) -> Result<T> {
        self.choice(name, choices)?.ok_or_else(|| self.missing(name))
    }

    /// A list of texts; absent is empty.
    pub fn texts(&mut self, name: &str) -> Result<Vec<String>> {
        let items = self.list(name)?;
        let read =
            |(at, item)| value::text(item).map_err(|(item, why)| self.wrong(&format!("{name}[{at}]"), &item, why));
        items.into_iter().enumerate().map(read).collect()
    }

    /// A list of objects; absent is empty.
    pub fn objects(&mut self, name: &str) -> Result<Vec<Fields>> {
        self.objects_up_to(name, MOST_OBJECTS)
    }

    pub fn objects_up_to(&mut self, name: &str, most: usize) -> Result<Vec<Fields>> {
        let items = self.list(name)?;
        if items.len() > most {
            let shown = format!("{} items", items.len());
            return Err(self.invalid(name, &shown, format!("it may hold at most {most}.")));
        }
        items.into_iter().enumerate().map(|(at, item)| self.inner(&format!("{name}[{at}]"), item)).collect()
    }

    pub fn object(&mut self, name: &str) -> Result<Option<Fields>> {
        let Some(value) = self.take(name)? else { return Ok(None) };
        self.inner(name, value).map(Some)
    }

    pub fn need_object(&mut self, name: &str) -> Result<Fields> {
        self.object(name)?.ok_or_else(|| self.missing(name))
    }

    /// An object of texts, by name; members that are null are left out.
    pub fn map(&mut self, name: &str) -> Result<Vec<(String, String)>> {
        let Some(value) = self.take(name)? else { return Ok(Vec::new()) };
        let Json::Object(members) = value else { return Err(self.wrong(name, &value, hint(&value, "an object"))) };
        let mut pairs = Vec::with_capacity(members.len().min(MOST_OBJECTS));
        for (key, value) in members.into_iter().filter(|(_, value)| *value != Json::Null) {
            if pairs.len() == MOST_OBJECTS {
                return Err(self.invalid(name, "more", format!("it may hold at most {MOST_OBJECTS}.")));
            }
            let text = value::text(value).map_err(|(value, why)| self.wrong(&format!("{name}.{key}"), &value, why))?;
            pairs.push((key, text));
        }
        Ok(pairs)
    }

    /// Whatever was sent; null is none.
    pub fn any(&mut self, name: &str) -> Result<Option<Json>> {
        self.take(name)
    }

    /// The field is there and wrong.
    pub fn invalid(&self, name: &str, shown: &str, why: impl std::fmt::Display) -> Error {
        self.wrong(name, &Json::Text(shown.to_owned()), why)
    }

    /// The field is required and absent or empty.
    pub fn missing(&self, name: &str) -> Error {
        refused(format!(
            "Missing value for required parameter '{}{name}'. See the API docs for the fields of this request.",
            self.place
        ))
    }

    fn inner(&self, name: &str, value: Json) -> Result<Fields> {
        match value {
            Json::Object(members) => Ok(Fields { members, place: format!("{}{name}.", self.place), query: false }),
            other => Err(self.wrong(name, &other, hint(&other, "an object"))),
        }
    }

    fn list(&mut self, name: &str) -> Result<Vec<Json>> {
        match self.take(name)? {
            None => Ok(Vec::new()),
            Some(Json::List(items)) => Ok(items),
            Some(one) if self.query => Ok(vec![one]),
            Some(other) => Err(self.wrong(name, &other, hint(&other, "a list"))),
        }
    }

    fn scalar<T>(&mut self, name: &str, read: impl FnOnce(Json) -> value::Reading<T>) -> Result<Option<T>> {
        let Some(value) = self.take(name)? else { return Ok(None) };
        if self.query && matches!(value, Json::List(_)) {
            return Err(self.wrong(name, &value, "it may be given once only."));
        }
        read(value).map(Some).map_err(|(value, why)| self.wrong(name, &value, why))
    }

    /// Takes the field out, under whichever spelling it came.
    fn take(&mut self, name: &str) -> Result<Option<Json>> {
        let spelled = |(known, _): &(String, Json)| known == name || (!self.query && is_camel(known, name));
        let Some(at) = self.members.iter().position(spelled) else { return Ok(None) };
        if let Some((twin, _)) = self.members[at + 1..].iter().find(|member| spelled(member)) {
            let message = format!(
                "Invalid value for parameter '{}{name}' supplied: it is given twice, as '{}' and as '{twin}'.",
                self.place, self.members[at].0
            );
            return Err(refused(message));
        }
        let (_, value) = self.members.swap_remove(at);
        Ok(Some(value).filter(|value| *value != Json::Null))
    }

    fn wrong(&self, name: &str, value: &Json, why: impl std::fmt::Display) -> Error {
        refused(format!("Invalid value {} for parameter '{}{name}' supplied: {why}", value.shown(), self.place))
    }
}

pub(super) fn refused(message: String) -> Error {
    Error::new(Kind::Invalid, message)
}

fn hint(value: &Json, wanted: &str) -> String {
    format!("it must be {wanted}. Hint: Value was of type '{}'.", value.kind())
}

/// Is `candidate` the camelCase spelling of the snake_case `name`?
fn is_camel(candidate: &str, name: &str) -> bool {
    let mut raised = false;
    let mut camel = name.chars().filter_map(|c| match c {
        '_' => {
            raised = true;
            None
        }
        c if std::mem::take(&mut raised) => Some(c.to_ascii_uppercase()),
        c => Some(c),
    });
    candidate.chars().all(|c| camel.next() == Some(c)) && camel.next().is_none()
}
