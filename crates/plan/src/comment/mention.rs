//! Who is named in a text: `@` and an e-mail address.

use base::{Result, UserId, refuse::invalid};
use db::Tx;
use people::{member, project, user};
use serde_json::json;

use crate::item::Item;

const MOST: usize = 50;

/// The people that the text names, each once. Refused where one of them cannot see the item: they
/// would be told of something that is not theirs to see.
pub fn people(tx: &mut Tx, item: &Item, body: &str) -> Result<Vec<UserId>> {
    let named = addresses(body);
    if named.len() > MOST {
        return Err(invalid("body", format!("must name at most {MOST} people")));
    }
    let (mut people, mut strangers) = (Vec::new(), Vec::new());
    for address in named {
        match user::by_email(tx, address)? {
            Some(user) if user.admin || member::role(tx, &item.project, &user.id)?.is_some() => people.push(user.id),
            _ => strangers.push(address),
        }
    }
    people.sort();
    people.dedup();
    if strangers.is_empty() {
        return Ok(people);
    }
    let key = project::get(tx, &item.project)?.key;
    let why = format!(
        "names {}, who cannot see {key}; make them members first, or leave their names out",
        strangers.join(", ")
    );
    Err(invalid("body", why).with("mentions", json!(strangers)))
}

/// What follows an `@` at the beginning of a word and is an address.
fn addresses(body: &str) -> Vec<&str> {
    let words = body.split(|c: char| c.is_whitespace() || "()[]{}<>\"*`,;".contains(c));
    let named = words.filter_map(|word| word.strip_prefix('@'));
    let bare = named.map(|address| address.trim_end_matches(|c: char| ".:!?'".contains(c)));
    bare.filter(|address| address.split_once('@').is_some_and(|(name, place)| !name.is_empty() && place.contains('.')))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn addresses_after_an_at_sign_are_names() {
        let body =
            "@dana@slipway.test: see (@mei@slipway.test), write to ben@slipway.test; @property is none, nor is @a@b.";
        assert_eq!(addresses(body), ["dana@slipway.test", "mei@slipway.test"]);
        assert_eq!(addresses("**@sam@slipway.test**!"), ["sam@slipway.test"]);
    }
}
