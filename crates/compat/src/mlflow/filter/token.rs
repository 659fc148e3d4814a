//! A filter cut into tokens, each with its place.

use super::unread;
use base::Result;

#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub what: What,
    /// Where it begins, in characters from 1.
    pub at: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Letters, digits, `_` and `.`: a key, a key word or a number.
    Word(String),
    /// `entity.` directly before a quoted key.
    Path(String, String),
    Quoted(char, String),
    Operator(&'static str),
    Open,
    Close,
    Comma,
}

/// More tokens than this are no filter that a person or a program writes.
const MOST: usize = 20_000;

/// In bytes; room for the longest list of ids.
const LONGEST: usize = 512 * 1024;

pub fn tokens(filter: &str) -> Result<Vec<Token>> {
    if filter.len() > LONGEST {
        return Err(unread(&format!("it is longer than {LONGEST} bytes"), 1));
    }
    let mut source = Source { chars: filter.chars().collect(), next: 0 };
    let mut tokens = Vec::new();
    while let Some(token) = source.token()? {
        if tokens.len() == MOST {
            return Err(unread("it has too many parts", token.at));
        }
        tokens.push(token);
    }
    Ok(tokens)
}

struct Source {
    chars: Vec<char>,
    next: usize,
}

impl Source {
    fn token(&mut self) -> Result<Option<Token>> {
        self.take_while(char::is_whitespace);
        let Some(first) = self.peek(0) else { return Ok(None) };
        let at = self.next + 1;
        let what = match first {
            '\'' | '"' | '`' => What::Quoted(first, self.quoted(first)?),
            '(' => self.single(What::Open),
            ')' => self.single(What::Close),
            ',' => self.single(What::Comma),
            '=' | '!' | '<' | '>' => self.operator()?,
            '-' if self.peek(1).is_some_and(|c| c.is_ascii_digit() || c == '.') => self.word()?,
            c if is_word(c) => self.word()?,
            c => return Err(unread(&format!("{c:?} has no meaning here; {QUOTING}"), at)),
        };
        Ok(Some(Token { what, at }))
    }

    fn single(&mut self, what: What) -> What {
        self.next += 1;
        what
    }

    fn word(&mut self) -> Result<What> {
        let start = self.next;
        self.next += 1;
        self.take_while(is_word);
        let numeric = self.chars[start].is_ascii_digit() || matches!(self.chars[start], '-' | '.');
        let exponent = matches!(self.chars[self.next - 1], 'e' | 'E') && matches!(self.peek(0), Some('+' | '-'));
        if numeric && exponent {
            self.next += 1;
            self.take_while(|c| c.is_ascii_digit());
        }
        let word: String = self.chars[start..self.next].iter().collect();
        match (word.strip_suffix('.'), self.peek(0)) {
            (Some(entity), Some(quote @ ('\'' | '"' | '`'))) if !numeric => {
                Ok(What::Path(entity.to_owned(), self.quoted(quote)?))
            }
            _ => Ok(What::Word(word)),
        }
    }

    /// Up to the next quote of the same kind; nothing escapes it.
    fn quoted(&mut self, quote: char) -> Result<String> {
        let start = self.next + 1;
        self.next = start;
        self.take_while(|c| c != quote);
        if self.peek(0).is_none() {
            return Err(unread(&format!("the quote {quote} is not closed"), start));
        }
        let text = self.chars[start..self.next].iter().collect();
        self.next += 1;
        Ok(text)
    }

    fn operator(&mut self) -> Result<What> {
        let at = self.next + 1;
        let start = self.next;
        self.take_while(|c| matches!(c, '=' | '!' | '<' | '>'));
        let text: String = self.chars[start..self.next].iter().collect();
        let known = ["=", "!=", "<", "<=", ">", ">="].into_iter().find(|known| *known == text);
        known
            .map(What::Operator)
            .ok_or_else(|| unread(&format!("{text} is no operator; write =, !=, <, <=, > or >="), at))
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.next + ahead).copied()
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) {
        while self.peek(0).is_some_and(&belongs) {
            self.next += 1;
        }
    }
}

const QUOTING: &str =
    "a key with other characters than letters, digits, _ and . stands in `backticks`, a text in 'quotes'";

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.')
}
