//! From tokens to comparisons.

use base::Result;

use super::{
    Comparison, Identifier, Operand, Operator, Order,
    token::{Token, What, tokens},
    unread,
};
use crate::mlflow::fields::refused;

/// Each condition becomes a join in the database.
const MOST_COMPARISONS: usize = 100;

/// The longest list after `IN`.
const MOST_TEXTS: usize = 5_000;

/// An empty filter has no conditions; one of blanks only is refused.
pub fn parse(filter: &str) -> Result<Vec<Comparison>> {
    if filter.is_empty() {
        return Ok(Vec::new());
    }
    let mut reader = Reader { tokens: tokens(filter)?, next: 0, end: filter.chars().count() + 1 };
    let mut comparisons = vec![reader.comparison()?];
    while reader.more() {
        reader.keyword("AND")?;
        if comparisons.len() == MOST_COMPARISONS {
            return Err(reader.expected(&format!("no more than {MOST_COMPARISONS} conditions")));
        }
        comparisons.push(reader.comparison()?);
    }
    Ok(comparisons)
}

/// One clause of an order.
pub fn order(clause: &str) -> Result<Order> {
    let read = || {
        let mut reader = Reader { tokens: tokens(clause)?, next: 0, end: clause.chars().count() + 1 };
        let identifier = reader.identifier()?;
        let descending = reader.accept("DESC");
        if !descending {
            reader.accept("ASC");
        }
        if reader.more() {
            Err(reader.expected("ASC, DESC or nothing more"))
        } else {
            Ok(Order { identifier, descending })
        }
    };
    read().map_err(|error| refused(format!("Invalid order_by clause '{clause}'. {}", error.detail())))
}

struct Reader {
    tokens: Vec<Token>,
    next: usize,
    /// The place just behind the text.
    end: usize,
}

impl Reader {
    fn comparison(&mut self) -> Result<Comparison> {
        let identifier = self.identifier()?;
        let (operator, operand) = self.condition()?;
        Ok(Comparison { identifier, operator, operand })
    }

    fn identifier(&mut self) -> Result<Identifier> {
        let at = self.at();
        let (entity, key) = match self.take() {
            Some(What::Word(word)) => match word.split_once('.') {
                Some((entity, key)) => (Some(entity.to_owned()), key.to_owned()),
                None => (None, word),
            },
            Some(What::Path(path, quoted)) => match path.split_once('.') {
                Some((entity, key)) => (Some(entity.to_owned()), format!("{key}.{quoted}")),
                None => (Some(path), quoted),
            },
            Some(What::Quoted('"' | '`', key)) => (None, key),
            _ => return Err(unread("expected a key such as metrics.loss or tags.`my tag`", at)),
        };
        let number = entity.is_none() && key.parse::<f64>().is_ok();
        if key.is_empty() || number {
            return Err(unread("expected a key such as metrics.loss before the operator", at));
        }
        Ok(Identifier { entity, key, at })
    }

    fn condition(&mut self) -> Result<(Operator, Operand)> {
        if self.accept("IS") {
            let operator = if self.accept("NOT") { Operator::IsNotNull } else { Operator::IsNull };
            self.keyword("NULL")?;
            return Ok((operator, Operand::Nothing));
        }
        if self.accept("NOT") {
            self.keyword("IN")?;
            return Ok((Operator::NotIn, self.list()?));
        }
        if self.accept("IN") {
            return Ok((Operator::In, self.list()?));
        }
        let operator = self.operator()?;
        Ok((operator, self.value()?))
    }

    fn operator(&mut self) -> Result<Operator> {
        if self.accept("LIKE") {
            return Ok(Operator::Like);
        }
        if self.accept("ILIKE") {
            return Ok(Operator::ILike);
        }
        if self.accept("RLIKE") {
            return Ok(Operator::RLike);
        }
        let Some(What::Operator(symbol)) = self.peek() else {
            return Err(
                self.expected("an operator: =, !=, <, <=, >, >=, LIKE, ILIKE, IN, NOT IN, IS NULL or IS NOT NULL")
            );
        };
        let operator = match *symbol {
            "=" => Operator::Equal,
            "!=" => Operator::NotEqual,
            "<" => Operator::Less,
            "<=" => Operator::AtMost,
            ">" => Operator::Greater,
            _ => Operator::AtLeast,
        };
        self.next += 1;
        Ok(operator)
    }

    fn value(&mut self) -> Result<Operand> {
        let at = self.at();
        match self.take() {
            Some(What::Quoted('\'' | '"', text)) => Ok(Operand::Text(text)),
            Some(What::Word(word)) => number(&word)
                .map(Operand::Number)
                .ok_or_else(|| unread(&format!("expected a number or a text in quotes, found {word}"), at)),
            _ => Err(unread("expected a number or a text in quotes", at)),
        }
    }

    fn list(&mut self) -> Result<Operand> {
        self.one(&What::Open, "a list such as ('a', 'b')")?;
        let mut texts = vec![self.list_text()?];
        while self.peek() == Some(&What::Comma) {
            self.next += 1;
            if self.peek() == Some(&What::Close) {
                break;
            }
            if texts.len() == MOST_TEXTS {
                return Err(self.expected(&format!("no more than {MOST_TEXTS} texts in a list")));
            }
            texts.push(self.list_text()?);
        }
        self.one(&What::Close, "a comma or the end of the list")?;
        Ok(Operand::Texts(texts))
    }

    fn list_text(&mut self) -> Result<String> {
        let at = self.at();
        match self.take() {
            Some(What::Quoted('\'' | '"', text)) => Ok(text),
            _ => Err(unread("a list holds texts in quotes, at least one", at)),
        }
    }

    fn one(&mut self, what: &What, name: &str) -> Result<()> {
        if self.peek() != Some(what) {
            return Err(self.expected(name));
        }
        self.next += 1;
        Ok(())
    }

    fn keyword(&mut self, word: &str) -> Result<()> {
        if self.accept(word) { Ok(()) } else { Err(self.expected(word)) }
    }

    fn accept(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(What::Word(next)) if next.eq_ignore_ascii_case(word));
        self.next += usize::from(found);
        found
    }

    fn expected(&self, what: &str) -> base::Error {
        unread(&format!("expected {what}"), self.at())
    }

    fn more(&self) -> bool {
        self.next < self.tokens.len()
    }

    fn peek(&self) -> Option<&What> {
        self.tokens.get(self.next).map(|token| &token.what)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |token| token.at)
    }

    fn take(&mut self) -> Option<What> {
        let what = self.peek().cloned();
        self.next += 1;
        what
    }
}

/// Digits with an optional sign, point and exponent. Rust would also read words such as `inf`.
fn number(word: &str) -> Option<f64> {
    let numeric = word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.'));
    word.parse().ok().filter(|number: &f64| numeric && number.is_finite())
}
