//! Pieces of SQL that the searches share.

use base::{Result, refuse::invalid};
use db::Query;

use super::{NumberOperator, Test, TextOperator, View};

pub fn push_view(query: &mut Query, column: &'static str, view: View) {
    match view {
        View::Active => query.push(" AND ").push(column).push(" IS NULL"),
        View::Deleted => query.push(" AND ").push(column).push(" IS NOT NULL"),
        View::All => query,
    };
}

/// `column` satisfies the test. `Null` and `NotNull` are about keys and rows; here they look at
/// the column.
pub fn push_test(query: &mut Query, column: &'static str, test: &Test) {
    match test {
        Test::Text(TextOperator::Equal, text) => query.push(column).push(" = ").bind(text.clone()),
        Test::Text(TextOperator::NotEqual, text) => query.push(column).push(" <> ").bind(text.clone()),
        Test::Text(TextOperator::Like, pattern) => {
            query.push(column).push(" LIKE ").bind(unescaped(pattern)).push(" ESCAPE '\\'")
        }
        Test::Text(TextOperator::ILike, pattern) => {
            query.push("LOWER(").push(column).push(") LIKE LOWER(CAST(").bind(unescaped(pattern));
            query.push(" AS TEXT)) ESCAPE '\\'")
        }
        Test::Text(TextOperator::Contains, text) => push_contains(query, column, text),
        Test::Number(operator, number) => push_number(query, column, *operator, *number),
        Test::In(list) => query.push(column).push(" IN (").bind_all(list.iter().cloned()).push(")"),
        Test::NotIn(list) => query.push(column).push(" NOT IN (").bind_all(list.iter().cloned()).push(")"),
        Test::Null => query.push(column).push(" IS NULL"),
        Test::NotNull => query.push(column).push(" IS NOT NULL"),
    };
}

pub fn push_number<'q>(
    query: &'q mut Query,
    column: &'static str,
    operator: NumberOperator,
    number: f64,
) -> &'q mut Query {
    query.push(column).push(sign(operator)).push("CAST(").bind(number).push(" AS DOUBLE PRECISION)")
}

pub fn push_contains<'q>(query: &'q mut Query, column: &'static str, text: &str) -> &'q mut Query {
    let pattern = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    query.push("LOWER(").push(column).push(") LIKE LOWER(CAST(").bind(format!("%{pattern}%"));
    query.push(" AS TEXT)) ESCAPE '\\'")
}

/// A pattern without an escape character, for a LIKE that has one.
fn unescaped(pattern: &str) -> String {
    pattern.replace('\\', "\\\\")
}

fn sign(operator: NumberOperator) -> &'static str {
    match operator {
        NumberOperator::Equal => " = ",
        NumberOperator::NotEqual => " <> ",
        NumberOperator::Less => " < ",
        NumberOperator::AtMost => " <= ",
        NumberOperator::Above => " > ",
        NumberOperator::AtLeast => " >= ",
    }
}

/// A row of `table` that belongs to `owner` (`param.run = run.num`) and has the key satisfies the
/// test on its value; for `Null` there is no such row.
pub fn push_keyed(query: &mut Query, table: &'static str, belongs: &'static str, key: &str, test: &Test) {
    if *test == Test::Null {
        query.push("NOT ");
    }
    query
        .push("EXISTS (SELECT 1 FROM ")
        .push(table)
        .push(" WHERE ")
        .push(belongs)
        .push(" AND key = ")
        .bind(key.to_owned());
    if !matches!(test, Test::Null | Test::NotNull) {
        query.push(" AND ");
        push_test(query, "value", test);
    }
    query.push(")");
}

/// As [`push_keyed`] for measured values: not-a-number satisfies `!=` alone.
pub fn push_measured(query: &mut Query, table: &'static str, belongs: &'static str, key: &str, test: &Test) {
    query
        .push("EXISTS (SELECT 1 FROM ")
        .push(table)
        .push(" WHERE ")
        .push(belongs)
        .push(" AND key = ")
        .bind(key.to_owned());
    match test {
        Test::Number(NumberOperator::NotEqual, _) => query.push(" AND (odd = 1 OR "),
        _ => query.push(" AND odd <> 1 AND ("),
    };
    push_test(query, "value", test);
    query.push("))");
}

/// `LIMIT … OFFSET …`, asking for one row more than the limit.
pub fn push_part(query: &mut Query, limit: usize, after: usize) -> Result<()> {
    let (Ok(limit), Ok(after)) = (i64::try_from(limit), i64::try_from(after)) else {
        return Err(invalid("page_token", "is beyond any list"));
    };
    query.push(" LIMIT ").bind(limit.saturating_add(1)).push(" OFFSET ").bind(after);
    Ok(())
}
