//! Registered models, prompts and their versions.

use base::Result;
use serde_json::Value as Json;

use super::{
    super::{
        Row,
        shape::{Listed, Registered, Seen, Version},
    },
    API, Server, list, next, read,
};

/// Prompts are registered models with this tag, and found only where it is asked for.
const PROMPTS: &str = "tags.`mlflow.prompt.is_prompt` = 'true'";
/// Of a page; a prompt's text may have 100,000 characters.
const REGISTERED: usize = 100;

impl Server {
    pub fn registered(&self) -> Result<Listed<Registered>> {
        let mut listed = Listed::default();
        for prompt in [false, true] {
            let asked = if prompt { vec![("filter", PROMPTS)] } else { Vec::new() };
            for one in self.pages("registered-models/search", "registered_models", &asked)? {
                match read::registered(&one, prompt) {
                    Some(registered) => listed.items.push(registered),
                    None => listed.broken.push((Row::Registered, "the source tells no name".to_owned())),
                }
            }
        }
        Ok(listed)
    }

    pub fn versions(&self, of: &Registered) -> Result<Listed<Version>> {
        let mut listed = Listed::default();
        let Some(mut filter) = named(&of.name) else {
            let why = "the name of their model has both kinds of quotes, so the source cannot be asked for them";
            listed.broken.push((Row::Versions, why.to_owned()));
            return Ok(listed);
        };
        if of.prompt {
            filter = format!("{filter} AND {PROMPTS}");
        }
        for one in self.pages("model-versions/search", "model_versions", &[("filter", &filter)])? {
            match read::version(&one) {
                Some(version) => listed.items.push(version),
                None => listed.broken.push((Row::Versions, "the source tells no number".to_owned())),
            }
        }
        listed.items.sort_by_key(|version| version.number);
        Ok(listed)
    }

    /// All that are found; nothing where the server knows no registry.
    fn pages(&self, route: &str, name: &str, asked: &[(&str, &str)]) -> Result<Vec<Json>> {
        let (route, most) = (format!("{API}/{route}"), REGISTERED.to_string());
        let (mut all, mut token, mut seen) = (Vec::new(), None::<String>, Seen::default());
        loop {
            let mut query = [asked, &[("max_results", most.as_str())]].concat();
            query.extend(token.as_deref().map(|token| ("page_token", token)));
            let Some(page) = self.wire.get(&route, &query)? else { return Ok(all) };
            all.extend_from_slice(list(&page, name));
            token = seen.next(next(&page))?;
            if token.is_none() {
                return Ok(all);
            }
        }
    }
}

/// Filters have no escapes in quotes.
fn named(name: &str) -> Option<String> {
    let quote = ['\'', '"'].into_iter().find(|quote| !name.contains(*quote))?;
    Some(format!("name = {quote}{name}{quote}"))
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn names_stand_in_quotes_that_they_do_not_have() {
        assert_eq!(named("churn").unwrap(), "name = 'churn'");
        assert_eq!(named("it's").unwrap(), "name = \"it's\"");
        assert_eq!(named("it's \"it\""), None);
    }
}
