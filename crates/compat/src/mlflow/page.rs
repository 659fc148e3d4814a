//! Page tokens: opaque to clients, bound to the question that they continue.

use std::hash::{DefaultHasher, Hash, Hasher};

use base::{Cursor, Error, Result};
use serde::{Serialize, de::DeserializeOwned};

use super::fields::{Fields, refused};

/// What a list was asked for, as a number. Tokens live for the length of a listing, so it does not
/// matter that another build of the server may count differently.
pub fn question(asked: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    asked.hash(&mut hasher);
    hasher.finish()
}

pub fn token<T: Serialize>(position: &T, question: u64) -> String {
    Cursor::write(&(question, position))
}

/// Where to go on: nowhere for an absent or empty token.
pub fn position<T: DeserializeOwned>(fields: &mut Fields, question: u64) -> Result<Option<T>> {
    let Some(token) = fields.text("page_token")?.filter(|token| !token.is_empty()) else { return Ok(None) };
    let (asked, position): (u64, T) = Cursor::read(&token).map_err(|_| unknown())?;
    if asked != question { Err(unknown()) } else { Ok(Some(position)) }
}

fn unknown() -> Error {
    refused(
        "Invalid value for parameter 'page_token' supplied: this list did not give it out for this question. \
         Leave it away to start at the first page."
            .to_owned(),
    )
}

/// `max_results`, between 1 and `most`; `usual` where none is asked for.
pub fn size(fields: &mut Fields, usual: Option<usize>, most: usize) -> Result<usize> {
    const NAME: &str = "max_results";
    let Some(asked) = fields.int(NAME)? else { return usual.ok_or_else(|| fields.missing(NAME)) };
    match usize::try_from(asked) {
        Ok(asked) if (1..=most).contains(&asked) => Ok(asked),
        _ => Err(fields.invalid(NAME, &asked.to_string(), format!("it must be between 1 and {most}."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(token: &str) -> Fields {
        Fields::from_query([("page_token".to_owned(), token.to_owned())])
    }

    #[test]
    fn a_token_continues_its_own_question() {
        let question = question(&("filter", ["1"]));
        let token = token(&7_usize, question);
        assert_eq!(position(&mut fields(&token), question).unwrap(), Some(7_usize));
        assert_eq!(position::<usize>(&mut fields(""), question).unwrap(), None);
        assert!(position::<usize>(&mut fields(&token), question + 1).is_err());
        for wrong in ["???", "abc", "bm90IGpzb24=", "e30", "WzEsLTVd"] {
            let error = position::<usize>(&mut fields(wrong), question).unwrap_err();
            assert_eq!(error.status(), 400, "{wrong}");
        }
    }

    #[test]
    fn a_page_has_a_size() {
        let size = |asked: &str, usual| {
            let mut fields = Fields::from_body(asked.as_bytes()).unwrap();
            size(&mut fields, usual, 50)
        };
        assert_eq!(size("{}", Some(20)).unwrap(), 20);
        assert!(size("{}", None).unwrap_err().detail().starts_with("Missing value"));
        assert_eq!(size(r#"{"max_results": "50"}"#, None).unwrap(), 50);
        for wrong in ["0", "-1", "51", "\"many\"", "1.5"] {
            assert!(size(&format!(r#"{{"max_results": {wrong}}}"#), None).is_err(), "{wrong}");
        }
    }
}
