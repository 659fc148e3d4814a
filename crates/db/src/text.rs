//! Finding the few texts among many that hold a part, wherever in a word it begins.
//!
//! SQLite keeps every three characters in a row of each text (FTS5 with its trigram tokenizer). PostgreSQL would need
//! an extension that not everybody may install, so there texts are looked through one by one.
//!
//! A migration makes such an index with `CREATE TEXT INDEX name ON table (column)`, over what the table holds; whoever
//! writes the column tells it.

use std::collections::BTreeSet;

use base::Result;

use crate::{Tx, params, tx::Conn};

/// Characters that are kept together.
const GRAM: usize = 3;
/// Of a long part, so many are looked for.
const GRAMS: usize = 32;

impl Tx<'_> {
    /// The text with this id is now that.
    pub fn keep_text(&mut self, index: &'static str, id: i64, text: &str) -> Result<()> {
        match &self.conn {
            Conn::Sqlite(_) => {
                let sql = format!("INSERT OR REPLACE INTO {index} (rowid, text) VALUES ($1, $2)");
                self.run(&sql, params![id, text]).map(drop)
            }
            Conn::Postgres(_) => Ok(()),
        }
    }

    pub fn forget_text(&mut self, index: &'static str, id: i64) -> Result<()> {
        match &self.conn {
            Conn::Sqlite(_) => self.run(&format!("DELETE FROM {index} WHERE rowid = $1"), params![id]).map(drop),
            Conn::Postgres(_) => Ok(()),
        }
    }

    /// Ids of all texts that hold the part, and perhaps of some that do not. None where they are more than `most`, and
    /// where the index cannot tell: then the texts are to be looked through.
    pub fn may_hold(&mut self, index: &'static str, part: &str, most: usize) -> Result<Option<Vec<i64>>> {
        let Some(grams) = grams(part) else { return Ok(None) };
        match &self.conn {
            Conn::Sqlite(_) => {
                let sql = format!("SELECT rowid FROM {index} WHERE {index} MATCH $1 LIMIT $2");
                let ids: Vec<i64> = self.all(&sql, params![grams, most as i64 + 1], |row| row.get(0))?;
                Ok((ids.len() <= most).then_some(ids))
            }
            Conn::Postgres(_) => Ok(None),
        }
    }
}

/// The part in the words of FTS5: all of its grams. None when it has none.
fn grams(part: &str) -> Option<String> {
    let characters: Vec<char> = part.chars().collect();
    if characters.contains(&'\0') {
        return None;
    }
    let grams: BTreeSet<String> = characters.windows(GRAM).map(|gram| gram.iter().collect()).collect();
    let quoted: Vec<String> =
        grams.iter().take(GRAMS).map(|gram| format!("\"{}\"", gram.replace('"', "\"\""))).collect();
    (!quoted.is_empty()).then(|| quoted.join(" AND "))
}

/// `CREATE TEXT INDEX name ON table (column)` as SQLite says it; none for other statements.
pub(crate) fn index_for_sqlite(statement: &str) -> Option<String> {
    let (name, table, column) = index(statement)?;
    Some(format!(
        "CREATE VIRTUAL TABLE {name} USING fts5(text, tokenize = 'trigram case_sensitive 1', detail = none, content = '', contentless_delete = 1);
         INSERT INTO {name} (rowid, text) SELECT id, {column} FROM {table};\n"
    ))
}

/// Whether PostgreSQL passes over the statement.
pub(crate) fn is_index(statement: &str) -> bool {
    index(statement).is_some()
}

fn index(statement: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = statement.strip_prefix("CREATE TEXT INDEX ")?.split_once(" ON ")?;
    let (table, column) = rest.strip_suffix(')')?.split_once(" (")?;
    Some((name, table, column))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::sqlite;

    #[test]
    fn a_part_is_looked_for_by_three_characters_in_a_row() {
        assert_eq!(grams("ab"), None);
        assert_eq!(grams("a\0bc"), None);
        assert_eq!(grams("a\"bé").as_deref(), Some(r#""""bé" AND "a""b""#));
        assert_eq!(grams(&"abc".repeat(9)).as_deref(), Some(r#""abc" AND "bca" AND "cab""#), "each once");
    }

    #[tokio::test]
    async fn texts_are_found_by_any_part_until_they_are_forgotten() {
        let db = sqlite();
        let found = |part: &'static str| db.read(move |tx| tx.may_hold("item_text", part, 2));
        db.write(|tx| {
            tx.keep_text("item_text", 1, "drift of the churn score")?;
            tx.keep_text("item_text", 2, "score \"ünder\" (100 %)")?;
            tx.keep_text("item_text", 3, "a score AND 'more'")
        })
        .await
        .unwrap();
        assert_eq!(found("hurn sc").await.unwrap(), Some(vec![1]));
        assert_eq!(found("\"ünd").await.unwrap(), Some(vec![2]));
        assert_eq!(found("AND 'm").await.unwrap(), Some(vec![3]));
        assert_eq!(found("nothing").await.unwrap(), Some(vec![]));
        assert_eq!(found("score").await.unwrap(), None, "more than two");
        assert_eq!(found("sc").await.unwrap(), None, "too short");
        db.write(|tx| tx.keep_text("item_text", 1, "drift").and_then(|()| tx.forget_text("item_text", 2)))
            .await
            .unwrap();
        assert_eq!(found("hurn sc").await.unwrap(), Some(vec![]));
        assert_eq!(found("score").await.unwrap(), Some(vec![3]));
    }
}
