//! Who is named in a text: `@` and an e-mail address, or what stands before the `@` in one, or a name in one word. The
//! short forms name a member of the project, and only where they fit exactly one; else they are words like others.

use base::{Result, UserId, refuse::invalid};
use db::Tx;
use people::{
    member, project,
    user::{self, State},
};
use serde_json::json;

use crate::item::Item;

const MOST: usize = 50;

/// The people that the text names, each once. Refused where one of them cannot see the item: they
/// would be told of something that is not theirs to see.
pub fn people(tx: &mut Tx, item: &Item, body: &str) -> Result<Vec<UserId>> {
    let (named, short): (Vec<&str>, Vec<&str>) = words(body).into_iter().partition(|word| word.contains('@'));
    let (mut people, mut strangers) = (in_short(tx, item, &short)?, Vec::new());
    if named.len() + people.len() > MOST {
        return Err(invalid("body", format!("must name at most {MOST} people")));
    }
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

/// The members whom exactly one of the words means, each by itself.
fn in_short(tx: &mut Tx, item: &Item, words: &[&str]) -> Result<Vec<UserId>> {
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let members = member::all(tx, &item.project)?;
    let means = |word: &str| {
        let word = word.to_lowercase();
        let mut meant = members.iter().map(|member| &member.user).filter(|user| {
            let (local, _) = user.email.split_once('@').unwrap_or_default();
            user.state != State::Disabled && (local.to_lowercase() == word || user.name.to_lowercase() == word)
        });
        meant.next().filter(|_| meant.next().is_none()).map(|user| user.id.clone())
    };
    Ok(words.iter().filter_map(|word| means(word)).collect())
}

/// What follows an `@` at the beginning of a word and is an address, or a word.
fn words(body: &str) -> Vec<&str> {
    let words = body.split(|c: char| c.is_whitespace() || "()[]{}<>\"*`,;".contains(c));
    let named = words.filter_map(|word| word.strip_prefix('@'));
    let bare = named.map(|word| word.trim_end_matches(|c: char| ".:!?'".contains(c)));
    let is_name = |word: &&str| match word.split_once('@') {
        Some((name, place)) => !name.is_empty() && place.contains('.'),
        None => !word.is_empty(),
    };
    bare.filter(is_name).collect()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_and_addresses_after_an_at_sign_are_names() {
        let body =
            "@dana@slipway.test: see (@mei@slipway.test), write to ben@slipway.test; @property is none, nor is @a@b.";
        assert_eq!(words(body), ["dana@slipway.test", "mei@slipway.test", "property"]);
        assert_eq!(words("**@sam@slipway.test**! @ben's, @ben, @"), ["sam@slipway.test", "ben's", "ben"]);
    }
}
